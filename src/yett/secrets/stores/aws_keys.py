"""Where the gateway's AWS access keys come from, in the order of AWS's own SDKs: environment, web identity, container.

Sources: "Standardized credential providers", AWS SDKs and Tools Reference Guide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from yett.core.ask import Ask, Asker
from yett.errors import SecretError
from yett.secrets.files import read_token
from yett.secrets.store import asked, json_object
from yett.secrets.stores.aws_signature import Keys

_EARLY: Final = timedelta(minutes=5)
"""Before its end a session is replaced: signed requests may still be on their way."""
_EXPIRED: Final = frozenset({"ExpiredTokenException", "UnrecognizedClientException"})
_OK: Final = 200
_CONTAINER: Final = "http://169.254.170.2"
_MACHINE: Final = "http://169.254.169.254/latest"


class KeyRing:
    """The present keys. `metadata` asks the fixed addresses that containers and machines have; `asker` all else."""

    def __init__(
        self, asker: Asker, metadata: Asker, environment: Mapping[str, str], now: Callable[[], datetime]
    ) -> None:
        self._asker = asker
        self._metadata = metadata
        self._environment = environment
        self._now = now
        self._session: tuple[Keys, datetime] | None = None
        self._turn = asyncio.Lock()

    async def keys(self, region: str) -> Keys:
        """Keys to sign with. Raises `SecretError`."""
        has = self._environment.get
        access, secret = has("AWS_ACCESS_KEY_ID"), has("AWS_SECRET_ACCESS_KEY")
        if access and secret:
            return Keys(access=access, secret=secret, session=has("AWS_SESSION_TOKEN") or "")
        async with self._turn:
            if self._session is None or self._now() >= self._session[1] - _EARLY:
                self._session = await self._sign_in(region)
            return self._session[0]

    def refused(self, kind: str) -> None:
        """Note why a request was refused: a session that is over is replaced."""
        if kind in _EXPIRED:
            self._session = None

    async def _sign_in(self, region: str) -> tuple[Keys, datetime]:
        has = self._environment.get
        if has("AWS_WEB_IDENTITY_TOKEN_FILE") and has("AWS_ROLE_ARN"):
            return await self._web_identity(region)
        if has("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") or has("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
            return await self._container()
        return await self._machine()

    async def _web_identity(self, region: str) -> tuple[Keys, datetime]:
        """STS, AssumeRoleWithWebIdentity: the request is not signed, the token is the proof."""
        has = self._environment
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": has["AWS_ROLE_ARN"],
            "RoleSessionName": has.get("AWS_ROLE_SESSION_NAME") or "yett",
            "WebIdentityToken": read_token(Path(has["AWS_WEB_IDENTITY_TOKEN_FILE"])),
        }
        where = has.get("AWS_ENDPOINT_URL_STS") or f"https://sts.{region}.amazonaws.com"
        headers = (("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json"))
        ask = Ask(url=f"{where.rstrip('/')}/", method="POST", headers=headers, body=urlencode(form).encode())
        answer = await asked(self._asker, ask)
        if answer.status != _OK:
            raise SecretError(f"AWS refused the gateway's web identity with {answer.status}")
        found: Any = json_object(answer.body, "AWS")
        for step in ("AssumeRoleWithWebIdentityResponse", "AssumeRoleWithWebIdentityResult", "Credentials"):
            found = found.get(step) if isinstance(found, dict) else None
        return self._keys_of(found, "SecretAccessKey", "SessionToken")

    async def _container(self) -> tuple[Keys, datetime]:
        has = self._environment.get
        relative = has("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        url = f"{_CONTAINER}{relative}" if relative else str(has("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
        file, token = has("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"), has("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        value = read_token(Path(file)) if file else token
        headers = (("authorization", value),) if value else ()
        answer = await asked(self._metadata, Ask(url=url, headers=headers))
        if answer.status != _OK:
            raise SecretError(f"the container has no AWS role: its endpoint answered {answer.status}")
        return self._keys_of(json_object(answer.body, "AWS"), "SecretAccessKey", "Token")

    async def _machine(self) -> tuple[Keys, datetime]:
        """IMDSv2: a token first, then the role's name, then its keys."""
        ttl = (("x-aws-ec2-metadata-token-ttl-seconds", "300"),)
        token = await asked(self._metadata, Ask(url=f"{_MACHINE}/api/token", method="PUT", headers=ttl))
        headers = (("x-aws-ec2-metadata-token", token.body.decode("ascii", "replace")),)
        where = f"{_MACHINE}/meta-data/iam/security-credentials/"
        role = await asked(self._metadata, Ask(url=where, headers=headers))
        name = role.body.decode("ascii", "replace").strip()
        if token.status != _OK or role.status != _OK or not name.replace("-", "").replace("_", "").isalnum():
            raise SecretError(
                "no AWS credentials: neither in the environment, nor a web identity, nor a machine's role"
            )
        answer = await asked(self._metadata, Ask(url=f"{where}{name}", headers=headers))
        return self._keys_of(json_object(answer.body, "AWS"), "SecretAccessKey", "Token")

    def _keys_of(self, found: Any, secret: str, session: str) -> tuple[Keys, datetime]:
        names = ("AccessKeyId", secret, session)
        values = [str(found.get(name) or "") for name in names] if isinstance(found, dict) else []
        if not values or not all(values):
            raise SecretError("AWS gave no keys for the gateway's role")
        return Keys(access=values[0], secret=values[1], session=values[2]), self._end(found.get("Expiration"))

    def _end(self, said: object) -> datetime:
        """When they end; where that is not understood, soon. STS says it in seconds, the others in ISO 8601."""
        soon = self._now() + timedelta(minutes=10)
        try:
            if isinstance(said, str):
                return datetime.fromisoformat(said)
            if isinstance(said, int | float):
                return datetime.fromtimestamp(said, soon.tzinfo)
        except (ValueError, OverflowError, OSError):
            return soon
        return soon
