import http.server
import json
import sys
import threading

import pytest

from yett.auditor.live import reach, sandbox
from yett.auditor.live.reach import read_command, read_url
from yett.errors import TargetError, TargetNeedsSignIn, TargetUnreachable
from yett.secrets.secret import Secret

TOOLS = {"tools": [{"name": "add", "description": "Adds.", "inputSchema": {"type": "object"}}]}
SERVER = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "initialize":
        result = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "toy"}}
    elif message.get("method") == "tools/list":
        result = %s
    else:
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


class Handler(http.server.BaseHTTPRequestHandler):
    """A modern server over HTTP that wants a token where `token` is set."""

    protocol_version = "HTTP/1.1"
    token = ""
    status = 200

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = type(self).status
        if self.token and self.headers.get("Authorization") != f"Bearer {self.token}":
            status = 401
        result = {"supportedVersions": ["2026-07-28"], "capabilities": {}, "resultType": "complete"}
        if asked["method"] == "tools/list":
            result = {**TOOLS, "resultType": "complete"}
        body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}).encode() if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "http://169.254.169.254/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def served():
    kind = type("Served", (Handler,), {})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kind, f"http://127.0.0.1:{server.server_port}/mcp"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_url_is_asked_what_it_lists(served):
    _, url = served
    source = read_url(url)
    assert json.loads(source.files["lists.json"]) == TOOLS
    assert (source.kind, source.prefix, source.root) == ("live endpoint", f"{url}#", None)
    assert dict(source.servers[0].facts) == {
        "transport": "http",
        "era": "modern",
        "protocol": "2026-07-28",
        "tools": "1",
    }


def test_a_server_that_wants_a_token_gets_it_and_says_so_without(served):
    kind, url = served
    kind.token = "t0ken"
    with pytest.raises(TargetNeedsSignIn, match="--token-env NAME"):
        read_url(url)
    assert read_url(url, Secret("Bearer t0ken")).files


def test_no_redirection_is_followed(served):
    kind, url = served
    kind.status = 302
    with pytest.raises(TargetUnreachable, match="redirects"):
        read_url(url)


def test_a_password_in_a_url_comes_into_no_path(served):
    _, url = served
    with pytest.raises(TargetError) as caught:
        read_url(url.replace("127.0.0.1", "user:hunter2@127.0.0.1"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://", "http://[x", "http://127.0.0.1:99999/", "https://\x00/"])
def test_what_is_no_url_is_an_error_in_words(url):
    with pytest.raises(TargetError):
        read_url(url)


def test_nobody_at_home_is_unreachable():
    with pytest.raises(TargetUnreachable, match="connection refused"):
        read_url("http://127.0.0.1:1/mcp")


@pytest.fixture
def program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "server.py"
    path.write_text(SERVER % json.dumps(TOOLS))
    return path


def test_a_command_is_started_asked_and_ended(program, monkeypatch):
    monkeypatch.setattr(reach.sandbox, "missing", lambda: "bubblewrap is not installed")
    source = read_command("x", (sys.executable, str(program)))
    assert json.loads(source.files["lists.json"]) == TOOLS
    assert source.prefix.startswith("stdio:python")
    assert [each.why for each in source.skipped] == ["bubblewrap is not installed: the server ran with your rights"]
    assert source.servers[0].name == "toy"


@pytest.mark.skipif(bool(sandbox.missing()), reason="this machine has no sandbox")
def test_a_command_in_the_sandbox_answers_but_cannot_write(program):
    touched = program.with_name("touched")
    source = read_command("x", (sys.executable, "server.py"))
    assert (json.loads(source.files["lists.json"]), source.skipped) == (TOOLS, ())
    program.write_text(f"open({str(touched)!r}, 'w')\n")
    with pytest.raises(TargetUnreachable):
        read_command("x", (sys.executable, "server.py"))
    assert not touched.exists()


def test_a_program_that_is_none_is_unreachable(monkeypatch):
    monkeypatch.setattr(reach.sandbox, "missing", lambda: "none")
    with pytest.raises(TargetUnreachable, match="no program"):
        read_command("x", ("no-such-program-at-all", "x"))
