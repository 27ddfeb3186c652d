"""An issuer of the config: where it is, whom its tokens are meant for, and where they say who somebody is."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from yett.config.address import Url, parse_url
from yett.config.fields import FilePath, Items, SecretText, Section, Text, seconds, wrong
from yett.config.units import Seconds
from yett.config.wording import Unreadable
from yett.detect import addresses
from yett.identity.issuer import MAX_LIFETIME_SECONDS, ClaimPaths, Path

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
_AUDIENCE: Final = re.compile(r"[!-~]{1,1024}\Z")
URL_PATTERN: Final = r"^https?://"

RsaAlgorithm: TypeAlias = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]


def issuer_url(text: str) -> Url:
    """Read an issuer's URL. Raises `Unreadable`."""
    if "://" not in text:
        raise Unreadable(f"`{text}` is not a URL", "write it as the issuer names itself: `https://login.example.com`")
    url = parse_url(text)
    if "?" in text:
        raise Unreadable(f"an issuer's URL has no query, and `{text}` has one", "write it as the issuer names itself")
    return url


def _network(text: str) -> addresses.Network:
    try:
        return addresses.network(text)
    except ValueError:
        near = _containing(text)
        raise Unreadable(
            f"`{text}` is neither an address nor a network", f"write `{near or '10.0.0.0/8'}`, or one address"
        ) from None


def _containing(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return ""


def _audience(text: str) -> str:
    if _AUDIENCE.match(text):
        return text
    raise wrong(f"`{text[:64]}` cannot be an audience", "printable ASCII without spaces, as it stands in `aud`")


def _path(text: str) -> str:
    if text and text.isprintable() and len(text) <= 256 and all(path_of(text)):  # noqa: PLR2004 - a claim's name
        return text
    raise wrong(f"`{text[:64]}` is not a claim", "write its name; a claim within a claim is `realm_access.roles`")


def path_of(text: str) -> Path:
    """`realm_access.roles` as the steps to it. A name that is a URL (`https://acme.io/roles`) is one step."""
    return (text,) if "://" in text else tuple(text.split("."))


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_ONE_OR_MORE: Final = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}, mode="validation"
)
ClaimPath = Annotated[str, AfterValidator(_path)]
Claims = Annotated[Items[ClaimPath], BeforeValidator(_listed), _ONE_OR_MORE]
Audiences = Annotated[Items[Annotated[str, AfterValidator(_audience)]], BeforeValidator(_listed), _ONE_OR_MORE]


class ClaimNames(Section):
    """Where the issuer's tokens say who somebody is. What is left out is as the preset has it."""

    user: ClaimPath | None = None
    """The claim that `user:` matches. `sub` never changes; a name that people can change gives rights away."""
    roles: Claims | None = None
    """The claims that `role:` matches, all of them together: `realm_access.roles`, `https://acme.io/roles`."""
    groups: Claims | None = None
    """The claims that `group:` matches."""
    scopes: Claims | None = None
    """The claims that `scope:` matches: a text with spaces between scopes, or a list."""
    client: Claims | None = None
    """The claims that `client:` matches; the first that is there counts."""


class Introspection(Section):
    """Tokens of the issuer that say nothing themselves: it is asked about each one (RFC 7662)."""

    url: Annotated[Url, Text(parse_url, URL_PATTERN, ("https://login.example.com/introspect",))]
    """Where it is asked."""
    client_id: Annotated[str, AfterValidator(_audience)]
    """The id that the gateway signs in with there."""
    client_secret: SecretText
    """Its secret, as a reference."""
    unsafe_any_audience: bool = False
    """Believe that a token is meant for us although the issuer does not say for whom it is."""


class Issuer(Section):
    """An issuer of JWTs, by its URL: its keys are found through its metadata (OpenID Connect Discovery, RFC 8414)."""

    preset: ClassVar[ClaimPaths] = ClaimPaths(groups=(("groups",),), roles=(("roles",),))
    id_tokens: ClassVar[bool] = False

    url: Annotated[Url, Text(issuer_url, URL_PATTERN, ("https://login.example.com",))]
    """The issuer, character by character as its tokens have it in `iss`."""
    audience: Audiences = ()
    """Audiences to accept beside the gateway's own URL and those of its endpoints."""
    claims: ClaimNames = ClaimNames()
    """Where its tokens say who somebody is."""
    jwks: Annotated[Url, Text(parse_url, URL_PATTERN, ("https://login.example.com/keys",))] | None = None
    """Where its keys are. Without it: where its metadata says, which must be at its own host."""
    rsa: RsaAlgorithm = "RS256"
    """What RSA keys are for that do not say it themselves (`alg`)."""
    introspection: Introspection | None = None
    """For opaque tokens: ask the issuer about them. JWTs are judged without asking."""
    require_access_type: bool = False
    """Only tokens that are marked as access tokens: `typ: at+jwt` in their header (RFC 9068)."""
    require_binding: bool = False
    """Only tokens that are bound to the client's certificate or key (`cnf`, RFC 8705 or 9449): a stolen one is worth
    nothing."""
    require_dpop: bool = False
    """Only tokens that are bound to a key of the client and shown with a proof by it (DPoP, RFC 9449). Bound tokens
    need their proof without this as well."""
    max_lifetime: Annotated[Seconds, seconds("1min", "31d")] = Seconds(MAX_LIFETIME_SECONDS)
    """From `iat` to `exp`: tokens that live longer are refused."""
    allow_addresses: Items[Annotated[addresses.Network, Text(_network, "", ("10.0.0.0/8",))]] = ()
    """Networks, or single addresses, that are not public and where the issuer may be all the same."""
    ca: FilePath | None = None
    """CA certificates in PEM that its certificate is checked against. Without it: the system's."""
    unsafe_allow_loopback: bool = False
    """The issuer may be on this machine, and speak `http` there."""

    @property
    def names(self) -> tuple[str, ...]:
        """The `iss` values that are its own; the first one names its identities."""
        return (self.url.text,)

    @property
    def keys_url(self) -> str:
        """Where its keys are; empty where its metadata says it."""
        return self.jwks.text if self.jwks is not None else ""

    @property
    def required(self) -> tuple[tuple[str, str], ...]:
        """Claims that must have one value."""
        return ()

    @property
    def paths(self) -> ClaimPaths:
        """Where the claims are: as the config says, and where it says nothing as the preset does."""
        named, preset = self.claims, self.preset
        return ClaimPaths(
            user=path_of(named.user) if named.user is not None else preset.user,
            roles=_paths(named.roles, preset.roles),
            groups=_paths(named.groups, preset.groups),
            scopes=_paths(named.scopes, preset.scopes),
            client=_paths(named.client, preset.client),
        )


def _paths(named: tuple[str, ...] | None, preset: tuple[Path, ...]) -> tuple[Path, ...]:
    return preset if named is None else tuple(path_of(text) for text in named)


def _issuer_name(name: str) -> str:
    if not _NAME.match(name):
        raise wrong(f"`{name}` cannot be an issuer's name", "lower-case letters, digits, `-` and `_`, 63 at most")
    return name


IssuerName = Annotated[str, AfterValidator(_issuer_name)]
