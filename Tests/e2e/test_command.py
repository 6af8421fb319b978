"""The command's tools: check-config, routes, inventory, and how errors read."""

import json

import pytest

from harness.processes import run

FIVE_MISTAKES = """\
server:
  adress: 127.0.0.1:8080
  stream_head_timeout: 15
backends:
  - { id: one, kind: openai-legcy, api_key: sk-secret-0123456789 }
  - { id: two, kind: vllm, base_url: "ftp://127.0.0.1/v1" }
routing:
  default_route: "three:m"
  max_attempts: lots
"""


def written(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return path


def test_check_config_reports_every_mistake_with_its_place_and_a_suggestion(tmp_path):
    path = written(tmp_path, FIVE_MISTAKES)
    done = run("check-config", "--config", path)
    assert done.returncode == 1
    text = done.stdout + done.stderr
    for line, words in ((2, "address"), (3, "15s"), (5, "openai-legacy"), (6, "ftp"), (9, "max_attempts")):
        found = [report for report in text.splitlines() if f"config.yaml:{line}:" in report]
        assert found, f"line {line} is not reported:\n{text}"
        assert words in text[text.index(found[0]):].split("config.yaml:", 2)[1], f"line {line}: {found}"
    assert "sk-secret" not in text


def test_check_config_can_be_read_by_programs(tmp_path):
    path = written(tmp_path, FIVE_MISTAKES)
    done = run("check-config", "--json", "--config", path)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert "address" in json.dumps(report)
    assert "sk-secret" not in done.stdout + done.stderr


def test_check_config_accepts_a_good_file(tmp_path):
    path = written(tmp_path, """\
backends:
  - { id: local, kind: vllm, base_url: "http://127.0.0.1:8000/v1" }
routing:
  default_route: "local:m"
""")
    for arguments in (["check-config", "--config", path], ["--config", path, "check-config"]):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr + done.stdout


def test_check_config_warns_of_what_cannot_work(tmp_path):
    path = written(tmp_path, """\
backends:
  - { id: cloud, kind: openai-legacy }
  - { id: local, kind: vllm }
routing:
  default_route: "cloud:gpt-4o"
""")
    done = run("check-config", "--config", path)
    assert done.returncode == 0
    assert "OPENAI_API_KEY" in done.stdout + done.stderr


@pytest.mark.parametrize("text, word", [
    ("server: [", "config.yaml:"), ("a: b: c", "config.yaml:1:"), ("- 1\n- 2\n", "config.yaml:1:"),
    ("server:\n\taddress: x\n", "config.yaml:2:"), ("server: { address: 1, address: 2 }", "address")])
def test_yaml_errors_name_the_place(tmp_path, text, word):
    done = run("check-config", "--config", written(tmp_path, text))
    assert done.returncode == 1
    assert word in done.stdout + done.stderr


def routes(tmp_path, *selectors, extra=""):
    path = written(tmp_path, "backends:\n" + "".join(
        f"  - {{ id: {name}, kind: vllm }}\n" for name in "abc") + 'routing: { default_route: "a:m" }\n' + extra)
    done = run("routes", "--stdin", "--json", "--config", path, stdin="".join(f"{line}\n" for line in selectors))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_routes_prints_one_object_a_selector(tmp_path):
    (only,) = routes(tmp_path, "a:m1|b:m2")
    assert only == {"selector": "a:m1|b:m2", "ok": {"global": {}, "arms": [
        {"kind": "single", "legs": [{"backend": "a", "model": "m1", "params": {}, "key": "a:m1"}]},
        {"kind": "single", "legs": [{"backend": "b", "model": "m2", "params": {}, "key": "b:m2"}]}]}}


def test_routes_needs_no_configuration_file(tmp_path):
    done = run("routes", "--stdin", "--json", stdin="a:m1|b:m2\n", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]["arms"][1]["legs"][0]["key"] == "b:m2"


def test_routes_knows_the_whole_language(tmp_path):
    race, weights, limits, bad = routes(
        tmp_path, "[handicap=2]a:m1!b:m2|c:m3", "{ttft_timeout=1.5s}[weight=3,first]a:m?temperature=0.5^b:m",
        "[min_context=1K,max_context=8K,ttft_timeout=800ms]a:m", "a:m|")
    assert race == {"selector": "[handicap=2]a:m1!b:m2|c:m3", "ok": {"global": {}, "arms": [
        {"kind": "race", "legs": [
            {"backend": "a", "model": "m1", "params": {}, "handicap_ms": 2000, "key": "a:m1"},
            {"backend": "b", "model": "m2", "params": {}, "key": "b:m2"}]},
        {"kind": "single", "legs": [{"backend": "c", "model": "m3", "params": {}, "key": "c:m3"}]}]}}
    assert weights["ok"]["global"] == {"ttft_timeout_ms": 1500}
    (arm,) = weights["ok"]["arms"]
    assert arm["kind"] == "weighted"
    assert [leg["weight"] for leg in arm["legs"]] == [3, 1]
    assert arm["legs"][0]["first"] is True and arm["legs"][0]["params"] == {"temperature": "0.5"}
    (leg,) = limits["ok"]["arms"][0]["legs"]
    assert (leg["min_context"], leg["max_context"], leg["ttft_timeout_ms"]) == (1000, 8000, 800)
    assert bad["error"] == "empty failover alternative" and bad["column"] >= 4


def test_routes_shows_what_an_alias_makes_of_a_selector(tmp_path):
    (only,) = routes(tmp_path, "fast", extra='model_aliases:\n  - { pattern: "^fast$", replacement: "b:quick" }\n')
    assert only["selector"] == "fast" and only["resolved"] == "b:quick"
    assert only["ok"]["arms"][0]["legs"][0]["key"] == "b:quick"


def test_routes_follows_an_alias_to_the_logical_model_that_it_names(tmp_path):
    (only,) = routes(
        tmp_path, "fast",
        extra='model_aliases:\n  - { pattern: "^fast$", replacement: best }\nmodels: { best: "b:m|c:m" }\n')
    assert only["resolved"] == "best"
    assert [arm["legs"][0]["key"] for arm in only["ok"]["arms"]] == ["b:m", "c:m"]


def test_routes_for_people(tmp_path):
    path = written(tmp_path, 'backends:\n  - { id: a, kind: vllm }\nrouting: { default_route: "a:m1|a:m2" }\n')
    done = run("routes", "--config", path)
    assert done.returncode == 0
    assert "m1" in done.stdout and "m2" in done.stdout


@pytest.mark.parametrize("arguments", [["fly"], ["serve", "--fast"], ["--config"], ["routes", "a:m", "--nope"]], ids=str)
def test_a_wrong_command_line_is_refused(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr


def test_help(tmp_path):
    done = run("--help")
    assert done.returncode == 0
    for word in ("serve", "check-config", "routes", "inventory", "--config"):
        assert word in done.stdout + done.stderr
