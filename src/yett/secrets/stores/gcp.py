"""Google Secret Manager: AccessSecretVersion over its REST API."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from yett.core.ask import Ask, Asker
from yett.errors import SecretError
from yett.secrets.store import ANSWER_BYTES, Plain, Reading, asked, fields_of, json_object
from yett.secrets.stores.bearer import Bearer

PUBLIC: Final = "https://secretmanager.googleapis.com"
_OK: Final = 200
_UNAUTHORIZED: Final = 401
_TELLING: Final = {
    400: "has no enabled version of",
    403: "permits the gateway no access to",
    404: "has no secret",
    429: "has too many requests for",
}


class SecretManager(Plain):
    """Secrets as `project/secret` or `project/secret/version`."""

    def __init__(self, asker: Asker, bearer: Bearer, *, endpoint: str = PUBLIC) -> None:
        self._asker = asker
        self._bearer = bearer
        self._endpoint = endpoint.rstrip("/")

    async def read(self, name: str) -> Reading:
        """Read a version, without one the latest. A text that is a JSON object has its members as fields."""
        project, secret, *version = name.split("/")
        path = f"/v1/projects/{project}/secrets/{secret}/versions/{version[0] if version else 'latest'}:access"
        headers = (("authorization", f"Bearer {await self._bearer.token()}"), ("accept", "application/json"))
        answer = await asked(self._asker, Ask(url=self._endpoint + path, headers=headers, limit=ANSWER_BYTES))
        if answer.status == _UNAUTHORIZED:
            self._bearer.forget()
        if answer.status != _OK:
            raise SecretError(f"Google {_TELLING.get(answer.status, f'answered {answer.status} for')} `{name}`")
        found = json_object(answer.body, "Google")
        payload = found.get("payload")
        data = payload.get("data") if isinstance(payload, dict) else None
        try:
            text = base64.b64decode(data if isinstance(data, str) else "", validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise SecretError(f"the secret `{name}` is not text") from None
        return Reading(fields=fields_of(text), version=str(found.get("name", "")).rpartition("/")[2])
