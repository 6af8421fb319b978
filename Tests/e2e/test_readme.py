"""What the documents show works as it is written there."""

import os
import re
import subprocess
import sys

import pytest

from harness.processes import LIP, PATIENCE, ROOT, run

README = (ROOT / "README.md").read_text()
SNIPPETS = {
    name: (language, code)
    for name, language, code in re.findall(r"<!-- test:(\S+) -->\n+```(\w+)\n(.*?)```", README, re.S)}
CONFIGURATIONS = [block for block in re.findall(r"```yaml\n(.*?)```", README, re.S) if "backends:" in block]

STUB = 'server: { address: "127.0.0.1:0" }\nbackends:\n  - { id: local-stub, kind: local-stub }\n'


def test_the_readme_has_snippets_to_try():
    assert {"sdk", "curl"} <= SNIPPETS.keys()
    assert CONFIGURATIONS


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_runs_as_written(start_lip, tmp_path, name):
    language, code = SNIPPETS[name]
    lip = start_lip(STUB)
    # Only the port differs: the tests do not fight for 8080.
    assert "127.0.0.1:8080" in code
    code = code.replace("127.0.0.1:8080", f"127.0.0.1:{lip.port}")
    script = tmp_path / "snippet"
    script.write_text(code)
    interpreter = {"python": [sys.executable], "sh": ["sh", "-eu"]}[language]
    path = f"{LIP.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [*interpreter, str(script)], capture_output=True, text=True, timeout=PATIENCE,
        env={"PATH": path, "HOME": str(tmp_path), "NO_PROXY": "*"})
    assert done.returncode == 0, done.stderr
    assert "stub" in done.stdout, done.stdout


@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_a_configuration_of_the_readme_is_valid(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    keys = {name: "sk-test-0123456789" for name in re.findall(r"\$\{secret:(\w+)\}", text)}
    keys |= {name: "sk-test-0123456789" for name in re.findall(r"\b([A-Z]+_API_KEY)\b", text)}
    done = run("check-config", "--config", path, env=keys)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sample_configuration_is_valid():
    done = run("check-config", "--config", ROOT / "config/config.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
