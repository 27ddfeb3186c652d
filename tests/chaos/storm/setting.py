"""How one stage differs from another: the gateway's config, and what its callers ask."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from storm.caller import MIX, Share

CONFIG: Final = """\
listen: http://127.0.0.1:{port}
auth: {{ tokens: tokens.yaml }}
servers:
{servers}
roles:
  caller: {{ members: [user:alice], allow: [{tools}], deny: ["*.secret"] }}
  second: {{ members: [user:bob], allow: [{tools}], deny: ["*.secret"] }}
limits: {{ {limits} }}
ledger: {{ path: ledger, durability: {durability} }}
admin: {{ listen: "127.0.0.1:{admin}" }}
"""
LIMITS: Final = {
    "user": "1000000/min",
    "peer": "1000000/min",
    "timeout": "2s",
    "deadline": "30s",
    "connect_timeout": "1s",
    "head_timeout": "2s",
    "body_timeout": "2s",
    "write_timeout": "2s",
    "drain": "3s",
}
SERVER: Final = re.compile(r"^  ([a-z]+):", re.MULTILINE)
WEB: Final = "  web: {{ url: http://127.0.0.1:{proxy}/mcp }}"


@dataclass(frozen=True)
class Setting:
    """How a stage differs from the usual one."""

    durability: str = "write"
    servers: str = WEB
    limits: Mapping[str, str] = field(default_factory=dict)
    load: bool = True
    rate: float = 40.0
    mix: tuple[Share, ...] = MIX
    bound: bool = False
    """Root without what lets it write where the mode says no."""
    mount: str = ""
    """Options of a tmpfs of its own for the ledger."""
    surveyed: Sequence[str] = ("web",)

    def config(self, *, port: int, admin: int, **places: object) -> str:
        """The config as YAML; `places` are what `servers` names."""
        return CONFIG.format(
            port=port,
            admin=admin,
            servers=self.servers.format(**places),
            tools=", ".join(f'"{name}.*"' for name in SERVER.findall(self.servers)),
            limits=", ".join(f"{key}: {value}" for key, value in {**LIMITS, **self.limits}.items()),
            durability=self.durability,
        )
