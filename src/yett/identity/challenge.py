"""The `WWW-Authenticate` value (RFC 6750, section 3; RFC 9728, section 5.1): how to get in, from the config alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from yett.errors import ConfigError

_QUOTABLE: Final = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")
"""What may stand between quotes without an escape: nothing here ends the string or the header."""


def challenge(
    *,
    scheme: str = "Bearer",
    error: str = "",
    resource_metadata: str = "",
    scopes: Sequence[str] = (),
    algorithms: Sequence[str] = (),
) -> bytes:
    """The whole value. `error` is a word of RFC 6750 or 9449; a request without a credential has made none.

    Nothing of the request is in it, so no request can write into it. `resource_metadata` is the URL of the protected
    resource metadata, where there is one. Raises `ConfigError` where the config holds what no header can.
    """
    parameters = ['realm="yett"']
    if error:
        parameters.append(f'error="{_quotable(error)}"')
    if algorithms:
        parameters.append(f'algs="{_quotable(" ".join(algorithms))}"')
    if scopes:
        parameters.append(f'scope="{_quotable(" ".join(scopes))}"')
    if resource_metadata:
        parameters.append(f'resource_metadata="{_quotable(resource_metadata)}"')
    return f"{scheme} {', '.join(parameters)}".encode("ascii")


def _quotable(text: str) -> str:
    if _QUOTABLE.fullmatch(text) is None:
        raise ConfigError(
            f"`{text}` cannot stand in a `WWW-Authenticate` header: only printable ASCII without quotes can"
        )
    return text
