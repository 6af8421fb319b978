"""The kind openai-codex: a ChatGPT login before a backend that takes little of its protocol and insists on the rest."""

import base64
import json
import stat
import threading
import time

import openai
import pytest

from harness.configuration import backend, configuration
from harness.dialects import FRONTENDS, Asked, Refused, ask
from harness.processes import Lip, get, run, until
from harness.raw import RawClient, chat

FRONTEND = pytest.mark.parametrize("frontend", FRONTENDS)
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])

SEAL = "reasoning.encrypted_content"


def jwt(account="mock-account", lifetime=3600, **claims):
    """A token as ChatGPT's are, but for its signature."""
    claims = {"exp": int(time.time()) + lifetime, "https://api.openai.com/auth": {"chatgpt_account_id": account}, **claims}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
             for part in ({"alg": "none"}, claims)]
    return ".".join([*parts, "c2ln"])


def login_file(directory, access=None, refresh="first-refresh-token", name="auth.json", **more):
    """A file as `codex login` writes it."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    tokens = {"id_token": jwt(), "access_token": access or jwt(), "refresh_token": refresh, "account_id": "acct-1",
              "of_tomorrow": {"kept": [1, 2.50]}}
    path.write_text(json.dumps({"OPENAI_API_KEY": None, "tokens": tokens, "last_refresh": "2026-01-01T00:00:00Z",
                                "another_tool": "its own", **more}, indent=2))
    path.chmod(0o600)
    return path


def row(mock, path=None, name="codex", **more):
    fields = {"id": name, "kind": "openai-codex", "base_url": f'"{mock.url}/backend-api/codex"',
              "token_url": f'"{mock.url}/oauth/token"', "auth_file": f'"{path}"' if path else None, **more}
    return "  - { " + ", ".join(f"{key}: {value}" for key, value in fields.items() if value is not None) + " }\n"


def sent(mock, model):
    """What the provider received last for a model."""
    return json.loads(mock.requests(model)[-1]["body"])


def headers(request):
    return {name.lower(): value for name, value in request["headers"]}


def renewals(mock):
    return [request for request in mock.requests() if request["path"] == "/oauth/token"]


def tokens_of(path):
    return json.loads(path.read_text())["tokens"]


@pytest.fixture(autouse=True)
def fresh(mock):
    mock.reset()


@pytest.fixture(scope="module")
def lip(mock, tmp_path_factory):
    directory = tmp_path_factory.mktemp("lip")
    process = Lip(directory, configuration(
        [row(mock, login_file(directory / "login"))], "codex:m", rest="  retry_wait_max: 0s\n"))
    yield process
    process.stop()


@pytest.fixture(scope="module")
def clients(lip):
    return {name: client(lip) for name, client in FRONTENDS.items()}


# What goes there, and what comes back


@FRONTEND
@STREAMED
def test_text_from_every_client(clients, mock, frontend, stream):
    mock.script(mock.on("talk", text=["Good ", "day ", "🦊"], usage={"input": 21, "output": 9}))
    said = clients[frontend].ask("codex:talk", ask("Hello", system="Be kind", max_tokens=None), stream)
    assert (said.text, said.stop, said.usage) == ("Good day 🦊", "stop", (21, 9))
    body = sent(mock, "talk")
    assert body["instructions"] == "Be kind" and body["store"] is False and body["stream"] is True
    assert SEAL in body["include"] and "Hello" in json.dumps(body["input"])
    # Anthropic's clients must set a limit, and it is lost like any other.
    assert said.dropped == (["max_tokens"] if frontend == "anthropic-messages" else [])
    fields = headers(mock.requests("talk")[-1])
    assert fields["chatgpt-account-id"] == "acct-1" and fields["authorization"].startswith("Bearer ey")
    assert fields["openai-beta"] == "responses=experimental" and fields["originator"] == "lip"
    assert fields["session_id"] == fields["conversation_id"] != ""


@FRONTEND
@STREAMED
def test_tools_over_two_turns(clients, mock, frontend, stream):
    calls = [{"id": "call_a", "name": "weather", "arguments": ['{"ci', 'ty": "Par', 'is"}']},
             {"id": "call_b", "name": "clock", "arguments": '{"city":"Rome"}'}]
    mock.script(mock.on("tools", text="Let me see. ", tool_calls=calls), mock.on("after", text="Sunny, noon."))
    client = clients[frontend]
    first = Asked([("user", ["Where is it warm?"])], tools=["weather", "clock"], tool_choice="any", max_tokens=None)
    said = client.ask("codex:tools", first, stream)
    assert said.calls == [("weather", {"city": "Paris"}), ("clock", {"city": "Rome"})]
    assert said.stop == "tools" and "Let me see." in said.text
    then = Asked(first.turns + [
        ("assistant", ["Let me see. "] + [
            ("call", said.ids[index], name, arguments) for index, (name, arguments) in enumerate(said.calls)]),
        ("user", [("result", said.ids[0], "weather", "20 degrees"), ("result", said.ids[1], "clock", "12:00")])],
        tools=["weather", "clock"], max_tokens=None)
    assert client.ask("codex:after", then, stream).text == "Sunny, noon."
    received = json.dumps(sent(mock, "after")["input"])
    assert "20 degrees" in received and "12:00" in received and "Paris" in received


@FRONTEND
@STREAMED
def test_what_has_no_place_there_is_named(clients, mock, frontend, stream):
    mock.script(mock.on("options", text="Fine"))
    said = clients[frontend].ask("codex:options", ask("Hi", temperature=0.3, top_p=0.8, max_tokens=77), stream)
    names = {
        "openai-chat": ["temperature", "top_p", "max_completion_tokens"],
        "openai-responses": ["temperature", "top_p", "max_output_tokens"],
        "anthropic-messages": ["temperature", "top_p", "max_tokens"],
        "gemini": ["generationConfig.temperature", "generationConfig.topP", "generationConfig.maxOutputTokens"]}
    assert said.text == "Fine" and sorted(said.dropped) == sorted(names[frontend])
    assert not {"temperature", "top_p", "max_output_tokens"} & sent(mock, "options").keys()
    assert sent(mock, "options")["instructions"]


@FRONTEND
def test_strict_refuses_what_has_no_place_there(mock, tmp_path, frontend):
    lip = Lip(tmp_path / "lip", configuration(
        [row(mock, login_file(tmp_path))], "codex:m", rest="  retry_wait_max: 0s\nstrict: true\n"))
    try:
        with pytest.raises(Refused) as refused:
            FRONTENDS[frontend](lip).ask("codex:m", ask("Hi", temperature=0.3))
        assert refused.value.status == 400 and "emperature" in refused.value.message
        assert mock.requests("m") == []
    finally:
        lip.stop()


@STREAMED
def test_reasoning_goes_back_sealed(lip, mock, stream):
    mock.script(mock.on("think", reasoning="Hm.", text="So."), mock.on("on", text="Therefore."))
    client = openai.OpenAI(api_key="k", base_url=f"{lip.url}/v1", max_retries=0)

    def response(**body):
        if not stream:
            return client.responses.create(**body)
        with client.responses.stream(**body) as events:
            for _ in events:
                pass
            return events.get_final_response()

    first = response(model="codex:think", input="Why?", reasoning={"effort": "low"})
    assert [item.type for item in first.output] == ["reasoning", "message"] and first.output_text == "So."
    seal = first.output[0].encrypted_content
    assert seal and seal.startswith("sealed-mock")
    history = [{"role": "user", "content": "Why?"}, *(item.model_dump(exclude_none=True) for item in first.output),
               {"role": "user", "content": "And?"}]
    assert response(model="codex:on", input=history).output_text == "Therefore."
    assert [item["encrypted_content"] for item in sent(mock, "on")["input"] if item.get("type") == "reasoning"] == [seal]


@STREAMED
def test_reasoning_goes_back_sealed_through_anthropic_s_protocol(lip, mock, stream):
    mock.script(mock.on("think", reasoning="Hm.", text="So."), mock.on("on", text="Therefore."))
    import anthropic
    client = anthropic.Anthropic(api_key="k", base_url=lip.url, max_retries=0)
    body = {"max_tokens": 4096, "thinking": {"type": "enabled", "budget_tokens": 1024}}

    def message(model, messages):
        if not stream:
            return client.messages.create(model=model, messages=messages, **body)
        with client.messages.stream(model=model, messages=messages, **body) as events:
            return events.get_final_message()

    turns = [{"role": "user", "content": "Why?"}]
    first = message("codex:think", turns)
    assert [block.type for block in first.content] == ["thinking", "redacted_thinking", "text"]
    turns += [{"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]},
              {"role": "user", "content": "And?"}]
    assert message("codex:on", turns).content[0].text == "Therefore."
    assert [item["encrypted_content"].startswith("sealed-mock") for item in sent(mock, "on")["input"]
            if item.get("type") == "reasoning"] == [True]


def test_a_plain_text_input_and_a_system_message_are_fitted(lip, mock):
    mock.script(mock.on("m", text="Hi"))
    client = openai.OpenAI(api_key="k", base_url=f"{lip.url}/v1", max_retries=0)
    assert client.responses.create(model="codex:m", input="Hello").output_text == "Hi"
    assert sent(mock, "m")["input"][0]["role"] == "user"
    assert client.responses.create(model="codex:m", input=[
        {"role": "system", "content": "Be kind"}, {"role": "user", "content": "Hello"}]).output_text == "Hi"
    assert [item["role"] for item in sent(mock, "m")["input"]] == ["developer", "user"]


def test_nothing_is_kept_there(lip, mock):
    client = openai.OpenAI(api_key="k", base_url=f"{lip.url}/v1", max_retries=0)
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model="codex:m", input="Hello", previous_response_id="resp_mock1")
    assert refused.value.param == "previous_response_id"
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model="codex:m", input="Hello", conversation="conv_1")
    assert refused.value.param == "conversation"
    mock.script(mock.on("m", text="Hi"))
    raw = client.responses.with_raw_response.create(model="codex:m", input="Hello", store=True)
    assert raw.headers["x-lip-dropped-fields"] == "store" and raw.parse().output_text == "Hi"


def test_codex_itself_is_passed_through(lip, mock, connect):
    mock.script(mock.on("m", text="Hi"))
    body = {"model": "codex:m", "instructions": "Code.", "input": [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}], "tools": [],
        "tool_choice": "auto", "parallel_tool_calls": False, "reasoning": {"effort": "low"}, "store": False,
        "stream": True, "include": [SEAL], "prompt_cache_key": "conversation-7", "service_tier": "priority",
        "client_metadata": {"a": "b"}}
    own = {"originator": "codex_cli_rs", "version": "0.99.0", "session_id": "s-7", "conversation_id": "c-7"}
    answer = connect(lip).post(body, path="/v1/responses", headers=own)
    assert answer.status == 200 and "x-lip-dropped-fields" not in answer.headers
    last = list(answer.events())[-1]
    assert last["type"] == "response.completed"
    assert last["response"]["output"][0]["content"][0]["text"] == "Hi"
    assert sent(mock, "m") == {**body, "model": "m"}
    fields = headers(mock.requests("m")[-1])
    assert {name: fields[name] for name in own} == own


def test_a_used_up_share_tells_how_long(lip, mock, connect):
    mock.script(mock.on("m", status=429, body={"error": {
        "type": "usage_limit_reached", "message": "The usage limit has been reached", "plan_type": "plus",
        "resets_in_seconds": 4321}}))
    answer = connect(lip).post(chat("codex:m"))
    assert answer.status == 429 and 4300 <= int(answer.headers["retry-after"]) <= 4321
    assert "usage limit" in answer.json()["error"]["message"]


# Tokens


@pytest.fixture
def start(mock, tmp_path):
    """Starts a lip for a login's file; tears it down."""
    running = []

    def start(path, *rows, route="codex:m", env=None, **more):
        process = Lip(tmp_path / f"lip{len(running)}", configuration(
            [row(mock, path, **more), *rows], route,
            rest="  retry_wait_max: 0s\nlogging: { access_log: true }\n"), env=env)
        running.append(process)
        return process

    yield start
    for process in running:
        process.stop()


