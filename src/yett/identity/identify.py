"""From what a request shows to who sends it: the scheme that claims the credential answers, and no other is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Final, Protocol

from msgspec.structs import replace

from yett.core.exchange import ANONYMOUS, Principal
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity import dpop
from yett.identity import jwt as form
from yett.identity.bearer import TOKEN_MALFORMED, TOKEN_MISSING, UNBOUND, bound_credential, credential
from yett.identity.client_certificate import ClientCertificates
from yett.identity.credentials import Credentials, Presented
from yett.identity.introspection import Introspection
from yett.identity.jwt_bearer import JwtBearer
from yett.identity.own_tokens import TOKEN_UNKNOWN, Tokens
from yett.identity.pending import Pending
from yett.identity.replays import Replays
from yett.identity.revocations import Revocations
from yett.identity.tokens import PREFIX
from yett.identity.verified import VerifiedTokens

UNAVAILABLE = Reason(
    code="identity.unavailable",
    kind=Kind.UNAVAILABLE,
    public="who is calling cannot be checked at the moment; try again later",
)
"""What is needed to judge a credential cannot be had. Never said of a credential that is known to be wrong."""

_NOTHING_KNOWN: Final = VerifiedTokens(remembered=1)


class Closing(Protocol):
    """Something that ends with the config that it was made for."""

    def close(self) -> Awaitable[None]:
        """End it."""
        ...


class Identity:
    """All ways to sign in under one config. `identify` is synchronous; what must be looked up is `Pending`.

    Without any way to sign in, everybody is anonymous where `unsafe_allow_anonymous` says so, and nobody otherwise.
    `fetches` are what the others ask servers with; they are closed last.
    """

    def __init__(
        self,
        *,
        tokens: Tokens | None = None,
        jwt: JwtBearer | None = None,
        opaque: Introspection | None = None,
        certificates: ClientCertificates | None = None,
        known: VerifiedTokens = _NOTHING_KNOWN,
        fetches: Sequence[Closing] = (),
        revocations: Revocations | None = None,
        unsafe_allow_anonymous: bool = False,
    ) -> None:
        self._tokens = tokens
        self._jwt = jwt
        self._opaque = opaque
        self._certificates = certificates
        self._known = known
        self._fetches = tuple(fetches)
        self._revocations = revocations
        self._anonymous = unsafe_allow_anonymous

    def identify(self, credentials: Credentials, now: float) -> Principal | Deny | Pending:
        """Who shows these credentials. `now` is wall time in seconds: expiry is judged by it."""
        who = self._known_or_examined(credentials, now)
        if self._revocations is None or type(who) is not Principal or who is ANONYMOUS:
            return who
        return self._revocations.check(who, now) or who

    def _known_or_examined(self, credentials: Credentials, now: float) -> Principal | Deny | Pending:
        if credentials.presented is not None and self._jwt is not None:
            return self._proven(self._jwt, credentials, credentials.presented, now)
        values = credentials.authorization
        if self._jwt is not None and len(values) == 1:
            known = self._known.find(values[0], credentials, now)
            if known is not None:
                return known
        if self._anonymous:
            return ANONYMOUS
        return self._examined(credentials, now)

    @property
    def replays(self) -> Replays | None:
        """The proofs that were shown, where any can be."""
        return None if self._jwt is None else self._jwt.proofs.replays

    def _proven(
        self, jwt: JwtBearer, credentials: Credentials, presented: Presented, now: float
    ) -> Principal | Deny | Pending:
        """Whose a token is that is shown with a proof (RFC 9449). First the token: a proof alone is nobody's."""
        token = _bound(credentials)
        if isinstance(token, Deny):
            return token
        bearer = (b"Bearer " + token.encode("ascii"),)
        if presented.key:  # this very request has proven it
            return self._known_or_examined(_with_key(credentials, bearer, presented.key), now)
        proof = dpop.read(presented.proofs)
        if isinstance(proof, Deny):
            return proof
        who = self._known_or_examined(_with_key(credentials, bearer, proof.key), now)
        if not isinstance(who, Principal):
            return who
        deny = jwt.proofs.check(proof, presented, token, now)
        if deny is not None:
            return deny
        presented.key = proof.key
        return who

    def _examined(self, credentials: Credentials, now: float) -> Principal | Deny | Pending:
        values = credentials.authorization
        if self._certificates is not None and not values and credentials.certificate is not None:
            return self._certificates.identify(credentials.certificate, now)
        if self._tokens is not None and self._jwt is None:
            return self._tokens.identify(values, now)
        token = credential(values)
        if token is None:
            return Deny(reason=TOKEN_MISSING, detail="no authorization header")
        return token if type(token) is Deny else self._claimed(token, credentials, now)

    def _claimed(self, token: str, credentials: Credentials, now: float) -> Principal | Deny | Pending:
        if token.startswith(PREFIX):  # ours, and nobody else's business, whether they are looked up here or not
            if self._tokens is None:
                return Deny(reason=TOKEN_UNKNOWN, detail="a token of `yett token`, and the config has no `tokens`")
            return self._tokens.identify(credentials.authorization, now)
        if self._jwt is not None and form.looks_like(token):
            return self._jwt.identify(token, credentials, now)
        if self._opaque is not None:
            return self._opaque.identify(token, credentials, now)
        return Deny(reason=TOKEN_UNKNOWN, detail="no way to sign in knows such a token")

    def problem(self) -> str:
        """Why not everybody can sign in just now, or nothing."""
        problems = []
        if self._tokens is not None:
            self._tokens.identify((), 0.0)  # nobody, but it looks whether the file is another one by now
            problems.append(self._tokens.problem)
        if self._jwt is not None:
            problems.append(self._jwt.problem())
        if self._opaque is not None:
            problems.append(self._opaque.problem)
        if self._revocations is not None:
            self._revocations.look(self._revocations.clock())
            problems.append(self._revocations.problem)
        return "; ".join(problem for problem in problems if problem)

    def warm(self) -> None:
        """Begin to look up what the first callers will need."""
        if self._jwt is not None:
            self._jwt.warm()

    def purge(self) -> None:
        """Verify every token anew when it comes again."""
        self._known.purge()

    async def close(self) -> None:
        """End what is being looked up."""
        if self._jwt is not None:
            await self._jwt.close()
        if self._opaque is not None:
            await self._opaque.close()
        await asyncio.gather(*(fetch.close() for fetch in self._fetches))


def _bound(credentials: Credentials) -> str | Deny:
    token = bound_credential(credentials.authorization)
    if token is None:
        return Deny(reason=TOKEN_MALFORMED, detail="not `DPoP`, one space and one token")
    if token.startswith(PREFIX):
        return Deny(reason=UNBOUND, detail="a token of `yett token` is bound to no key: show it as `Bearer`")
    return token


def _with_key(credentials: Credentials, bearer: tuple[bytes, ...], key: str) -> Credentials:
    return replace(credentials, authorization=bearer, presented=None, key=key)
