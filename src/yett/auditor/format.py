"""Format: one kind of file, told by path and text, and read into what rules judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from yett.auditor.subject import Skipped, Subject


class Format(NamedTuple):
    """One kind of file: what it is called, which files are of it, and how it is parsed.

    `claims` sees the path (relative, forward slashes) and the text; it is cheap. `parse` does not raise on any text:
    what it cannot read, it answers as Skipped.
    """

    kind: str
    claims: Callable[[str, str], bool]
    parse: Callable[[str, str], Subject | Skipped]
