"""The headers that the configuration adds to every request to one server: its credentials, mostly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from yett.errors import ConfigError, SecretError, UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.wire.http import Header

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?")

# What says what is asked is derived from what was judged; what frames the message is the wire's.
_OURS: Final = re.compile(
    r"accept|accept-encoding|connection|content-.*|expect|host|keep-alive|last-event-id|mcp-.*|te|trailer"
    r"|transfer-encoding|upgrade"
)


class FixedHeaders:
    """Revealed anew for each request, so that a rotated secret counts at once."""

    def __init__(self, headers: Mapping[str, Secret]) -> None:
        for name in headers:
            if _NAME.fullmatch(name) is None:
                raise ConfigError(f"`{name}` is not a header name")
            if _OURS.fullmatch(name.lower()) is not None:
                raise ConfigError(f"header `{name}` is set by the gateway itself and cannot be configured")
        if len({name.lower() for name in headers}) < len(headers):
            raise ConfigError("a header is configured twice, in different cases")
        self._headers = [(name.lower().encode(), secret) for name, secret in headers.items()]

    def reveal(self) -> tuple[Header, ...]:
        """Return the headers as they are sent. Raises `UpstreamUnavailable` when a secret is not to be had."""
        return tuple([(name, _value(name, secret)) for name, secret in self._headers]) if self._headers else ()


def _value(name: bytes, secret: Secret) -> bytes:
    try:
        value = secret.reveal()
    except SecretError as error:
        raise UpstreamUnavailable(str(error)) from error
    if _VALUE.fullmatch(value) is None:
        raise UpstreamUnavailable(f"the value of header `{name.decode()}` holds what a header cannot hold")
    return value.encode()
