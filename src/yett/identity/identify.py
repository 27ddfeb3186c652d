"""From what a request shows to who sends it: the scheme that claims the credential answers, and no other is asked."""

from __future__ import annotations

from yett.core.exchange import ANONYMOUS, Principal
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity.bearer import TOKEN_MISSING
from yett.identity.credentials import Credentials
from yett.identity.own_tokens import Tokens
from yett.identity.pending import Pending

UNAVAILABLE = Reason(
    code="identity.unavailable",
    kind=Kind.UNAVAILABLE,
    public="who is calling cannot be checked at the moment; try again later",
)
"""What is needed to judge a credential cannot be had. Never said of a credential that is known to be wrong."""


class Identity:
    """All ways to sign in under one config. `identify` is synchronous; what must be looked up is `Pending`.

    Without any way to sign in, everybody is anonymous where `unsafe_allow_anonymous` says so, and nobody otherwise.
    """

    def __init__(self, *, tokens: Tokens | None = None, unsafe_allow_anonymous: bool = False) -> None:
        self._tokens = tokens
        self._anonymous = unsafe_allow_anonymous

    def identify(self, credentials: Credentials, now: float) -> Principal | Deny | Pending:
        """Who shows these credentials. `now` is wall time in seconds: expiry is judged by it."""
        if self._tokens is not None:
            return self._tokens.identify(credentials.authorization, now)
        return ANONYMOUS if self._anonymous else Deny(reason=TOKEN_MISSING, detail="there is no way to sign in")

    def problem(self) -> str:
        """Why nobody can sign in just now, or nothing."""
        if self._tokens is None:
            return ""
        self._tokens.identify((), 0.0)  # nobody, but it looks whether the file is another one by now
        return self._tokens.problem

    async def close(self) -> None:
        """End what is being looked up."""
