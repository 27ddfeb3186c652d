"""The table of exchanges: what a client says, in which era, and what must come of it in every mode."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

JSON: TypeAlias = dict[str, Any]

MODERN: Final = "modern"
LEGACY: Final = "legacy"
VERSION: Final = {MODERN: "2026-07-28", LEGACY: "2025-11-25"}
META: Final = {
    "io.modelcontextprotocol/protocolVersion": VERSION[MODERN],
    "io.modelcontextprotocol/clientCapabilities": {},
}
NAMED: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri", "tasks/get": "taskId"}
"""What `Mcp-Name` repeats."""

CONFIG: Final = """\
auth: {{ tokens: tokens.yaml }}
servers: {{ demo: {server} }}
roles:
  reader:
    members: [user:alice]
    allow:
      - demo.echo
      - demo.get_report
      - demo.leak_config
      - demo.slow_count
      - demo.get_time
      - demo.resource:note://welcome
      - demo.prompt:report
    deny: [demo.get_time]
limits: {{ user: 100000/min, tool: 12/h, peer: 100000/min, timeout: 20s, drain: 1s }}
ledger: {{ path: ledger, key: "${{file:ledger.key}}" }}
"""


@dataclass(frozen=True)
class Said:
    """One line or body, ready to be sent. `method` and `name` are what the modern headers repeat."""

    body: bytes
    id: Any = None
    method: str = ""
    name: str = ""
    answered: bool = True


@dataclass(frozen=True)
class Case:
    """One exchange. `outcome` is what the last answer must be: `result`, `isError`, an error code, or nothing."""

    name: str
    era: str
    said: tuple[Said, ...]
    outcome: str | int | None
    reason: str = ""
    """The reason in the last record, where it is a refusal."""

    def __str__(self) -> str:
        return f"{self.era} {self.name}"


def ask(era: str, method: str, *, id: Any = 1, **params: Any) -> Said:
    """A request as clients of the era send it."""
    whole = params | {"_meta": META} if era == MODERN else params
    body = {"jsonrpc": "2.0", "id": id, "method": method, "params": whole}
    name = str(params.get(NAMED.get(method, ""), ""))
    return Said(json.dumps(body).encode(), id=id, method=method, name=name)


def tell(era: str, method: str, **params: Any) -> Said:
    whole = params | {"_meta": META} if era == MODERN else params
    body = {"jsonrpc": "2.0", "method": method, "params": whole}
    return Said(json.dumps(body).encode(), method=method, answered=False)


def call(era: str, tool: str, **arguments: Any) -> Said:
    return ask(era, "tools/call", name=tool, arguments=arguments)


def raw(text: str | bytes, *, id: Any = None, method: str = "tools/list") -> Said:
    return Said(text.encode() if isinstance(text, str) else text, id=id, method=method)


def of_both(era: str) -> list[Case]:
    """What is said in both eras."""
    return [
        Case("an allowed call", era, (call(era, "echo", text="hello"),), "result"),
        Case("a call whose reply holds credentials", era, (call(era, "leak_config"),), "result"),
        Case("a call that reports progress", era, (call(era, "slow_count", to=2, pause=0),), "result"),
        Case("a tool that is not granted", era, (call(era, "delete_all"),), -32602, "access.not-granted"),
        Case("a tool that does not exist", era, (call(era, "no_such_tool"),), -32602, "access.not-granted"),
        Case("a tool that is granted and denied", era, (call(era, "get_time"),), -32602, "access.not-granted"),
        Case("an argument of another type", era, (call(era, "echo", text=7),), "isError", "arguments.invalid"),
        Case("an argument too many", era, (call(era, "echo", text="a", more=1),), "isError", "arguments.invalid"),
        Case("an argument missing", era, (call(era, "echo"),), "isError", "arguments.invalid"),
        Case("an argument too long", era, (call(era, "echo", text="x" * 10_001),), "isError", "arguments.invalid"),
        Case("a list of tools", era, (ask(era, "tools/list"),), "result"),
        Case("a list of prompts", era, (ask(era, "prompts/list"),), "result"),
        Case("a list of resources", era, (ask(era, "resources/list"),), "result"),
        Case("a list of templates", era, (ask(era, "resources/templates/list"),), "result"),
        Case("an allowed resource", era, (ask(era, "resources/read", uri="note://welcome"),), "result"),
        Case(
            "a resource that is not granted",
            era,
            (ask(era, "resources/read", uri="note://by-title/secret"),),
            -32602,
            "access.not-granted",
        ),
        Case("an allowed prompt", era, (ask(era, "prompts/get", name="report", arguments={"region": "x"}),), "result"),
        Case(
            "a prompt that is not granted", era, (ask(era, "prompts/get", name="other"),), -32602, "access.not-granted"
        ),
        Case(
            "a completion",
            era,
            (
                ask(
                    era,
                    "completion/complete",
                    ref={"type": "ref/prompt", "name": "report"},
                    argument={"name": "region", "value": "eu"},
                ),
            ),
            "result",
        ),
        Case(
            "a completion of what is not granted",
            era,
            (
                ask(
                    era,
                    "completion/complete",
                    ref={"type": "ref/prompt", "name": "other"},
                    argument={"name": "region", "value": "eu"},
                ),
            ),
            -32602,
            "access.not-granted",
        ),
        Case("a method that does not exist", era, (ask(era, "tools/destroy"),), -32601, "method.unknown"),
        Case("a call without a name", era, (ask(era, "tools/call", arguments={}),), -32602, "params.missing"),
        Case("a request id that is text", era, (ask(era, "tools/list", id="one"),), "result"),
        Case(
            "a limit that is spent",
            era,
            tuple(ask(era, "tools/call", id=n, name="get_report", arguments={"region": "eu-north"}) for n in range(13)),
            "isError",
            "rate-limit.reached",
        ),
        Case("a notification that nobody knows", era, (tell(era, "notifications/nonsense"),), None, "method.unknown"),
    ]


ONLY_MODERN: Final = [
    Case("discovery", MODERN, (ask(MODERN, "server/discover"),), "result"),
    Case("a version that nobody speaks", MODERN, (
        raw('{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
            '"io.modelcontextprotocol/clientCapabilities":7}}}', id=1),), -32602),
    Case("a method of the other era", MODERN, (ask(MODERN, "ping"),), -32601),
    Case("someone else's task", MODERN, (ask(MODERN, "tasks/get", taskId="t-1"),), -32602),
    Case("no JSON", MODERN, (raw("garbage"),), -32700),
    Case("no UTF-8", MODERN, (raw(b'{"jsonrpc":"2.0","id":1,"method":"\xff"}'),), -32700),
    Case("a key twice", MODERN, (raw('{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/list"}'),), -32700),
    Case("a batch", MODERN, (raw("[]"),), -32600),
    Case("another JSON-RPC", MODERN, (raw('{"jsonrpc":"1.0","id":1,"method":"tools/list"}'),), -32600),
    Case("an id that is null", MODERN, (raw('{"jsonrpc":"2.0","id":null,"method":"tools/list"}'),), -32600),
]  # fmt: skip
ONLY_LEGACY: Final = [
    Case("a ping", LEGACY, (ask(LEGACY, "ping"),), "result"),
    Case("a second handshake", LEGACY, (ask(LEGACY, "initialize"),), None),
]
TABLE: Final = [*of_both(MODERN), *ONLY_MODERN, *of_both(LEGACY), ONLY_LEGACY[0]]
