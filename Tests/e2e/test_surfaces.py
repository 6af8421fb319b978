"""The surfaces beside the conversations: embeddings, models, counts of tokens, kept responses, methods and keys."""

import base64
import json
import struct

import anthropic
import openai
import pytest
from google import genai
from google.genai import types

from harness.clients import sdk
from harness.configuration import KEY, backend, configuration
from harness.processes import get, until
from harness.raw import chat
from harness.records import recorded

HOUSE = "sk-house-key-0123456789"


def gemini_sdk(lip, key="sk-client-key"):
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=lip.url))


def anthropic_sdk(lip, key="sk-client-key"):
    return anthropic.Anthropic(api_key=key, base_url=lip.url, max_retries=0, timeout=30)


def rows(mock):
    """A backend of every protocol, all at one mock."""
    return [
        backend("mock", mock.url, models="[small, emb]"),
        backend("resp", mock.url, kind="openai-responses"),
        backend("mistral", f"{mock.url}/mistral", kind="mistral"),
        backend("claude", mock.url, kind="anthropic"),
        backend("google", mock.url, kind="gemini", base_url=f'"{mock.url}"'),
        backend("stub", mock.url, kind="local-stub", base_url=None, api_key=None)]


@pytest.fixture(scope="module")
def lip(mock, tmp_path_factory):
    from harness.processes import Lip

    process = Lip(tmp_path_factory.mktemp("surfaces"), configuration(
        rows(mock), "mock:small", rest='models:\n  "house/model:1": "mock:small|google:g"\n'))
    yield process
    process.stop()


def vector(data, count=4):
    """What lipmock makes of an input."""
    total = sum(data.encode() if isinstance(data, str) else json.dumps(data, separators=(",", ":")).encode())
    return [((total + 7 * place) % 16 - 8) / 8 for place in range(count)]


def ask(connection, method, path, headers=None, body=b"", bodiless=False):
    fields = {"host": "x", "content-length": str(len(body)), **(headers or {})}
    connection.send(f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items() if v) + "\r\n")
    connection.send(body)
    return connection.response(bodiless=bodiless or method in ("HEAD", "OPTIONS"))


# Embeddings


@pytest.mark.parametrize("given, texts", [
    ("hello", ["hello"]), (["a", "bc"], ["a", "bc"]), ([1, 2, 3], [[1, 2, 3]]), ([[1, 2], [3]], [[1, 2], [3]])])
@pytest.mark.parametrize("encoding", ["float", "base64", None])
@pytest.mark.parametrize("name", ["mock:emb", "resp:emb"])
def test_openai_embeddings_are_carried(lip, client, mock, given, texts, encoding, name):
    more = {"encoding_format": encoding} if encoding else {}
    answer = client.embeddings.create(model=name, input=given, **more)
    found = [item.embedding for item in answer.data]
    if encoding == "base64":
        found = [list(struct.unpack("<4f", base64.b64decode(text))) for text in found]
    # Without a wish the library asks for base64 and unpacks it itself.
    assert found == [vector(text) for text in texts]
    assert (answer.usage.prompt_tokens, answer.model) == (9, "emb")
    (request,) = mock.requests()
    assert request["path"] == "/v1/embeddings"
    assert dict(map(tuple, request["headers"]))["Authorization"] == f"Bearer {KEY}"


def test_embeddings_go_out_byte_for_byte_but_for_the_model(lip, mock, connect):
    body = b'{ "input" :["\\u0061"], "user":"u",\n"dimensions":  8, "model":"mock:emb" }'
    response = connect(lip).post(body, path="/v1/embeddings")
    assert response.status == 200 and response.headers["x-lip-a-leg-id"]
    assert len(response.json()["data"][0]["embedding"]) == 8
    assert mock.requests()[0]["body"].encode() == body.replace(b"mock:emb", b"emb")


