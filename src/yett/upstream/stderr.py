"""What a server process complains about: always read, logged up to a rate, its end kept to tell why it died."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from yett import telemetry

TAIL: Final = 64 * 1024
LINE: Final = 500
"""Characters of a line that are logged."""
BURST: Final = 50
PER_SECOND: Final = 10.0
_SHORTEST_SECRET: Final = 6  # masking shorter ones would garble more than it hides


class Stderr:
    """Takes chunks as they come. `secrets` are values that must not be seen in what comes out."""

    def __init__(self, server: str, secrets: Sequence[str], clock: Callable[[], float]) -> None:
        self._server = server
        self._secrets = [value.encode() for value in secrets if len(value) >= _SHORTEST_SECRET]
        self._clock = clock
        self._tail = bytearray()
        self._partial = b""
        self._allowance = float(BURST)
        self._seen_at = clock()
        self._skipped = 0

    def feed(self, chunk: bytes) -> None:
        """Keep the chunk and log its lines, as far as the rate allows."""
        self._tail += chunk
        if len(self._tail) > TAIL:
            del self._tail[:-TAIL]
        now = self._clock()
        self._allowance = min(float(BURST), self._allowance + (now - self._seen_at) * PER_SECOND)
        self._seen_at = now
        if self._allowance < 1.0:
            self._skipped += chunk.count(b"\n")
            self._partial = b""
            return
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        self._partial = self._partial[-TAIL:]
        for line in lines:
            self._log(line)

    @property
    def tail(self) -> str:
        """The last 64 KiB, without secrets and control characters other than line ends."""
        return self._shown(bytes(self._tail))

    @property
    def last_line(self) -> str:
        """The last line that says something; empty when there is none."""
        return next((line.strip()[:LINE] for line in reversed(self.tail.split("\n")) if line.strip()), "")

    def _log(self, line: bytes) -> None:
        if self._allowance < 1.0:
            self._skipped += 1
            return
        self._allowance -= 1.0
        skipped, self._skipped = self._skipped, 0
        shown = self._shown(line).strip()[:LINE]
        if skipped:
            telemetry.event("upstream.stderr", server=self._server, line=shown, skipped=skipped)
        elif shown:
            telemetry.event("upstream.stderr", server=self._server, line=shown)

    def _shown(self, text: bytes) -> str:
        for secret in self._secrets:
            text = text.replace(secret, b"***")
        decoded = text.decode("utf-8", "replace")
        return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in decoded.replace("\r", ""))
