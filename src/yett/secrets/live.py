"""A secret that follows its sources: what it reveals is what they hold now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from yett.errors import SecretError
from yett.secrets.references import Part, Reference
from yett.secrets.secret import Secret


class Held(Protocol):
    """One value of a store or a file, kept current by somebody else."""

    @property
    def generation(self) -> int:
        """How often the value has changed."""
        ...

    @property
    def version(self) -> str:
        """Which version it is, in the store's own words; empty where it does not say."""
        ...

    def text(self) -> str:
        """The value. Raises `SecretError` where there is none that still holds."""
        ...


class LiveSecret(Secret):
    """A `Secret` made of literals and references.

    `first` are the values that were read with the config: the environment's, and those of files. Until `bind` names
    where the references' values are to be had from then on, these are what it reveals.
    """

    __slots__ = ("_first", "_held", "_parts")

    def __init__(self, parts: tuple[Part, ...], *, first: Mapping[Reference, str] | None = None) -> None:
        shown = "".join(part.shown if isinstance(part, Reference) else part for part in parts)
        super().__init__(None, shown=shown)
        self._parts: Final = parts
        self._first = dict(first or {})
        self._held: tuple[str | Held, ...] = ()

    @property
    def references(self) -> tuple[Reference, ...]:
        """What it is made of, beside literals."""
        return tuple(part for part in self._parts if isinstance(part, Reference))

    @property
    def followed(self) -> tuple[Reference, ...]:
        """Those of its references whose values can change while the gateway runs: all but the environment's."""
        return tuple(reference for reference in self.references if reference.kind != "env")

    def bind(self, hold: Callable[[Reference], Held]) -> None:
        """Take the values from where `hold` says from now on; those of the environment stay as they were read."""
        if not self._held:
            self._held = tuple(self._bound(part, hold) for part in self._parts)

    def _bound(self, part: Part, hold: Callable[[Reference], Held]) -> str | Held:
        if isinstance(part, str):
            return part
        return self._first[part] if part.kind == "env" else hold(part)

    def reveal(self) -> str:
        """Give the value as it is now. Raises `SecretError` where a part of it is not to be had."""
        if self._held:
            return "".join([part if isinstance(part, str) else part.text() for part in self._held])
        if not self.known:
            raise SecretError(f"the secret {self.shown} was not read")
        return "".join(self._first[part] if isinstance(part, Reference) else part for part in self._parts)

    @property
    def known(self) -> bool:
        """Whether `reveal()` has something to give."""
        if not self._held:
            return all(reference in self._first for reference in self.references)
        try:
            self.reveal()
        except SecretError:
            return False
        return True

    @property
    def generation(self) -> int:
        """How often a part of the value has changed."""
        return sum(part.generation for part in self._held if not isinstance(part, str))

    @property
    def versions(self) -> str:
        """The text for people, with the version of each part that has one: `\u2039vault:kv/a#b @3\u203a`."""
        texts = []
        for part, held in zip(self._parts, self._held or self._parts, strict=True):
            version = "" if isinstance(held, str | Reference) else held.version
            shown = part.shown if isinstance(part, Reference) else part
            texts.append(f"{shown[:-1]} @{version}{shown[-1]}" if version else shown)
        return "".join(texts)

    def __eq__(self, other: object) -> bool:
        """Equal secrets come from the same sources; what these hold just now makes no difference."""
        if not isinstance(other, LiveSecret):
            return False if isinstance(other, Secret) else NotImplemented
        if self._parts != other._parts:
            return False
        if bool(self._held) != bool(other._held):  # that of the running config, and that of one just read
            return self._environment() == other._environment()
        return self._held == other._held and (bool(self._held) or self._first == other._first)

    def _environment(self) -> dict[Reference, str]:
        return {reference: value for reference, value in self._first.items() if reference.kind == "env"}

    __hash__ = None
