"""Reach: from a URL or a command to what the server there lists, as a source that rules can judge."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import urlsplit

from yett.auditor.live import sandbox
from yett.auditor.live.lists import SECONDS, Lists, read_lists
from yett.auditor.report import Server
from yett.auditor.shown import blotted
from yett.auditor.source import ENDPOINT, STDIO, Source
from yett.auditor.subject import Skipped
from yett.errors import (
    ConfigError,
    PeerError,
    TargetError,
    TargetNeedsSignIn,
    TargetUnreachable,
    UpstreamError,
    UpstreamRefused,
)
from yett.secrets.secret import Secret
from yett.upstream.command import Command
from yett.upstream.http import HttpUpstream
from yett.upstream.limits import HttpLimits
from yett.upstream.patience import Patience
from yett.upstream.process import ProcessUpstream
from yett.upstream.upstream import Upstream
from yett.wire.client import Timeouts
from yett.wire.tls import client_context

DOCUMENT: Final = "lists.json"
_PATIENCE: Final = Patience(call=30.0, listen=30.0, probe=20.0)


def read_url(url: str, token: Secret | None = None) -> Source:
    """Ask the server at a URL what it lists. Raises TargetError."""
    try:
        parts = urlsplit(url)
        upstream = HttpUpstream(
            "target",
            url,
            headers={} if token is None else {"Authorization": token},
            tls=client_context() if parts.scheme.lower() == "https" else None,
            timeouts=Timeouts(connect=10.0, first_byte=30.0, idle=30.0),
            patience=_PATIENCE,
            limits=HttpLimits(connections=4, streams=1),
        )
    except (ConfigError, ValueError) as error:
        raise TargetError(f"not a URL that can be asked: {error}") from error
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return _source(url, ENDPOINT, place, _listed(upstream), transport="http")


def read_command(given: str, argv: Sequence[str]) -> Source:
    """Start a stdio server, in a sandbox where bubblewrap is there, and ask it what it lists. Raises TargetError."""
    why = sandbox.missing()
    words = tuple(argv) if why else sandbox.sandboxed(argv, Path.cwd(), Path(os.environ.get("HOME") or "/root"))
    upstream = ProcessUpstream("target", Command(argv=words), patience=_PATIENCE)
    source = _source(given, STDIO, f"stdio:{PurePath(argv[0]).name}", _listed(upstream), transport="stdio")
    if not why:
        return source
    note = Skipped(path="a sandbox", why=f"{why}: the server ran with your rights")
    return replace(source, skipped=(*source.skipped, note))


def _listed(upstream: Upstream) -> Lists:
    try:
        return asyncio.run(_asked(upstream))
    except UpstreamRefused as error:
        hint = "give a token in an environment variable: --token-env NAME"
        raise TargetNeedsSignIn(f"it answers only those who are signed in; {hint}") from error
    except TimeoutError as error:
        raise TargetUnreachable(f"it did not answer everything in {SECONDS:.0f} seconds") from error
    except (UpstreamError, PeerError) as error:
        raise TargetUnreachable(str(error)) from error


async def _asked(upstream: Upstream) -> Lists:
    try:
        return await read_lists(upstream)
    finally:
        await upstream.close()


def _source(given: str, kind: str, place: str, lists: Lists, *, transport: str) -> Source:
    facts = [("transport", transport), ("era", lists.era), ("protocol", lists.version)]
    facts += [(key, str(number)) for key, number in lists.sizes]
    server = Server(name=blotted(lists.name) or place, path=DOCUMENT, facts=tuple(facts))
    skipped = tuple(Skipped(path=f"its {key}", why=why) for key, why in lists.missing)
    return Source(
        given=given,
        kind=kind,
        files={DOCUMENT: lists.document},
        skipped=skipped,
        prefix=f"{place}#",
        name=place,
        servers=(server,),
    )
