"""What becomes of each fault of a provider, row by row as docs/faults.md has it: the document is the expectation."""

import re
from dataclasses import dataclass, field

import pytest

from harness.configuration import backend, configuration
from harness.processes import ROOT
from harness.raw import chat, text_of
from harness.records import metric, recorded

DOCUMENT = ROOT / "docs/faults.md"
BOTH = ("unary", "stream")
TEXT = ["Once ", "upon ", "a ", "time"]
HTML = {"body": "<html><body>Bad gateway</body></html>", "headers": {"content-type": "text/html"}}
#: A little, so that a test need not wait long, and much to a machine that is busy.
SOON = "400ms"


@dataclass(frozen=True)
class Fault:
    """One row of the document, or two: for a unary call and for a streamed one."""

    name: str
    #: How lipmock answers; nothing listens where it is None.
    reply: dict | None
    forms: tuple[str, ...] = BOTH
    #: The backend's timeouts, where one of them ends it.
    timeouts: dict = field(default_factory=dict)
    #: The leg's annotation, where that ends it.
    annotation: str = ""


def cut(name, kind, **more):
    """A stream that goes wrong after two of its texts."""
    return Fault(name, {"text": TEXT, "fault": {"kind": kind, "after": 2, **more.pop("fault", {})}}, ("stream",), **more)


def at_once(name, kind, role_chunk=True, **more):
    """A stream that goes wrong before its first text."""
    return Fault(name, {"role_chunk": role_chunk, "fault": {"kind": kind, "after": 0, **more}}, ("stream",))


def frames(name, *pieces, **more):
    """A stream of these bytes."""
    return Fault(name, {"frames": list(pieces), **more.pop("reply", {})}, ("stream",), **more)


def plain(name, reply, **more):
    return Fault(name, reply, ("unary",), **more)


EMPTY_DELTA = (
    'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    '[{"index":0,"delta":{"content":""},"finish_reason":null}]}\n\n')
#: More than any test waits for: 100 s.
TRICKLE = {"gap_ms": 50}
BUDGET = {"annotation": f"[ttft_timeout={SOON}]"}
NO_OUTPUT = {"timeouts": {"output_idle": SOON}}
OVERLOADED = {"error": {"message": "overloaded"}}

