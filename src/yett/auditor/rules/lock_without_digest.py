"""Rule: a lock file takes packages from somewhere without saying what they must be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule
from yett.auditor.supply.package_lock import Locked, PackageLock

_COMMIT: Final = re.compile(r"#[0-9a-f]{40}\Z")


def _flaw(package: Locked) -> str:
    """What is wrong with where a package comes from; empty where nothing is."""
    if package.resolved.startswith("http://"):
        return "comes over plain HTTP"
    if package.resolved.startswith(("git+", "git:", "ssh:", "github:")):
        return "" if _COMMIT.search(package.resolved) else "comes from a repository without a commit"
    if package.resolved.startswith("https://") and not package.integrity:
        return "has no digest"
    return ""


class LockWithoutDigest(Rule[PackageLock]):
    """`resolved` without `integrity`, over plain HTTP, or of a repository without a commit."""

    id = "lock-without-digest"
    title = "A lock file does not say what a package must be"
    severity = Severity.MEDIUM
    cwe = 353
    maps = ("MCP04", "ASI04", "AISVS10.1.1")
    why = (
        "A lock protects by its digests. Without one, whatever the server behind the URL sends is installed; a "
        "changed `resolved` in a large pull request is not noticed."
    )
    fix = (
        "Write the lock anew with the registry that you trust: `npm install --package-lock-only`, and read the change."
    )

    def check(self, subject: PackageLock) -> Iterator[Finding]:
        """One finding for each host and flaw, at the first package."""
        seen: dict[tuple[str, str], list[Locked]] = {}
        for package in subject.packages:
            if flaw := _flaw(package):
                seen.setdefault((_host(package.resolved), flaw), []).append(package)
        for (host, flaw), packages in seen.items():
            many = f" and {len(packages) - 1} more" if len(packages) > 1 else ""
            yield self.finding(
                subject.place(packages[0].line, 1),
                f"`{packages[0].name}`{many} of `{host}` {flaw}",
                subject=f"{host}.{flaw}",
                # npm itself sometimes leaves digests out of its own registry's packages.
                confidence=Confidence.MEDIUM if host == "registry.npmjs.org" else Confidence.HIGH,
                evidence=tuple(package.name for package in packages[:20]),
            )


def _host(url: str) -> str:
    try:
        return urlsplit(url.removeprefix("git+")).hostname or "nowhere"
    except ValueError:
        return "nowhere"
