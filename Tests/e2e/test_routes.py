"""What the annotations of a route do: weights, budgets of time, bounds of size."""

import json

import pytest

from harness.clients import sdk
from harness.configuration import backend, configuration
from harness.raw import chat, text_of


@pytest.fixture
def two(start_lip, mock, second_mock):
    mock.script(mock.on("*", text=["One"]))
    second_mock.script(second_mock.on("*", text=["Two"]))
    return start_lip(configuration([backend("one", mock.url), backend("two", second_mock.url)], "one:m"))


def answer_of(response, stream):
    """The text of a whole answer, which must be one leg's alone."""
    assert response.status == 200
    if not stream:
        return response.json()["choices"][0]["message"]["content"]
    events = list(response.events())
    assert events[-1] == "[DONE]"
    assert len({event["id"] for event in events[:-1]}) == 1
    return text_of(events)


def both(test):
    return pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])(test)


@both
def test_unknown_route_parameters_are_named_and_with_strict_refused(two, mock, connect, stream):
    route = chat("one:m?temprature=1&foo=bar&top_p=0.5", stream=stream)
    response = connect(two).post(route)
    assert response.headers["x-lip-dropped-fields"] == "route.foo, route.temprature"
    assert answer_of(response, stream) == "One"
    assert json.loads(mock.requests()[0]["body"])["top_p"] == 0.5
    refused = connect(two).post(route, headers={"X-LIP-Strict": "true"})
    assert refused.status == 400 and refused.json()["error"]["param"] == "route.foo"
    assert len(mock.requests()) == 1
    assert "x-lip-dropped-fields" not in connect(two).post(chat("one:m?top_p=0.5")).headers


@both
def test_a_provider_that_cannot_be_pinned_is_named_and_with_strict_refused(start_lip, mock, connect, stream):
    mock.script(mock.on("*", text=["One"]))
    lip = start_lip(configuration([backend("one", mock.url), "  - { id: stub, kind: local-stub }\n"], "one:m"))
    for leg in ["one:m", "stub:m"]:
        response = connect(lip).post(chat(f"{leg}?provider=deepinfra", stream=stream))
        assert response.status == 200
        assert response.headers["x-lip-dropped-fields"] == "route.provider"
        refused = connect(lip).post(chat(f"{leg}?provider=deepinfra", stream=stream), headers={"X-LIP-Strict": "true"})
        assert refused.status == 400 and refused.json()["error"]["param"] == "route.provider"


@both
@pytest.mark.parametrize("separator", "|!^")
def test_a_malformed_parameter_of_any_leg_is_refused_before_any_is_tried(
        two, mock, second_mock, connect, stream, separator):
    route = f"one:m{separator}two:m?temperature=hot"
    for asked, headers in [(route, {}), ("one:m", {"X-LIP-Route": route})]:
        response = connect(two).post(chat(asked, stream=stream), headers=headers)
        assert response.status == 400
        error = response.json()["error"]
        assert (error["code"], error["param"]) == ("invalid_route_parameter", "temperature")
        assert error["message"] == "route parameter temperature: must be a number from 0 to 2 (column 7)"
        assert "x-lip-a-leg-id" not in response.headers
    assert not mock.requests() and not second_mock.requests()


@pytest.mark.parametrize("separator", "|^")
def test_a_route_of_too_many_legs_is_refused(two, mock, connect, separator):
    legs = [f"one:{number:02}" for number in range(65)]
    assert connect(two).post(chat(separator.join(legs[:64]))).status == 200
    response = connect(two).post(chat(separator.join(legs)))
    assert response.status == 400
    assert response.json()["error"]["message"] == "invalid route selector: too many legs (max 64) (column 449)"
    assert len(mock.requests()) == 1


