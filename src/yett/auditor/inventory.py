"""Inventory: the MCP servers that the targets speak of, and what their configs say of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from yett.auditor.clients.launch import Launch, Launches
from yett.auditor.finding import Finding
from yett.auditor.report import Server
from yett.auditor.shown import blotted
from yett.auditor.subject import Subject

_MOST: Final = 500
_MOST_NAMES: Final = 8


def servers_of(subjects: Iterable[Subject], findings: Iterable[Finding]) -> tuple[Server, ...]:
    """Every server that a config, registry entry or bundle starts or reaches, in the order of the files."""
    found = tuple(findings)
    servers = [
        Server(name=launch.name, path=subject.path, facts=tuple(_facts(launch, subject.path, found)))
        for subject in subjects
        if isinstance(subject, Launches)
        for launch in subject.launches
    ]
    return tuple(servers[:_MOST])


def _facts(launch: Launch, path: str, findings: Iterable[Finding]) -> Iterator[tuple[str, str]]:
    yield "transport", "http" if launch.url is not None else "stdio"
    yield "runs" if launch.url is None else "at", _what(launch)
    if launch.environment:
        yield "environment", _names(setting.name for setting in launch.environment)
    if launch.headers:
        yield "headers", _names(setting.name for setting in launch.headers)
    if launch.approvals:
        yield "unasked", "; ".join(approval.says for approval in launch.approvals)
    counts = Counter(each.severity for each in findings if _is_about(each, launch, path))
    found = ", ".join(f"{counts[severity]} {severity.name.lower()}" for severity in sorted(counts, reverse=True))
    yield "findings", found or "none"


def _what(launch: Launch) -> str:
    """What is started or reached. Arguments and the rest of a URL may hold credentials, and stay out."""
    if launch.url is not None:
        try:
            url = urlsplit(str(launch.url.value))
            return f"{url.scheme}://{url.hostname or '?'}" + (f":{url.port}" if url.port else "")
        except ValueError:
            return "a URL that cannot be read"
    package = launch.runs()
    if package is not None:
        return blotted(f"{package.name} {package.version}".strip())
    return blotted(launch.words[0]) if launch.words else "nothing"


def _names(names: Iterable[str]) -> str:
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - _MOST_NAMES} more" if len(every) > _MOST_NAMES else ""
    return ", ".join(every[:_MOST_NAMES]) + more


def _is_about(finding: Finding, launch: Launch, path: str) -> bool:
    """Whether a finding names this server: rules put its name first in their subject or quote it in the message."""
    return finding.place.path == path and f"`{launch.name}`" in finding.message
