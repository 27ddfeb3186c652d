"""HashiCorp Vault and OpenBao: key/value secrets (both versions), dynamic secrets with leases, namespaces.

HTTP API of Vault: /v1/<path>, `X-Vault-Token`, `X-Vault-Namespace`; sys/internal/ui/mounts, sys/leases/renew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import msgspec

from yett.core.ask import Answer, Ask, Asker
from yett.errors import SecretError
from yett.secrets.store import ANSWER_BYTES, Lease, Reading, asked, json_object
from yett.secrets.stores.vault_token import Credential, Login, SignIn

_OK: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_SEALED: Final = 503
_STATES: Final[Mapping[int, str]] = {
    400: "does not understand the request",
    403: "permits the gateway no access to",
    404: "has no secret at",
    405: "does not allow reading",
    412: "is not up to date yet with",
    429: "has too many requests to answer for",
    472: "is a replica that cannot answer for",
    473: "is a standby that cannot answer for",
}
_MOUNTS: Final = 256
"""Mounts whose kind is remembered."""


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a secrets engine is mounted, and the version of the key/value engine that it is; 0 for another engine."""

    path: str
    kv: int


class Vault:
    """One Vault, asked under one sign-in. `address` is its origin, as `https://vault.example.com:8200`."""

    def __init__(
        self, asker: Asker, address: str, sign_in: SignIn, *, namespace: str = "", clock: Callable[[], float]
    ) -> None:
        self._asker = asker
        self._address = address.rstrip("/")
        self._namespace = namespace
        self._clock = clock
        self._login = Login(self._send, sign_in, clock)
        self._mounts: dict[str, Mount] = {}

    def __repr__(self) -> str:
        return f"Vault({self._address})"

    async def read(self, name: str) -> Reading:
        """Read `mount/path`, `mount/data/path` or any other path that Vault answers GET for, `?version=N` with it."""
        path, _, version = name.partition("?version=")
        mount = await self._mount(path)
        if mount.kv == 2:  # noqa: PLR2004 - the second version of the engine
            return await self._read_versioned(mount, path, version)
        if version:
            raise SecretError(f"Vault keeps no versions of `{path}`: it is not in a KV engine of version 2")
        answer = await self._signed("GET", f"/v1/{quote(path)}", path)
        found = json_object(answer.body, "Vault")
        return Reading(fields=_texts(found.get("data"), path), lease=await self._lease(found))

    async def renew(self, lease: Lease) -> Lease:
        """Make a lease longer, by as much as it was. One of an earlier sign-in ends with that, whatever is renewed."""
        if lease.holder != (await self._login.token()).number:
            raise SecretError("the lease belongs to an earlier sign-in")
        body = msgspec.json.encode({"lease_id": lease.id, "increment": int(lease.seconds)})
        answer = await self._signed("PUT", "/v1/sys/leases/renew", "the lease", body)
        longer = await self._lease(json_object(answer.body, "Vault"))
        if longer is None:
            raise SecretError("Vault renewed a lease and did not say for how long")
        return longer

    async def tend(self) -> None:
        """Renew the token when it is time, or sign in again."""
        await self._login.tend()

    async def close(self) -> None:
        """Revoke a token that we signed in for; its leases end with it."""
        await self._login.revoke()

    async def _read_versioned(self, mount: Mount, path: str, version: str) -> Reading:
        inner = path[len(mount.path) :].removeprefix("data/")
        query = f"?version={version}" if version else ""
        answer = await self._signed("GET", f"/v1/{quote(mount.path)}data/{quote(inner)}{query}", path)
        found = json_object(answer.body, "Vault").get("data")
        metadata = found.get("metadata") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(metadata, dict):
            raise SecretError(f"Vault answered for `{path}` with something that is not a secret of KV version 2")
        return Reading(fields=_texts(found.get("data"), path), version=str(metadata.get("version", "")))

    async def _mount(self, path: str) -> Mount:
        """The engine that a path belongs to. What the `vault` command asks first, too; any token may ask."""
        for known in self._mounts.values():
            if path.startswith(known.path):
                return known
        answer = await self._signed("GET", f"/v1/sys/internal/ui/mounts/{quote(path)}", path)
        data = json_object(answer.body, "Vault").get("data")
        where = data.get("path") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(where, str) or not path.startswith(where.strip("/") + "/"):
            raise SecretError(f"Vault does not say which engine `{path}` belongs to")
        options = data.get("options")
        version = str(options.get("version", "1")) if isinstance(options, dict) else "1"
        is_kv = data.get("type") in {"kv", "generic"}
        if len(self._mounts) >= _MOUNTS:
            self._mounts.clear()
        mount = Mount(where.strip("/") + "/", (2 if version == "2" else 1) if is_kv else 0)
        self._mounts[mount.path] = mount
        return mount

    async def _lease(self, found: Mapping[str, Any]) -> Lease | None:
        """The lease of an answer. Without an id its time is a hint of the key/value engine, version 1, and no lease."""
        identifier, seconds = found.get("lease_id"), found.get("lease_duration")
        if not isinstance(identifier, str) or not identifier or not isinstance(seconds, int) or seconds <= 0:
            return None
        credential = await self._login.token()
        # It ends with the token that it was given to, unless that is renewed: then it is looked at again by then.
        seconds = min(float(seconds), max(1.0, credential.ends_at - self._clock()))
        return Lease(id=identifier, seconds=seconds, renewable=found.get("renewable") is True, holder=credential.number)

    async def _signed(self, method: str, target: str, path: str, body: bytes = b"") -> Answer:
        """Ask with a token. A token that is refused may have been revoked: once, a new one is tried."""
        credential = await self._login.token()
        answer = await self._send(method, target, credential, body)
        if answer.status == _FORBIDDEN and await self._login.refused(credential):
            answer = await self._send(method, target, await self._login.token(), body)
        if answer.status not in _OK:
            if answer.status in {_FORBIDDEN, _NOT_FOUND}:
                self._mounts.clear()  # an engine may have been moved
            raise SecretError(_problem(answer, path))
        return answer

    async def _send(self, method: str, target: str, credential: Credential | None, body: bytes = b"") -> Answer:
        # Vault refuses requests without the first one where it is told to: nobody can be made to send it.
        headers = [("x-vault-request", "true")]
        if credential is not None:
            headers.append(("x-vault-token", credential.token.reveal()))
        if self._namespace:
            headers.append(("x-vault-namespace", self._namespace))
        if body:
            headers.append(("content-type", "application/json"))
        ask = Ask(url=self._address + target, method=method, headers=tuple(headers), body=body, limit=ANSWER_BYTES)
        answer = await asked(self._asker, ask)
        if answer.status == _SEALED:
            raise SecretError("Vault is sealed or not initialised")
        if answer.status in _REDIRECTS:
            raise SecretError("Vault redirects to another node: name the active one, or a load balancer before them")
        return answer


def _problem(answer: Answer, path: str) -> str:
    """What Vault's refusal means. Its own words are not repeated but for these: they may quote what was sent."""
    if answer.status == _NOT_FOUND and (gone := _deleted(answer)):
        return f"Vault has deleted {gone} of `{path}`"
    said = _STATES.get(answer.status)
    if said is None:
        return f"Vault answered {answer.status} for `{path}`"
    return f"Vault {said} `{path}`"


def _deleted(answer: Answer) -> str:
    """Of KV version 2: the version that was deleted, where a 404 says so."""
    try:
        data = json_object(answer.body, "Vault").get("data")
    except SecretError:
        return ""
    metadata = data.get("metadata") if isinstance(data, dict) else None
    if not isinstance(metadata, dict) or not (metadata.get("deletion_time") or metadata.get("destroyed")):
        return ""
    return f"version {metadata.get('version', 'unknown')}"


def _texts(data: object, path: str) -> dict[str, str]:
    if not isinstance(data, dict):
        raise SecretError(f"Vault answered for `{path}` without data")
    return {key: value for key, value in data.items() if key and isinstance(value, str)}
