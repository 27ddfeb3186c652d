"""A counterfeit Vault: the parts of its HTTP API that a reader of secrets meets, with tokens and leases that end.

Statuses and bodies follow HashiCorp's API documentation (kv v1, kv v2, database, approle, kubernetes, jwt, sys/leases,
auth/token). The client library hvac is run against it in the tests, as a second opinion about both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from counterfeit.http import Question, Reply

FORBIDDEN = Reply(403, {"errors": ["permission denied"]})
NOT_FOUND = Reply(404, {"errors": []})
SEALED = Reply(503, {"errors": ["Vault is sealed"]})


class Vault:
    """`clock` is a monotonic one. Mounts: `kv/` (v2), `old/` (v1), `database/`. Roles: `yett` everywhere."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.sealed = False
        self.forbidden: set[str] = set()
        """Paths (as `kv/mcp/github`) that no token may read."""
        self.failing = 0
        """A status that everything is answered with."""
        self.token_ttl = 3600
        self.token_max = 86_400
        self.lease_ttl = 600
        self.lease_max = 3600
        self.namespace = ""
        self.asked: list[str] = []
        self._kv: dict[str, list[dict[str, Any] | None]] = {}
        self._old: dict[str, dict[str, Any]] = {"github": {"token": "old-token"}}
        self._tokens: dict[str, dict[str, float]] = {}
        self._leases: dict[str, dict[str, Any]] = {}
        self._count = 0
        self.secret_ids = {"the-secret-id"}
        self.jwts = {"the-pod-jwt", "the-jwt"}
        self.root = self.issue(ttl=0)

    # What tests do to it.

    def put(self, path: str, **data: Any) -> None:
        """Write a new version of `kv/<path>`."""
        self._kv.setdefault(path, []).append(data)

    def delete(self, path: str) -> None:
        """Delete the latest version."""
        self._kv[path][-1] = None

    def issue(self, ttl: float) -> str:
        self._count += 1
        token = f"hvs.token-{self._count:04d}-secret"
        self._tokens[token] = {"until": self.clock() + ttl if ttl else 0.0, "born": self.clock(), "ttl": ttl}
        return token

    def revoke(self, token: str) -> None:
        self._tokens.pop(token, None)
        self._leases = {name: lease for name, lease in self._leases.items() if lease["token"] != token}

    def revoke_all(self) -> None:
        for token in list(self._tokens):
            self.revoke(token)

    def revoke_leases(self) -> None:
        self._leases.clear()

    @property
    def leases(self) -> list[str]:
        return sorted(self._leases)

    @property
    def tokens(self) -> list[str]:
        return [token for token in self._tokens if self._alive(token)]

    # Its API.

    def __call__(self, question: Question) -> Reply:  # noqa: PLR0911 - a table of what is answered
        path = unquote(question.path).removeprefix("/v1/")
        self.asked.append(f"{question.method} {path}")
        if path == "sys/health":
            return Reply(503 if self.sealed else 200, {"initialized": True, "sealed": self.sealed, "standby": False})
        if path == "sys/seal-status":
            return Reply(
                200, {"type": "shamir", "initialized": True, "sealed": self.sealed, "t": 3, "n": 5, "progress": 0}
            )
        if self.failing:
            return Reply(self.failing, {"errors": ["internal error"]})
        if self.sealed:
            return SEALED
        if question.headers.get("x-vault-namespace", "").strip("/") != self.namespace:
            return Reply(404, {"errors": ["namespace not found"]})
        if path.startswith("auth/") and path.endswith("/login"):
            return self._login(path, question.json())
        token = question.headers.get("x-vault-token", "")
        if not self._alive(token):
            return FORBIDDEN
        return self._signed(question, path, token)

    def _signed(self, question: Question, path: str, token: str) -> Reply:  # noqa: PLR0911 - the same
        if path == "auth/token/lookup-self":
            return Reply(200, {"data": self._token_data(token)})
        if path == "auth/token/renew-self":
            return self._renew_token(token)
        if path == "auth/token/revoke-self":
            self.revoke(token)
            return Reply(204)
        if path == "sys/leases/renew":
            return self._renew_lease(question.json())
        if path.startswith("sys/internal/ui/mounts/"):
            return self._mount(path.removeprefix("sys/internal/ui/mounts/"))
        if path.startswith("kv/data/"):
            return self._versioned(question, path.removeprefix("kv/data/"))
        if path.startswith("old/"):
            return self._unversioned(question, path)
        if path.startswith("database/creds/"):
            return self._credentials(path, token)
        return NOT_FOUND

    def _login(self, path: str, given: dict[str, Any]) -> Reply:
        method = path.split("/")[1]
        right = {
            "approle": given.get("role_id") == "yett" and given.get("secret_id") in self.secret_ids,
            "kubernetes": given.get("role") == "yett" and given.get("jwt") in self.jwts,
            "jwt": given.get("role") == "yett" and given.get("jwt") in self.jwts,
        }
        if method not in right:
            return FORBIDDEN
        if not right[method]:
            return Reply(400, {"errors": [f"invalid role or secret: {given}"]})
        token = self.issue(self.token_ttl)
        return Reply(
            200, {"auth": {"client_token": token, "accessor": "a", "policies": ["default"], **self._life(token)}}
        )

    def _life(self, token: str) -> dict[str, Any]:
        left = self._tokens[token]["until"] - self.clock()
        return {"lease_duration": max(0, round(left)), "renewable": True}

    def _token_data(self, token: str) -> dict[str, Any]:
        known = self._tokens[token]
        ttl = max(0, round(known["until"] - self.clock())) if known["until"] else 0
        return {"id": token, "ttl": ttl, "renewable": bool(ttl), "policies": ["default"]}

    def _alive(self, token: str) -> bool:
        known = self._tokens.get(token)
        return known is not None and (known["until"] == 0 or self.clock() < known["until"])

    def _renew_token(self, token: str) -> Reply:
        known = self._tokens[token]
        if not known["until"]:
            return Reply(400, {"errors": ["token is not renewable"]})
        known["until"] = min(self.clock() + known["ttl"], known["born"] + self.token_max)
        return Reply(200, {"auth": {"client_token": token, **self._life(token)}})

    def _renew_lease(self, given: dict[str, Any]) -> Reply:
        lease = self._leases.get(given.get("lease_id", ""))
        if lease is None or self.clock() >= lease["until"]:
            return Reply(400, {"errors": ["lease not found"]})
        lease["until"] = min(self.clock() + self.lease_ttl, lease["born"] + self.lease_max)
        left = round(lease["until"] - self.clock())
        return Reply(200, {"lease_id": given["lease_id"], "lease_duration": left, "renewable": True})

    def _mount(self, path: str) -> Reply:
        if path in self.forbidden:
            return FORBIDDEN
        mounts: dict[str, tuple[str, Any]] = {
            "kv": ("kv", {"version": "2"}),
            "old": ("kv", {"version": "1"}),
            "database": ("database", None),
        }
        name = path.split("/", maxsplit=1)[0]
        if name not in mounts:
            return FORBIDDEN  # as Vault does: what is not mounted looks like what is not permitted
        kind, options = mounts[name]
        return Reply(200, {"data": {"path": f"{name}/", "type": kind, "options": options}})

    def _versioned(self, question: Question, path: str) -> Reply:
        if f"kv/{path}" in self.forbidden:
            return FORBIDDEN
        if question.method in {"POST", "PUT"}:
            self.put(path, **question.json()["data"])
            return Reply(200, {"data": {"version": len(self._kv[path]), "created_time": "2026-11-23T08:00:00Z"}})
        versions = self._kv.get(path)
        if versions is None:
            return NOT_FOUND
        number = int(question.query.get("version") or len(versions))
        if not 1 <= number <= len(versions):
            return NOT_FOUND
        data = versions[number - 1]
        gone = "" if data is not None else "2026-11-23T08:00:00Z"
        metadata = {
            "version": number,
            "deletion_time": gone,
            "destroyed": False,
            "created_time": "2026-11-23T07:00:00Z",
        }
        return Reply(200 if data is not None else 404, {"data": {"data": data, "metadata": metadata}})

    def _unversioned(self, question: Question, path: str) -> Reply:
        if path in self.forbidden:
            return FORBIDDEN
        data = self._old.get(path.removeprefix("old/"))
        if question.method in {"POST", "PUT"}:
            self._old[path.removeprefix("old/")] = question.json()
            return Reply(204)
        # Version 1 answers with a time and no lease.
        return (
            NOT_FOUND
            if data is None
            else Reply(200, {"lease_id": "", "lease_duration": 2_764_800, "renewable": False, "data": data})
        )

    def _credentials(self, path: str, token: str) -> Reply:
        if path in self.forbidden:
            return FORBIDDEN
        self._count += 1
        name = f"{path}/lease-{self._count}"
        self._leases[name] = {"until": self.clock() + self.lease_ttl, "born": self.clock(), "token": token}
        data = {"username": f"v-yett-{self._count}", "password": f"password-{self._count}"}
        return Reply(200, {"lease_id": name, "lease_duration": self.lease_ttl, "renewable": True, "data": data})