@both
@pytest.mark.parametrize("separator", "|!")
def test_a_long_conversation_goes_back_to_the_larger_leg_that_had_a_blip(
        start_lip, mock, connect, stream, separator):
    lip = start_lip(configuration(
        [backend("p", mock.url, models="[{ name: large, context_window: 200K }, { name: small, context_window: 8K }]")],
        "p:large"))
    too_long = {"status": 400, "message": "too long", "code": "context_length_exceeded"}
    mock.script(
        {"match": {"model": "large"}, "times": 1, "reply": {"error": {"status": 503}}},
        mock.on("large", text="Large"), mock.on("small", error=too_long))
    assert answer_of(connect(lip).post(chat(f"p:large{separator}p:small", stream=stream)), stream) == "Large"
    assert [request["model"] for request in mock.requests()].count("large") == 2


@pytest.mark.parametrize("model", ["short", "quick"])
def test_a_bare_model_of_the_configuration_goes_to_the_backend_that_lists_it(
        start_lip, mock, second_mock, connect, model):
    second_mock.script(second_mock.on("listed", text=["Two"]))
    lip = start_lip(configuration(
        [backend("one", mock.url), backend("two", second_mock.url, models="[listed]")], "one:m",
        rest='models: { short: listed }\nmodel_aliases: [{ pattern: "^quick$", replacement: listed }]\n'))
    assert answer_of(connect(lip).post(chat(model)), False) == "Two"
    assert mock.requests() == []


NAMES = """models: { assistant: "two:x|one:y" }
model_aliases: [{ pattern: "^fast$", replacement: assistant }]
"""


@pytest.mark.parametrize("where", ["header", "model"])
@pytest.mark.parametrize(("name", "leg"), [
    ("assistant", "backend=two; model=x"), ("listed", "backend=two; model=listed"),
    ("fast", "backend=two; model=x"), ("unheard-of", "backend=one; model=unheard-of")])
def test_a_name_alone_leads_where_it_does_in_the_header_and_as_the_model(
        start_lip, mock, second_mock, connect, where, name, leg):
    lip = start_lip(configuration(
        [backend("one", mock.url), backend("two", second_mock.url, models="[listed, x]")], "one:m", rest=NAMES))
    request = chat("m" if where == "header" else name)
    response = connect(lip).post(request, headers={"X-LIP-Route": name} if where == "header" else {})
    assert response.status == 200
    assert response.headers["x-lip-b-leg"] == f"{leg}; attempt=1"


@pytest.mark.parametrize(("route", "message"), [
    ("two", 'X-LIP-Route names the backend "two" without a model; write "two:MODEL"'),
    ("one:m|two", 'the route selector names the backend "two" without a model; write "two:MODEL" (column 7)'),
    ("assistant|one:m", 'the logical model "assistant" stands within a route selector; it can only be named alone '
                        "(column 1)")])
def test_names_of_other_things_than_models_are_refused_in_a_route(
        start_lip, mock, second_mock, connect, route, message):
    lip = start_lip(configuration([backend("one", mock.url), backend("two", second_mock.url)], "one:m", rest=NAMES))
    response = connect(lip).post(chat("m"), headers={"X-LIP-Route": route})
    assert response.status == 400
    assert response.json()["error"]["message"] == message
    assert mock.requests() == second_mock.requests() == []


def test_weights_share_requests_among_the_branches(two, mock, second_mock, connect):
    client = connect(two)
    # Both branches are missed by 60 draws once in 2^59.
    texts = [answer_of(client.post(chat("one:m^two:m")), False) for _ in range(60)]
    assert set(texts) == {"One", "Two"}
    assert len(mock.requests()) == texts.count("One")
    assert len(second_mock.requests()) == texts.count("Two")


def test_the_first_branch_serves_requests_without_a_conversation(two, second_mock, connect):
    client = connect(two)
    assert {answer_of(client.post(chat("[weight=1000]one:m^[first]two:m")), False) for _ in range(10)} == {"Two"}


@both
def test_a_failed_branch_gives_way_to_the_others(two, mock, second_mock, connect, stream):
    mock.script(mock.on("*", error={"status": 503}))
    response = connect(two).post(chat("[weight=1000000]one:m^two:m", stream=stream))
    assert answer_of(response, stream) == "Two"
    assert len(mock.requests()) == 1


