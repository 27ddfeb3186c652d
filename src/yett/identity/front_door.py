"""What strangers may see before anybody knows who they are: where to sign in, and what a web page may ask.

All of it is made of the config, once; nothing of a request is in it but the names of headers that it asks for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from yett.core.reason import Kind
from yett.core.verdict import Deny
from yett.identity.challenge import challenge
from yett.identity.dpop import ALGORITHMS
from yett.identity.key_bound import KEY_BOUND

Header: TypeAlias = tuple[bytes, bytes]

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
"""RFC 9728, section 3: the path of the resource follows."""

_SECONDS: Final = b"600"
"""How long browsers may remember a preflight, and clients the metadata."""

_PARAM: Final = re.compile(rb"mcp-param-[a-z0-9-]{1,64}")
_PARAMS: Final = 32
_ALLOWED: Final = (
    *(b"authorization", b"dpop", b"content-type", b"accept", b"last-event-id"),
    *(b"mcp-protocol-version", b"mcp-session-id", b"mcp-method", b"mcp-name"),
)
_EXPOSED: Final = b"mcp-session-id, www-authenticate, retry-after"
_PROOF: Final = "dpop."
"""How the codes of all that is wrong with a proof begin: whoever shows one is told of DPoP alone."""
_ERRORS: Final = {Kind.SCOPE: "insufficient_scope", Kind.CREDENTIAL_MALFORMED: "invalid_request"}
_METADATA: Final[tuple[Header, ...]] = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"public, max-age=" + _SECONDS),
    (b"x-content-type-options", b"nosniff"),
    (b"access-control-allow-origin", b"*"),
)


class Shown(Struct, frozen=True, kw_only=True):
    """A whole answer that anybody may have."""

    status: int
    headers: tuple[Header, ...]
    body: bytes = b""


class FrontDoor:
    """`base` is the public URL, `paths` the endpoints with the scopes that everything at each of them needs.

    Without `issuers` there is nowhere to sign in, and so no metadata. `scopes` are all that the config ever asks for;
    `origins` the web origins whose pages may call. `certificate_bound` tells that tokens may be bound to certificates.
    `dpop` has every challenge offer DPoP, and `only_dpop` nothing else.
    """

    def __init__(
        self,
        *,
        base: str = "",
        paths: Mapping[str, Collection[str]] | None = None,
        issuers: Collection[str] = (),
        scopes: Collection[str] = (),
        origins: Collection[str] = (),
        certificate_bound: bool = False,
        dpop: bool = False,
        only_dpop: bool = False,
    ) -> None:
        self._dpop = dpop
        self._only_dpop = only_dpop
        self._origins = frozenset(origins)
        self._paths = {path.encode(): tuple(sorted(needed)) for path, needed in (paths or {}).items()}
        self._metadata: dict[bytes, str] = {}
        self._pages: dict[bytes, Shown] = {}
        self._challenges: dict[tuple[bytes, str, tuple[str, ...], str], bytes] = {}
        if issuers:
            for path in ("", *(paths or {})):
                body = _document(
                    f"{base}{path}", issuers, scopes, only_dpop=only_dpop, certificate_bound=certificate_bound
                )
                self._pages[f"{WELL_KNOWN}{path}".encode()] = Shown(status=200, headers=_METADATA, body=body)
                self._metadata[path.encode()] = f"{base}{WELL_KNOWN}{path}"

    def challenge(self, deny: Deny, path: bytes) -> bytes:
        """The `WWW-Authenticate` value for a refusal at an endpoint: what is wrong, what is needed, where to get it."""
        kind = deny.reason.kind
        code = deny.reason.code
        error = _ERRORS.get(kind, "" if code.endswith("missing") else "invalid_token")
        schemes = "both" if self._dpop or code == KEY_BOUND.code else "bearer"
        if code.startswith(_PROOF):
            error, schemes = "invalid_dpop_proof", "dpop"
        elif self._only_dpop:
            schemes = "dpop"
        key = (path, error, deny.scopes or self._paths.get(path, ()), schemes)
        made = self._challenges.get(key)
        if made is None:
            made = self._challenges[key] = self._challenge(*key)
        return made

    def _challenge(self, path: bytes, error: str, scopes: tuple[str, ...], schemes: str) -> bytes:
        metadata = self._metadata.get(path, self._metadata.get(b"", ""))
        if schemes == "dpop":
            return challenge(
                scheme="DPoP", error=error, resource_metadata=metadata, scopes=scopes, algorithms=ALGORITHMS
            )
        bearer = challenge(error=error, resource_metadata=metadata, scopes=scopes)
        if schemes == "bearer":
            return bearer
        return b", ".join((bearer, challenge(scheme="DPoP", algorithms=ALGORITHMS)))

    def cors(self, origin: str | None) -> tuple[Header, ...]:
        """What an answer must say so that a page of an allowed origin may read it."""
        if origin is None or not self._may_call(origin):
            return ()
        return (
            (b"access-control-allow-origin", origin.encode("ascii")),
            (b"access-control-expose-headers", _EXPOSED),
            (b"vary", b"origin"),
        )

    def shown(self, method: str, path: bytes, origin: str | None, asked: bytes) -> Shown | None:
        """The answer to a request that needs no credential: metadata, or a preflight; `None` for every other.

        `asked` is the value of `Access-Control-Request-Headers`.
        """
        page = self._pages.get(path)
        if method == "OPTIONS":
            return _open_to_all(asked) if page is not None else self._preflight(path, origin, asked)
        if page is None or method not in {"GET", "HEAD"}:
            return None
        return page

    def _preflight(self, path: bytes, origin: str | None, asked: bytes) -> Shown | None:
        if path not in self._paths or origin is None or not self._may_call(origin):
            return None
        headers = (*self.cors(origin), (b"access-control-allow-methods", b"POST, GET, DELETE"), *_allowing(asked))
        return Shown(status=204, headers=headers)

    def _may_call(self, origin: str) -> bool:
        return origin.isascii() and origin.lower() in self._origins


def _open_to_all(asked: bytes) -> Shown:
    headers = ((b"access-control-allow-origin", b"*"), (b"access-control-allow-methods", b"GET"), *_allowing(asked))
    return Shown(status=204, headers=headers)


def _allowing(asked: bytes) -> tuple[Header, ...]:
    """The headers a page may send. Those of tool parameters have names that nobody knows before: they are repeated."""
    params = [name for part in asked.split(b",") if _PARAM.fullmatch(name := part.strip(b" \t").lower())]
    return (
        (b"access-control-allow-headers", b", ".join((*_ALLOWED, *params[:_PARAMS]))),
        (b"access-control-max-age", _SECONDS),
    )


def _document(
    resource: str, issuers: Collection[str], scopes: Collection[str], *, only_dpop: bool, certificate_bound: bool
) -> bytes:
    """Protected resource metadata (RFC 9728, section 2)."""
    said: dict[str, object] = {
        "resource": resource,
        "authorization_servers": list(issuers),
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
    }
    if only_dpop:
        said["dpop_bound_access_tokens_required"] = True
    if scopes:
        said["scopes_supported"] = sorted(scopes)
    if certificate_bound:
        said["tls_client_certificate_bound_access_tokens"] = True
    return json.dumps(said, separators=(",", ":")).encode()