def ask_all(lip, count, model="codex:m"):
    """Asks so many times at once; the statuses."""
    statuses = [None] * count
    gate = threading.Barrier(count)

    def one(index):
        with RawClient(lip.port) as client:
            gate.wait()
            answer = client.post(chat(model))
            statuses[index] = answer.status
            answer.read()

    threads = [threading.Thread(target=one, args=[index]) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_a_refused_token_is_renewed_once_for_all(mock, start, tmp_path):
    path = login_file(tmp_path / "login")
    before = json.loads(path.read_text())
    mock._call("POST", "login", {"refresh_token": "first-refresh-token", "access_tokens": []})
    mock.script({"match": {"path": "/oauth/token"}, "reply": {"gate": "token"}}, mock.on("m", text="Renewed"))
    lip = start(path)
    done = []
    asking = threading.Thread(target=lambda: done.extend(ask_all(lip, 8)))
    asking.start()
    # All of them have been refused, or wait for the token; then it comes.
    until(lambda: len(renewals(mock)) == 1, "a token is asked for")
    mock.release("token")
    asking.join()
    assert done == [200] * 8
    assert len(renewals(mock)) == 1
    form = renewals(mock)[0]
    assert headers(form)["content-type"] == "application/x-www-form-urlencoded"
    assert "refresh_token=first-refresh-token" in form["body"]
    # The file has the new tokens, all else of it, and its mode.
    after = json.loads(path.read_text())
    tokens = after["tokens"]
    assert tokens["refresh_token"] == "mock-refresh-1"
    assert headers(mock.requests("m")[-1])["authorization"] == f"Bearer {tokens['access_token']}"
    assert tokens["of_tomorrow"] == before["tokens"]["of_tomorrow"] and tokens["account_id"] == "acct-1"
    assert after["another_tool"] == "its own" and after["last_refresh"] != before["last_refresh"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["auth.json"]
    # Another lip goes on from there.
    assert ask_all(start(path), 1) == [200] and len(renewals(mock)) == 1


def test_a_token_near_its_end_is_renewed_before_it(mock, start, tmp_path):
    path = login_file(tmp_path / "login", access=jwt(lifetime=-5))
    mock._call("POST", "login", {"refresh_token": "first-refresh-token", "access_tokens": []})
    mock.script(mock.on("m", text="Renewed"))
    assert ask_all(start(path), 6) == [200] * 6
    assert len(renewals(mock)) == 1 and all(request["status"] == 200 for request in mock.requests("m"))


def test_what_another_program_has_renewed_is_taken_from_the_file(mock, start, tmp_path):
    path = login_file(tmp_path / "login")
    lip = start(path)
    mock.script(mock.on("m", text="Hi"))
    assert ask_all(lip, 1) == [200]
    theirs = jwt(jti="theirs")
    mock._call("POST", "login", {"refresh_token": "their-refresh-token", "access_tokens": [theirs]})
    login_file(tmp_path / "login", access=theirs, refresh="their-refresh-token")
    assert ask_all(lip, 1) == [200] and renewals(mock) == []


def test_a_403_renews_the_token_too_but_not_for_ever(mock, start, tmp_path):
    path = login_file(tmp_path / "login")
    mock._call("POST", "login", {"refresh_token": "first-refresh-token"})
    mock.script(mock.on("m", error={"status": 403, "message": "no"}))
    lip = start(path)
    assert ask_all(lip, 1) == [502] and len(renewals(mock)) == 1 and len(mock.requests("m")) == 2
    assert ask_all(lip, 1) == [502] and len(renewals(mock)) == 1 and len(mock.requests("m")) == 3


def test_a_request_that_leaves_does_not_lose_the_renewal(mock, start, tmp_path):
    path = login_file(tmp_path / "login", access=jwt(lifetime=-5))
    mock._call("POST", "login", {"refresh_token": "first-refresh-token", "access_tokens": []})
    mock.script({"match": {"path": "/oauth/token"}, "reply": {"gate": "token"}}, mock.on("m", text="Hi"))
    lip = start(path)
    with RawClient(lip.port) as client:
        client.post_without_reading(chat("codex:m"))
        until(lambda: len(renewals(mock)) == 1, "a token is asked for")
    until(lambda: '"status":499' in lip.output.replace(" ", ""), "the client is gone")
    mock.release("token")
    until(lambda: tokens_of(path)["refresh_token"] == "mock-refresh-1", "the tokens are written")
    assert ask_all(lip, 1) == [200] and len(renewals(mock)) == 1


def test_a_refused_login_says_so_and_other_legs_serve(mock, start, tmp_path):
    path = login_file(tmp_path / "login", refresh="used-up-refresh-token", access=jwt(lifetime=-5))
    mock._call("POST", "login", {"refresh_token": "another", "access_tokens": []})
    mock.script(mock.on("m", text="From Codex"), mock.on("other", text="From elsewhere"))
    lip = start(path, backend("spare", mock.url), route="codex:m|spare:other")
    with RawClient(lip.port) as client:
        answer = client.post(chat("codex:m"))
        assert answer.status == 502
        text = answer.read().decode()
        assert "codex login" in text and "invalid_grant" in text and "used-up-refresh-token" not in text
        answer = client.post(chat("codex:m|spare:other"))
        assert answer.status == 200 and answer.json()["choices"][0]["message"]["content"] == "From elsewhere"
    # The backend is of no use until there is another login; the other one is.
    status, _, body = get(f"{lip.url}/readyz")
    codex, spare = json.loads(body)["backends"]
    assert status == 200 and spare["usable"] and not codex["usable"]
    assert codex["missing"].startswith("a login: ") and "codex login" in codex["missing"]
    assert "used-up-refresh-token" not in body.decode()
    # A refresh token that was refused is not sent again; a new login in the file is found.
    assert len(renewals(mock)) == 1
    login_file(tmp_path / "login", refresh="another", access=jwt(lifetime=-5))
    assert ask_all(lip, 1) == [200] and len(renewals(mock)) == 2
    assert all(row["usable"] for row in json.loads(get(f"{lip.url}/readyz")[2])["backends"])
    until(lambda: "login.renewed" in lip.output, "the log tells of the renewal")
    assert "used-up-refresh-token" not in lip.output and "login.failed" in lip.output


def test_a_token_endpoint_in_trouble_is_asked_again_by_the_next(mock, start, tmp_path):
    path = login_file(tmp_path / "login", access=jwt(lifetime=-5))
    mock._call("POST", "login", {"refresh_token": "first-refresh-token", "access_tokens": []})
    mock.script({"match": {"path": "/oauth/token"}, "times": 1, "reply": {"status": 503, "body": "busy"}},
                mock.on("m", text="Hi"))
    lip = start(path)
    assert ask_all(lip, 1)[0] >= 500 and mock.requests("m") == []
    assert tokens_of(path)["refresh_token"] == "first-refresh-token"
    assert ask_all(lip, 1) == [200] and len(renewals(mock)) == 2


def test_a_file_that_goes_away_is_told_without_its_path(mock, start, tmp_path):
    path = login_file(tmp_path / "login")
    mock._call("POST", "login", {"refresh_token": "first-refresh-token", "access_tokens": []})
    lip = start(path)
    path.unlink()
    with RawClient(lip.port) as client:
        answer = client.post(chat("codex:m"))
        text = answer.read().decode()
    assert answer.status == 502 and "No such file" in text and "codex login" in text and str(path) not in text
    until(lambda: str(path) in lip.output, "the log names the file")
    login_file(tmp_path / "login")
    mock.script(mock.on("m", text="Hi"))
    assert ask_all(lip, 1) == [200] and len(renewals(mock)) == 1


def test_a_file_that_may_not_be_written_is_left_alone(mock, start, tmp_path):
    path = login_file(tmp_path / "login", access=jwt(lifetime=-5))
    text = path.read_text()
    mock._call("POST", "login", {"refresh_token": "first-refresh-token", "access_tokens": []})
    mock.script(mock.on("m", text="Hi"))
    lip = start(path, auth_file_read_only="true")
    assert ask_all(lip, 3) == [200] * 3 and len(renewals(mock)) == 1
    until(lambda: "login.unwritten" in lip.output, "the log tells of it")
    assert path.read_text() == text
    # The next renewal goes on from what is in memory.
    mock._call("POST", "login", {"refresh_token": "mock-refresh-1", "access_tokens": []})
    assert ask_all(lip, 1) == [200] and "refresh_token=mock-refresh-1" in renewals(mock)[-1]["body"]


def test_a_link_to_the_file_stays_a_link(mock, start, tmp_path):
    path = login_file(tmp_path / "real", access=jwt(lifetime=-5))
    link = tmp_path / "link.json"
    link.symlink_to(path)
    mock._call("POST", "login", {"refresh_token": "first-refresh-token", "access_tokens": []})
    mock.script(mock.on("m", text="Hi"))
    assert ask_all(start(link), 1) == [200]
    assert link.is_symlink() and tokens_of(path)["refresh_token"] == "mock-refresh-1"


def test_a_token_of_the_environment_comes_first_and_is_not_renewed(mock, start, tmp_path):
    home = tmp_path / "home"
    login_file(home)
    token = jwt(account="from-env")
    mock.script(mock.on("m", text="Hi"))
    lip = start(None, token_url=None, env={
        "OPENAI_CODEX_ACCESS_TOKEN": token, "OPENAI_CODEX_API_KEY": jwt(), "CODEX_HOME": str(home)})
    assert ask_all(lip, 1) == [200]
    fields = headers(mock.requests("m")[-1])
    assert fields["authorization"] == f"Bearer {token}" and fields["chatgpt-account-id"] == "from-env"
    mock._call("POST", "login", {"refresh_token": "first-refresh-token", "access_tokens": []})
    assert ask_all(lip, 1) == [502] and renewals(mock) == []


def test_the_login_of_codex_home_is_found(mock, start, tmp_path):
    login_file(tmp_path / "home")
    mock.script(mock.on("m", text="Hi"))
    assert ask_all(start(None, env={"CODEX_HOME": str(tmp_path / "home")}), 1) == [200]


# Configuration


def checked(tmp_path, text, env=None):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return run("check-config", "--config", path, env=env)


def test_a_missing_or_wrong_file_is_told_with_its_path(mock, tmp_path):
    missing = checked(tmp_path, configuration([row(mock, tmp_path / "nowhere.json")], "codex:m"))
    assert missing.returncode == 1 and f"{tmp_path}/nowhere.json cannot be read: No such file" in missing.stderr
    wrong = login_file(tmp_path)
    for content, words in [("[", "is not JSON"), ('{"OPENAI_API_KEY": "sk-x"}', "openai-responses takes API keys"),
                           ("{}", "has no access_token"),
                           ('{"tokens": {"access_token": "opaque"}}', "does not tell its account")]:
        wrong.write_text(content)
        result = checked(tmp_path, configuration([row(mock, wrong)], "codex:m"))
        assert result.returncode == 1 and words in result.stderr and str(wrong) in result.stderr, result.stderr
    usual = checked(tmp_path, configuration([row(mock)], "codex:m"), env={"HOME": "/nonexistent"})
    assert usual.returncode == 1 and "/nonexistent/.codex/auth.json cannot be read" in usual.stderr
    assert "codex login" in usual.stderr


def test_a_login_serves_its_owner_only(mock, tmp_path):
    rows = [row(mock, login_file(tmp_path))]
    keys = '  api_keys: ["client-key-0123456789"]\n'
    shared = checked(tmp_path, configuration(rows, "codex:m", server=keys, rest="access: { mode: multi_user }\n"))
    assert shared.returncode == 1 and "one person's own login" in shared.stderr
    wide = checked(tmp_path, configuration(rows, "codex:m", server=keys).replace("127.0.0.1:0", "0.0.0.0:0"))
    assert wide.returncode == 1 and "one person's own login" in wide.stderr
    assert checked(tmp_path, configuration(rows, "codex:m", server=keys)).returncode == 0


def test_addresses_that_tokens_may_not_go_to_are_refused(mock, tmp_path):
    path = login_file(tmp_path)
    for more in [{"token_url": '"http://auth.example/token"'}, {"base_url": '"http://chat.example/codex"'},
                 {"token_url": '"https://169.254.169.254/token"'}, {"upstream_streaming": "never"}]:
        result = checked(tmp_path, configuration([row(mock, path, **more)], "codex:m"))
        assert result.returncode == 1, (more, result.stderr)


def test_a_login_is_never_used_unasked(tmp_path):
    login_file(tmp_path / ".codex")
    result = run("inventory", "--json", env={"HOME": str(tmp_path), "OPENAI_CODEX_ACCESS_TOKEN": jwt()}, cwd=tmp_path)
    assert result.returncode == 0 and "codex" not in result.stdout
