"""Probing: from a URL to the record of what its server does with odd requests, as a source that rules can judge."""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from yett.auditor.live.asking import Where
from yett.auditor.live.battery import Battery
from yett.auditor.live.handshake import look
from yett.auditor.live.wishes import Wishes
from yett.auditor.source import Source
from yett.auditor.subject import Skipped
from yett.errors import TargetError, TargetUnreachable
from yett.wire.tls import client_context

DOCUMENT: Final = "probes.json"
PROBED: Final = "probes of an endpoint"
_PORTS: Final = {"http": 80, "https": 443}


def where_of(url: str) -> Where:
    """Where a URL leads. Raises TargetError."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError as error:
        raise TargetError(f"not a URL that can be asked: {error}") from error
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if scheme not in _PORTS or not host or not path.isascii() or not path.isprintable() or " " in path:
        raise TargetError("not a URL that can be asked: write `https://HOST/PATH`")
    return Where(scheme=scheme, host=host, port=_PORTS[scheme] if port is None else port, path=path)


def probe_url(url: str, wishes: Wishes, trusting: ssl.SSLContext | None = None) -> Source:
    """Make every probe. Raises TargetError; `trusting` stands for the system's certificates in tests."""
    where = where_of(url)
    record = asyncio.run(_probed(where, wishes, trusting))
    if record["seen"].get("anonymous", {}).get("status", 0) == 0 and "tls" not in record["seen"]:
        raise TargetUnreachable(str(record["seen"].get("anonymous", {}).get("trouble", "it does not answer")))
    place = f"{where.scheme}://{where.authority}{where.path.partition('?')[0]}"
    document = json.dumps(record, indent=1, ensure_ascii=True).encode()
    skipped = tuple(Skipped(path=f"probe `{name}`", why=why) for name, why in _left_out(record, wishes))
    return Source(given=url, kind=PROBED, files={DOCUMENT: document}, skipped=skipped, prefix=f"{place}#", name=place)


async def _probed(where: Where, wishes: Wishes, trusting: ssl.SSLContext | None) -> dict[str, Any]:
    if where.scheme == "http":
        return await Battery(where, wishes, None).run()
    context = trusting or client_context()
    tls = await look(where, context)
    if tls.get("trouble"):
        # Somebody else may answer here: no token is sent, and what is seen is seen without trust.
        context = client_context(unsafe_skip_verification=True)
        wishes = replace(wishes, token=None, foreign=None, second=None)
    record = await Battery(where, wishes, context).run()
    record["seen"] = {"tls": tls, **record["seen"]}
    return record


def _left_out(record: dict[str, Any], wishes: Wishes) -> list[tuple[str, str]]:
    """Probes that need something of the user, and were not made for want of it."""
    seen = record["seen"]
    found = []
    if wishes.burst == 0:
        found.append(("burst", "not asked for: --burst N sends N requests in a row"))
    if not seen.get("anonymous", {}).get("listed"):
        if wishes.token is None:
            found.append(("forms of a request", "it answers only those who are signed in: --token-env NAME"))
        if wishes.foreign is None:
            found.append(("foreign-audience", "no token for another server was given: --foreign-token-env NAME"))
        if wishes.second is None and record["era"] == "legacy":
            found.append(("session-of-another", "no token of another user was given: --second-token-env NAME"))
    if "unfinished" in seen:
        found.append(("others", str(seen["unfinished"]["trouble"])))
    return found
