from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from yett.cli.main import run

CONFIG = """\
listen: http://127.0.0.1:0
auth: {{ tokens: tokens.yaml }}
servers: {{ demo: http://127.0.0.1:3001/mcp }}
roles: {{ reader: {{ members: [user:alice], allow: [demo.echo] }} }}
admin: {{ listen: "127.0.0.1:{port}" }}
"""


@pytest.fixture
def admin():
    """A stand-in for a gateway's admin listener: answers POST /reload as it is told to."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.server.seen.append((self.path, self.headers.get("X-Yett-Reload")))
            status, text = self.server.reply
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    server.reply = (200, b"reloaded\n")
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def written(folder: Path, port: int, text: str = CONFIG) -> list[str]:
    path = folder / "yett.yaml"
    path.write_text(text.format(port=port))
    return ["reload", "-c", str(path)]


def test_a_running_gateway_is_told_and_its_word_is_printed(tmp_path, admin, capsys) -> None:
    assert run(written(tmp_path, admin.server_port)) == 0
    assert admin.seen == [("/reload", "1")]
    assert capsys.readouterr().out == "reloaded\n"


def test_a_refused_reload_is_exit_2_with_the_reason(tmp_path, admin, capsys) -> None:
    admin.reply = (409, b"1 policy test failed\n")
    with pytest.raises(SystemExit) as ended:
        run(written(tmp_path, admin.server_port))
    assert ended.value.code == 2
    assert "the old config stays\n1 policy test failed" in capsys.readouterr().err


def test_a_wrong_config_is_not_even_asked_for(tmp_path, admin) -> None:
    with pytest.raises(SystemExit) as ended:
        run(written(tmp_path, admin.server_port, CONFIG + "nonsense: 1\n"))
    assert ended.value.code == 2
    assert admin.seen == []


def test_no_gateway_is_exit_4(tmp_path, capsys) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(SystemExit) as ended:
        run(written(tmp_path, port))
    assert ended.value.code == 4
    err = capsys.readouterr().err
    assert "no gateway answers" in err
    assert "(connection refused): is it running, and with this config?" in err


def test_without_an_admin_listener_the_way_is_named(tmp_path, capsys) -> None:
    text = CONFIG.replace('admin: {{ listen: "127.0.0.1:{port}" }}\n', "")
    with pytest.raises(SystemExit) as ended:
        run(written(tmp_path, 1, text))
    assert ended.value.code == 2
    assert "SIGHUP" in capsys.readouterr().err