FAULTS = [
    Fault("nobody listens", None),
    Fault("closes before the head", {"fault": "close_before_head"}),
    Fault("resets before the head", {"fault": "reset_before_head"}),
    Fault("cuts the head", {"fault": "cut_head"}),
    Fault("sends garbage instead of a head", {"fault": "garbage_head"}),
    Fault("stays silent, `timeouts.response_head`", {"fault": "silent"}, timeouts={"response_head": SOON}),
    Fault("stays silent, `ttft_timeout`", {"fault": "silent"}, **BUDGET),
    *(Fault(f"answers {status}", {"error": {"status": status, "message": "provider's words"}})
      for status in (400, 401, 403, 404, 408, 413, 422, 429, 500, 503, 504, 529)),
    Fault("answers 503 with a page of HTML", {"status": 503, **HTML}),
    Fault("answers 302", {"status": 302, "body": "", "headers": {"location": "http://127.0.0.1:1/"}}),
    Fault("answers 204", {"status": 204, "body": ""}),
    Fault("an empty 200", {"body": ""}),
    Fault("a page of HTML as 200", HTML),
    Fault("an error as 200", {"status": 200, "error": {"message": "surprise"}}),
    plain("an event stream", {
        "frames": [EMPTY_DELTA.replace('""', '"Once"'), "data: [DONE]\n\n"]}),
    plain("a good answer as text/plain", {"text": TEXT, "headers": {"content-type": "text/plain"}}),
    plain("garbage as JSON", {"fault": {"kind": "garbage_event"}}),
    plain("closes in the body", {"fault": "close"}),
    plain("resets in the body", {"fault": "reset"}),
    plain("ends within a chunk", {"framing": "chunked", "fault": "cut_chunk"}),
    plain("promises more than it sends", {"fault": "length_too_long"}),
    plain("cuts the JSON, body well ended", {"fault": "end"}),
    plain("stalls in the body, `timeouts.idle`", {"fault": "stall"}, timeouts={"idle": SOON}),
    plain("drips its body, `timeouts.total`", {"chunks": 1000, "trickle": {"bytes": 100, "every_ms": 50}},
          timeouts={"total": "1s"}),
    plain("drips its events, `ttft_timeout`", {"frames": 2000 * [EMPTY_DELTA], **TRICKLE}, **BUDGET),
    at_once("an error as the first event", "error_event", role_chunk=False, **OVERLOADED),
    at_once("an error after the role", "error_event", **OVERLOADED),
    at_once("ends after the role", "end"),
    at_once("closes after the role", "close"),
    at_once("resets after the role", "reset"),
    at_once("ends within the first chunk", "cut_chunk", role_chunk=False),
    at_once("breaks the chunked coding at once", "garbage_chunk", role_chunk=False),
    at_once("garbage as the first event", "garbage_event", role_chunk=False),
    frames("no event at all"),
    frames("only the terminator", "data: [DONE]\n\n"),
    Fault("a good stream as text/plain", {"text": TEXT, "headers": {"content-type": "text/plain"}}, ("stream",)),
    frames("comments only, `ttft_timeout`", *(2000 * [": keep-alive\n\n"]), reply=TRICKLE, **BUDGET),
    frames("comments only, `timeouts.output_idle`", *(2000 * [": keep-alive\n\n"]), reply=TRICKLE, **NO_OUTPUT),
    frames("empty deltas only, `ttft_timeout`", *(2000 * [EMPTY_DELTA]), reply=TRICKLE, **BUDGET),
    frames("empty deltas only, `timeouts.output_idle`", *(2000 * [EMPTY_DELTA]), reply=TRICKLE, **NO_OUTPUT),
    Fault("stalls after the role, `timeouts.idle`", {"fault": {"kind": "stall", "after": 0}}, ("stream",),
          timeouts={"idle": SOON}),
    cut("resets in mid-stream", "reset"),
    cut("closes in mid-stream", "close"),
    cut("ends within a later chunk", "cut_chunk"),
    cut("breaks the chunked coding", "garbage_chunk"),
    cut("an event that is not JSON", "garbage_event"),
    cut("an error event in mid-stream", "error_event", fault=OVERLOADED),
    cut("ends without finish reason and terminator", "end"),
    cut("stalls in mid-stream, `timeouts.idle`", "stall", timeouts={"idle": SOON}),
    frames("comments only in mid-stream, `timeouts.output_idle`",
           *(EMPTY_DELTA.replace('""', f'"{text}"') for text in TEXT[:2]), *(2000 * [": keep-alive\n\n"]),
           reply=TRICKLE, **NO_OUTPUT),
    Fault("ends with a finish reason, without terminator", {"text": TEXT, "done": False}, ("stream",)),
]
ROWS = [pytest.param(fault, form, id=f"{fault.name}-{form}") for fault in FAULTS for form in fault.forms]


def documented():
    """The rows of the document's tables, by fault and form."""
    rows = {}
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if len(cells) == 7 and cells[1] in (*BOTH, "both"):
            for form in BOTH if cells[1] == "both" else [cells[1]]:
                assert (cells[0], form) not in rows, f"{cells[0]}, {form} stands twice"
                rows[cells[0], form] = line.replace("| both |", f"| {form} |", 1)
    return rows


def test_the_document_has_each_fault_and_no_other():
    assert set(documented()) == {(fault.name, form) for fault in FAULTS for form in fault.forms}


