"""Wishes: what the user gave for the probes. Without any, nothing is used and nothing called."""

from __future__ import annotations

from dataclasses import dataclass

from yett.auditor.live.asking import Where
from yett.secrets.secret import Secret


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What the user gave for the probes: tokens, another address of the same server, the size of a burst."""

    token: Secret | None = None
    foreign: Secret | None = None
    """Valid, and made for another audience."""
    second: Secret | None = None
    """Of another user."""
    direct: Where | None = None
    """The server behind the gateway."""
    burst: int = 0
    calls: tuple[str, ...] = ()
    """Tools that may be called: without arguments, and without a credential."""
