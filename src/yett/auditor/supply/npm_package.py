"""NpmPackage: the `package.json` of a package: its scripts and what it depends on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from yett.auditor.documents.document import Document, get, pairs, read_document, text, text_lines, truth
from yett.auditor.documents.flaw import Flaw
from yett.auditor.subject import Skipped
from yett.config.node import Map, Scalar

_AT_INSTALL: Final = ("preinstall", "install", "postinstall")


@dataclass(frozen=True, kw_only=True, slots=True)
class NpmPackage(Document):
    """A `package.json`."""

    @property
    def name(self) -> str:
        """The package's name; empty where it has none."""
        return text(get(self.root, "name"))

    @property
    def private(self) -> bool:
        """Whether it says that it is never published."""
        return truth(get(self.root, "private")) is True

    def at_install(self) -> Iterator[tuple[str, Scalar]]:
        """The scripts that npm runs on the machine of whoever installs the package."""
        for key in _AT_INSTALL:
            found = get(self.root, "scripts", key)
            if isinstance(found, Scalar) and text(found):
                yield key, found

    def dependencies(self) -> Iterator[tuple[str, Scalar]]:
        """What is installed with it, each with the version that it asks for."""
        for key in ("dependencies", "optionalDependencies"):
            for name, _, wanted in pairs(get(self.root, key)):
                if isinstance(wanted, Scalar):
                    yield name, wanted


def claims(path: str, content: str) -> bool:
    """Whether a file is one, by its name, and by a key that this project or its dependents would miss."""
    return PurePosixPath(path).name == "package.json" and '"name"' in content


def parse(path: str, content: str) -> NpmPackage | Skipped:
    """Read it."""
    read = read_document(path, content)
    if isinstance(read, Flaw):
        return Skipped(path=path, why=str(read))
    roots, blots = read
    if not isinstance(roots[0], Map):
        return Skipped(path=path, why="a package.json that is no object")
    return NpmPackage(path=path, lines=text_lines(content), roots=roots, blots=blots)
