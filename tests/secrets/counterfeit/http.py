"""A counterfeit store over HTTP, and without it: the same answers, through a socket or through a function call."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from yett.core.ask import Answer, Ask
from yett.errors import AskError


@dataclass(frozen=True)
class Question:
    """What a store was asked. Header names are in lower case; `target` is path and query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        pairs = [pair.partition("=") for pair in self.target.partition("?")[2].split("&") if pair]
        return {name: value for name, _, value in pairs}

    def json(self) -> dict[str, Any]:
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Reply:
    """What it answers. `body` is JSON, or bytes as they are."""

    status: int
    body: Any = None
    headers: Mapping[str, str] | None = None

    @property
    def content(self) -> bytes:
        return (
            self.body if isinstance(self.body, bytes) else b"" if self.body is None else json.dumps(self.body).encode()
        )


Store = Callable[[Question], Reply]


def asker(store: Store, origin: str = "") -> Any:
    """An `Asker` that is this store. Without `origin` it is there, whatever the question's address."""

    async def ask(ask: Ask) -> Answer:
        url = urlsplit(ask.url)
        if origin and f"{url.scheme}://{url.netloc}" != origin:
            raise AskError(f"`{url.netloc}` is not there")
        target = url.path + (f"?{url.query}" if url.query else "")
        headers = dict(ask.headers) | {"host": url.netloc}
        try:
            reply = store(Question(ask.method, target, headers, ask.body))
        except ConnectionError:
            raise AskError("it hung up") from None
        named = tuple((name.lower().encode(), value.encode()) for name, value in (reply.headers or {}).items())
        return Answer(status=reply.status, headers=named, body=reply.content)

    return ask


class Served:
    """A store behind a port of this machine. `slow` is how many seconds each answer takes."""

    def __init__(self, store: Store, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.slow = 0.0
        self.hangs_up = False
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                if served.slow:
                    time.sleep(served.slow)
                if served.hangs_up:
                    self.close_connection = True
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = store(Question(self.command, self.path, headers, body))
                content = reply.content
                with contextlib.suppress(OSError):
                    self.send_response(reply.status)
                    for name, value in ({"content-type": "application/json"} | dict(reply.headers or {})).items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - the base class's names

            def do_LIST(self) -> None:
                self.answer()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def served(store: Store, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve a store for a while."""
    server = Served(store, tls)
    try:
        yield server
    finally:
        server.close()
