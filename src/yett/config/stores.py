"""The stores that references to secrets are read from: where they are, and how the gateway signs in there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from yett.config.address import Address, parse_public
from yett.config.fields import FilePath, Items, SecretText, Section, Text, seconds, wrong
from yett.config.units import Seconds
from yett.detect import addresses

_ORIGIN: Final = r"^https?://[^/]+/?$"
_WORD: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.@ -]{0,254}$"
_MOUNT: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})*$"
_REGION: Final = r"^[a-z]{2,8}(-[a-z0-9]+){1,4}$"

Word = Annotated[str, StringConstraints(pattern=_WORD)]
MountPath = Annotated[str, StringConstraints(pattern=_MOUNT)]


def _network(text: str) -> str:
    try:
        return str(addresses.network(text))
    except ValueError:
        raise wrong(f"`{text}` is not a network", "write it like `10.0.0.0/8`, without host bits") from None


Network = Annotated[str, AfterValidator(_network), WithJsonSchema({"type": "string", "examples": ["10.0.0.0/8"]})]


class Reached(Section):
    """A store that is asked over the network."""

    ca: FilePath | None = None
    """CA certificates in PEM that its certificate is checked against. Without it: the system's."""
    allow_addresses: Items[Network] = ()
    """Networks that it may be in although they are not public: `[10.0.0.0/8]`."""
    unsafe_allow_loopback: bool = False
    """It may be on this machine, and be reached there over plain `http`."""


class AppRole(Section):
    """Sign in at Vault with an AppRole."""

    role_id: Word
    """Which role. Not a secret."""
    secret_id: SecretText
    """The role's secret, as a reference to the environment or a file."""
    mount: MountPath = "approle"
    """Where the method is mounted."""


class KubernetesRole(Section):
    """Sign in at Vault as the pod's service account."""

    role: Word
    """Which role."""
    mount: MountPath = "kubernetes"
    """Where the method is mounted."""
    token_file: FilePath = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
    """The service account's token. It is read again for every sign-in."""


class JwtRole(Section):
    """Sign in at Vault with a JWT that somebody else signed."""

    role: Word
    """Which role."""
    token: SecretText
    """The JWT, as a reference to the environment or a file. It is read again for every sign-in."""
    mount: MountPath = "jwt"
    """Where the method is mounted."""


class Vault(Reached):
    """HashiCorp Vault or OpenBao. Exactly one of `token`, `approle`, `kubernetes` and `jwt`."""

    address: Annotated[Address, Text(parse_public, _ORIGIN, ("https://vault.example.com:8200",))]
    """Scheme, host and port. `https`, unless it is on this machine."""
    namespace: Annotated[str, StringConstraints(pattern=_MOUNT)] | None = None
    """The namespace, in Vault Enterprise and OpenBao."""
    token: SecretText | None = None
    """A token, as a reference to the environment or a file. It is renewed where it can be."""
    approle: AppRole | None = None
    """Sign in with an AppRole."""
    kubernetes: KubernetesRole | None = None
    """Sign in as the pod's service account."""
    jwt: JwtRole | None = None
    """Sign in with a JWT."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = {"token": self.token, "approle": self.approle, "kubernetes": self.kubernetes, "jwt": self.jwt}
        given = [f"`{name}`" for name, way in ways.items() if way is not None]
        if not given:
            raise wrong("`vault` names no way to sign in", "add `approle:`, `kubernetes:`, `jwt:` or `token:`")
        if len(given) > 1:
            raise wrong(f"{' and '.join(given)} exclude each other", "keep one of them")
        if self.address.scheme != "https" and not self.unsafe_allow_loopback:
            raise wrong(
                "secrets would cross the network in clear text",
                "write `https`; for a Vault on this machine add `unsafe_allow_loopback: true`",
            )
        return self


class Aws(Reached):
    """AWS Secrets Manager. Credentials are the environment's, a web identity's, or the container's or machine's."""

    region: Annotated[str, StringConstraints(pattern=_REGION)] | None = None
    """The region. Without it: `AWS_REGION`. A reference by ARN names its own."""
    endpoint: Annotated[Address, Text(parse_public, _ORIGIN, ("https://vpce-1.example.com",))] | None = None
    """Where the service is, if not at its public address."""


class Gcp(Reached):
    """Google Secret Manager. The gateway signs in with a key file, a federated identity, or as its machine."""

    credentials: FilePath | None = None
    """Key file of a service account. Without it: `GOOGLE_APPLICATION_CREDENTIALS`, else the machine's metadata."""
    endpoint: Annotated[Address, Text(parse_public, _ORIGIN, ("https://sm.example.com",))] | None = None
    """Where the service is, if not at its public address."""


class Azure(Reached):
    """Azure Key Vault. The gateway signs in with a client secret, a federated token, or as its machine."""

    tenant: Word | None = None
    """The directory. Without it: `AZURE_TENANT_ID`."""
    client_id: Word | None = None
    """The application, or the managed identity. Without it: `AZURE_CLIENT_ID`."""
    client_secret: SecretText | None = None
    """The application's secret, as a reference to the environment or a file."""
    suffix: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{4,128}$")] = "vault.azure.net"
    """What follows the vault's name in its address: another one in sovereign clouds."""


class Kubernetes(Reached):
    """Secrets of the cluster that the gateway runs in, read as the pod's service account."""

    folder: FilePath = Path("/var/run/secrets/kubernetes.io/serviceaccount")
    """Where the service account's `token` and `ca.crt` are mounted."""


class Sops(Section):
    """Files encrypted with SOPS, decrypted by its program."""

    command: FilePath = Path("/usr/local/bin/sops")
    """The program. It gets the gateway's `SOPS_*`, `GNUPGHOME` and cloud variables, and nothing else."""
    timeout: Annotated[Seconds, seconds("1s", "2min")] = Seconds(20)
    """For one file."""


class Secrets(Section):
    """Which secrets references may name, where stores of secrets are, and how often they are read."""

    env: Items[str] | None = None
    """Names of environment variables; `*` stands for any characters: `[GITHUB_*, LEDGER_KEY]`. Without it: all."""
    files: Items[FilePath] | None = None
    """Folders that `${file:}` and `${sops:}` may read from. Without it: all."""
    mounts: Items[FilePath] = ()
    """Folders that Kubernetes mounts secrets into. Files there may be links within the folder, and readable by the
    group."""
    refresh: Annotated[Seconds, seconds("1s", "1d")] = Seconds(300)
    """How often a secret of a store is read again. One with a lease is renewed by two thirds of its time instead."""
    max_stale: Annotated[Seconds, seconds("1s", "7d")] = Seconds(3600)
    """How long a value is used that cannot be read again. After that its servers are refused. A lease ends earlier."""
    vault: Vault | None = None
    """Where `${vault:path#field}` is read from."""
    aws: Aws = Field(default={}, validate_default=True)
    """Where `${aws-sm:name#field}` is read from."""
    gcp: Gcp = Field(default={}, validate_default=True)
    """Where `${gcp-sm:project/secret}` is read from."""
    azure: Azure = Field(default={}, validate_default=True)
    """Where `${azure-kv:vault/secret}` is read from."""
    kubernetes: Kubernetes = Field(default={}, validate_default=True)
    """Where `${k8s:namespace/secret#key}` is read from."""
    sops: Sops = Field(default={}, validate_default=True)
    """How `${sops:file#path}` is decrypted."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max_stale < self.refresh:
            raise wrong("`max_stale` is shorter than `refresh`", "values would end before they are read again")
        return self
