"""Azure Key Vault: GetSecret over its REST API."""

from __future__ import annotations

from typing import Final

from yett.core.ask import Ask, Asker
from yett.errors import SecretError
from yett.secrets.store import ANSWER_BYTES, Plain, Reading, asked, fields_of, json_object
from yett.secrets.stores.bearer import Bearer

_API: Final = "7.4"
_OK: Final = 200
_UNAUTHORIZED: Final = 401
_TELLING: Final = {
    403: "permits the gateway no access to",
    404: "has no secret",
    429: "has too many requests for",
}


class KeyVault(Plain):
    """Secrets as `vault/secret` or `vault/secret/version`. A vault's address is its name and `suffix`."""

    def __init__(self, asker: Asker, bearer: Bearer, *, suffix: str = "vault.azure.net", scheme: str = "https") -> None:
        self._asker = asker
        self._bearer = bearer
        self._suffix = suffix
        self._scheme = scheme

    async def read(self, name: str) -> Reading:
        """Read a version, without one the current. A text that is a JSON object has its members as fields."""
        vault, secret, *version = name.split("/")
        path = "/".join(["secrets", secret, *version])
        url = f"{self._scheme}://{vault}.{self._suffix}/{path}?api-version={_API}"
        headers = (("authorization", f"Bearer {await self._bearer.token()}"), ("accept", "application/json"))
        answer = await asked(self._asker, Ask(url=url, headers=headers, limit=ANSWER_BYTES))
        if answer.status == _UNAUTHORIZED:
            self._bearer.forget()
        if answer.status != _OK:
            raise SecretError(f"Azure {_TELLING.get(answer.status, f'answered {answer.status} for')} `{name}`")
        found = json_object(answer.body, "Azure")
        text, identifier = found.get("value"), found.get("id")
        if not isinstance(text, str):
            raise SecretError(f"Azure answered for `{name}` without a value")
        # "id": "https://vault.vault.azure.net/secrets/name/version"
        return Reading(fields=fields_of(text), version=str(identifier or "").rpartition("/")[2])
