"""What is fuzzed: each target takes any bytes and raises where a promise is broken, and nowhere else."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from audit_targets import audited_target, orders_target
from document_targets import codec_target, glob_target, json_target, jsonrpc_target, schema_target, uri_target
from file_targets import bearer_target, jwt_target, keys_target, ledger_target, yaml_target
from promise import wants
from wire_targets import chunks_target, head_target, requests_target, response_target, sse_target

SLOWEST: Final = 2.0
"""Seconds that one input may take; a busy machine is slow, an endless loop is slower."""

TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "head": head_target,
    "requests": requests_target,
    "chunks": chunks_target,
    "json": json_target,
    "jsonrpc": jsonrpc_target,
    "sse": sse_target,
    "codec": codec_target,
    "uri": uri_target,
    "glob": glob_target,
    "yaml": yaml_target,
    "ledger": ledger_target,
    "bearer": bearer_target,
    "jwt": jwt_target,
    "keys": keys_target,
    "response": response_target,
    "schema": schema_target,
    "audited": audited_target,
    "orders": orders_target,
}


def run(name: str, given: bytes) -> None:
    """Run one target on one input, in bounded time."""
    started = time.monotonic()
    TARGETS[name](given)
    wants(time.monotonic() - started < SLOWEST, f"took {time.monotonic() - started:.1f} s")


def corpus(name: str) -> list[Path]:
    """The seeds of a target, and what was found with it."""
    with contextlib.suppress(FileNotFoundError):
        return sorted(path for path in (Path(__file__).parent / "corpus" / name).iterdir() if path.is_file())
    return []
