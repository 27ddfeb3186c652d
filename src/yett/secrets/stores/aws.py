"""AWS Secrets Manager: GetSecretValue, signed with Signature Version 4."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from yett.core.ask import Ask, Asker
from yett.errors import SecretError
from yett.secrets.store import ANSWER_BYTES, Plain, Reading, asked, fields_of, json_object
from yett.secrets.stores.aws_keys import KeyRing
from yett.secrets.stores.aws_signature import signed

_ARN: Final = re.compile(r"arn:[a-z-]+:secretsmanager:([a-z0-9-]+):[0-9]+:secret:.+\Z")
_OK: Final = 200
_TELLING: Final = {
    "ResourceNotFoundException": "has no secret",
    "AccessDeniedException": "permits the gateway no access to",
    "DecryptionFailure": "cannot decrypt",
    "InvalidRequestException": "has deleted or is deleting",
    "UnrecognizedClientException": "does not accept the gateway's access key for",
    "InvalidSignatureException": "does not accept the gateway's signature (or clock) for",
    "ExpiredTokenException": "finds the gateway's session expired when asked for",
    "ThrottlingException": "has too many requests for",
}


class SecretsManager(Plain):
    """Secrets by name or ARN. `endpoint` overrides the service's public address."""

    def __init__(
        self, asker: Asker, keys: KeyRing, *, region: str, endpoint: str = "", now: Callable[[], datetime]
    ) -> None:
        self._asker = asker
        self._keys = keys
        self._region = region
        self._endpoint = endpoint.rstrip("/")
        self._now = now

    async def read(self, name: str) -> Reading:
        """Read the current version. A text that is a JSON object has its members as fields."""
        arn = _ARN.match(name)
        region = arn.group(1) if arn is not None else self._region
        if not region:
            raise SecretError("no AWS region is known: set `secrets.aws.region` or `AWS_REGION`")
        ask = Ask(
            url=f"{self._endpoint or _endpoint(region)}/",
            method="POST",
            headers=(
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", "secretsmanager.GetSecretValue"),
            ),
            body=msgspec.json.encode({"SecretId": name}),
            limit=ANSWER_BYTES,
        )
        keys = await self._keys.keys(region)
        answer = await asked(self._asker, signed(ask, keys, region=region, service="secretsmanager", now=self._now()))
        found = json_object(answer.body, "AWS")
        if answer.status != _OK:
            kind = str(found.get("__type", "")).rpartition("#")[2]
            self._keys.refused(kind)
            raise SecretError(f"AWS {_TELLING.get(kind, f'answered {answer.status} for')} `{name}`")
        text = found.get("SecretString")
        if not isinstance(text, str):
            raise SecretError(f"the secret `{name}` is binary")
        return Reading(fields=fields_of(text), version=str(found.get("VersionId", "")))


def _endpoint(region: str) -> str:
    return f"https://secretsmanager.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