def test_embeddings_by_mistral(client, mock):
    answer = client.embeddings.with_raw_response.create(
        model="mistral:mistral-embed", input="hi", dimensions=8, user="me", encoding_format="float")
    assert answer.parse().data[0].embedding == vector("hi", 8)
    assert answer.headers["x-lip-dropped-fields"] == "user"
    assert json.loads(mock.requests()[0]["body"])["output_dimension"] == 8
    with pytest.raises(openai.BadRequestError) as refused:
        client.embeddings.create(model="mistral:mistral-embed", input=[1, 2])
    assert refused.value.param == "input"


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_embeddings_by_gemini(client, mock, encoding):
    raw = client.embeddings.with_raw_response.create(
        model="google:gemini-embedding-001", input=["a", "bc"], dimensions=3, encoding_format=encoding)
    found = [item["embedding"] for item in json.loads(raw.text)["data"]]
    if encoding == "base64":
        found = [list(struct.unpack("<3f", base64.b64decode(text))) for text in found]
    assert found == [vector("a", 3), vector("bc", 3)]
    # Google says nothing of usage, and OpenAI's clients ask for it: the estimate is marked.
    assert json.loads(raw.text)["usage"]["prompt_tokens"] > 0
    assert raw.headers["x-lip-token-count"].startswith("estimated; method=")
    assert mock.requests()[0]["path"] == "/v1beta/models/gemini-embedding-001:batchEmbedContents"


@pytest.mark.parametrize("given, field", [([1, 2], "input"), ([[1, 2]], "input[0]")])
def test_token_ids_are_no_input_for_gemini(client, mock, given, field):
    with pytest.raises(openai.BadRequestError) as refused:
        client.embeddings.create(model="google:g", input=given)
    assert refused.value.param == field
    assert mock.requests() == []


def test_embeddings_by_a_protocol_that_has_none(client, mock):
    for name in ("claude:c", "stub:s"):
        with pytest.raises(openai.BadRequestError) as refused:
            client.embeddings.create(model=name, input="a")
        assert refused.value.code == "unsupported_operation"
    # The one leg that has them serves.
    assert client.embeddings.create(model="claude:c|mock:emb", input="a").model == "emb"


@pytest.mark.parametrize("name", ["google:g", "mock:emb"])
@pytest.mark.parametrize("given", ["a", ["a", "bc"]])
def test_geminis_own_embeddings(lip, mock, name, given):
    with gemini_sdk(lip) as client:
        answer = client.models.embed_content(
            model=name, contents=given, config=types.EmbedContentConfig(output_dimensionality=3))
    texts = given if isinstance(given, list) else [given]
    assert [item.values for item in answer.embeddings] == [vector(text, 3) for text in texts]


def test_geminis_single_embedding(lip, mock, connect):
    body = json.dumps({"content": {"parts": [{"text": "a"}]}, "taskType": "CLUSTERING"})
    for name in ("google:g", "mock:emb"):
        response = connect(lip).post(body, path=f"/v1beta/models/{name}:embedContent")
        assert response.status == 200
        dropped = response.headers.get("x-lip-dropped-fields")
        assert response.json()["embedding"]["values"] == vector("a")
        assert dropped == (None if name.startswith("google") else "taskType")
    assert mock.requests()[0]["body"] == body


def test_embeddings_fail_over_and_are_on_record(client, mock, lip):
    mock.script({"name": "down", "match": {"model": "bad"}, "reply": {"error": {"status": 503, "message": "down"}}})
    raw = client.embeddings.with_raw_response.create(model="mock:bad|google:g", input="a", encoding_format="float")
    assert raw.parse().data[0].embedding == vector("a")
    rows = recorded(lip, raw.headers["x-lip-a-leg-id"])
    rows = rows["attempts"] if isinstance(rows, dict) else rows
    assert [(row["BackendID"], row["Outcome"]) for row in rows] == [("mock", "swallowed_failure"), ("google", "success")]


@pytest.mark.parametrize("body, field", [
    ({"model": "mock:emb"}, "input"), ({"input": "a"}, "model"), ({"model": "mock:emb", "input": ["a", 1]}, "input[1]"),
    ({"model": "mock:emb", "input": "a", "encoding_format": "hex"}, "encoding_format")])
def test_a_bad_request_for_embeddings_names_the_field(lip, mock, connect, body, field):
    response = connect(lip).post(body, path="/v1/embeddings")
    assert response.status == 400
    assert response.json()["error"]["param"] == field
    assert mock.requests() == []


# Models


def test_openai_models(lip, client, connect):
    listed = [model.id for model in client.models.list()]
    assert {"house/model:1", "mock:small", "mock:emb"} <= set(listed)
    assert client.models.retrieve("mock:small").owned_by == "mock"
    assert client.models.retrieve("house/model:1").id == "house/model:1"
    with pytest.raises(openai.NotFoundError) as missing:
        client.models.retrieve("nobody/here")
    assert missing.value.code == "model_not_found"
    for spelling in ("house/model:1", "house%2Fmodel%3A1"):
        response = ask(connect(lip), "GET", f"/v1/models/{spelling}")
        assert (response.status, response.json()["id"]) == (200, "house/model:1")