@pytest.mark.parametrize("reply", [
    {"fault": "silent"}, {"fault": {"kind": "stall", "after": 0}},
    {"comments": ["still", "here"], "fault": {"kind": "stall", "after": 0}}, {"gate": "never"}],
    ids=["no head", "no output", "comments", "gate"])
@both
def test_a_silent_leg_gives_way_when_its_time_is_over(two, mock, second_mock, connect, stream, reply):
    mock.script(mock.on("*", **reply))
    response = connect(two).post(chat("[ttft_timeout=150ms]one:m|two:m", stream=stream))
    assert answer_of(response, stream) == "Two"
    mock.wait("disconnect")


@both
def test_a_silent_leg_ends_the_request_when_the_routes_time_is_over(two, mock, second_mock, connect, stream):
    mock.script(mock.on("*", fault="silent"))
    response = connect(two).post(chat("{ttft_timeout=150ms}one:m|two:m", stream=stream))
    assert response.status == 504
    assert "ttft_timeout of 0.15 s" in response.json()["error"]["message"]
    mock.wait("disconnect")
    assert second_mock.requests() == []


@both
def test_both_budgets_hold(two, mock, second_mock, connect, stream):
    mock.script(mock.on("*", fault="silent"))
    second_mock.script(second_mock.on("*", fault={"kind": "stall", "after": 0}))
    response = connect(two).post(chat("{ttft_timeout=300ms}[ttft_timeout=100ms]one:m|two:m", stream=stream))
    assert response.status == 504
    mock.wait("disconnect")
    second_mock.wait("disconnect")


@both
def test_a_budget_ends_with_the_first_output(two, mock, connect, stream):
    mock.script(mock.on("*", text=["One ", "and ", "more"], fault={"kind": "gate", "gate": "later", "after": 1}))
    client = connect(two)
    client.post_without_reading(chat("{ttft_timeout=5}[ttft_timeout=500ms]one:m", stream=stream))
    mock.wait("gate")
    # The leg's time passes while another request, which began later, runs into the same budget.
    mock.script(mock.on("silent", fault="silent"))
    assert connect(two).post(chat("[ttft_timeout=500ms]one:silent")).status == 504
    mock.release("later")
    assert answer_of(client.response(), stream) == "One and more"


def test_a_unary_call_under_a_budget_goes_out_as_a_stream_and_comes_back_whole(two, mock):
    mock.script(mock.on("*", text=["One ", "two"], usage={"input": 3, "output": 2}))
    with sdk(two) as client:
        answer = client.chat.completions.create(
            model="[ttft_timeout=5]one:m", messages=[{"role": "user", "content": "Hello"}])
    assert answer.choices[0].message.content == "One two"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.completion_tokens == 2
    assert mock.requests()[0]["stream"] is True


def test_a_backend_that_must_not_stream_has_its_time_for_the_whole_answer(start_lip, mock, connect):
    lip = start_lip(configuration([backend("one", mock.url, upstream_streaming="never")], "one:m"))
    mock.script(mock.on("*", text="One"))
    assert answer_of(connect(lip).post(chat("[ttft_timeout=5]one:m")), False) == "One"
    assert mock.requests()[0]["stream"] is False


def test_size_chooses_the_leg(two, mock, second_mock, connect):
    client = connect(two)
    route = "[max_context=100]one:m|[min_context=100]two:m"
    assert answer_of(client.post(chat(route, content="short")), False) == "One"
    assert answer_of(client.post(chat(route, content="long " * 200)), False) == "Two"


@both
def test_a_request_that_fits_no_leg_is_refused_with_413(two, mock, second_mock, connect, stream):
    response = connect(two).post(chat("[max_context=100]one:m|[max_context=50]two:m", stream=stream, content="x" * 800))
    assert response.status == 413
    error = response.json()["error"]
    assert error["code"] == "context_length_exceeded"
    assert "204 tokens" in error["message"]
    assert mock.requests() == [] and second_mock.requests() == []
