"""Rule: an image installs whatever version there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.clients.package import from_command, npm, pypi, split
from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_INSTALL: Final = re.compile(
    r"\b(?:(?P<pypi>pip3?|uv pip) install|npm (?:install|i) (?:-g|--global)"
    r"|npm (?:install|i)(?= [^|;&\n]*(?:-g|--global)\b))"
    r"\s+(?P<rest>[^|;&\n]*)"
)
_FILES: Final = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "-t", "--target", "--prefix"}
)

_TOOLS: Final = frozenset({"pip", "setuptools", "wheel"})
"""What installs the rest is brought up to date everywhere."""


def _unpinned(instruction: str, value: str) -> str:
    """The first package that is named without a version."""
    if instruction in {"CMD", "ENTRYPOINT"}:
        found = from_command(_words(value))
        return found.name if found and not found.pinned and found.ecosystem != "image" else ""
    for match in _INSTALL.finditer(value) if instruction == "RUN" else ():
        words = split(match["rest"])
        for position, word in enumerate(words):
            if word.startswith("-") or "$" in word or (position and words[position - 1] in _FILES):
                continue
            package = (pypi if match["pypi"] else npm)(word, 0) if re.match(r"[@\w]", word) else None
            if (
                package
                and not package.pinned
                and package.name not in _TOOLS
                and not word.endswith((".txt", ".whl", ".tgz", ".gz", "/"))
            ):
                return package.name
    return ""


def _words(value: str) -> list[str]:
    try:
        listed = json.loads(value)
    except ValueError:
        return split(value)
    return [word for word in listed if isinstance(word, str)] if isinstance(listed, list) else []


class UnpinnedInstallInImage(Rule[Dockerfile]):
    """`pip install name`, `npm install -g name`, `npx -y name` as the command."""

    id = "unpinned-install-in-image"
    title = "An image installs packages without a version"
    severity = Severity.LOW
    cwe = 1357
    maps = (
        "MCP04",
        "ASI04",
    )
    why = "Two builds of the same file differ, and a package that was taken over comes in with the next one."
    fix = "Install from a lock file, or write the version: `name==1.2.3`, `name@1.2.3`."

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding for each instruction."""
        for stage in subject.stages:
            for each in stage.instructions:
                if name := _unpinned(each.name, each.value):
                    yield self.finding(
                        subject.at(each), f"`{name}` is installed in whatever version there is", subject=name
                    )
