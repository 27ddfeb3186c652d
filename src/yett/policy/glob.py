"""A glob over one name or URI: anchored at both ends, without backtracking.

`*` stands for any run of characters, the empty one too, and crosses `/` and `.`. Nothing else is special: there is no
`?`, no `[...]`, no escape.
"""

from __future__ import annotations

from collections.abc import Iterator


class Glob:
    """A compiled pattern."""

    __slots__ = ("_middle", "exact", "prefix", "suffix", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.prefix, *rest = text.split("*")
        self.exact = not rest
        self.suffix = rest.pop() if rest else ""
        self._middle = [part for part in rest if part]

    def __repr__(self) -> str:
        return f"Glob({self.text!r})"

    def matches(self, text: str) -> bool:
        """Whether the whole of `text` matches. Taking each part as early as possible is enough, as stars are alike."""
        if self.exact:
            return text == self.text
        position, end = len(self.prefix), len(text) - len(self.suffix)
        if position > end or not text.startswith(self.prefix) or not text.endswith(self.suffix):
            return False
        for part in self._middle:
            found = text.find(part, position, end)
            if found < 0:
                return False
            position = found + len(part)
        return True

    def covers(self, other: Glob) -> bool:
        """Whether every text that `other` matches is matched here. True is certain; false may be too careful."""
        # Parts of ours hold no star, so a star of the other's can only fall to a star of ours.
        return self.matches(other.text)

    def overlaps(self, other: Glob) -> bool:
        """Whether some text matches both. Exact; quadratic in the rare case that no comparison settles it."""
        if self.covers(other) or other.covers(self):
            return True
        if not _agree(self.prefix, other.prefix) or not _agree(self.suffix[::-1], other.suffix[::-1]):
            return False
        end = (len(self.text), len(other.text))
        seen = {(0, 0)}
        waiting = [(0, 0)]
        while waiting:
            here = waiting.pop()
            if here == end:
                return True
            for there in _steps(self.text, other.text, *here):
                if there not in seen:
                    seen.add(there)
                    waiting.append(there)
        return False


def _agree(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def _steps(ours: str, theirs: str, i: int, j: int) -> Iterator[tuple[int, int]]:
    """Where two patterns can go together: past a star, or past one character that both accept."""
    a, b = ours[i : i + 1], theirs[j : j + 1]
    if a == "*":
        yield i + 1, j
        if b:
            yield i, j + 1
    if b == "*":
        yield i, j + 1
        if a:
            yield i + 1, j
    if a == b != "":
        yield i + 1, j + 1
