"""A user's sign-in at a server's issuer: the authorization code grant with PKCE (OAuth 2.1), from link to code.

The `state` belongs to one principal and to one browser, is good once, and for ten minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from yett.upstream.oauth.client import Client
from yett.upstream.oauth.discovery import Found
from yett.upstream.oauth.kept import Owner

SECONDS: Final = 600.0
_PENDING: Final = 1_000
_PER_OWNER: Final = 5


class Refused(Struct, frozen=True):
    """Why an answer of the issuer's is not accepted."""

    why: str


class Pending(Struct, frozen=True, kw_only=True):
    """A sign-in under way. `browser` is the digest of what the browser was given to recognise it by."""

    owner: Owner
    browser: bytes
    verifier: str
    found: Found
    client: Client
    scopes: frozenset[str]
    until: float

    def __repr__(self) -> str:
        return f"Pending({self.owner}, {self.found.issuer.issuer})"


class SignIns:
    """The sign-ins under way at one server. The oldest make place for new ones."""

    def __init__(self, redirect: str, clock: Callable[[], float]) -> None:
        self.redirect = redirect
        self._clock = clock
        self._pending: OrderedDict[str, Pending] = OrderedDict()

    def begin(self, owner: Owner, browser: str, found: Found, client: Client, scopes: frozenset[str]) -> str:
        """The URL where the user signs in, in the browser that was given `browser`."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        mine = [state for state, pending in self._pending.items() if pending.owner == owner]
        for old in mine[: max(0, len(mine) - _PER_OWNER + 1)]:
            del self._pending[old]
        if len(self._pending) >= _PENDING:
            self._pending.popitem(last=False)
        self._pending[state] = Pending(
            owner=owner,
            browser=_digest(browser),
            verifier=verifier,
            found=found,
            client=client,
            scopes=scopes,
            until=self._clock() + SECONDS,
        )
        query = {
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": self.redirect,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(_digest(verifier)).decode().rstrip("="),
            "code_challenge_method": "S256",
            "resource": found.resource,
        }
        if scopes:
            query["scope"] = " ".join(sorted(scopes))
        if "offline_access" in scopes:  # OpenID Connect Core, 11: without it the scope may be ignored
            query["prompt"] = "consent"
        endpoint = found.issuer.authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def __contains__(self, state: str) -> bool:
        return state in self._pending

    def finish(self, state: str, browser: str, issuer: str | None) -> Pending | Refused:
        """The sign-in that an answer belongs to. Whatever comes of it, the state has been used up."""
        pending = self._pending.pop(state, None)
        if pending is None or self._clock() >= pending.until:
            return Refused("this sign-in was not begun here, or took too long: begin again")
        if not hmac.compare_digest(_digest(browser), pending.browser):
            return Refused("this sign-in was begun in another browser: begin again in this one")
        expected = pending.found.issuer
        # RFC 9207, 2.4: letter by letter; and one that promised to name itself must.
        if issuer is None and expected.authorization_response_iss_parameter_supported:
            return Refused("the answer does not say which issuer it is from")
        if issuer is not None and issuer != expected.issuer:
            return Refused("the answer is from another issuer than the one that was asked")
        return pending


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
