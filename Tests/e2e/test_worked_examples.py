"""The worked examples of routing, one row each: what the client gets, and what is recorded of the attempts.

Providers A, B and C are one lipmock behind three backends. A row says what each does, the requests in their order, and
for each its status, its text and its attempts. A comment stands where lip decides otherwise than the examples' origin,
the Go LLM Interactive Proxy. Times are a fraction of the original ones.
"""

import base64
import time
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from harness.configuration import backend, configuration
from harness.processes import until
from harness.raw import chat, text_of
from harness.records import attempts, metric, recorded

BACKENDS = "ABC"


@dataclass(frozen=True)
class Record:
    """What is recorded of one attempt; `reason` is a part of the recorded one."""

    backend: str
    outcome: str
    reason: str = ""
    provider_status: int | None = None
    cause: str | None = None


def ok(name):
    return Record(name, "success")


def swallowed(name, reason="", status=None):
    return Record(name, "swallowed_failure", reason, status)


def surfaced(name, reason="", status=None):
    return Record(name, "surfaced_failure", reason, status)


def cancelled(name, cause):
    return Record(name, "cancelled", "", None, cause)


@dataclass(frozen=True)
class Turn:
    """One request: its status, its text (of an error the message, in part) and its attempts."""

    status: int
    text: str
    attempts: tuple[Record, ...] = ()
    #: The answer is a stream that ends in an error event after its text; in that event stands this.
    broken: str | None = None
    #: The client leaves after the text.
    leaves: bool = False
    #: The request goes on with the session of the one before.
    resumes: bool = False


def answers(text, *records):
    return Turn(200, text, records)


def refused(status, message, *records):
    return Turn(status, message, records)


@dataclass(frozen=True)
class Example:
    number: int
    selector: str
    turns: tuple[Turn, ...]
    #: What a provider answers instead of its name: a reply for all requests, or rules in their order.
    A: object = None
    B: object = None
    C: object = None
    #: The part of the configuration below `routing`.
    routing: str = ""
    #: More members of the request's body.
    body: dict = field(default_factory=dict)
    #: The keys of A, where one is not enough.
    keys: tuple[str, ...] = ()
    forms: tuple[str, ...] = ("unary", "stream")
    #: Whether the selector comes in `X-LIP-Route`.
    in_header: bool = False
    #: Whether the first turn begins a session.
    in_session: bool = False
    #: The backends whose models take text alone.
    text_only: str = ""
    #: What else holds after the last turn: called with the run.
    also: object = None


def one(number, selector, turn, **more):
    return Example(number, selector, (turn,), **more)


# --- What providers do ---

#: "R": fails in a way that another leg may mend; "F": refuses the request itself.
R = {"error": {"status": 503, "message": "come back later"}}
F = {"error": {"status": 400, "message": "not like this"}}
SILENT = {"fault": "silent"}
#: Begins to answer and breaks off before there is any output.
BREAKS_BEFORE_OUTPUT = {"fault": {"kind": "close", "after": 0}}
#: Breaks off after its first text; "ends" is a proper end of the body, but not of the answer.
BREAKS_AFTER_TEXT = {"text": ["Once ", "upon "], "fault": {"kind": "reset", "after": 1}}
ENDS_AFTER_TEXT = {"text": ["Once ", "upon "], "fault": {"kind": "end", "after": 1}}
SLOW = {"text": ["from A"], "delay_ms": 200}
#: Long enough that no test sees its end.
LATER = {"text": ["too late"], "gate": "never"}


def breaker(threshold, waits="10s"):
    return (
        f"  retry_wait_max: {waits}\n  health:\n    circuit_breaker: "
        f"{{ enabled: true, failure_threshold: {threshold}, open_for: 20s }}\n")


def with_key(name):
    """A rule for the requests that bring this key."""
    return {"name": name, "match": {"headers": {"authorization": f"Bearer {name}-0123456789abcdef"}}}


