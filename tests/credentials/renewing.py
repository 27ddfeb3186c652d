"""A process that has a gateway's part in renewing: `python renewing.py FOLDER CALLERS`. Begins when it is told to.

Says `ready`, reads a line, and prints which tokens its callers got, or why they got none.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from yett.core.exchange import Principal
from yett.errors import UpstreamError
from yett.identity.credentials import Credentials
from yett.secrets.secret import Secret
from yett.upstream.caller import Caller
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.kept import Connections
from yett.upstream.oauth.personal import Pages, Personal
from yett.upstream.oauth.sealed import Sealed
from yett.wire.fetch import Fetch
from yett.wire.tls import client_context

URL = "https://crm.example.com/mcp"
ALICE = Caller(principal=Principal(issuer="yett", subject="alice"), credentials=Credentials())
PAGES = Pages(sign_in="https://gw/connect/crm", redirect="https://gw/connect")


def connections(folder: Path) -> Connections:
    return Connections(Sealed(folder / "connections.db", Secret("k" * 40)), "crm")


def personal(folder: Path) -> Personal:
    fetch = Fetch(client_context(None), unsafe_allow_loopback=True)
    endpoint = Endpoint(fetch, "", clock=time.time, close=fetch.close)
    return Personal(endpoint, URL, connections(folder), PAGES, clock=time.time)


async def main(folder: Path, callers: int) -> None:
    ours = personal(folder)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    found = await asyncio.gather(*(ours.bearer(ALICE) for _ in range(callers)), return_exceptions=True)
    await ours.close()
    said = sorted({repr(one) if isinstance(one, UpstreamError) else str(one) for one in found})
    sys.stdout.write(f"{json.dumps(said)}\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
