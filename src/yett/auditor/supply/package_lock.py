"""PackageLock: where the `package-lock.json` of npm says that each package comes from, and what it must be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from yett.auditor.documents.document import text_lines
from yett.auditor.subject import Skipped, Text

_NAMES: Final = frozenset({"package-lock.json", "npm-shrinkwrap.json"})
# 50,000 packages; the largest lock that we read has four thousand.
_MOST: Final = 50_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Locked:
    """One package: the URL that it is fetched from, and the digest that it must have; both may be empty."""

    name: str
    resolved: str
    integrity: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageLock(Text):
    """A lock of npm, version 2 or 3."""

    packages: tuple[Locked, ...]


def claims(path: str, content: str) -> bool:
    """Whether a file is one, by its name."""
    return PurePosixPath(path).name in _NAMES and '"packages"' in content


def parse(path: str, content: str) -> PackageLock | Skipped:
    """Read it."""
    try:
        root = json.loads(content)
    except (ValueError, RecursionError):
        return Skipped(path=path, why="not JSON")
    packages = root.get("packages") if isinstance(root, dict) else None
    if not isinstance(packages, dict) or len(packages) > _MOST:
        return Skipped(path=path, why=f"a lock without `packages`, or with more than {_MOST}")
    lines = text_lines(content)
    return PackageLock(path=path, lines=lines, packages=tuple(_locked(packages, _lines_of_urls(lines))))


def _locked(packages: dict[str, Any], lines: dict[str, int]) -> Iterator[Locked]:
    for name, package in packages.items():
        if not isinstance(package, dict) or package.get("link") or package.get("inBundle"):
            continue
        resolved, integrity = package.get("resolved"), package.get("integrity")
        if isinstance(resolved, str):
            digest = integrity if isinstance(integrity, str) else ""
            line = lines.get(resolved, 1)
            yield Locked(name=name.rpartition("node_modules/")[2], resolved=resolved, integrity=digest, line=line)


def _lines_of_urls(lines: tuple[str, ...]) -> dict[str, int]:
    """The first line of each `resolved`, as npm writes it: one to a line."""
    found: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        _, key, value = line.partition('"resolved": "')
        if key:
            found.setdefault(value.partition('"')[0], number)
    return found
