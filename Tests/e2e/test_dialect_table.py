"""docs/dialects.md says where each field of a request goes: it is made from what `lip explain` does, and checked."""

import json
import os
import re

import pytest

from harness.processes import ROOT, run

DOCUMENT = ROOT / "docs/dialects.md"
REQUESTS = ROOT / "Tests/e2e/data/requests"
DIALECTS = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"]
#: What providers speak; no client speaks the last two.
TARGETS = DIALECTS + ["bedrock-converse", "acp"]
BEGIN, END = "<!-- made by Tests/e2e/test_dialect_table.py -->", "<!-- end -->"

#: Requests that only some providers can serve, each in a dialect.
BOUND = {
    "openai-responses": [
        ("previous_response_id", {"model": "m", "input": "Hi", "previous_response_id": "resp_1"}),
        ("conversation", {"model": "m", "input": "Hi", "conversation": "conv_1"}),
        ("background", {"model": "m", "input": "Hi", "background": True}),
        ("input[].id (item_reference)", {"model": "m", "input": [{"type": "item_reference", "id": "msg_1"}]}),
    ],
}


def explain(source, target, request):
    """What `lip explain` says of a request: its JSON, or the error text."""
    # What becomes of reasoning depends on the model.
    result = run("explain", "--json", "--from", source, "--to", target, "--model", "gpt-5", "-", stdin=request)
    return json.loads(result.stdout) if result.returncode == 0 else result.stderr


def value_at(request, path):
    """The value at a path of the client's spelling; KeyError where there is none."""
    value = request
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        value = value[int(index)] if index else value[name]
    return value


def generalised(path):
    """A path without its positions."""
    return re.sub(r"\[\d+\]", "[]", path)


@pytest.fixture(scope="module")
def traces():
    return {(source, target): explain(source, target, (REQUESTS / f"{source}.json").read_text())
            for source in DIALECTS for target in TARGETS}


@pytest.mark.parametrize("source", DIALECTS)
@pytest.mark.parametrize("target", TARGETS)
def test_what_is_dropped_is_named_as_the_client_spelled_it(traces, source, target):
    request = json.loads((REQUESTS / f"{source}.json").read_text())
    for path in traces[source, target]["dropped_fields"]:
        value_at(request, path)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_within_one_dialect_nothing_is_lost(traces, dialect):
    trace = traces[dialect, dialect]
    assert trace["dropped_fields"] == []
    request = json.loads((REQUESTS / f"{dialect}.json").read_text())
    assert trace["translated"] == request


def cell(field):
    if field["fate"] == "lost":
        return "**dropped**"
    if field["fate"] == "silent":
        return "·"
    places = list(dict.fromkeys(generalised(place) for place in field["to"]))
    return "<br>".join(f"`{place}`" for place in places[:2]) + (" …" if len(places) > 2 else "")


def table():
    traces = {}
    lines = [BEGIN, ""]
    for source in DIALECTS:
        request = (REQUESTS / f"{source}.json").read_text()
        targets = [target for target in TARGETS if target != source]
        rows = {}
        for target in targets:
            traces[target] = explain(source, target, request)
            for field in traces[target]["fields"]:
                row = rows.setdefault(generalised(field["path"]), {})
                # Of several places of one kind, one that says something.
                if row.get(target) in (None, "·"):
                    row[target] = cell(field)
        lines += [f"### From {source}", "", "| field | " + " | ".join(targets) + " |",
                  "|---" * (len(targets) + 1) + "|"]
        lines += ["| `" + path + "` | " + " | ".join(row.get(target, "·") for target in targets) + " |"
                  for path, row in rows.items()]
        for name, body in BOUND.get(source, []):
            cells = []
            for target in targets:
                answer = explain(source, target, json.dumps(body))
                cells.append("**refused** (400)" if isinstance(answer, str) else "carried")
            lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines + [END])


def test_the_document_says_what_the_translation_does():
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    made = before + table() + after
    if os.environ.get("UPDATE_DOCS"):
        DOCUMENT.write_text(made)
    assert text == made, "docs/dialects.md is not up to date: run the test with UPDATE_DOCS=1"
