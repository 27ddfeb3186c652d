"""What a regular expression lets through: read, never run. A stranger wrote it."""

from __future__ import annotations

from typing import Final

from yett.auditor.analysis.marks import CODE, DOTS, HOST, HTML, OPTION, PATH, ROOT, SEGMENT, SHELL, SQL

_ALL: Final = frozenset(chr(code) for code in range(128))
_WORD: Final = frozenset(c for c in _ALL if c.isalnum() or c == "_")
_DIGIT: Final = frozenset("0123456789")
_SPACE: Final = frozenset(" \t\n\r\f\v")
_CLASSES: Final = {
    "w": _WORD, "W": _ALL - _WORD, "d": _DIGIT, "D": _ALL - _DIGIT, "s": _SPACE, "S": _ALL - _SPACE,
}  # fmt: skip
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_META: Final = frozenset(";&|`$<>(){}\n\\'\" *?!")
# Without these, a text cannot start a second command in sh: the rest of the meta characters split or glob.
_STARTS_COMMAND: Final = frozenset(";&|`$")
_QUERY: Final = frozenset("'\";` \n")
# 2,000 characters: longer patterns are generated, and no guard.
_LONGEST: Final = 2000


class Atoms:
    """The characters that a pattern may take, the first ones, and whether it is anchored at either end."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern[:_LONGEST]
        self.position = 0
        self.taken: set[str] = set()
        self.first: frozenset[str] | None = None
        self.classes: list[frozenset[str]] = []
        self.literals: list[str] = []
        self.starts = False
        self.ends = False
        self.loose_end = False
        self.alternatives = False
        self._read()

    def _read(self) -> None:
        depth, literal = 0, ""
        while self.position < len(self.pattern):
            char = self.pattern[self.position]
            if char == "^" and depth == 0 and not self.taken:
                self.starts = True
            elif char == "$" and depth == 0 and self.position == len(self.pattern) - 1:
                self.ends, self.loose_end = True, True
            elif char == "|" and depth == 0:
                self.alternatives = True
            elif char in "()":
                depth += 1 if char == "(" else -1
                self._skip_group_head(char)
            elif char in "*+?{":
                self._skip_count(char)
            elif char not in "^$|":
                taken = self._atom(char)
                literal = literal + next(iter(taken)) if len(taken) == 1 else ""
                self._take(taken)
                if literal:
                    self.literals.append(literal)
                self.position += 1
                continue
            if char != "(":
                literal = ""
            self.position += 1

    def _take(self, taken: frozenset[str]) -> None:
        self.taken |= taken
        self.classes.append(taken)
        if self.first is None:
            self.first = taken

    def _skip_group_head(self, char: str) -> None:
        rest = self.pattern[self.position + 1 : self.position + 3]
        if char == "(" and rest[:1] == "?":
            closing = self.pattern.find(">", self.position) if rest[1:] in {"P", "<"} else self.position + 2
            self.position = max(closing, self.position + 1)

    def _skip_count(self, char: str) -> None:
        if char == "{":
            closing = self.pattern.find("}", self.position)
            self.position = closing if closing > 0 else self.position

    def _atom(self, char: str) -> frozenset[str]:
        if char == ".":
            return _ALL - {"\n"}
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escape()
        return frozenset(char)

    def _escape(self) -> frozenset[str]:
        self.position += 1
        char = self.pattern[self.position : self.position + 1]
        if char == "A":
            self.starts = True
        elif char in {"Z", "z"}:
            self.ends, self.loose_end = True, False
        if char in {"A", "Z", "z", "b", "B", ""}:
            return frozenset()
        if char in {"x", "u"}:
            digits = self.pattern[self.position + 1 : self.position + (3 if char == "x" else 5)]
            self.position += len(digits)
            try:
                return frozenset(chr(int(digits, 16)))
            except ValueError:
                return _ALL
        return _CLASSES.get(char) or frozenset(_CONTROLS.get(char, char))

    def _class(self) -> frozenset[str]:
        self.position += 1
        negated = self.pattern[self.position : self.position + 1] == "^"
        self.position += negated
        found: set[str] = set()
        last, ranging, empty = "", False, True
        while self.position < len(self.pattern):
            char = self.pattern[self.position]
            if char == "]" and not empty:
                break
            empty = False
            if char == "-" and last and self.pattern[self.position + 1 : self.position + 2] not in {"]", ""}:
                ranging = True
            else:
                taken = self._escape() if char == "\\" else frozenset(char)
                one = next(iter(taken)) if len(taken) == 1 else ""
                if ranging and one:
                    found |= {c for c in _ALL if last <= c <= one}
                found |= taken
                last, ranging = one, False
            self.position += 1
        return _ALL - found if negated else frozenset(found)


def proves(pattern: str, *, whole: bool, start: bool = False) -> int:
    """The dangers that end when a text matches: `whole` for fullmatch, `start` for match at the start."""
    atoms = Atoms(pattern)
    anchored = whole or ((atoms.starts or start) and atoms.ends)
    if atoms.alternatives and not whole:
        anchored = False
    proven = 0
    if anchored:
        taken = atoms.taken
        proven |= 0 if taken & (_META - {" "}) else SHELL | CODE | HTML
        proven |= 0 if taken & _QUERY else SQL
        proven |= 0 if taken & set("/\\") else PATH
        proven |= 0 if taken & set("/.%?#") else SEGMENT
        proven |= 0 if taken & set(".:@/") else HOST
        proven |= ROOT if atoms.first is not None and not atoms.first & set("/\\") else 0
        proven |= DOTS if "." not in taken else 0
    if (whole or start or atoms.starts) and atoms.first is not None and "-" not in atoms.first:
        proven |= OPTION
    return proven | (_fixed_host(atoms) if (whole or start or atoms.starts) else 0)


def _fixed_host(atoms: Atoms) -> int:
    text = "".join(next(iter(each)) if len(each) == 1 else "\0" for each in atoms.classes)
    scheme, found, rest = text.partition("://")
    host = rest.split("/")[0]
    return HOST if found and "\0" not in host and "/" in rest and len(host) > 2 and scheme else 0


def refutes(pattern: str) -> int:
    """The dangers that end when a text is searched for the pattern in vain."""
    atoms = Atoms(pattern)
    if atoms.starts and not atoms.alternatives:
        return _refutes_start(atoms)
    single = frozenset().union(*(each for each in atoms.classes)) if _one_character(atoms) else frozenset()
    ended = 0
    if single >= _STARTS_COMMAND:
        ended |= SHELL
    if single >= set("'\""):
        ended |= SQL if single >= set("'\";") else 0
        ended |= CODE if "\n" in single or "\\" in single else 0
    if "/" in single:
        ended |= PATH
    if any(".." in literal for literal in atoms.literals):
        ended |= DOTS
    return ended


def _one_character(atoms: Atoms) -> bool:
    """The pattern is one class, or a choice of single characters."""
    return bool(atoms.classes) and (
        len(atoms.classes) == 1 or (atoms.alternatives and not any(len(literal) > 1 for literal in atoms.literals))
    )


def _refutes_start(atoms: Atoms) -> int:
    first = atoms.first or frozenset()
    return (OPTION if "-" in first else 0) | (ROOT if "/" in first else 0)


def strips(pattern: str) -> int:
    """The dangers that end when every match of the pattern is removed or replaced by something harmless."""
    atoms = Atoms(pattern)
    if len(atoms.classes) != 1:
        return 0
    left = _ALL - atoms.classes[0]
    ended = 0 if left & (_META - {" "}) else SHELL | CODE | HTML
    ended |= 0 if left & _QUERY else SQL
    ended |= 0 if left & set("/\\") else PATH
    ended |= 0 if left & set("/%?#") else SEGMENT
    ended |= 0 if "-" in left else OPTION
    return ended | (0 if left & set(".:@/") else HOST)


def backtracks(pattern: str) -> bool:
    """A repeated group repeats inside (`(a+)+`, `(.*,)*`): a backtracking engine may need exponential time."""
    text = pattern[:_LONGEST]
    unbounded: list[bool] = [False]
    position = 0
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if char == "[":
            closing = text.find("]", position + 2)
            position = closing if closing > 0 else len(text)
        elif char == "(":
            unbounded.append(False)
        elif char == ")" and len(unbounded) > 1:
            inner = unbounded.pop()
            after = text[position + 1 : position + 2]
            if inner and after in {"*", "+"}:
                return True
            unbounded[-1] = unbounded[-1] or inner
        elif char in "*+" and position and text[position - 1] != "(":
            unbounded[-1] = True
        position += 1
    return False