@pytest.fixture
def observe(start_lip, mock, second_mock, connect, closed_port):
    """Lets a fault happen and returns its row."""

    def answer(response, stream):
        """What the client has got, in the document's words."""
        if response.status != 200:
            error = response.json()["error"]
            return f"{response.status} `{error['code'] or error['type']}`"
        if not stream:
            return f"200, “{response.json()['choices'][0]['message']['content'].strip()}”"
        events = list(response.events())
        assert response.complete
        errors = [event["error"] for event in events if "error" in event]
        assert (events[-1] == "[DONE]") == (not errors), "a stream ends by its terminator or by an error"
        finished = [c["finish_reason"] for e in events if "choices" in e for c in e["choices"] if c["finish_reason"]]
        assert not (errors and finished), "a stream that failed must not look finished"
        end = f"error event `{errors[0]['code'] or errors[0]['type']}`" if errors else "finished"
        assert len(errors) <= 1
        return f"200, “{text_of(events).strip()}”, {end}"

    def run(fault, form):
        stream = form == "stream"
        url = closed_port.url if fault.reply is None else mock.url
        timeouts = "{ " + ", ".join(f"{key}: {value}" for key, value in fault.timeouts.items()) + " }"
        lip = start_lip(configuration(
            [backend("bad", url, timeouts=timeouts), backend("alone", url, timeouts=timeouts),
             backend("good", second_mock.url)], "good:m",
            rest="  retry_wait_max: 0s\n  health:\n    circuit_breaker: { failure_threshold: 1, open_for: 20s }\n"))
        second_mock.script(second_mock.on("m", text=["All ", "well"]))
        if fault.reply is not None:
            mock.script(mock.on("m", **fault.reply))

        # With another leg behind it: that one's answer, whole and without a trace of the first, or the fault's.
        response = connect(lip).post(chat(f"{fault.annotation}bad:m|good:m", stream=stream))
        has_moved = second_mock.requests() != []
        if has_moved:
            assert response.status == 200
            if stream:
                events = list(response.events())
                assert text_of(events) == "All well" and events[-1] == "[DONE]" and response.complete
                assert len({event["id"] for event in events[:-1]}) == 1, "the failed leg left a trace"
                assert sum("role" in choice["delta"] for e in events[:-1] for choice in e["choices"]) == 1
            else:
                assert response.json()["choices"][0]["message"]["content"] == "All well"
            first, second = recorded(lip, response.headers["x-lip-a-leg-id"])
            assert first["Outcome"] == "swallowed_failure" and second["Outcome"] == "success"
        else:
            shown = answer(response, stream)
            (first,) = recorded(lip, response.headers["x-lip-a-leg-id"])
        # Alone.
        response = connect(lip).post(chat(f"{fault.annotation}alone:m", stream=stream))
        client = answer(response, stream)
        assert has_moved or client == shown
        (record,) = recorded(lip, response.headers["x-lip-a-leg-id"])
        for key in ("Reason", "ProviderStatus"):
            assert str(first.get(key)).replace("bad", "alone") == str(record.get(key))
        assert record["Outcome"] == ("success" if client.endswith(("”", "finished")) else "surfaced_failure")
        assert len(mock.requests()) == (0 if fault.reply is None else 2), "each was asked once"
        counts = [
            metric(lip, "lip_breaker_transitions_total", backend=name, to="open") for name in ("bad", "alone")]
        assert counts in ([0, 0], [1, 1])

        outcome = f"`{record['Outcome']}`" + (f", {record['ProviderStatus']}" if "ProviderStatus" in record else "")
        reason = re.sub(r"\balone\b", "*id*", record["Reason"]) or "–"
        if record["Outcome"] == "success":
            moves = "not needed"
        else:
            moves = "serves" if has_moved else "not asked"
        cells = [fault.name, form, moves, client, outcome, reason, "counts" if counts[0] else "–"]
        return "| " + " | ".join(cells) + " |"

    return run


@pytest.mark.parametrize("fault, form", ROWS)
def test_fault(observe, fault, form):
    observed = observe(fault, form)
    assert documented().get((fault.name, form)) == observed, f"{DOCUMENT.name} should say:\n{observed}"
