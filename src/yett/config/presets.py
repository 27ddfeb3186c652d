"""What is known about each identity provider: how it names itself, where its claims are, and what it does differently.

Sources: the providers' own documentation, as of November 2026; `docs/how-to` says which of it was tried.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Self

from msgspec.structs import replace
from pydantic import AfterValidator, Field, model_validator

from yett.config.address import Url, parse_url
from yett.config.fields import Text, wrong
from yett.config.issuers import URL_PATTERN, Issuer, issuer_url
from yett.identity.issuer import ClaimPaths

_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.ASCII)


class Keycloak(Issuer):
    """A realm of Keycloak: all keys of `issuer`, and these."""

    preset: ClassVar[ClaimPaths] = ClaimPaths(
        roles=(("realm_access", "roles"),),
        groups=(("groups",),),
        scopes=(("scope",),),
        client=(("azp",), ("client_id",)),
    )

    client: str | None = Field(default=None, min_length=1)
    """The client whose own roles (`resource_access`) count beside the realm's."""

    @property
    def names(self) -> tuple[str, ...]:
        """Keycloak's `iss` has no slash at its end."""
        return (self.url.text.rstrip("/"),)

    @property
    def paths(self) -> ClaimPaths:
        """The roles of the named client beside those of the realm. Those of all clients would mix their meanings."""
        paths = super().paths
        if self.client is None or self.claims.roles is not None:
            return paths
        return replace(paths, roles=(*paths.roles, ("resource_access", self.client, "roles")))


def _tenant(text: str) -> str:
    if _GUID.match(text.lower()):
        return text.lower()
    raise wrong(f"`{text}` is not a tenant id", "write the directory's GUID; `common` would let every company in")


class Entra(Issuer):
    """A tenant of Microsoft Entra ID, by its GUID: all keys of `issuer`, and these."""

    preset: ClassVar[ClaimPaths] = ClaimPaths(
        user=("oid",),
        roles=(("roles",),),
        groups=(("groups",),),
        scopes=(("scp",),),
        client=(("azp",), ("appid",)),
    )

    tenant: Annotated[str, AfterValidator(_tenant)]
    """The directory (tenant) id."""
    url: Annotated[Url, Text(issuer_url, URL_PATTERN, ("https://login.microsoftonline.com",))] = parse_url(
        "https://login.microsoftonline.com"
    )
    """The cloud, where it is not the public one."""

    @property
    def names(self) -> tuple[str, ...]:
        """Tokens of version 2, and of version 1."""
        return (f"{self._base}/v2.0", f"https://sts.windows.net/{self.tenant}/")

    @property
    def keys_url(self) -> str:
        """One set of keys for both versions."""
        return super().keys_url or f"{self._base}/discovery/v2.0/keys"

    @property
    def required(self) -> tuple[tuple[str, str], ...]:
        """The tenant, said by the token itself."""
        return (("tid", self.tenant),)

    @property
    def _base(self) -> str:
        return f"{self.url.text.rstrip('/')}/{self.tenant}"


class Auth0(Issuer):
    """A tenant of Auth0: `https://name.eu.auth0.com`."""

    preset: ClassVar[ClaimPaths] = ClaimPaths(
        roles=(("permissions",),), scopes=(("scope",),), client=(("azp",), ("client_id",))
    )

    @property
    def names(self) -> tuple[str, ...]:
        """Auth0's `iss` has a slash at its end."""
        return (f"{self.url.text.rstrip('/')}/",)


class Okta(Issuer):
    """A custom authorization server of Okta: `https://name.okta.com/oauth2/default`."""

    preset: ClassVar[ClaimPaths] = ClaimPaths(groups=(("groups",),), scopes=(("scp",),), client=(("cid",),))

    @model_validator(mode="after")
    def _custom(self) -> Self:
        if "/oauth2/" not in self.url.text:
            raise wrong(
                f"`{self.url.text}` is the organisation, whose access tokens are for Okta alone",
                f"name a custom authorization server: `{self.url.text.rstrip('/')}/oauth2/default`",
            )
        return self


class _ForClients(Issuer):
    """An issuer whose tokens that others may check are ID tokens, meant for one client."""

    id_tokens: ClassVar[bool] = True

    @model_validator(mode="after")
    def _meant_for(self) -> Self:
        if not self.audience:
            raise wrong("`audience` is missing: whose sign-in would be accepted?", "add `audience: CLIENT_ID`")
        return self


class Dex(_ForClients):
    """Dex: its ID tokens are what services check. `audience` is the id of the client they are made for."""

    preset: ClassVar[ClaimPaths] = ClaimPaths(groups=(("groups",),), scopes=(), client=(("azp",),))


class Google(_ForClients):
    """Google: its ID tokens, for access tokens are opaque. `audience` is the id of the client they are made for.

    All keys of `issuer`, and these.
    """

    preset: ClassVar[ClaimPaths] = ClaimPaths(scopes=(), client=(("azp",),))

    url: Annotated[Url, Text(issuer_url, URL_PATTERN, ("https://accounts.google.com",))] = parse_url(
        "https://accounts.google.com"
    )
    """The issuer."""
    hosted_domain: str | None = Field(default=None, min_length=1)
    """The organisation's domain (`hd`)."""
    unsafe_allow_any_account: bool = False
    """Accept every Google account there is, in the place of `hosted_domain`."""

    @property
    def keys_url(self) -> str:
        """Google's keys are at another host than its metadata."""
        return super().keys_url or "https://www.googleapis.com/oauth2/v3/certs"

    @property
    def required(self) -> tuple[tuple[str, str], ...]:
        """The domain, where one is named."""
        return () if self.hosted_domain is None else (("hd", self.hosted_domain),)

    @model_validator(mode="after")
    def _one_domain(self) -> Self:
        if self.hosted_domain is None and not self.unsafe_allow_any_account:
            raise wrong("everybody with a Google account could sign in", "add `hosted_domain: example.com`")
        return self


PRESETS: Final[Mapping[str, type[Issuer]]] = {
    "keycloak": Keycloak,
    "entra": Entra,
    "auth0": Auth0,
    "okta": Okta,
    "dex": Dex,
    "google": Google,
    "issuer": Issuer,
}
