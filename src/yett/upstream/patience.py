"""How long a server may be silent before it is taken for one that will never answer."""

from __future__ import annotations

from msgspec import Struct


class Patience(Struct, frozen=True, kw_only=True):
    """In seconds of silence: within a call, on a stream that may be quiet, and when asked for its versions.

    The whole of a call has its own limit, which is not the upstream's business.
    """

    call: float = 300.0
    listen: float = 3_600.0
    probe: float = 20.0
