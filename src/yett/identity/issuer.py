"""An issuer as the config trusts it: which tokens are its own, which are meant for us, and what their claims mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Struct

Path: TypeAlias = tuple[str, ...]
"""Where a claim is: `("realm_access", "roles")`."""

SKEW_SECONDS: Final = 30
"""How far an issuer's clock may be ahead of ours."""

MAX_LIFETIME_SECONDS: Final = 24 * 3600

ID_TOKEN_MARKS: Final = ("nonce", "at_hash", "c_hash")
"""Claims of ID tokens (OpenID Connect Core, 2 and 3.3.2.11) that no access token has."""

ACCESS_TYPES: Final = frozenset({"bearer", "dpop", "jwt", "at+jwt", "access"})
"""What a claim `typ` or `token_use` may say; Keycloak and Cognito write there what a token is for."""

HEADER_TYPES: Final = frozenset({"", "jwt", "at+jwt"})


class ClaimPaths(Struct, frozen=True, kw_only=True):
    """Where an issuer says who somebody is. Of `user` and `client` the first that is there counts, of others all."""

    user: Path = ("sub",)
    roles: tuple[Path, ...] = ()
    groups: tuple[Path, ...] = ()
    scopes: tuple[Path, ...] = (("scope",), ("scp",))
    client: tuple[Path, ...] = (("client_id",), ("azp",), ("cid",), ("appid",))


class Issuer(Struct, frozen=True, kw_only=True):
    """One issuer under one name of the config.

    `names` are the `iss` values that are its own, the first of them the one that identities go by. `audiences` are
    accepted at every endpoint, `resources` at the one endpoint they belong to. `required` are claims that must have
    one value (a tenant, a domain). `types` are the header's `typ` values that pass. `require_binding` refuses tokens
    that whoever finds them could use, `require_dpop` those that are bound to no key of the client.
    """

    source: str
    names: tuple[str, ...]
    audiences: frozenset[str] = frozenset()
    resources: Mapping[str, frozenset[str]] = {}
    claims: ClaimPaths = ClaimPaths()
    required: tuple[tuple[str, str], ...] = ()
    types: frozenset[str] = HEADER_TYPES
    id_tokens: bool = False
    require_binding: bool = False
    require_dpop: bool = False
    max_lifetime: float = MAX_LIFETIME_SECONDS
    skew: float = SKEW_SECONDS

    @property
    def name(self) -> str:
        """What identities of this issuer go by."""
        return self.names[0]

    def endpoints(self, audience: frozenset[str]) -> frozenset[str] | None:
        """The endpoints that a token with these audiences is meant for; `None` for all of them."""
        if audience & self.audiences:
            return None
        return frozenset(server for server, resources in self.resources.items() if audience & resources)
