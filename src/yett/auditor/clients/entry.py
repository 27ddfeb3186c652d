"""One server's entry in a client's file, in the words of any client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.clients.launch import Approval, Launch, Setting
from yett.auditor.clients.package import split
from yett.auditor.documents.document import get, pairs, text, texts, truth
from yett.config.node import List, Map, Node, Scalar, Span

_COMMANDS: Final = ("command", "cmd")
_URLS: Final = ("url", "serverUrl", "httpUrl", "uri", "endpoint")
_ENVIRONMENTS: Final = ("env", "environment", "envs")
_HEADERS: Final = ("headers", "http_headers", "requestInit")
_EVERYTHING: Final = frozenset({"*", ".*"})


def launch(name: str, span: Span, node: Map) -> Launch | None:
    """What an entry starts or reaches; None for what is no server."""
    command, arguments = _command(node)
    url = next((found for key in _URLS if text(found := get(node, key))), None)
    if command is None and url is None:
        return None
    return Launch(
        name=name,
        span=span,
        command=command,
        arguments=arguments,
        environment=tuple(_settings(node, _ENVIRONMENTS)),
        url=url if isinstance(url, Scalar) else None,
        headers=tuple(_settings(node, _HEADERS)),
        approvals=tuple(_approvals(node)),
    )


def _command(node: Map) -> tuple[Scalar | None, tuple[Scalar, ...]]:
    found = next((found for key in _COMMANDS if (found := get(node, key)) is not None), None)
    if isinstance(found, Map):
        # Zed's older form: `command: { path, args, env }`.
        path = get(found, "path")
        return (path if isinstance(path, Scalar) and text(path) else None), tuple(texts(get(found, "args")))
    if isinstance(found, List):
        # OpenCode: the command and its arguments are one list.
        listed = texts(found)
        return (listed[0] if listed else None), tuple(listed[1:])
    if not isinstance(found, Scalar) or not text(found):
        return None, ()
    arguments = tuple(texts(get(node, "args")))
    words = split(text(found))
    if not arguments and len(words) > 1 and not text(found).startswith(("/", "\\", "C:")):
        # A whole command line in one text: the words stand where the text stands.
        return Scalar(words[0], found.span), tuple(Scalar(word, found.span) for word in words[1:])
    return found, arguments


def _settings(node: Map, keys: tuple[str, ...]) -> Iterator[Setting]:
    for key in keys:
        holder = get(node, key)
        if key == "requestInit":
            holder = get(holder, "headers")
        for name, _, value in pairs(holder):
            if isinstance(value, Scalar) and isinstance(value.value, str):
                yield Setting(name=name, value=value)
    if "command" in node.entries:
        for name, _, value in pairs(get(node, "command", "env")) if keys is _ENVIRONMENTS else ():
            if isinstance(value, Scalar) and isinstance(value.value, str):
                yield Setting(name=name, value=value)


def _approvals(node: Map) -> Iterator[Approval]:
    for key in ("alwaysAllow", "autoApprove", "autoAllow", "always_allow", "trust", "autoApproveTools"):
        found: Node | None = get(node, key)
        if found is None:
            continue
        if truth(found) is True or any(item.value in _EVERYTHING for item in texts(found)):
            yield Approval(span=node.entries[key].span, says=f"`{key}`: every tool of this server runs without asking")
