from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from demo_client import Answer, RawClient, main, reply_in


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent: target, headers and body."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        said = {name.lower(): value for name, value in self.headers.items()}
        text = json.dumps({"result": {"target": self.path, "headers": said, "body": body}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/demo/mcp"
        server.shutdown()
        thread.join()


def test_a_call_carries_what_the_protocol_demands(endpoint: str) -> None:
    sent = RawClient(endpoint, "yett_x").call("echo", {"text": "hi"}).result
    assert sent["target"] == "/demo/mcp"
    assert sent["headers"]["mcp-protocol-version"] == "2026-07-28"
    assert sent["headers"]["mcp-method"] == "tools/call"
    assert sent["headers"]["mcp-name"] == "echo"
    assert sent["headers"]["authorization"] == "Bearer yett_x"
    message = json.loads(sent["body"])
    assert message["method"] == "tools/call"
    assert message["params"]["name"] == "echo"
    assert message["params"]["arguments"] == {"text": "hi"}
    assert message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"


def test_a_caller_without_a_token_sends_none(endpoint: str) -> None:
    assert "authorization" not in RawClient(endpoint).call("echo").result["headers"]


def test_body_target_and_headers_can_be_other_than_proper(endpoint: str) -> None:
    sent = RawClient(endpoint).call(
        "echo", body=b"{", target="/x?y", headers={"Mcp-Name": "else", "Host": "evil.example"}
    )
    assert (sent.result["body"], sent.result["target"]) == ("{", "/x?y")
    assert (sent.result["headers"]["mcp-name"], sent.result["headers"]["host"]) == ("else", "evil.example")


def test_bytes_are_sent_as_they_are(endpoint: str) -> None:
    request = b"POST /a HTTP/1.0\r\nX: 1\r\nX: 2\r\nContent-Length: 2\r\n\r\nhi"
    sent = RawClient(endpoint).send_bytes(request).result
    assert (sent["target"], sent["body"], sent["headers"]["x"]) == ("/a", "hi", "2")


@pytest.mark.parametrize(
    ("status", "reply", "summary"),
    [
        (200, {"result": {"content": []}}, "200 result"),
        (200, {"result": {"isError": True}}, "200 tool error"),
        (200, {"error": {"code": -32602, "message": "no"}}, "200 error -32602"),
        (401, {}, "401"),
    ],
)
def test_an_answer_is_summed_up_in_two_words(status, reply, summary) -> None:
    assert Answer(status, {}, reply).summary == summary


def test_the_reply_is_the_last_event_of_a_stream() -> None:
    stream = b': ping\n\ndata: {"method":"notifications/progress"}\n\nevent: message\ndata: {"id":1,"result":{}}\n\n'
    assert reply_in(stream, "text/event-stream") == {"id": 1, "result": {}}


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"\xff"])
def test_what_is_no_reply_reads_as_empty(body) -> None:
    assert reply_in(body, "application/json") == {}


def test_a_gateway_that_is_not_there_is_said_so(monkeypatch, capsys) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/demo/mcp"
        monkeypatch.setattr(sys, "argv", ["demo_client.py", "--url", url, "echo"])
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 4
    assert "does the gateway run?" in capsys.readouterr().err
