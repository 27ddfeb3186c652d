"""How the gateway gets tokens for a server that demands OAuth: as itself, or on behalf of its callers."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from yett.config.address import Url, parse_url
from yett.config.fields import FilePath, Items, SecretText, Section, Text, wrong
from yett.config.stores import Reached
from yett.secrets.secret import Secret

_ID: Final = r"^[\x21-\x7e]{1,2048}$"
_SCOPE: Final = r"^[\x21\x23-\x5b\x5d-\x7e]{1,256}$"
_URL: Final = r"^https?://"
SHORTEST_KEY: Final = 32
"""Bytes."""

Visible = Annotated[str, StringConstraints(pattern=_ID)]
Scope = Annotated[str, StringConstraints(pattern=_SCOPE)]


def _long_enough(key: Secret) -> Secret:
    if key.known and len(key.reveal().encode()) < SHORTEST_KEY:
        raise wrong(f"the key is shorter than {SHORTEST_KEY} bytes", "make one: `openssl rand -hex 32`")
    return key


def _https(issuer: Url) -> Url:
    if issuer.address.scheme != "https" and not issuer.address.loopback:
        raise wrong(f"tokens would cross the network in clear text to `{issuer}`", "write `https`")
    return issuer


IssuerUrl = Annotated[Url, Text(parse_url, _URL, ("https://login.example.com",)), AfterValidator(_https)]


class Registered(Section):
    """The gateway's registration at an issuer."""

    client_id: Visible | None = None
    """Which client the gateway is there."""
    client_secret: SecretText | None = None
    """Its secret, as a reference."""
    private_key: SecretText | None = None
    """Or its private key in PEM or as a JWK, as a reference: it signs what proves the client (`private_key_jwt`)."""
    key_id: Visible | None = None
    """The key's id, where the issuer knows several."""

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        if self.client_secret is not None and self.private_key is not None:
            raise wrong("`client_secret` and `private_key` exclude each other", "keep `private_key`")
        if self.client_id is None and (self.client_secret is not None or self.private_key is not None):
            raise wrong("a secret without a `client_id`", "add the id that the issuer gave with it")
        return self


class IdentityIssuer(Registered):
    """The issuer where callers sign in, which gives identity assertions for others (ID-JAG)."""

    issuer: IssuerUrl
    """Exactly as the issuer calls itself."""


class OAuth(Reached, Registered):
    """Tokens of the gateway's own for a server. They are sent to this server, and to no other."""

    grant: Literal["client-credentials", "token-exchange", "id-jag", "authorization-code"]
    """As whom: `client-credentials`, the gateway itself; `token-exchange` and `id-jag`, the caller, whose token is
    exchanged; `authorization-code`, the caller, who signs in at the server's issuer himself."""
    issuer: IssuerUrl | None = None
    """The server's authorization server, exactly as it calls itself. Callers who sign in themselves may do so where the
    server says, if this is left out."""
    scopes: Items[Scope] = ()
    """The scopes that tokens shall have."""
    resource: Visible | None = None
    """What the server calls itself (RFC 8707). Without it: its `url`."""
    audience: Visible | None = None
    """For issuers that want an `audience` beside or instead of a resource."""
    subject_token: Literal["access-token", "id-token"] = "access-token"  # noqa: S105 - a kind
    """What kind of token callers sign in with."""
    callers_of: Items[IssuerUrl] = ()
    """Issuers whose tokens may be exchanged here. Without it: those of `issuer`, or of `identity` where it is given."""
    identity: IdentityIssuer | None = None
    """Of `id-jag`: where callers sign in."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.grant == "authorization-code":
            return self._personal()
        if self.issuer is None:
            raise wrong(f"`{self.grant}` needs an `issuer`", "add it, exactly as the authorization server calls itself")
        if self.client_id is None:
            raise wrong(f"`{self.grant}` needs a `client_id`", "register the gateway at the issuer")
        if self.client_secret is None and self.private_key is None:
            raise wrong(f"`{self.grant}` needs a secret or a key", 'add `private_key: "${file:client.pem}"`')
        if (self.grant == "id-jag") != (self.identity is not None):
            raise wrong(
                "`identity` belongs to `id-jag`, and `id-jag` needs it",
                "say where callers sign in: `identity: { issuer: https://login.example.com, ... }`",
            )
        return self

    def _personal(self) -> Self:
        if self.client_id is not None and self.issuer is None:
            raise wrong("a `client_id` without an `issuer`", "say which issuer knows it: no other will be shown it")
        if self.identity is not None or self.callers_of:
            raise wrong("`identity` and `callers_of` mean nothing for `authorization-code`", "remove them")
        return self


class Connections(Section):
    """Where the tokens of callers are kept who have signed in at servers themselves."""

    path: FilePath = Field(default="connections.db", validate_default=True)
    """The file: a table whose rows are encrypted, and bound to their owners."""
    key: Annotated[SecretText, AfterValidator(_long_enough)]
    """What it is encrypted with, as a reference: 32 bytes or more. Under another key, everybody has to sign in anew."""
