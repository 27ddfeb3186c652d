"""The configuration: every key with its type, its default and what it means. The reference manual is made from this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from yett.config.address import Address, parse_bind, parse_listen, parse_origin, parse_public
from yett.config.diagnostic import Diagnostic
from yett.config.fields import FilePath, Items, SecretText, Section, Shorthand, Table, Text, wrong
from yett.config.limits import Limits
from yett.config.node import Path as KeyPath
from yett.config.node import Place
from yett.config.roles import PolicyTest, Role, RoleName
from yett.config.servers import ServerEntry, ServerName
from yett.config.sign_in import Auth
from yett.config.stores import Secrets
from yett.config.upstream_oauth import Connections
from yett.secrets.secret import Secret

_ORIGIN: Final = r"^https?://[^/]+/?$"
SHORTEST_KEY: Final = 32
"""Bytes: as long as the hash it keys."""
_LOCAL: Final = ("http://127.0.0.1:8080",)


class Listen(Section):
    """Where clients connect. Shorthand: the address alone."""

    address: Annotated[Address, Text(parse_listen, _ORIGIN, _LOCAL)]
    """Scheme, host and port. `https` needs `tls`. Port 0 lets the system choose one; the ready line names it."""
    origins: Items[Annotated[Address, Text(parse_origin, _ORIGIN, ("https://inspector.example.com",))]] = ()
    """Web origins beside the gateway's own whose pages may call, as `https://inspector.example.com`."""
    unsafe_allow_plain_http: bool = False
    """Listen without TLS where others than this machine can connect: right only behind something that ends TLS."""
    unsafe_allow_public_anonymous: bool = False
    """With `auth: { unsafe_allow_anonymous: true }`: really serve strangers from elsewhere too."""

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return self.address.scheme

    @property
    def host(self) -> str:
        """The host to bind: a name or an IP address, IPv6 without brackets."""
        return self.address.host

    @property
    def port(self) -> int:
        """The port to bind."""
        return self.address.port


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Tls(Section):
    """The certificate of the listener, and of its clients. All files are read again when they change."""

    cert: FilePath
    """Certificate chain in PEM, the server's own certificate first."""
    key: FilePath
    """Private key in PEM, without a pass phrase."""
    client_ca: FilePath | None = None
    """CA certificates in PEM that clients' certificates are checked against (mutual TLS). Each of them may name
    anybody: use authorities that are for these clients alone."""
    client_crl: Annotated[Items[FilePath], BeforeValidator(_listed)] = ()
    """Revocation lists in PEM, one at least of every CA in `client_ca`. What is out of date lets nobody in."""
    clients: Literal["required", "optional"] = "required"
    """Whether a client must have a certificate to connect at all. One that is shown is always checked."""

    @model_validator(mode="after")
    def _asked_for(self) -> Self:
        given = self.model_fields_set & {"client_crl", "clients"}
        if given and self.client_ca is None:
            raise wrong(f"`{min(given)}` without `client_ca`", "add `client_ca: clients-ca.pem`")
        return self


def _long_enough(key: Secret) -> Secret:
    if key.known and len(key.reveal().encode()) < SHORTEST_KEY:
        raise wrong(f"the key is shorter than {SHORTEST_KEY} bytes", "make one: `openssl rand -hex 32`")
    return key


class Ledger(Section):
    """The tamper-evident record of every call."""

    path: FilePath = Field(default="ledger", validate_default=True)
    """Folder of the segments."""
    durability: Literal["write", "fsync"] = "write"
    """What must have happened before a call is sent: `write`, the record is in the kernel and outlives this process;
    `fsync`, it is on the disk and outlives the machine."""
    key: Annotated[SecretText, AfterValidator(_long_enough)] | None = None
    """Key of the chain and of the digests of argument values, as a reference. Without one, a key is made and kept
    beside the ledger. Another key is taken at a reload: the old one's last record names it."""


class Admin(Section):
    """The listener for health, readiness and metrics. It asks nobody who they are."""

    listen: Annotated[Address, Text(parse_bind, r"^.+:[0-9]{1,5}$", ("127.0.0.1:9090",))]
    """Host and port."""
    unsafe_allow_public: bool = False
    """Listen where others than this machine can connect: right only where the network keeps strangers out."""

    @property
    def host(self) -> str:
        """The host to bind."""
        return self.listen.host

    @property
    def port(self) -> int:
        """The port to bind."""
        return self.listen.port


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a config was read from, and what was noticed on the way.

    Not compared: configs that say the same are equal, wherever they come from.
    """

    file: Path = field(default=Path("yett.yaml"), compare=False)
    digest: str = field(default="", compare=False)
    places: Mapping[KeyPath, Place] = field(default_factory=dict, compare=False)
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False)
    authorities: Mapping[Path, str] = field(default_factory=dict, compare=False)


class Config(Section):
    """Everything Yett is told, read once and never changed."""

    listen: Annotated[Listen, Shorthand("address", _ORIGIN, _LOCAL)] = Listen(
        address=Address("http", "127.0.0.1", 8080)
    )
    """Where clients connect."""
    url: Annotated[Address, Text(parse_public, _ORIGIN, ("https://mcp.example.com",))] | None = None
    """The name clients know the gateway by, where it differs from `listen`: `https://mcp.example.com`."""
    tls: Tls | None = None
    """The certificate of the listener."""
    auth: Auth
    """Who may connect."""
    servers: Table[ServerName, ServerEntry]
    """The MCP servers behind the gateway. Each answers at `/<name>/mcp`; a single one also at `/mcp`.
    `mcpServers` is another word for it, so that the `mcp.json` of any client is a config."""
    roles: Table[RoleName, Role]
    """Who may do what. What no role allows is denied."""
    limits: Limits = Limits()
    """How much, how often, how long."""
    protect: Items[Literal["secrets", "unsafe_nothing"]] = ("secrets",)
    """What is looked for in what servers send. `secrets`: credentials are replaced by `[redacted:...]`."""
    ledger: Ledger = Field(default={}, validate_default=True)
    """Where every call is recorded, and how safely."""
    tests: Items[PolicyTest] = ()
    """What the policy must say. `yett test` and every reload run them; where one fails, the old config stays."""
    secrets: Secrets = Field(default={}, validate_default=True)
    """Which secrets may be referred to, and where the stores of secrets are."""
    connections: Connections | None = None
    """Where tokens are kept of callers who sign in at servers themselves."""
    admin: Admin | None = None
    """The listener for health, readiness and metrics. Without it there is none."""

    _origin: Origin = PrivateAttr(default_factory=Origin)

    def with_origin(self, origin: Origin) -> Self:
        """The same config, knowing where it came from."""
        config = self.model_copy()
        config._origin = origin  # noqa: SLF001 - its own
        return config

    @property
    def origin(self) -> Origin:
        """Where this config was read from."""
        return self._origin

    @property
    def folder(self) -> Path:
        """The folder of the config file, where relative paths start."""
        return self._origin.file.parent

    @property
    def places(self) -> Mapping[KeyPath, Place]:
        """Where each value stands: `("roles", "reader", "allow", 0)` to `yett.yaml:9:43`. Defaults have no place."""
        return self._origin.places

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What works and should be looked at."""
        return self._origin.warnings

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the file's bytes: the name of this config in the ledger."""
        return self._origin.digest
