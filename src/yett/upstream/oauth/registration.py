"""How the gateway becomes known to an issuer: registered before, by a document at its own URL, or there and then.

The order is the MCP specification's (2026-07-28, authorization): pre-registered, CIMD, dynamic registration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from yett.core.ask import Ask, Asker
from yett.errors import AskError, UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.metadata import Issuer

NAME: Final = "Yett"
_ID: Final = re.compile(r"[\x20-\x7e]{1,2048}")
_METHODS: Final = ("client_secret_basic", "client_secret_post", "none")
_CREATED: Final = frozenset({200, 201})


def document(redirect: str, method: str) -> dict[str, Any]:
    """What the gateway says of itself as a client (RFC 7591, 2)."""
    return {
        "client_name": NAME,
        "redirect_uris": [redirect],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        "application_type": "web",
    }


async def client_at(asker: Asker, issuer: Issuer, *, redirect: str, own: Client | None, page: str) -> Client:
    """A client at this issuer: `own`, where one was registered before; the one that `page` describes; a new one.

    `page` is the URL of the gateway's own document, empty where it has none that issuers could read. Raises
    `UpstreamUnavailable`.
    """
    if own is not None:
        return own
    if page and issuer.client_id_metadata_document_supported:
        return Client(id=page)
    if not issuer.registration_endpoint:
        raise UpstreamUnavailable(f"`{issuer.issuer}` lets nobody register: give `client_id` in the server's `oauth`")
    supported = issuer.token_endpoint_auth_methods_supported
    method = next((method for method in _METHODS if method in supported), "client_secret_basic")
    body = msgspec.json.encode(document(redirect, method))
    headers = (("content-type", "application/json"), ("accept", "application/json"))
    try:
        answer = await asker(Ask(url=issuer.registration_endpoint, method="POST", headers=headers, body=body))
        found = msgspec.json.decode(answer.body)
    except AskError as error:
        raise UpstreamUnavailable(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if answer.status not in _CREATED or not isinstance(found, dict):
        raise UpstreamUnavailable(f"`{issuer.issuer}` did not register the gateway: it answered {answer.status}")
    return _registered(found, method, issuer.issuer)


def _registered(found: Mapping[str, Any], asked: str, issuer: str) -> Client:
    name, secret = found.get("client_id"), found.get("client_secret")
    method = found.get("token_endpoint_auth_method") or asked
    if not isinstance(name, str) or _ID.fullmatch(name) is None or method not in _METHODS:
        raise UpstreamUnavailable(f"`{issuer}` registered the gateway as something that it cannot be")
    if method == "none":
        return Client(id=name, method=method)
    if not isinstance(secret, str) or not secret:
        raise UpstreamUnavailable(f"`{issuer}` registered the gateway without a secret")
    return Client(id=name, secret=Secret(secret), method=method)
