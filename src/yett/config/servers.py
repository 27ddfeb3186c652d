"""The MCP servers behind Yett: reached over HTTP, started as processes, or in the very program that Yett is in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from yett.config.address import Url, parse_url
from yett.config.fields import FilePath, Items, SecretText, Section, Shorthand, Table, Text, wrong
from yett.config.roles import Scope
from yett.config.upstream_oauth import OAuth
from yett.errors import PolicyError
from yett.policy import pattern as patterns
from yett.secrets.secret import Secret

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, 5.6.2: token
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e\t]*\Z")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)+\Z")
# Derived from the judged message, or the wire's own business: a constant here would contradict one of them.
_OURS: Final = frozenset(
    {"accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host"}
    | {"keep-alive", "last-event-id", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


def _server_name(name: str) -> str:
    if _NAME.match(name):
        return name
    better = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:63]
    hint = f"call it `{better}`" if better else ""
    raise wrong(
        f"`{name}` cannot be a server's name", f"lower-case letters, digits, `-` and `_`; {hint}".removesuffix("; ")
    )


def _header_names(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    seen: dict[str, str] = {}
    for name in value:
        if not _HEADER.match(name):
            raise wrong(f"`{name}` cannot be the name of a header")
        lower = name.lower()
        if lower in _OURS or lower.startswith("mcp-"):
            raise wrong(f"the header `{name}` is set by Yett", "remove it")
        if lower in seen:
            raise wrong(f"the header `{name}` stands here twice, also as `{seen[lower]}`", "keep one")
        seen[lower] = name
    return value


def _lower(headers: Mapping[str, Secret]) -> Mapping[str, Secret]:
    return MappingProxyType({name.lower(): value for name, value in headers.items()})


def _header_value(value: Secret) -> Secret:
    if value.known and not _HEADER_VALUE.match(value.reveal()):
        raise wrong(
            "a header value holds characters that cannot be sent",
            "printable ASCII only; check for a newline at its end",
        )
    return value


def _variable_names(value: Any) -> Any:
    for name in value if isinstance(value, dict) else ():
        if not _VARIABLE.match(name):
            raise wrong(f"`{name}` cannot be the name of an environment variable", "letters, digits and `_`")
    return value


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise wrong("a NUL character cannot be passed to a program")
    return value


def _variable_value(value: Secret) -> Secret:
    if value.known:
        _without_nul(value.reveal())
    return value


def _things(value: Any) -> Any:
    for name in value if isinstance(value, dict) else ():
        if not name or name != name.strip() or not name.isprintable():
            raise wrong(f"`{name}` names no tool", "write a tool's name, with `*` for any characters")
        try:
            patterns.parse(f"server.{name}")
        except PolicyError as error:
            raise wrong(f"{error}".replace("`server.", "`")) from None
    return value


Scopes = Annotated[Table[str, Annotated[Items[Scope], Field(min_length=1)]], BeforeValidator(_things)]
"""From what is called to the scopes it needs: `create_*`, `prompt:review`, `resource:repo://*`, `*` for all tools."""


class HttpServer(Section):
    """A server reached over Streamable HTTP. Shorthand: the URL alone."""

    kind: ClassVar[Literal["http"]] = "http"

    url: Annotated[Url, Text(parse_url, r"^https?://", ("http://127.0.0.1:3001/mcp",))]
    """The server's MCP endpoint."""
    headers: Annotated[
        Table[str, Annotated[SecretText, AfterValidator(_header_value)]],
        BeforeValidator(_header_names),
        AfterValidator(_lower),
    ] = Field(default={}, validate_default=True)
    """Headers sent with every request: the gateway's own credential, as a reference. Names are lower-cased."""
    scopes: Scopes = Field(default={}, validate_default=True)
    """Scopes that a token needs for calls of these tools, whatever its owner's role: `{ "delete_*": [repo:admin] }`."""
    oauth: OAuth | None = None
    """Tokens of the gateway's own for this server, where it demands OAuth."""
    ca: FilePath | None = None
    """CA certificates in PEM that the server's certificate is checked against. Without it: the system's."""
    unsafe_skip_verification: bool = False
    """Do not check the server's certificate: whoever stands between can read and change everything."""

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if self.oauth is not None and "authorization" in self.headers:
            raise wrong("both `oauth` and the header `Authorization`", "remove one: a request carries one of them")
        if self.oauth is not None and self.url.address.scheme != "https" and not self.url.address.loopback:
            raise wrong(f"tokens would cross the network in clear text to `{self.url}`", "write `https`")
        return self

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return self.url.address.scheme

    @property
    def host(self) -> str:
        """Name or IP address, IPv6 without brackets."""
        return self.url.address.host

    @property
    def port(self) -> int:
        """The port, the scheme's own where the URL names none."""
        return self.url.address.port

    @property
    def path(self) -> str:
        """The path to ask for, with the query."""
        return self.url.path


