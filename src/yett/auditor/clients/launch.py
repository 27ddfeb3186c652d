"""Launch: how a client starts or reaches one server, in one form for every kind of file that says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yett.auditor.clients.package import Package, from_command
from yett.auditor.documents.document import Document
from yett.config.node import Scalar, Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One named text of a launch: an environment variable, a header. `value` is where its text stands."""

    name: str
    value: Scalar
    secret: bool | None = None
    """What the file itself says about it, where the format has a word for that."""

    @property
    def text(self) -> str:
        """The value."""
        return str(self.value.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """A switch that lets tools run without asking a person."""

    span: Span
    says: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """One server: a command with its arguments, or a URL with its headers."""

    name: str
    span: Span
    command: Scalar | None = None
    arguments: tuple[Scalar, ...] = ()
    environment: tuple[Setting, ...] = ()
    url: Scalar | None = None
    headers: tuple[Setting, ...] = ()
    approvals: tuple[Approval, ...] = ()
    package: Package | None = None
    """The package that the file names itself (`server.json`); else it is read from the command."""

    @property
    def words(self) -> tuple[str, ...]:
        """The command and its arguments as texts."""
        return tuple(str(part.value) for part in self.parts)

    @property
    def parts(self) -> tuple[Scalar, ...]:
        """The command and its arguments, where they stand."""
        return (*((self.command,) if self.command else ()), *self.arguments)

    def runs(self) -> Package | None:
        """What is fetched and run, if that is a package or an image."""
        return self.package or from_command(self.words)

    def place_of(self, package: Package) -> Span:
        """Where the package is named."""
        return self.parts[package.position].span if package.position < len(self.parts) else self.span


@dataclass(frozen=True, kw_only=True, slots=True)
class Launches(Document):
    """A file that starts or reaches servers."""

    launches: tuple[Launch, ...]
    approvals: tuple[Approval, ...] = ()
    """Switches for all servers at once."""
    reference: str = ""
    """How this kind of file refers to an environment variable, with `NAME` for its name; empty: not at all."""

    def settings(self) -> Iterator[tuple[Launch, Setting]]:
        """Every environment variable and header of every server."""
        for launch in self.launches:
            for setting in (*launch.environment, *launch.headers):
                yield launch, setting
