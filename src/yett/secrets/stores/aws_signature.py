"""AWS Signature Version 4: a request's signature headers, from its parts. No I/O, no clock.

Source: "Create a signed AWS API request", AWS IAM User Guide.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

from msgspec import Struct

from yett.core.ask import Ask

_ALGORITHM = "AWS4-HMAC-SHA256"


class Keys(Struct, frozen=True, kw_only=True):
    """An access key. `session` is the token of temporary ones, empty for lasting ones."""

    access: str
    secret: str
    session: str = ""

    def __repr__(self) -> str:
        return "Keys(***)"


def signed(ask: Ask, keys: Keys, *, region: str, service: str, now: datetime) -> Ask:
    """The same request with its signature. `now` is in UTC. The path must hold only unreserved characters and `/`."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    url = urlsplit(ask.url)
    session = (("x-amz-security-token", keys.session),) if keys.session else ()
    headers = (*ask.headers, ("x-amz-date", stamp), *session)
    covered = sorted((name, " ".join(value.split())) for name, value in (*headers, ("host", url.netloc)))
    names = ";".join(name for name, _ in covered)
    request = "\n".join(
        (
            ask.method,
            quote(url.path or "/", safe="/-_.~"),
            _canonical_query(url.query),
            *[f"{name}:{value}" for name, value in covered],
            "",
            names,
            hashlib.sha256(ask.body).hexdigest(),
        )
    )
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = _chained(keys.secret, (stamp[:8], region, service, "aws4_request"))
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    authorization = f"{_ALGORITHM} Credential={keys.access}/{scope}, SignedHeaders={names}, Signature={signature}"
    return Ask(
        url=ask.url,
        method=ask.method,
        headers=(*headers, ("authorization", authorization)),
        body=ask.body,
        limit=ask.limit,
        seconds=ask.seconds,
    )


def _canonical_query(query: str) -> str:
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return "&".join(f"{name}={value}" for name, _, value in sorted(pairs))


def _chained(secret: str, steps: Sequence[str]) -> bytes:
    key = f"AWS4{secret}".encode()
    for step in steps:
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return key
