"""Secrets of the cluster, read from its API as the pod's service account."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Final

from yett.core.ask import Ask, Asker
from yett.errors import SecretError
from yett.secrets.files import read_token
from yett.secrets.store import ANSWER_BYTES, Plain, Reading, asked, json_object

_OK: Final = 200
_TELLING: Final = {
    401: "does not accept the service account's token for",
    403: "permits the gateway's service account no access to",
    404: "has no secret",
    429: "has too many requests for",
}


class Cluster(Plain):
    """Secrets as `namespace/name`. The token file is read for every request: the kubelet renews it."""

    def __init__(self, asker: Asker, address: str, token_file: Path) -> None:
        self._asker = asker
        self._address = address.rstrip("/")
        self._token_file = token_file

    async def read(self, name: str) -> Reading:
        """Read one secret: `get` on it is all that the service account needs."""
        namespace, _, secret = name.partition("/")
        headers = (("authorization", f"Bearer {read_token(self._token_file)}"), ("accept", "application/json"))
        url = f"{self._address}/api/v1/namespaces/{namespace}/secrets/{secret}"
        answer = await asked(self._asker, Ask(url=url, headers=headers, limit=ANSWER_BYTES))
        if answer.status != _OK:
            raise SecretError(f"Kubernetes {_TELLING.get(answer.status, f'answered {answer.status} for')} `{name}`")
        found = json_object(answer.body, "Kubernetes")
        data, metadata = found.get("data"), found.get("metadata")
        texts = _texts(data) if isinstance(data, dict) else {}
        version = metadata.get("resourceVersion", "") if isinstance(metadata, dict) else ""
        return Reading(fields=texts, version=str(version))


def _texts(data: dict[str, object]) -> dict[str, str]:
    """The values that are text; a newline at the end is the file's they were made from."""
    texts = {}
    for key, value in data.items():
        try:
            text = base64.b64decode(value, validate=True).decode() if isinstance(value, str) else ""
        except (binascii.Error, UnicodeDecodeError):
            continue
        texts[key] = text.removesuffix("\n")
    return texts
