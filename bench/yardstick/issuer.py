"""An issuer of JWTs on the loopback: one key, and tokens that are signed with it."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from joserfc import jws
from joserfc.jwk import ECKey

AUDIENCE: Final = "bench"


class Issuer:
    """`auth` is the section of a config that trusts it."""

    def __init__(self, port: int, key: ECKey) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._key = key

    @property
    def auth(self) -> dict[str, Any]:
        """Trust this issuer, and nobody else."""
        known = {"url": self._url, "jwks": f"{self._url}/keys", "audience": AUDIENCE, "unsafe_allow_loopback": True}
        return {"issuer": known}

    def token(self, user: str = "alice") -> str:
        """A token of some 900 bytes, with the groups and scopes that such tokens have."""
        now = int(time.time())
        claims = {
            "iss": self._url,
            "aud": AUDIENCE,
            "sub": user,
            "iat": now,
            "exp": now + 36_000,
            "jti": "bench-1",
            "azp": "bench",
            "scope": "openid profile mcp:use",
            "groups": [f"/department/team-{number}" for number in range(16)],
        }
        header = {"alg": "ES256", "kid": self._key.kid, "typ": "at+jwt"}
        return jws.serialize_compact(header, json.dumps(claims).encode(), self._key)


@contextlib.contextmanager
def issuing() -> Iterator[Issuer]:
    """Serve the keys from a thread; they are asked for once in some minutes."""
    key = ECKey.generate_key("P-256", {"kid": "bench"})
    body = json.dumps({"keys": [key.as_dict(private=False)]}).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Issuer(server.server_address[1], key)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
