"""Kinds whose addresses, credentials or words are their own, against a provider that takes nothing else."""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.configuration import KEY, configuration
from harness.processes import until
from harness.raw import chat

RESPONSES = "/v1/responses"


def row(name, kind, url, **more):
    fields = {"id": name, "kind": kind, "base_url": f'"{url}"', "api_key": f'"{KEY}"', **more}
    return "  - { " + ", ".join(f"{key}: {value}" for key, value in fields.items() if value is not None) + " }\n"


def text(response):
    assert response.status == 200, response.read()
    return response.json()["choices"][0]["message"]["content"]


def headers(request):
    return {name.lower(): value for name, value in request["headers"]}


def test_azure_serves_by_its_dated_api_and_by_v1(start_lip, mock, connect):
    mock.script(mock.on("*", text="From Azure"))
    lip = start_lip(configuration([
        row("dated", "azure", mock.url, api_version="2024-10-21"),
        row("current", "azure", mock.url + "/openai/v1", responses_api="enabled")], "dated:m"))
    client = connect(lip)
    assert text(client.post(chat("dated:gpt-4o"))) == "From Azure"
    assert text(client.post(chat("current:gpt-4o"))) == "From Azure"
    assert client.post({"model": "current:gpt-4o", "input": "hi"}, path=RESPONSES).status == 200
    assert [request["path"] for request in mock.requests()] == [
        "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21", "/openai/v1/chat/completions",
        "/openai/v1/responses"]
    assert all(headers(request)["api-key"] == KEY for request in mock.requests())


def test_opencode_speaks_what_the_model_asks_for(start_lip, mock, connect):
    mock.script(mock.on("*", text="From Zen"))
    lip = start_lip(configuration([row("zen", "opencode-zen", mock.url + "/v1")], "zen:kimi"))
    client = connect(lip)
    for model in ("claude-sonnet-4-5", "gemini-3-pro", "gpt-5", "kimi-k2"):
        assert text(client.post(chat(f"zen:{model}"))) == "From Zen"
        list(client.post(chat(f"zen:{model}", stream=True)).events())
    assert [request["path"] for request in mock.requests()][::2] == [
        "/v1/messages", "/v1/models/gemini-3-pro:generateContent", "/v1/responses", "/v1/chat/completions"]
    assert all(headers(request)["x-opencode-session"] for request in mock.requests())


def test_openrouter_follows_the_client_s_protocol(start_lip, mock, connect):
    mock.script(mock.on("*", text="Routed"))
    lip = start_lip(configuration([row("or", "openrouter", mock.url + "/v1")], "or:m"))
    client = connect(lip)
    assert client.post({"model": "or:m", "input": "hi"}, path=RESPONSES).status == 200
    assert text(client.post(chat("or:m"))) == "Routed"
    assert [request["path"] for request in mock.requests()] == ["/v1/responses", "/v1/chat/completions"]


@pytest.fixture
def tokens():
    """A token endpoint that counts its tokens, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            with self.server.lock:
                self.server.bodies.append(body)
                number = len(self.server.bodies)
            answer = json.dumps({"access_token": f"ya29.token-{number}", "expires_in": 3600}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.bodies, server.lock = [], threading.Lock()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def account(tmp_path, tokens):
    key = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], check=True, capture_output=True,
        text=True).stdout
    path = tmp_path / "account.json"
    path.write_text(json.dumps({
        "type": "service_account", "project_id": "proj", "client_email": "a@b", "private_key": key,
        "token_uri": f"http://127.0.0.1:{tokens.server_port}/token"}))
    return path


def test_vertex_gets_one_token_for_all_and_serves_both_publishers(start_lip, mock, connect, tokens, account):
    mock.script(mock.on("*", text="From Vertex"))
    lip = start_lip(configuration([
        row("v", "vertexai", mock.url, api_key=None, credentials_file=f'"{account}"', location="europe-west1")],
        "v:gemini-2.5-pro"))
    clients = [connect(lip) for _ in range(6)]
    results = [None] * len(clients)

    def ask(index):
        model = "gemini-2.5-pro" if index % 2 else "claude-sonnet-4-5@20250929"
        results[index] = text(clients[index].post(chat(f"v:{model}")))

    threads = [threading.Thread(target=ask, args=[index]) for index in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["From Vertex"] * len(clients)
    assert len(tokens.bodies) == 1 and "jwt-bearer" in tokens.bodies[0]
    assert {headers(request)["authorization"] for request in mock.requests()} == {"Bearer ya29.token-1"}
    assert {request["path"] for request in mock.requests()} == {
        "/v1/projects/proj/locations/europe-west1/publishers/google/models/gemini-2.5-pro:generateContent",
        "/v1/projects/proj/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict"}
    list(clients[0].post(chat("v:claude-sonnet-4-5@20250929", stream=True)).events())
    assert until(lambda: mock.requests()[-1]["path"].endswith(":streamRawPredict"), "a stream was asked for")


def test_a_refused_token_is_renewed_once(start_lip, mock, connect, tokens, account):
    mock.script(
        {"match": {"model": "*", "headers": {"authorization": "Bearer ya29.token-1"}},
         "reply": {"error": {"status": 401, "message": "expired"}}},
        mock.on("*", text="Renewed"))
    lip = start_lip(configuration([
        row("v", "vertexai", mock.url, api_key=None, credentials_file=f'"{account}"')], "v:gemini-2.5-pro"))
    assert text(connect(lip).post(chat("v:gemini-2.5-pro"))) == "Renewed"
    assert len(tokens.bodies) == 2 and len(mock.requests()) == 2