IMAGE = [{"role": "user", "content": [
    {"type": "text", "text": "What is this?"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64," + base64.b64encode(b"png").decode()}}]}]


# --- What else is looked at ---


def drawn_by_weight(run):
    """Three of four requests go to A: 300 of 400, and 7 standard deviations of 8.7 to either side are allowed."""
    for _ in range(399):
        run.post(run.example.selector)
    assert 240 <= len(run.received("A")) <= 360
    assert len(run.received("A")) + len(run.received("B")) == 400


def untouched(*names):
    def check(run):
        assert {name: len(run.received(name)) for name in names} == dict.fromkeys(names, 0)

    return check


def asked_in_order(*names):
    """The providers that were asked, in the order in which the requests arrived."""
    def check(run):
        seen = [run.backend_of(request) for request in run.mock.requests()]
        assert seen == list(names)

    return check


def started_after(offsets):
    """By when each attempt started, in seconds after the first; a busy machine may take a quarter more."""
    def check(run):
        starts = [datetime.fromisoformat(record["StartedAt"][:26] + "+00:00") for record in run.records]
        for start, offset in zip(starts, offsets, strict=True):
            assert offset - 0.01 <= (start - starts[0]).total_seconds() <= offset + 0.25

    return check


def took_less_than(seconds):
    def check(run):
        assert run.duration < seconds

    return check


def breaker_knows_nothing(run):
    assert metric(run.lip, "lip_breaker_transitions_total", backend="A", to="open") == 0
    run.mock.wait("disconnect", model="m")
    assert len(run.received("B")) == 0


def left_alone(*turns):
    """The breaker has opened: further requests come out like this, and A is asked no more."""
    def check(run):
        asked = len(run.received("A"))
        for turn in turns:
            run.turn(turn)
        assert len(run.received("A")) == asked
        assert metric(run.lip, "lip_breaker_transitions_total", backend="A", to="open") == 1

    return check


def sends_temperature(value):
    def check(run):
        (request,) = run.received("A")
        assert f'"temperature":{value}' in request["body"].replace(" ", "")

    return check


def key_never_used_again(run):
    for _ in range(3):
        run.turn(answers("with k2", ok("A")))
    assert [request["rule"] for request in run.received("A")] == ["k1"] + 4 * ["k2"]


def first_key_comes_back_first(run):
    # While both rest, A is passed over without an attempt; k1 returns after its second, k2 would after a minute.
    run.turn(answers("from B", ok("B")))
    until(lambda: run.post("A:m|B:m").json()["choices"][0]["message"]["content"] == "with k1", "k1 is used again")


# --- The table ---

EXAMPLES = [
    one(1, "A:m|B:m", answers("from A", ok("A")), also=untouched("B")),
    one(2, "A:m|B:m", answers("from B", swallowed("A", "come back later", 503), ok("B")), A=R),
    one(3, "A:m|B:m", answers("from B", swallowed("A", "ended", 200), ok("B")), A=BREAKS_BEFORE_OUTPUT),
    # An error event tells the client; it is not left with a stream that is merely cut.
    one(4, "A:m|B:m", Turn(200, "Once ", (surfaced("A", "broke its answer off", 200),), broken="broke"), A=BREAKS_AFTER_TEXT,
        forms=("stream",), also=untouched("B")),
    # The provider's refusal of the request surfaces as it is, not as 500.
    one(5, "A:m|B:m", refused(400, "not like this", surfaced("A", "not like this", 400)), A=F, also=untouched("B")),
    # Exhaustion is 502 with the last provider's message; its attempt is the one that the client was told of.
    one(6, "A:m|B:m|C:m|A:n",
        refused(502, "come back later", swallowed("A", "", 503), swallowed("B", "", 503), surfaced("C", "", 503)),
        A=R, B=R, C=R),
    # When nothing else is left the last leg is tried again within max_attempts.
    one(7, "A:m|B:m",
        refused(502, "come back later", swallowed("A", "", 503), swallowed("B", "", 503), surfaced("B", "", 503)),
        A=R, B=R),
    one(8, "A:m|B:m", refused(502, "come back later", surfaced("A", "", 503)), A=R, routing="  max_attempts: 1\n",
        also=untouched("B")),
    one(9, "A:m|B:m", answers("from B", ok("B")), body={"messages": IMAGE}, text_only="A", also=untouched("A")),
    one(10, "A:m|B:m", refused(400, "missing required capabilities: vision"), body={"messages": IMAGE}, text_only="AB",
        also=untouched("A", "B")),
    # A selector that names an unknown backend is the client's mistake; a model of this name would be passed on.
    one(11, "X:m|B:m", refused(400, "X"), in_header=True, also=untouched("B")),
    one(12, "[weight=3]A:m^[weight=1]B:m", Turn(200, "", ()), forms=("unary",), also=drawn_by_weight),
    one(13, "[weight=1000000]A:m^[weight=1]B:m", answers("from B", swallowed("A", "", 503), ok("B")), A=R),
    # The weights make the second turn's draw certain enough.
    Example(14, "[first]A:m^[weight=1000000]B:m", (
        answers("from A", ok("A")), replace(answers("from B", ok("B")), resumes=True)), in_session=True),
    Example(15, "[first]A:m^[weight=1000000]B:m", (
        answers("from B", swallowed("A", "", 503), ok("B")), replace(answers("from B", ok("B")), resumes=True)), A=R,
        in_session=True),
    one(16, "A:m!B:m", answers("from B", cancelled("A", "lost_race"), ok("B")), A=LATER),
    # In a race a unary call goes out as a stream as well, so blanks can be told from text.
    one(17, "A:m!B:m", answers("from B", cancelled("A", "lost_race"), ok("B")),
        A={"text": ["  ", "late"], "fault": {"kind": "gate", "gate": "never", "after": 1}},
        B={"text": ["from B"], "delay_ms": 150}),
    one(18, "[handicap=30s]A:m!B:m", answers("from A", ok("A")), A=SLOW, also=untouched("B")),
    one(19, "[handicap=30s]A:m!B:m", answers("from B", swallowed("A", "", 503), ok("B")),
        A={**R, "delay_ms": 100}, also=took_less_than(5)),
    one(20, "[handicap=600ms]A:m![handicap=300ms]B:m!C:m",
        answers("from C", cancelled("A", "lost_race"), cancelled("B", "lost_race"), ok("C")), A=LATER, B=LATER,
        also=started_after([0, 0.3, 0.6])),
    one(21, "A:m!B:m|C:m", answers("from C", swallowed("A", "", 503), swallowed("B", "", 503), ok("C")),
        A=R, B=R),
    # A race counts as one attempt whatever its width: all five legs run, and the next arm still has its turn.
    one(22, "A:m!B:m!C:m!A:n!B:n|C:o",
        answers("from C", *(swallowed(name, "", 503) for name in "ABCAB"), ok("C")),
        A=R, B=R, C=[{"times": 1, "reply": R}, {"reply": {"text": ["from C"]}}], routing="  max_attempts: 2\n"),
    one(23, "[ttft_timeout=300ms]A:m|B:m", answers("from B", swallowed("A", "ttft_timeout of 0.3 s"), ok("B")), A=SILENT),
    # A budget that ran out is a timeout: 504.
    one(24, "{ttft_timeout=300ms}A:m|B:m",
        refused(504, "ttft_timeout of 0.3 s", surfaced("A", "the route's ttft_timeout of 0.3 s")), A=SILENT,
        also=untouched("B")),
    one(25, "{ttft_timeout=900ms}[ttft_timeout=300ms]A:m|B:m",
        refused(504, "ttft_timeout of 0.9 s", swallowed("A", "ttft_timeout of 0.3 s"),
                surfaced("B", "the route's ttft_timeout of 0.9 s")),
        A=SILENT, B=SILENT, also=started_after([0, 0.3])),
    # The last leg's own budget is used up as well, so that it is not tried again.
    one(26, "[ttft_timeout=300ms]A:m",
        refused(504, "ttft_timeout of 0.3 s", surfaced("A", "ttft_timeout of 0.3 s", 200)),
        A={"comments": ["wait", "and wait"], "usage_placement": "always", "fault": {"kind": "stall", "after": 0}}),
    one(27, "[ttft_timeout=300ms]A:m", answers("At last", ok("A")), A={"text": ["At ", "last"], "gap_ms": 600}),
    Example(28, "A:m|B:m", 2 * (answers("from B", swallowed("A", "", 503), ok("B")),), A=R, routing=breaker(2),
            also=left_alone(*3 * (answers("from B", ok("B")),))),
    # 503, with the soonest moment at which a leg may be tried.
    one(29, "A:m|B:m", refused(502, "come back later", swallowed("A", "", 503), surfaced("B", "", 503)), A=R, B=R,
        routing=breaker(1, waits="0s"), also=left_alone(*2 * (refused(503, ""),))),
    one(30, "A:m|B:m", Turn(200, "Once ", (cancelled("A", "client_left"),), leaves=True),
        A={"text": ["Once ", "upon "], "fault": {"kind": "stall", "after": 1}}, forms=("stream",),
        routing=breaker(1), also=breaker_knows_nothing),
    one(31, "A:m|B:m", Turn(200, "Once ", (surfaced("A", "stopped before", 200),), broken="stopped before"), A=ENDS_AFTER_TEXT,
        forms=("stream",), routing=breaker(1), also=left_alone(answers("from B", ok("B")))),
    # The route's parameter overrides the request's.
    one(32, "A:m?temperature=0.3", answers("from A", ok("A")), body={"temperature": 0.9}, also=sends_temperature("0.3")),
    # A malformed parameter is the client's mistake, and named before anything is tried.
    one(33, "A:m?temperature=hot|B:m", refused(400, "temperature"),
        also=untouched("A", "B")),
    one(34, "A:m", answers("with k2", ok("A")), keys=("k1", "k2"), also=key_never_used_again, forms=("unary",), A=[
        {**with_key("k1"), "reply": {"error": {"status": 401}}}, {**with_key("k2"), "reply": {"text": ["with ", "k2"]}}]),
    one(35, "A:m|B:m", answers("from B", swallowed("A", "", 429), ok("B")), keys=("k1", "k2"),
        also=first_key_comes_back_first, forms=("unary",), A=[
            {**with_key("k2"), "reply": {"error": {"status": 429}}},
            {**with_key("k1"), "times": 1, "reply": {"error": {"status": 429}, "headers": {"retry-after": "1"}}},
            {**with_key("k1"), "reply": {"text": ["with ", "k1"]}}]),
]


PARAMETERS = [
    pytest.param(example, form, id=f"{example.number:02}-{form}") for example in EXAMPLES for form in example.forms]


def test_each_example_stands_once():
    assert [example.number for example in EXAMPLES] == list(range(1, 36))


# --- Running one ---


class Run:
    """One example against a gateway and a provider of its own."""

    def __init__(self, example, stream, lip, mock, connect):
        self.example, self.stream, self.lip, self.mock, self.connect = example, stream, lip, mock, connect
        #: The attempts of the latest turn, and how long it took in seconds.
        self.records, self.duration = [], 0.0
        self.session = {}

    def received(self, name):
        return [request for request in self.mock.requests() if self.backend_of(request) == name]

    def backend_of(self, request):
        return dict(map(tuple, request["headers"]))["x-backend"]

    def post(self, selector, headers=None):
        body = {**chat(selector, stream=self.stream), **self.example.body}
        if self.example.in_header:
            body["model"], headers = "m", {**(headers or {}), "x-lip-route": selector}
        return self.connect(self.lip).post(body, headers=headers)

    def turn(self, turn):
        began = time.monotonic()
        begins = {"x-lip-session-id": "new"} if self.example.in_session else None
        response = self.post(self.example.selector, headers=self.session if turn.resumes else begins)
        assert response.status == turn.status
        if turn.status != 200:
            message = response.json()["error"]["message"]
            assert turn.text in message
        elif not self.stream:
            text = response.json()["choices"][0]["message"]["content"]
            assert turn.text in ("", text)
        else:
            self.check_stream(response, turn)
        self.duration = time.monotonic() - began
        if token := response.headers.get("x-lip-resume-token"):
            self.session = {"x-lip-resume-token": token, "x-lip-session-id": response.headers["x-lip-session-id"]}
        self.check_attempts(response, turn)

    def check_stream(self, response, turn):
        events = response.events()
        if turn.leaves:
            seen = ""
            while not seen:
                seen += text_of([next(events)])
            assert seen == turn.text
            return response.connection.close()
        events = list(events)
        assert response.complete
        assert text_of(events) == turn.text
        if turn.broken is None:
            assert events[-1] == "[DONE]"
            assert len({event["id"] for event in events[:-1]}) == 1, "more than one leg is to be seen"
            assert sum("role" in choice["delta"] for event in events[:-1] for choice in event["choices"]) == 1
        else:
            assert "[DONE]" not in events
            assert turn.broken in events[-1]["error"]["message"]

    def check_attempts(self, response, turn):
        a_leg = response.headers.get("x-lip-a-leg-id")
        if not turn.attempts:
            # Nothing was tried; only a draw that is looked at as a whole says nothing of one request.
            assert a_leg is None or self.example.also is drawn_by_weight
            return
        if turn.resumes:
            assert a_leg == self.records[0]["ALegID"]
        seen = len(self.records) if turn.resumes else 0
        until(lambda: len(recorded(self.lip, a_leg)) >= seen + len(turn.attempts), "the turn is recorded")
        self.records = attempts(self.lip, a_leg)
        assert [record["Seq"] for record in self.records] == list(range(1, len(self.records) + 1))
        found = [
            Record(
                record["BackendID"], record["Outcome"],
                expected.reason if expected.reason and expected.reason in record["Reason"] else
                record["Reason"] if expected.reason or expected.outcome == "success" else "",
                record.get("ProviderStatus"), record.get("CancellationCause"))
            for record, expected in zip(self.records[seen:], turn.attempts, strict=True)]
        assert found == list(turn.attempts)
        for record in self.records[seen:]:
            assert bool(record["Reason"]) == record["Outcome"].endswith("failure")


@pytest.fixture
def run(start_lip, mock, connect):
    """Sets an example up."""

    def set_up(example, form):
        backends = []
        rules = []
        for name in BACKENDS:
            key = f"key-of-{name}-0123456789"
            more = {"headers": f'{{ x-backend: "{name}" }}'}
            if name in example.text_only:
                more["capabilities"] = "[]"
            if name == "A" and example.keys:
                key = None
                more["api_keys"] = "[" + ", ".join(f'"{each}-0123456789abcdef"' for each in example.keys) + "]"
            row = backend(name, mock.url, key=key, **more).replace('api_key: "None", ', "")
            backends.append(row)
            behaviour = getattr(example, name) or {"text": [f"from {name}"]}
            for rule in behaviour if isinstance(behaviour, list) else [{"reply": behaviour}]:
                match = rule.get("match", {})
                headers = {"x-backend": name, **match.get("headers", {})}
                rules.append({**rule, "match": {**match, "headers": headers}})
        mock.script(*rules)
        lip = start_lip(configuration(backends, "A:m", rest=example.routing))
        return Run(example, form == "stream", lip, mock, connect)

    return set_up


@pytest.mark.parametrize("example, form", PARAMETERS)
def test_example(run, example, form):
    one_run = run(example, form)
    for turn in example.turns:
        one_run.turn(turn)
    if example.also:
        example.also(one_run)