def test_a_list_that_has_not_changed_is_not_sent_again(lip, connect):
    connection = connect(lip)
    first = ask(connection, "GET", "/v1/models")
    tag = first.headers["etag"]
    assert first.json()["object"] == "list"
    again = ask(connection, "GET", "/v1/models", {"if-none-match": tag}, bodiless=True)
    assert (again.status, again.headers["etag"]) == (304, tag)
    assert ask(connection, "GET", "/v1/models", {"if-none-match": '"other"'}).status == 200


def test_anthropic_models(lip, connect):
    with anthropic_sdk(lip) as client:
        page = client.models.list(limit=2)
        assert len(page.data) == 2 and page.has_more
        assert page.data[0].type == "model" and page.data[0].created_at.year > 2000
        everything = [model.id for model in client.models.list(limit=2)]
        assert everything == [model.id for model in client.models.list(limit=1000)]
        assert "house/model:1" in everything
        before = client.models.list(before_id=everything[2], limit=1)
        assert [model.id for model in before.data] == [everything[1]]
        assert client.models.retrieve("house/model:1").display_name == "house/model:1"
        with pytest.raises(anthropic.NotFoundError):
            client.models.retrieve("nobody")
        with pytest.raises(anthropic.BadRequestError):
            client.models.list(limit=0)
    error = ask(connect(lip), "GET", "/v1/models/nobody", {"anthropic-version": "2023-06-01"})
    assert error.headers["request-id"] == error.headers["x-request-id"]
    assert error.json()["error"]["type"] == "not_found_error"


def test_the_access_log_says_of_each_surface_that_can_stream_whether_it_did(start_lip, mock, connect):
    lip = start_lip(configuration(rows(mock), "mock:small", rest="logging: { access_log: true }\n"))
    mock.script(mock.on("small", text="Hi"))
    client = connect(lip)
    asked = {"model": "mock:small", "messages": [{"role": "user", "content": "Hi"}]}
    bodies = {
        "/v1/chat/completions": asked, "/v1/completions": {"model": "mock:small", "prompt": "Hi"},
        "/v1/responses": {"model": "mock:small", "input": "Hi"}, "/v1/messages": {**asked, "max_tokens": 9}}
    for path, body in bodies.items():
        for stream in (False, True):
            assert client.post({**body, "stream": stream}, path).read()
    contents = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    for action in ("generateContent", "streamGenerateContent?alt=sse"):
        assert client.post(contents, f"/v1beta/models/mock:small:{action}").read()
    assert client.post({"model": "mock:emb", "input": "Hi"}, "/v1/embeddings").read()
    until(lambda: '"route":"/v1/embeddings"' in lip.output, "the last request is logged")
    # Before them stand the questions of the harness whether lip is ready.
    lines = [json.loads(line) for line in lip.output.splitlines() if '"http.access"' in line and '"/v1' in line]
    assert {line["status"] for line in lines} == {200}
    logged = [(line["route"], line.get("stream")) for line in lines]
    streaming = [*bodies, "/v1beta/models/{model}:generateContent"]
    assert logged == [(path, stream) for path in streaming for stream in (False, True)] + [("/v1/embeddings", None)]


def test_an_unknown_path_is_told_what_is_served(lip, connect):
    missing = ask(connect(lip), "POST", "/chat/completions")
    assert missing.status == 404
    told = missing.json()["error"]["message"]
    for path in ("/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/v1/embeddings"):
        assert path in told


def test_gemini_models(lip, connect):
    with gemini_sdk(lip) as client:
        names = [model.name for model in client.models.list(config={"page_size": 2})]
        assert {"models/house/model:1", "models/mock:small"} <= set(names) and len(names) == len(set(names))
        model = client.models.get(model="models/house/model:1")
        assert "embedContent" in model.supported_actions
        with pytest.raises(genai.errors.ClientError) as missing:
            client.models.get(model="nobody")
        assert missing.value.code == 404
    page = ask(connect(lip), "GET", "/v1beta/models?pageSize=1").json()
    assert len(page["models"]) == 1 and page["nextPageToken"]
    assert ask(connect(lip), "GET", "/v1beta/models?pageToken=x").status == 400


# Counts of tokens

COUNTED = {"messages": [{"role": "user", "content": "Hello there"}], "system": "Be brief"}


