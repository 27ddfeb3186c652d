from __future__ import annotations

import gc
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Coroutine
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from click.testing import CliRunner

from yett.cli import run

CONFIG = """\
listen: http://127.0.0.1:{port}
auth: {{ tokens: tokens.yaml }}
servers: {{ demo: http://127.0.0.1:{upstream}/mcp }}
roles: {{ reader: {{ members: [user:alice], allow: [demo.echo] }} }}
limits: {{ drain: 1s }}
ledger: {{ path: ledger }}
admin: {{ listen: "127.0.0.1:0" }}
"""
READY = re.compile(
    r"yett (\S+) ready · http://127\.0\.0\.1:(\d+) \(/mcp, /demo/mcp\) · admin http://127\.0\.0\.1:(\d+)"
)


class Gateway:
    """`yett run` as a child process, with the port of a server that nobody listens on behind it."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            upstream = closed.getsockname()[1]
        self.config = folder / "yett.yaml"
        self.config.write_text(CONFIG.format(port=port, upstream=upstream))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "yett", "run", "-c", str(self.config)], stderr=subprocess.PIPE, text=True, cwd=folder
        )

    def __enter__(self) -> Gateway:  # noqa: PYI034 - nobody derives from this
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def ready(self) -> re.Match[str]:
        """Wait for the ready line; the log may say other things before it."""
        for line in self.process.stderr:
            found = READY.match(line)
            if found:
                return found
        raise AssertionError("the gateway ended before it was ready")

    def asked(self, port: int, path: str) -> tuple[int, str]:
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()


def test_one_ready_line_says_where_and_sigterm_ends_in_good_order(tmp_path) -> None:
    with Gateway(tmp_path) as gateway:
        ready = gateway.ready()
        assert gateway.asked(int(ready[3]), "/livez") == (200, "ok\n")
        assert gateway.asked(int(ready[2]), "/nothing")[0] == 404
        gateway.process.send_signal(signal.SIGTERM)
        _, rest = gateway.process.communicate(timeout=10)
    assert gateway.process.returncode == 0
    assert "finishing running calls" in rest
    verified = subprocess.run(
        [sys.executable, "-m", "yett", "ledger", "verify", str(tmp_path / "ledger")], capture_output=True, check=False
    )
    assert verified.returncode == 0


def test_a_second_signal_ends_at_once(tmp_path) -> None:
    with Gateway(tmp_path) as gateway:
        gateway.config.write_text(gateway.config.read_text().replace("drain: 1s", "drain: 1h"))
        ready = gateway.ready()
        # A request that is never finished holds the drain up.
        held = socket.create_connection(("127.0.0.1", int(ready[2])))
        held.sendall(b"POST /demo/mcp HTTP/1.1\r\n")
        gateway.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        gateway.process.send_signal(signal.SIGINT)
        gateway.process.communicate(timeout=10)
        held.close()
    assert gateway.process.returncode == 0


def test_sighup_applies_a_good_config_and_keeps_the_old_one_for_a_bad_one(tmp_path) -> None:
    with Gateway(tmp_path) as gateway:
        gateway.ready()
        gateway.config.write_text(gateway.config.read_text().replace("demo.echo", "demo.get_*"))
        gateway.process.send_signal(signal.SIGHUP)
        assert any("yett reloaded its config" in line for line in gateway.process.stderr)
        gateway.config.write_text("listen: [")
        gateway.process.send_signal(signal.SIGHUP)
        assert any("error: the old config stays" in line for line in gateway.process.stderr)
        assert gateway.process.poll() is None


def test_a_wrong_config_is_exit_2_with_its_place(tmp_path) -> None:
    (tmp_path / "yett.yaml").write_text("listen: http://127.0.0.1:0\nsrevers: {}\n")
    done = subprocess.run(
        [sys.executable, "-m", "yett", "run"], capture_output=True, text=True, cwd=tmp_path, timeout=30, check=False
    )
    assert done.returncode == 2
    assert "yett.yaml:2:1" in done.stderr
    assert "did you mean `servers`?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_exit_2_with_a_sentence(tmp_path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with Gateway(tmp_path, port=taken.getsockname()[1]) as gateway:
            _, said = gateway.process.communicate(timeout=30)
    assert gateway.process.returncode == 2
    assert "error: cannot listen on" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_says_what_the_signals_do(option) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "yett", "run", option], capture_output=True, text=True, timeout=30, check=True
    )
    assert "SIGHUP" in done.stdout


def test_the_garbage_collector_works_while_the_gateway_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(run, "load_or_exit", lambda _path: seen.append(gc.isenabled()) or object())
    monkeypatch.setattr(run, "log_to_stderr", lambda *_, **__: None)
    monkeypatch.setattr(run, "close", lambda: None)

    def serve(work: Coroutine[object, object, int]) -> int:
        work.close()
        monkeypatch.setattr(gc, "freeze", lambda: None)
        run._leave_what_stays()
        seen.append(gc.isenabled())
        return 0

    monkeypatch.setattr(run, "loop_runner", lambda: serve)
    before = gc.get_threshold()
    try:
        assert CliRunner().invoke(run.command, []).exit_code == 0
    finally:
        gc.set_threshold(*before)
    assert (seen, gc.isenabled()) == ([False, True], True)
