"""The stage of one measure: a folder of its own, the cores, how much time there is, and what stands on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yardstick.gateway import gateway
from yardstick.load import Load, Target
from yardstick.proxy import Pair, proxy
from yardstick.running import Cores, free_ports
from yardstick.upstream import upstream


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where a measure is made. `quick` makes it short, and coarse."""

    folder: Path
    quick: bool = False
    cores: Cores = field(default_factory=Cores)

    @property
    def load(self) -> Load:
        """Load from the second core."""
        return Load(self.folder / "load", self.cores.load)

    def rounds(self, number: int) -> int:
        """How many rounds to measure where `number` would be right."""
        return max(2, number // 3) if self.quick else number

    def seconds(self, number: int) -> int:
        """How long one run lasts where `number` would be right. wrk counts whole seconds."""
        return 1 if self.quick else number

    def calls(self, number: int) -> int:
        """How many calls to make where `number` would be right."""
        return number // 5 if self.quick else number

    @contextlib.contextmanager
    def server(
        self, name: str = "upstream", *, tools: list[dict[str, Any]] | None = None, replies: Mapping[str, str] = {}
    ) -> Iterator[int]:
        """Run the MCP server; its port."""
        (port,) = free_ports(1)
        with upstream(self.folder / name, port, core=self.cores.load, tools=tools, replies=replies):
            yield port

    @contextlib.contextmanager
    def nginx(self, server: int, *, tls: Pair | None = None, streaming: bool = False) -> Iterator[Target]:
        """Run nginx as a proxy."""
        with proxy(self.folder / "proxy", server, core=self.cores.proxy, tls=tls, streaming=streaming) as (it, port):
            yield Target("nginx", port, "/mcp", it.pid, "none", tls is not None)

    @contextlib.contextmanager
    def yett(
        self, server: int, name: str = "yett", *, tls: Pair | None = None, changes: Mapping[str, Any] | None = None
    ) -> Iterator[Target]:
        """Run the gateway, every guard on but for what `changes` says."""
        changes = dict(changes or {})
        if tls is not None:
            changes["tls"] = {"cert": str(tls.cert), "key": str(tls.key)}
        with gateway(self.folder / name, server, core=self.cores.proxy, changes=changes) as it:
            yield Target(name, it.port, it.path, it.pid, it.token, tls is not None)