def test_tokens_are_counted_by_the_provider(lip, mock):
    mock.script(mock.on("c", usage={"input": 42}), mock.on("g", usage={"input": 43}))
    with anthropic_sdk(lip) as client:
        raw = client.messages.with_raw_response.count_tokens(model="mock:m|claude:c", **COUNTED)
        assert raw.parse().input_tokens == 42
        assert "x-lip-token-count" not in raw.headers
    with gemini_sdk(lip) as client:
        assert client.models.count_tokens(model="google:g", contents="Hello").total_tokens == 43
    assert [request["path"] for request in mock.requests()] == [
        "/v1/messages/count_tokens", "/v1beta/models/g:countTokens"]


def test_tokens_are_estimated_where_nobody_counts_them(lip, mock):
    with anthropic_sdk(lip) as client:
        raw = client.messages.with_raw_response.count_tokens(model="mock:m", **COUNTED)
        assert raw.parse().input_tokens > 4
        assert raw.headers["x-lip-token-count"] == "estimated; method=bytes"
    with gemini_sdk(lip) as client:
        answer = client.models.count_tokens(model="stub:m", contents="Hello there, you")
        assert answer.total_tokens > 3
    assert mock.requests() == []


@pytest.mark.parametrize("status", [404, 501, 503])
def test_a_provider_that_cannot_count_is_replaced_by_the_estimate(lip, mock, status):
    mock.script({"name": "no", "match": {"model": "c"}, "reply": {"error": {"status": status, "message": "no"}}})
    with anthropic_sdk(lip) as client:
        raw = client.messages.with_raw_response.count_tokens(model="claude:c", **COUNTED)
        assert raw.headers["x-lip-token-count"] == "estimated; method=bytes"


def test_counting_fails_over(start_lip, mock, second_mock):
    mock.script({"name": "no", "match": {"model": "c"}, "reply": {"error": {"status": 503, "message": "no"}}})
    second_mock.script(second_mock.on("d", usage={"input": 7}))
    lip = start_lip(configuration([
        backend("one", mock.url, kind="anthropic"), backend("two", second_mock.url, kind="anthropic")], "one:c|two:d"))
    with anthropic_sdk(lip) as client:
        raw = client.messages.with_raw_response.count_tokens(model="one:c|two:d", **COUNTED)
        assert raw.parse().input_tokens == 7 and "x-lip-token-count" not in raw.headers


def test_the_clients_own_mistake_is_no_reason_to_estimate(lip, mock):
    with anthropic_sdk(lip) as client, pytest.raises(anthropic.BadRequestError):
        client.messages.count_tokens(model="claude:c", messages=[])


# Methods, keys and names

POSTS = ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/v1/embeddings",
         "/v1/messages/count_tokens", "/v1/responses/r/cancel", "/v1beta/models/m:generateContent",
         "/v1beta/models/m:countTokens", "/v1beta/models/m:embedContent"]
GETS = ["/v1/models", "/v1/models/mock:small", "/v1beta/models", "/v1beta/models/mock:small", "/healthz"]


def envelope(path, body):
    """What is wrong, in the protocol's own envelope."""
    error = json.loads(body)["error"]
    if path.startswith("/v1beta"):
        return error["code"], error["status"]
    if path.startswith("/v1/messages"):
        assert json.loads(body)["type"] == "error"
    return error["type"]


@pytest.mark.parametrize("path", POSTS + GETS)
def test_wrong_methods_are_refused_in_the_protocols_own_way(lip, connect, path):
    allowed = "POST, OPTIONS" if path in POSTS else "GET, HEAD, OPTIONS"
    for method in ("PUT", "DELETE", "GET" if path in POSTS else "POST"):
        response = ask(connect(lip), method, path)
        if (method, path) == ("POST", "/v1beta/models/mock:small"):
            # What is asked of a model may be anything; this is nothing that lip knows.
            assert response.status == 404
            continue
        assert (response.status, response.headers["allow"]) == (405, allowed)
        assert envelope(path, response.read())
    response = ask(connect(lip), "OPTIONS", path)
    assert (response.status, response.headers["allow"]) == (204, allowed)


@pytest.mark.parametrize("path", GETS)
def test_head_is_get_without_the_body(lip, connect, path):
    connection = connect(lip)
    head = ask(connection, "HEAD", path)
    whole = ask(connection, "GET", path)
    assert head.status == whole.status == 200
    assert head.headers["content-length"] == whole.headers["content-length"]


@pytest.fixture
def guarded(start_lip, mock):
    return start_lip(configuration(rows(mock), "mock:small", server=f'  api_keys: ["{HOUSE}"]\n'))


