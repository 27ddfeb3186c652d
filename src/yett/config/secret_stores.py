"""From the section `secrets` to the stores that are asked, and from a config's references to values kept current."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from yett.config.authorities import authority_of
from yett.config.live_secrets import live_secrets
from yett.config.schema import Config
from yett.config.stores import Azure, Reached, Vault
from yett.core.ask import Asker
from yett.detect import addresses
from yett.errors import ConfigError
from yett.secrets.cache import Cache
from yett.secrets.entry import Terms
from yett.secrets.files import read_token
from yett.secrets.secret import Secret
from yett.secrets.store import Lease, Reading, Store
from yett.secrets.stores.aws import SecretsManager
from yett.secrets.stores.aws_keys import KeyRing
from yett.secrets.stores.azure import KeyVault
from yett.secrets.stores.azure_identity import Application, ManagedIdentity
from yett.secrets.stores.bearer import Bearer
from yett.secrets.stores.file import Files
from yett.secrets.stores.gcp import PUBLIC, SecretManager
from yett.secrets.stores.gcp_identity import Machine, ServiceAccount
from yett.secrets.stores.keyring import Keyring
from yett.secrets.stores.kubernetes import Cluster
from yett.secrets.stores.sops import Sops
from yett.secrets.stores.vault import Vault as VaultStore
from yett.secrets.stores.vault_token import SignIn
from yett.wire.fetch import Fetch
from yett.wire.metadata import Metadata
from yett.wire.tls import client_context

_SECTIONS: Final = {
    "vault": "vault",
    "aws-sm": "aws",
    "gcp-sm": "gcp",
    "azure-kv": "azure",
    "k8s": "kubernetes",
    "sops": "sops",
}
"""The kind of a reference, and the section that says where its store is. `file` and `keyring` have none."""


async def follow(cache: Cache, config: Config) -> None:
    """Have `cache` keep the secrets of `config` current, and read them. Stores that did not change stay signed in.

    A secret that cannot be read now is not an error: what needs it is refused until it can. Raises `ConfigError` for a
    store that cannot be asked at all, and `SecretError` never.
    """
    kept = cache.stores
    terms = Terms(refresh=float(config.secrets.refresh), max_stale=float(config.secrets.max_stale))
    at = (config.folder, config.secrets.mounts)
    files = _same(kept.get("file"), at) or _Owned(Files(*at), at)
    # First the files alone: the stores' own credentials lie there.
    cache.adopt({**kept, "file": files}, terms)
    for _, secret in live_secrets(config.secrets):
        secret.bind(cache.hold)
    wanted = {reference.kind for _, secret in live_secrets(config) for reference in secret.followed} - {"file"}
    stores: dict[str, Store] = {"file": files}
    for kind in sorted(wanted):
        section = getattr(config.secrets, _SECTIONS.get(kind, ""), kind)
        made_from = (section, config.origin.authorities.get(authority_of(section) or Path()))
        stores[kind] = _same(kept.get(kind), made_from) or _made(kind, config, made_from)
    cache.adopt(stores, terms)
    await cache.fill([secret for _, secret in live_secrets(config)])


class _Owned:
    """A store, the part of the config that it was made from, and the connections that are its alone."""

    def __init__(self, store: Store, section: object, fetch: Fetch | None = None) -> None:
        self.section = section
        self._store = store
        self._fetch = fetch

    async def read(self, name: str) -> Reading:
        return await self._store.read(name)

    async def renew(self, lease: Lease) -> Lease:
        return await self._store.renew(lease)

    async def tend(self) -> None:
        await self._store.tend()

    async def close(self) -> None:
        try:
            await self._store.close()
        finally:
            if self._fetch is not None:
                await self._fetch.close()


def _same(kept: Store | None, section: object) -> Store | None:
    """The store that is there already, if it was made from the same words."""
    return kept if isinstance(kept, _Owned) and kept.section == section else None


_Built: TypeAlias = tuple[Store, Fetch | None]


def _made(kind: str, config: Config, section: object) -> Store:
    builders: Mapping[str, Callable[[Config], _Built]] = {
        "vault": _vault,
        "aws-sm": _aws,
        "gcp-sm": _gcp,
        "azure-kv": _azure,
        "k8s": _kubernetes,
        "keyring": lambda _config: (Keyring(), None),
        "sops": _sops,
    }
    store, fetch = builders[kind](config)
    return _Owned(store, section, fetch)


def fetcher(section: Reached, *, ca: Path | None = None, more: tuple[str, ...] = ()) -> Fetch:
    """What asks at the addresses that a section allows, and nowhere else."""
    allowed = [addresses.network(network) for network in (*section.allow_addresses, *more)]
    return Fetch(client_context(ca or section.ca), allowed=allowed, unsafe_allow_loopback=section.unsafe_allow_loopback)


def _vault(config: Config) -> _Built:
    section = config.secrets.vault
    if section is None:
        raise ConfigError("`secrets.vault` is missing: nothing says where Vault is")
    fetch = fetcher(section)
    namespace = section.namespace or ""
    store = VaultStore(fetch, str(section.address), _sign_in(section), namespace=namespace, clock=time.monotonic)
    return store, fetch


def _sign_in(section: Vault) -> SignIn:
    if section.approle is not None:
        approle = section.approle
        return SignIn(
            f"auth/{approle.mount}/login",
            lambda: {"role_id": approle.role_id, "secret_id": approle.secret_id.reveal()},
        )
    if section.kubernetes is not None:
        pod = section.kubernetes
        return SignIn(f"auth/{pod.mount}/login", lambda: {"role": pod.role, "jwt": read_token(pod.token_file)})
    if section.jwt is not None:
        jwt = section.jwt
        return SignIn(f"auth/{jwt.mount}/login", lambda: {"role": jwt.role, "jwt": jwt.token.reveal()})
    token = section.token or Secret(None)
    # A copy of what it is now: to tell whether a file holds another one by the next time.
    return SignIn(token=lambda: Secret(token.reveal()))


def _aws(config: Config) -> _Built:
    section = config.secrets.aws
    fetch = fetcher(section)
    keys = KeyRing(fetch, Metadata(), os.environ, _now)
    region = section.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    endpoint = "" if section.endpoint is None else str(section.endpoint)
    return SecretsManager(fetch, keys, region=region, endpoint=endpoint, now=_now), fetch


def _gcp(config: Config) -> _Built:
    section = config.secrets.gcp
    fetch = fetcher(section)
    named = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    path = section.credentials or (Path(named) if named else None)
    grant = ServiceAccount(fetch, path, time.time) if path is not None else Machine(Metadata())
    endpoint = PUBLIC if section.endpoint is None else str(section.endpoint)
    return SecretManager(fetch, Bearer(grant, time.monotonic), endpoint=endpoint), fetch


def _azure(config: Config) -> _Built:
    section = config.secrets.azure
    fetch = fetcher(section)
    bearer = Bearer(_azure_grant(section, fetch), time.monotonic)
    return KeyVault(fetch, bearer, suffix=section.suffix), fetch


def _azure_grant(section: Azure, fetch: Asker) -> Application | ManagedIdentity:
    environment = os.environ
    tenant = section.tenant or environment.get("AZURE_TENANT_ID") or ""
    client_id = section.client_id or environment.get("AZURE_CLIENT_ID") or ""
    resource = f"https://{section.suffix}"
    proof = (
        section.client_secret or environment.get("AZURE_CLIENT_SECRET") or environment.get("AZURE_FEDERATED_TOKEN_FILE")
    )
    if tenant and client_id and proof:
        return Application(
            fetch,
            tenant=tenant,
            client_id=client_id,
            secret=section.client_secret,
            resource=resource,
            environment=environment,
        )
    return ManagedIdentity(Metadata(), client_id=client_id, resource=resource)


def _kubernetes(config: Config) -> _Built:
    section = config.secrets.kubernetes
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise ConfigError("`${k8s:}` is read within a cluster only: `KUBERNETES_SERVICE_HOST` is not set")
    own = section.folder / "ca.crt"
    # The cluster's address is a private one, and named by the kubelet.
    try:
        more: tuple[str, ...] = (str(addresses.network(host)),)
    except ValueError:
        more = ()
    fetch = fetcher(section, ca=section.ca or (own if own.is_file() else None), more=more)
    shown = f"[{host}]" if ":" in host else host
    return Cluster(fetch, f"https://{shown}:{port}", section.folder / "token"), fetch


def _sops(config: Config) -> _Built:
    section = config.secrets.sops
    return Sops(section.command, config.folder, os.environ, seconds=float(section.timeout)), None


def _now() -> datetime:
    return datetime.now(UTC)
