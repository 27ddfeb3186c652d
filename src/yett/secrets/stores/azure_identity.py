"""How the gateway signs in at Azure: with a client secret, a federated token (workload identity), or as its machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

from yett.core.ask import Ask, Asker
from yett.errors import SecretError
from yett.secrets.files import read_token
from yett.secrets.secret import Secret
from yett.secrets.store import asked
from yett.secrets.stores.bearer import granted

_AUTHORITY: Final = "https://login.microsoftonline.com"
_METADATA: Final = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Application:
    """An application with a client secret or a federated token: the client credentials grant of Entra, version 2."""

    def __init__(
        self,
        asker: Asker,
        *,
        tenant: str,
        client_id: str,
        secret: Secret | None,
        resource: str,
        environment: Mapping[str, str],
    ) -> None:
        self._asker = asker
        self._tenant = tenant
        self._client_id = client_id
        self._secret = secret
        self._resource = resource
        self._environment = environment

    async def __call__(self) -> tuple[str, float]:
        """Fetch a token. Secret and federated token are read each time."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "scope": f"{self._resource}/.default",
            **self._proof(),
        }
        authority = (self._environment.get("AZURE_AUTHORITY_HOST") or _AUTHORITY).rstrip("/")
        url = f"{authority}/{quote(self._tenant, safe='')}/oauth2/v2.0/token"
        headers = (("content-type", "application/x-www-form-urlencoded"),)
        answer = await asked(self._asker, Ask(url=url, method="POST", headers=headers, body=urlencode(form).encode()))
        return granted(answer, "Azure")

    def _proof(self) -> dict[str, str]:
        if self._secret is not None:
            return {"client_secret": self._secret.reveal()}
        secret, file = self._environment.get("AZURE_CLIENT_SECRET"), self._environment.get("AZURE_FEDERATED_TOKEN_FILE")
        if file:
            return {"client_assertion_type": _ASSERTION, "client_assertion": read_token(Path(file))}
        if secret:
            return {"client_secret": secret}
        raise SecretError("no Azure credentials: neither `client_secret` nor `AZURE_FEDERATED_TOKEN_FILE`")


class ManagedIdentity:
    """The identity of the machine, by its metadata server; `client_id` chooses among several."""

    def __init__(self, metadata: Asker, *, client_id: str, resource: str) -> None:
        self._metadata = metadata
        self._query = urlencode({"resource": resource} | ({"client_id": client_id} if client_id else {}))

    async def __call__(self) -> tuple[str, float]:
        """Fetch a token."""
        ask = Ask(url=f"{_METADATA}&{self._query}", headers=(("metadata", "true"),))
        return granted(await asked(self._metadata, ask), "the machine's metadata server")
