"""On whose behalf an upstream is asked. The caller's own token is in it for one use: an exchange at its issuer."""

from __future__ import annotations

from msgspec import Struct

from yett.core.exchange import Principal
from yett.core.verdict import Deny
from yett.errors import UpstreamUnavailable
from yett.identity.bearer import credential
from yett.identity.credentials import Credentials


class Caller(Struct, frozen=True, kw_only=True):
    """Who calls, and what he showed. Never sent to the server itself."""

    principal: Principal
    credentials: Credentials

    def __repr__(self) -> str:
        return f"Caller({self.principal.issuer!r}, {self.principal.subject!r})"

    @property
    def key(self) -> tuple[str, str]:
        """Issuer and subject: whose tokens are whose."""
        return (self.principal.issuer, self.principal.subject)

    def token(self) -> str:
        """The bearer token that he signed in with. Raises `UpstreamUnavailable` where it was something else."""
        found = credential(self.credentials.authorization)
        if found is None or isinstance(found, Deny):
            raise UpstreamUnavailable("the caller did not sign in with a token that could be exchanged")
        return found