@pytest.mark.parametrize("field, value", [
    ("authorization", f"Bearer {HOUSE}"), ("authorization", f"bearer {HOUSE}"), ("x-api-key", HOUSE),
    ("x-goog-api-key", HOUSE), ("api-key", HOUSE)])
def test_a_key_is_known_in_every_protocols_spelling(guarded, connect, field, value):
    for path in GETS:
        assert ask(connect(guarded), "GET", path, {field: value}).status == 200
    if field != "authorization":
        assert ask(connect(guarded), "GET", "/v1/models", {field: HOUSE + "x"}).status == 401


@pytest.mark.parametrize("path", [path for path in POSTS + GETS if path != "/healthz"])
def test_a_stranger_is_refused_in_the_protocols_own_way(guarded, connect, path):
    response = ask(connect(guarded), "POST" if path in POSTS else "GET", path)
    assert response.status == 401
    assert envelope(path, response.read()) in ("authentication_error", (401, "UNAUTHENTICATED"))
    assert ask(connect(guarded), "OPTIONS", path).status == 204


def test_the_libraries_raise_their_own_errors(guarded):
    with anthropic_sdk(guarded, "sk-wrong") as client, pytest.raises(anthropic.AuthenticationError):
        client.messages.count_tokens(model="claude:c", **COUNTED)
    with gemini_sdk(guarded, "sk-wrong") as client, pytest.raises(genai.errors.ClientError) as refused:
        client.models.count_tokens(model="google:g", contents="x")
    assert refused.value.code == 401
    with gemini_sdk(guarded, HOUSE) as client:
        assert client.models.count_tokens(model="google:g", contents="x").total_tokens > 0


def test_a_key_in_the_query_is_googles_alone_and_goes_nowhere(guarded, mock, connect):
    body = json.dumps({"contents": [{"parts": [{"text": "hi"}]}]}).encode()
    path = "/v1beta/models/google:g:generateContent?key="
    assert ask(connect(guarded), "POST", path + HOUSE, body=body).status == 200
    assert ask(connect(guarded), "POST", path + "sk-wrong", body=body).status == 401
    assert ask(connect(guarded), "GET", f"/v1beta/models?key={HOUSE}").status == 200
    assert ask(connect(guarded), "GET", f"/v1/models?key={HOUSE}").status == 401
    assert HOUSE not in json.dumps(mock.requests())
    assert HOUSE not in guarded.output


def test_requests_are_named_in_the_field_that_the_library_reads(lip, mock, connect):
    with anthropic_sdk(lip) as client:
        answer = client.messages.create(
            model="claude:mock-n1", max_tokens=50, messages=[{"role": "user", "content": "hi"}])
        assert answer._request_id
        with pytest.raises(anthropic.NotFoundError) as missing:
            client.models.retrieve("nobody")
        assert missing.value.request_id
    response = connect(lip).post(chat("mock:mock-n1"))
    assert response.headers["x-request-id"] and "request-id" not in response.headers


# Responses that a provider keeps


def respond(client, name="resp:mock-n2", **more):
    return client.responses.create(model=name, input="hi", **more)


def test_a_response_can_be_asked_for_again(lip, client, mock):
    answer = respond(client)
    assert client.responses.retrieve(answer.id).id == answer.id
    assert client.responses.input_items.list(answer.id, limit=3).data[0].type == "message"
    assert client.responses.cancel(answer.id).status == "cancelled"
    client.responses.delete(answer.id)
    assert [(request["method"], request["path"]) for request in mock.requests()[1:]] == [
        ("GET", f"/v1/responses/{answer.id}"), ("GET", f"/v1/responses/{answer.id}/input_items?limit=3"),
        ("POST", f"/v1/responses/{answer.id}/cancel"), ("DELETE", f"/v1/responses/{answer.id}")]
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(answer.id)
    assert len(mock.requests()) == 5, "what was deleted is not asked for"


def test_a_streamed_response_can_be_asked_for_again(lip, client, mock):
    with client.responses.create(model="resp:mock-n2", input="hi", stream=True) as stream:
        identifier = next(iter(stream)).response.id
        list(stream)
    assert client.responses.retrieve(identifier).id == identifier
    frames = ['data: {"type":"response.completed","sequence_number":0}\n\n', "data: [DONE]\n\n"]
    mock.script({"name": "again", "match": {"path": f"/v1/responses/{identifier}"}, "reply": {"frames": frames}})
    raw = client.responses.with_raw_response.retrieve(identifier, extra_query={"stream": "true"})
    assert raw.headers["content-type"].startswith("text/event-stream")
    assert raw.text == "".join(frames)


