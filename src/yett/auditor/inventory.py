"""Inventory: the MCP servers that the targets speak of, and what their configs say of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from yett.auditor.clients.launch import Launch, Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.report import Server
from yett.auditor.shown import blotted
from yett.auditor.subject import Subject

_QUOTED: Final = re.compile(r"`([^`]{1,200})`")
_MOST: Final = 500
_MOST_NAMES: Final = 8


def servers_of(subjects: Iterable[Subject], findings: Iterable[Finding]) -> tuple[Server, ...]:
    """Every server that a config, registry entry or bundle starts or reaches, in the order of the files."""
    launches = (
        (subject.path, launch) for subject in subjects if isinstance(subject, Launches) for launch in subject.launches
    )
    counts = _counts(findings)
    return tuple(
        Server(name=launch.name, path=path, facts=tuple(_facts(launch, counts.get((path, launch.name), Counter()))))
        for path, launch in islice(launches, _MOST)
    )


def _counts(findings: Iterable[Finding]) -> dict[tuple[str, str], Counter[Severity]]:
    """How much was found on each server: rules quote its name in their message."""
    counts: dict[tuple[str, str], Counter[Severity]] = {}
    for finding in findings:
        for name in dict.fromkeys(_QUOTED.findall(finding.message)):
            counts.setdefault((finding.place.path, name), Counter())[finding.severity] += 1
    return counts


def _facts(launch: Launch, counts: Counter[Severity]) -> Iterator[tuple[str, str]]:
    yield "transport", "http" if launch.url is not None else "stdio"
    yield "runs" if launch.url is None else "at", _what(launch)
    if launch.environment:
        yield "environment", _names(setting.name for setting in launch.environment)
    if launch.headers:
        yield "headers", _names(setting.name for setting in launch.headers)
    if launch.approvals:
        yield "unasked", "; ".join(approval.says for approval in launch.approvals)
    found = ", ".join(f"{counts[severity]} {severity.name.lower()}" for severity in sorted(counts, reverse=True))
    # Of a name that cannot stand between backticks nobody can tell how often it was named.
    if _QUOTED.fullmatch(f"`{launch.name}`"):
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
