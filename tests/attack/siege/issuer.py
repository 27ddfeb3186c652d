"""Two issuers of JWTs on the loopback, and a place that must never be asked; every question is remembered."""

from __future__ import annotations

import importlib.util
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, Self

TESTS = Path(__file__).resolve().parents[2]


class Issuers:
    """`/sso` and `/partner` sign tokens; `asked` are the paths that were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        module = _loaded("siege_identity_kit", TESTS / "identity" / "conftest.py")
        self._module = module
        self.keys = {
            "sso": module.jwks(module.EC, module.RSA, module.PS, module.ED, module.EC384),
            "partner": module.jwks(module.EC_OTHER),
        }
        issuers = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuers.asked.append(self.path)
                body = issuers.page(self.path)
                self.send_response(200 if body else 404)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def page(self, path: str) -> bytes:
        """What stands at a path; empty for what does not exist."""
        name, _, rest = path.lstrip("/").partition("/")
        if name in self.keys and rest == "keys":
            return self.keys[name]
        if name in self.keys and rest == ".well-known/openid-configuration":
            issuer = f"{self.url}/{name}"
            return json.dumps({"issuer": issuer, "jwks_uri": f"{issuer}/keys"}).encode()
        return b""

    def kit(self, base: str, server: str) -> Any:
        """The tests' own issuer, as if it were `/sso` and made tokens for this gateway."""
        names = {"ISS": f"{self.url}/sso", "BASE": base, "OURS": f"{base}/{server}/mcp"}
        for name, value in names.items():
            setattr(self._module, name, value)
        return type("LiveKit", (self._module.Kit,), names)


def battery() -> ModuleType:
    """The tokens that must be refused, and those that must not be, with the case that each stands for."""
    return _loaded("siege_battery", TESTS / "tokens" / "test_battery.py")


def _loaded(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