def test_nobody_is_given_what_was_not_issued_to_them(start_lip, mock):
    second = "sk-other-key-0123456789"
    lip = start_lip(configuration(rows(mock), "resp:m", server=f'  api_keys: ["{HOUSE}", "{second}"]\n'))
    with sdk(lip, api_key=HOUSE) as one, sdk(lip, api_key=second) as two:
        answer = respond(one)
        for ask_for in (two.responses.retrieve, two.responses.delete, two.responses.cancel):
            with pytest.raises(openai.NotFoundError) as missing:
                ask_for(answer.id)
            assert answer.id in missing.value.message
        assert len(mock.requests()) == 1
        assert one.responses.retrieve(answer.id).id == answer.id


def test_what_is_not_to_be_kept_is_not_remembered(client, mock):
    answer = respond(client, store=False)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(answer.id)


def test_a_providers_refusal_is_passed_on(client, mock):
    answer = respond(client)
    mock.script({"name": "gone", "match": {"path": f"/v1/responses/{answer.id}"},
                 "reply": {"error": {"status": 404, "message": "expired", "code": "gone"}}})
    with pytest.raises(openai.NotFoundError) as gone:
        client.responses.retrieve(answer.id)
    assert "expired" in gone.value.message


def test_a_conversation_goes_on_where_it_began(start_lip, mock, second_mock):
    keys = '["sk-first-key-000000001", "sk-second-key-00000001"]'
    lip = start_lip(configuration([
        backend("one", mock.url, kind="openai-responses"),
        backend("two", second_mock.url, kind="openai-responses", api_key=None, api_keys=keys)], "one:m|two:m"))
    mock.script({"name": "down", "match": {"path": "/v1/responses"}, "times": 1,
                 "reply": {"error": {"status": 503, "message": "down"}}})
    second_mock.script({"name": "slow down", "match": {"headers": {"authorization": "Bearer sk-first-key-000000001"}},
                        "times": 1, "reply": {"error": {"status": 429, "message": "no"}, "headers": {"retry-after": "1"}}})
    with sdk(lip) as client:
        first = respond(client, "one:m|two:m")
        # The first backend is back, and would be asked first; only the second knows the response, and its second key.
        again = respond(client, "one:m|two:m", previous_response_id=first.id)
        assert again.id
        assert [request["path"] for request in mock.requests()] == ["/v1/responses"]
        sent = [dict(map(tuple, request["headers"]))["Authorization"] for request in second_mock.requests()]
        assert sent == ["Bearer sk-first-key-000000001", "Bearer sk-second-key-00000001", "Bearer sk-second-key-00000001"]
        # Nobody knows this one, and both may have issued it.
        with pytest.raises(openai.BadRequestError) as unknown:
            respond(client, "one:m|two:m", previous_response_id="resp_mock77")
        assert unknown.value.param == "previous_response_id"
        assert "was not issued here" in unknown.value.message
        with pytest.raises(openai.BadRequestError) as elsewhere:
            respond(client, "one:m", previous_response_id=first.id)
        assert "two" in elsewhere.value.message
        # The only backend that may have is asked.
        assert respond(client, "one:m", previous_response_id="resp_mock77").id


def test_a_response_that_no_provider_keeps_cannot_be_gone_on_from(client, mock):
    answer = respond(client, "mock:mock-n2")
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(answer.id)
    with pytest.raises(openai.BadRequestError) as refused:
        respond(client, "mock:mock-n2", previous_response_id=answer.id)
    assert refused.value.param == "previous_response_id"


def test_unknown_ids_are_not_found(lip, connect):
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/input_items")):
        response = ask(connect(lip), method, f"/v1/responses/resp_nobody{path}")
        assert response.status == 404
        assert response.json()["error"]["code"] == "response_not_found"
    assert get(f"{lip.url}/v1/responses/a%2Fb")[0] == 404


# The stub


def test_the_stub_tells_usage_as_providers_do(lip, connect):
    whole = connect(lip).post(chat("stub:m")).json()
    assert whole["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    events = list(connect(lip).post(chat("stub:m", stream=True, stream_options={"include_usage": True})).events())
    assert events[-1] == "[DONE]" and events[-2]["usage"]["total_tokens"] == 0 and events[-2]["choices"] == []
    assert all("usage" not in event for event in connect(lip).post(chat("stub:m", stream=True)).events())
