from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme

from yett.errors import FetchFailed, UnsafeInput
from yett.safe.fetch import fetch_url, fetch_url_async
from yett.safe.url import Reach

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Loopback:
    """A server that answers each connection with the next script: bytes to send, or a function of the connection."""

    def __init__(self, *scripts, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._scripts = scripts
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for script in self._scripts:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    self._answer(connection, script)
                except OSError:
                    continue

    def _answer(self, connection: socket.socket, script) -> None:
        if self._tls is not None:
            with self._tls.wrap_socket(connection, server_side=True) as wrapped:
                self._exchange(wrapped, script)
        else:
            self._exchange(connection, script)

    def _exchange(self, connection: socket.socket, script) -> None:
        request = b""
        while b"\r\n\r\n" not in request and (chunk := connection.recv(65536)):
            request += chunk
        self.requests.append(request)
        if callable(script):
            script(connection)
        else:
            connection.sendall(script)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@contextmanager
def serving(*scripts, tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    server = Loopback(*scripts, tls=tls)
    try:
        yield server
    finally:
        server.close()


def _reach(*servers: Loopback, **more) -> Reach:
    given = {"schemes": ("http",), "ports": [server.port for server in servers]}
    return Reach(unsafe_allow_networks=["127.0.0.0/8"], **given | more)


def _moved(where: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()


def test_an_answer_is_whole():
    with serving(OK) as server:
        url = f"http://127.0.0.1:{server.port}/a?b"
        answer = fetch_url(url, _reach(server), headers={"X-Own": "1"})
        assert (answer.status, answer.text, answer.url, answer.headers) == (200, "ok", url, {"content-length": "2"})
        head = server.requests[0].lower()
        assert head.startswith(b"get /a?b http/1.1\r\n")
        assert b"host: 127.0.0.1:%d\r\n" % server.port in head
        assert b"accept-encoding: identity\r\n" in head
        assert b"x-own: 1\r\n" in head


def test_it_is_there_for_coroutines():
    with serving(OK) as server:
        answer = asyncio.run(fetch_url_async(f"http://127.0.0.1:{server.port}/", _reach(server)))
        assert answer.body == b"ok"


def test_nothing_is_asked_of_this_machine_unless_it_is_allowed():
    with serving(OK) as server:
        with pytest.raises(UnsafeInput, match="loopback"):
            fetch_url(f"http://127.0.0.1:{server.port}/", Reach(schemes=("http",), ports=(server.port,)))
        with pytest.raises(UnsafeInput, match="loopback"):
            fetch_url(f"http://localhost:{server.port}/", Reach(schemes=("http",), ports=(server.port,)))
        assert server.requests == []


def test_the_address_that_was_judged_is_dialled_though_the_name_changes_its_mind():
    """DNS rebinding: public when it is checked, this machine when it is dialled."""
    with serving(OK, OK) as server:
        answers = [["127.0.0.2"], ["127.0.0.1"]]
        with socket.create_server(("127.0.0.2", server.port)) as judged:
            judged.settimeout(5)
            reach = _reach(server, look_up=lambda _host, _port: answers.pop(0))
            with pytest.raises(FetchFailed):
                fetch_url(f"http://rebinding.example:{server.port}/", reach, timeout=0.3)
            connected, _ = judged.accept()
            connected.close()
        assert (server.requests, len(answers)) == ([], 1)


def test_the_next_address_is_tried_when_one_is_dead():
    with serving(OK) as server:
        reach = _reach(server, look_up=lambda _host, _port: ["127.0.0.3", "127.0.0.1"])
        assert fetch_url(f"http://two.example:{server.port}/", reach).body == b"ok"
        assert b"host: two.example" in server.requests[0].lower()


@pytest.mark.parametrize(
    "where",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://2852039166/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "//169.254.169.254/",
        "gopher://127.0.0.1/",
    ],
)
def test_a_redirect_is_judged_like_the_first_url(where):
    with serving(_moved(where)) as server:
        reach = _reach(server, ports=(server.port, 80))
        with pytest.raises(UnsafeInput):
            fetch_url(f"http://127.0.0.1:{server.port}/", reach)


def test_redirects_are_followed_within_bounds_and_credentials_stay_with_their_host():
    with serving(OK) as second, serving(_moved("/next"), _moved(f"http://127.0.0.1:{second.port}/end")) as first:
        secret = {"Authorization": "Bearer secret", "Cookie": "secret", "X-Other": "1"}
        answer = fetch_url(f"http://127.0.0.1:{first.port}/", _reach(first, second), headers=secret)
        assert answer.url.endswith("/end")
        assert b"secret" in first.requests[1]
        assert b"secret" not in second.requests[0]
        assert b"x-other" in second.requests[0].lower()
    with serving(_moved("/"), _moved("/")) as server, pytest.raises(FetchFailed, match="more than 1 redirects"):
        fetch_url(f"http://127.0.0.1:{server.port}/", _reach(server), redirects=1)


def test_what_is_posted_is_not_posted_elsewhere():
    with serving(_moved("/next", 307)) as server:
        answer = fetch_url(f"http://127.0.0.1:{server.port}/", _reach(server), method="POST", body=b"{}")
        assert answer.status == 307


def test_an_answer_that_is_too_long_is_no_answer():
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with serving(endless) as server, pytest.raises(FetchFailed, match="longer than 1000 bytes"):
        fetch_url(f"http://127.0.0.1:{server.port}/", _reach(server), max_bytes=1_000)


@pytest.mark.parametrize(
    "beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX"]
)
def test_a_drop_at_a_time_does_not_hold_it_up(beginning):
    def drip(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    with serving(drip) as server, pytest.raises(FetchFailed, match="too long"):
        fetch_url(f"http://127.0.0.1:{server.port}/", _reach(server), timeout=0.4)


def test_a_compressed_answer_is_refused():
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"
    with serving(answer) as server, pytest.raises(FetchFailed, match="compressed"):
        fetch_url(f"http://127.0.0.1:{server.port}/", _reach(server))


@pytest.mark.parametrize(
    "garbage", [b"", b"\x00\xff\n", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
def test_garbage_is_no_answer(garbage):
    with serving(garbage) as server, pytest.raises(FetchFailed):
        fetch_url(f"http://127.0.0.1:{server.port}/", _reach(server), timeout=2)


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    with serving(OK) as server:
        assert fetch_url(f"http://127.0.0.1:{server.port}/", _reach(server)).body == b"ok"


@pytest.mark.parametrize("headers", [{"Host": "x"}, {"Transfer-Encoding": "chunked"}, {"content-length": "5"}])
def test_headers_that_are_set_here_cannot_be_given(headers):
    with pytest.raises(ValueError, match="set here"):
        fetch_url("https://example.com/", headers=headers)
    with pytest.raises(ValueError, match="no method"):
        fetch_url("https://example.com/", method="GET / HTTP/1.1\r\nX:")


def test_over_tls_the_name_is_checked_and_the_timer_holds():
    authority = trustme.CA()
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("good.example").configure_cert(own)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    def silent(connection: socket.socket) -> None:
        connection.recv(1)

    with serving(OK, OK, silent, tls=own) as server:
        reach = _reach(server, schemes=("https",), tls=trusting, look_up=lambda _host, _port: ["127.0.0.1"])
        assert fetch_url(f"https://good.example:{server.port}/", reach).body == b"ok"
        with pytest.raises(FetchFailed, match="SSLCertVerificationError"):
            fetch_url(f"https://evil.example:{server.port}/", reach)
        with pytest.raises(FetchFailed, match="too long"):
            fetch_url(f"https://good.example:{server.port}/", reach, timeout=0.5)


def test_https_is_not_left_for_http():
    authority = trustme.CA()
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("good.example").configure_cert(own)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with serving(_moved("http://good.example/"), tls=own) as server:
        reach = _reach(
            server,
            schemes=("http", "https"),
            ports=(80, server.port),
            tls=trusting,
            look_up=lambda _h, _p: ["127.0.0.1"],
        )
        with pytest.raises(UnsafeInput, match="weaker"):
            fetch_url(f"https://good.example:{server.port}/", reach)
