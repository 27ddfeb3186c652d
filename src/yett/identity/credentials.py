"""What a request shows to say who sends it: everything that identity may read, and nothing else of the request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from yett.core.certificate import Certificate

_SCHEME: Final = b"dpop "


class Presented(Struct, kw_only=True, eq=False):
    """The proof of one request (RFC 9449): what every `DPoP` header holds, and what was asked with which method.

    A proof is good once, and who calls is asked for again while he is served: what it has proven is kept in `key`.
    """

    proofs: tuple[bytes, ...]
    method: str
    path: str
    key: str = ""

    def __repr__(self) -> str:
        return f"Presented({len(self.proofs)} proofs, {self.method!r}, {self.path!r})"


def presented(headers: Iterable[tuple[bytes, bytes]], method: str, path: str) -> Presented | None:
    """The proof of a request whose credential is shown with the scheme `DPoP`; `None` for every other request."""
    schemes = [value[: len(_SCHEME)].lower() for name, value in headers if name == b"authorization"]
    if _SCHEME not in schemes:
        return None
    return Presented(proofs=tuple([value for name, value in headers if name == b"dpop"]), method=method, path=path)


class Credentials(Struct, frozen=True, kw_only=True):
    """Read once from a head, and shown to identity for every request anew, so that a revocation holds at once.

    `authorization` are the values of all `Authorization` headers. `server` is the endpoint that they are shown to: a
    token may be meant for one and not for another. `certificate` is what the client proved to hold when the connection
    was made; no header can say it. `presented` is the proof beside a token that is shown with the scheme `DPoP`, and
    `key` the thumbprint of the key that such a proof is by.
    """

    authorization: tuple[bytes, ...] = ()
    server: str = ""
    certificate: Certificate | None = None
    presented: Presented | None = None
    key: str = ""

    def __repr__(self) -> str:
        return f"Credentials({len(self.authorization)} authorization headers, {self.server!r})"
