"""Who may connect: the `auth` section, and what it says about each way to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from yett.config.client_certificates import Mtls
from yett.config.fields import FilePath, Section, Shorthand, Table, wrong
from yett.config.issuers import URL_PATTERN, Issuer, IssuerName
from yett.config.presets import PRESETS, Auth0, Dex, Entra, Google, Keycloak, Okta
from yett.config.stdio import Stdio
from yett.policy.membership import SUBJECTS

TOKENS: Final = "tokens"
STDIO: Final = "stdio"
MTLS: Final = "mtls"


def _more_than_an_id(value: Any) -> Any:
    if isinstance(value, str):
        raise wrong(
            "`google` needs more than one word", "write `google: { audience: CLIENT_ID, hosted_domain: example.com }`"
        )
    return value


def _more_than_a_file(value: Any) -> Any:
    if isinstance(value, str):
        raise wrong(
            "`mtls` says which name of a certificate counts",
            f"write `mtls: {{ san: uri }}`, and the file as `tls: {{ client_ca: {value[:64]} }}`",
        )
    return value


_AnyIssuer = Annotated[Issuer, Shorthand("url", URL_PATTERN, ("https://login.example.com",))]


class Auth(Section):
    """Who may connect: at least one way to sign in."""

    tokens: FilePath | None = None
    """File of the tokens that `yett token` makes: digests, never tokens. It need not exist yet."""
    keycloak: Annotated[Keycloak, Shorthand("url", URL_PATTERN, ("https://sso.example.com/realms/name",))] | None = None
    """A realm of Keycloak."""
    entra: Annotated[Entra, Shorthand("tenant", "", ("7c1b0a52-0000-4000-8000-5d0f6c1d2e3f",))] | None = None
    """A tenant of Microsoft Entra ID."""
    auth0: Annotated[Auth0, Shorthand("url", URL_PATTERN, ("https://name.eu.auth0.com",))] | None = None
    """A tenant of Auth0."""
    okta: Annotated[Okta, Shorthand("url", URL_PATTERN, ("https://name.okta.com/oauth2/default",))] | None = None
    """A custom authorization server of Okta."""
    dex: Annotated[Dex, Shorthand("url", URL_PATTERN, ("https://dex.example.com",))] | None = None
    """Dex. It needs `audience`."""
    google: Annotated[Google, BeforeValidator(_more_than_an_id)] | None = None
    """Google. It needs `audience` and `hosted_domain`."""
    issuer: _AnyIssuer | None = None
    """Any other issuer."""
    issuers: Table[IssuerName, Annotated[Issuer, Shorthand("url", URL_PATTERN, ("https://login.example.com",))]] = (
        Field(default={}, validate_default=True)
    )
    """More issuers, each under a name of its own."""
    mtls: Annotated[Mtls, BeforeValidator(_more_than_a_file)] | None = None
    """Programs that sign in with their client certificate; `tls` says whose certificates those are."""
    revoked: FilePath | None = None
    """File of the users, programs, tokens and sign-ins that get in no more, whatever their tokens say: `yett revoke`
    writes it. It need not exist yet."""
    stdio: Stdio | None = None
    """Who the caller of `yett wrap` is. Without it, `yett wrap` signs in with the token in `YETT_TOKEN`."""
    unsafe_allow_anonymous: bool = False
    """Let everybody in without a credential, and in the place of every other way."""

    @property
    def trusted(self) -> Iterator[tuple[str, Issuer]]:
        """Every issuer under the name that `members` know it by."""
        for name in PRESETS:
            if (issuer := getattr(self, name)) is not None:
                yield name, issuer
        yield from self.issuers.items()

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of all ways to sign in."""
        own = ((TOKENS, self.tokens), (STDIO, self.stdio), (MTLS, self.mtls))
        return (*(name for name, given in own if given is not None), *(name for name, _ in self.trusted))

    @model_validator(mode="after")
    def _some_way(self) -> Self:
        sources = self.sources
        if sources and self.unsafe_allow_anonymous:
            raise wrong(f"`{sources[0]}` and `unsafe_allow_anonymous` exclude each other", f"keep `{sources[0]}`")
        if self.revoked is not None and self.unsafe_allow_anonymous:
            raise wrong("where everybody is anonymous, nobody can be revoked", "remove `revoked`")
        if not sources and not self.unsafe_allow_anonymous:
            raise wrong("`auth` names no way to sign in", "add `tokens: tokens.yaml`")
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        taken = {TOKENS, STDIO, MTLS, *PRESETS, *SUBJECTS}
        for name in self.issuers:
            if name in taken:
                raise wrong(f"`{name}` cannot be the name of one of `issuers`", "it has a meaning of its own here")
        return self
