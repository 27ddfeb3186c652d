"""How the gateway signs in at Google: as a service account with a key file, or as the machine it runs on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from yett.core.ask import Ask, Asker
from yett.errors import SecretError
from yett.secrets.files import read_file
from yett.secrets.store import asked, json_object
from yett.secrets.stores.bearer import granted

_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_TOKEN_URI: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_METADATA: Final = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class ServiceAccount:
    """A key file of a service account: the grant of RFC 7523 at Google's token endpoint."""

    def __init__(self, asker: Asker, path: Path, now: Callable[[], float], token_uri: str = _TOKEN_URI) -> None:
        self._asker = asker
        self._path = path
        self._now = now
        self._token_uri = token_uri

    async def __call__(self) -> tuple[str, float]:
        """Fetch a token. The file is read each time, so that a new key counts at once."""
        account = json_object(read_file(self._path).encode(), f"the key file `{self._path}`")
        if account.get("type") != "service_account":
            raise SecretError(f"`{self._path}` is not the key file of a service account")
        assertion = _assertion(account, self._token_uri, int(self._now()), self._path)
        body = urlencode({"grant_type": _GRANT, "assertion": assertion}).encode()
        headers = (("content-type", "application/x-www-form-urlencoded"),)
        # Not where the file says: whoever can change the file could have the assertion sent elsewhere.
        ask = Ask(url=self._token_uri, method="POST", headers=headers, body=body)
        return granted(await asked(self._asker, ask), "Google")


class Machine:
    """The service account of the machine or the pod (GKE's workload identity), by its metadata server."""

    def __init__(self, metadata: Asker) -> None:
        self._metadata = metadata

    async def __call__(self) -> tuple[str, float]:
        """Fetch a token."""
        ask = Ask(url=_METADATA, headers=(("metadata-flavor", "Google"),))
        return granted(await asked(self._metadata, ask), "the machine's metadata server")


def _assertion(account: Mapping[str, Any], audience: str, now: int, path: Path) -> str:
    from joserfc import jwk, jwt
    from joserfc.errors import JoseError

    email, key, name = (account.get(field) for field in ("client_email", "private_key", "private_key_id"))
    if not (isinstance(email, str) and isinstance(key, str)):
        raise SecretError(f"the key file `{path}` has no `client_email` or `private_key`")
    header = {"alg": "RS256", "typ": "JWT"} | ({"kid": name} if isinstance(name, str) else {})
    claims = {"iss": email, "scope": _SCOPE, "aud": audience, "iat": now, "exp": now + 600}
    try:
        return jwt.encode(header, claims, jwk.RSAKey.import_key(key), algorithms=["RS256"])
    except (JoseError, ValueError):
        raise SecretError(f"the key file `{path}` holds no RSA private key") from None