class ProcessServer(Section):
    """A server started as a process and spoken to over its standard input and output."""

    kind: ClassVar[Literal["process"]] = "process"

    command: Annotated[str, AfterValidator(_without_nul)] = Field(min_length=1)
    """The program: a name to look for in `PATH`, or a path."""
    args: Items[Annotated[str, AfterValidator(_without_nul)]] = ()
    """Its arguments. They are visible to everybody on the machine: no secrets here."""
    env: Annotated[
        Table[str, Annotated[SecretText, AfterValidator(_variable_value)]], BeforeValidator(_variable_names)
    ] = Field(default={}, validate_default=True)
    """Environment variables. The program gets these and a few harmless ones (`PATH`, `HOME`, ...), not all of ours."""
    scopes: Scopes = Field(default={}, validate_default=True)
    """Scopes that a token needs for calls of these tools, whatever its owner's role: `{ "delete_*": [repo:admin] }`."""
    cwd: FilePath = Field(default=".", validate_default=True)
    """The folder it starts in. Without it: the folder of the config file."""


def _mcp_path(value: str) -> str:
    if not _PATH.match(value) or ".." in value.split("/"):
        raise wrong(f"`{value}` is not a path", "write `/mcp`: letters, digits, `-._~` and `/`, without one at the end")
    return value


def _only_true(value: Any) -> Any:
    if value is not True:
        raise wrong("`inline` can only be `true`", "write `inline: true`, or give the server a `url` or a `command`")
    return value


class InlineServer(Section):
    """The server that Yett is put in front of: the app given to `protect()`, or the command given to `yett wrap`."""

    kind: ClassVar[Literal["inline"]] = "inline"

    inline: Annotated[Literal[True], BeforeValidator(_only_true)]
    """The server is not started or reached from here."""
    path: Annotated[str, AfterValidator(_mcp_path)] = "/mcp"
    """Where the app's MCP endpoint is, for `protect()`. This path is judged; nothing below it is served."""
    other_routes: Literal["pass", "refuse"] = "pass"
    """What `protect()` does with all other paths. `pass`: they are the app's own, and **not judged**; `refuse`: they
    are not served."""
    scopes: Scopes = Field(default={}, validate_default=True)
    """Scopes that a token needs for calls of these tools, whatever its owner's role: `{ "delete_*": [repo:admin] }`."""


def _kind(value: Any) -> str:
    if isinstance(value, HttpServer | ProcessServer | InlineServer):
        return value.kind
    if not isinstance(value, dict):
        return "http"
    return next((kind for word, kind in (("command", "process"), ("inline", "inline")) if word in value), "http")


def _one_way(value: Any) -> Any:
    if isinstance(value, dict) and "url" in value and "command" in value:
        raise wrong("both `url` and `command`", "a server is reached at a URL or started as a command; remove one")
    if isinstance(value, dict) and "inline" in value and ("url" in value or "command" in value):
        raise wrong(
            "both `inline` and an address", "an inline server is given to `protect()` or `yett wrap`; remove one"
        )
    if isinstance(value, dict) and not {"url", "command", "inline"} & value.keys():
        raise wrong("neither `url` nor `command`", "add `url: http://127.0.0.1:3001/mcp`, or `command:` and `args:`")
    return value


ServerName = Annotated[str, AfterValidator(_server_name)]
Server: TypeAlias = HttpServer | ProcessServer | InlineServer
ServerEntry = Annotated[
    Annotated[HttpServer, Tag("http")]
    | Annotated[ProcessServer, Tag("process")]
    | Annotated[InlineServer, Tag("inline")],
    Discriminator(_kind),
    BeforeValidator(_one_way),
    Shorthand("url", r"^https?://", ("http://127.0.0.1:3001/mcp",)),
]
"""A server as it is written: a URL, or one of the three kinds in full."""
