"""An issuer on a port of the loopback, for whole gateways: metadata, keys, introspection, and every way to fail."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, Self
from urllib.parse import parse_qs

from joserfc import jws
from joserfc.jwk import ECKey

FAILING = ("down", "slow", "broken", "garbage", "empty", "moved", "huge", "cut")
"""What `mode` may be beside `well`."""


class FakeIssuer:
    """Speaks just enough HTTP. `mode` says how it behaves, `asked` what it was asked for, in order."""

    def __init__(self) -> None:
        self.mode = "well"
        self.date = ""
        """The `Date` header, where there is to be one."""
        self.asked: list[str] = []
        self.key = ECKey.generate_key("P-256", {"kid": "k1"})
        self.others: list[ECKey] = []
        self.active: dict[str, dict[str, Any]] = {}
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/realms/acme"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    def rotate(self, *, keep: bool) -> None:
        """Sign with a new key from now on; keep the old one in the set, or withdraw it."""
        self.others = [self.key] if keep else []
        self.key = ECKey.generate_key("P-256", {"kid": f"k{time.monotonic_ns()}"})

    def token(self, audience: str, *, key: ECKey | None = None, **changes: Any) -> str:
        """A good token; a change to `None` leaves a claim out."""
        now = int(time.time())
        said = {"iss": self.url, "aud": audience, "sub": "alice", "iat": now, "exp": now + 300, "azp": "client"}
        claims = {name: value for name, value in (said | changes).items() if value is not None}
        signing = key or self.key
        header = {"alg": "ES256", "kid": signing.kid, "typ": "at+jwt"}
        return jws.serialize_compact(header, json.dumps(claims).encode(), signing)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, target, _ = head.decode("latin-1").split(" ", 2)
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
                )
                body = await reader.readexactly(length)
                self.asked.append(target)
                if not await self._answer(method, target, body, reader, writer):
                    return
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(
        self, method: str, target: str, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        status, content = 200, self._page(method, target, body)
        match self.mode:
            case "down":
                writer.transport.abort()
                return False
            case "slow":
                await reader.read()  # until the other side gives up
                return False
            case "broken":
                status = 500
            case "garbage":
                content = b"<html>maintenance</html>"
            case "empty":
                content = b'{"keys": []}'
            case "moved":
                status = 302
            case "huge":
                content = b'{"keys": [' + b" " * 2_000_000
            case "cut":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{")
                await writer.drain()
                return False
        if content is None:
            status, content = 404, b"{}"
        where = b"location: http://169.254.169.254/\r\n" if status == 302 else b""
        where += f"date: {self.date}\r\n".encode() if self.date else b""
        writer.write(b"HTTP/1.1 %d X\r\n%bcontent-length: %d\r\n\r\n" % (status, where, len(content)) + content)
        await writer.drain()
        return True

    def _page(self, method: str, target: str, body: bytes) -> bytes | None:
        if target == "/realms/acme/.well-known/openid-configuration":
            return json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/keys"}).encode()
        if target == "/realms/acme/keys":
            return json.dumps({"keys": [key.as_dict(private=False) for key in (self.key, *self.others)]}).encode()
        if target == "/realms/acme/introspect" and method == "POST":
            [token] = parse_qs(body.decode())["token"]
            return json.dumps(self.active.get(token, {"active": False})).encode()
        return None
