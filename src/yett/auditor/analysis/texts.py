"""Texts: put together, matched, replaced, formatted."""

from __future__ import annotations

from typing import Final

from yett.auditor.analysis import guards, ir
from yett.auditor.analysis.marks import (
    CODE,
    DOTS,
    HOST,
    HTML,
    INSIDE,
    KEY,
    OPENED,
    OPTION,
    PATH,
    PATTERN,
    PIECE,
    PROGRAM,
    RAW,
    ROOT,
    SEGMENT,
    SHELL,
    SQL,
    WHOLE_FORM,
)
from yett.auditor.analysis.regexes import backtracks, strips
from yett.auditor.analysis.sinks import BACKTRACKS, EVALUATE, Hit
from yett.auditor.analysis.sites import Site
from yett.auditor.analysis.values import Taint, Value, constant, everything, join_all, join_taint
from yett.auditor.analysis.weak import Weak

_REGEX_CALLS: Final = {
    "re.match": (False, True), "re.fullmatch": (True, True), "re.search": (False, False), "regex.match": (False, True),
    "re.compile": (False, False), "RegExp": (False, False),
}  # fmt: skip
_CODE_WORDS: Final = ("import ", "def ", "class ", "return ", "const ", "function ", "async def ")


# 300 characters of a text that is put together are known: enough for the first words of a query or the host of a URL.
_HEAD: Final = 300


class Texts(Weak):
    """Values of texts that are made of others."""

    def pattern(self, site: Site) -> Value | None:
        """Regular expressions: made, tested, searched, replaced."""
        node = site.node
        for path in site.paths:
            if path in {"re.compile", "RegExp", "regex.compile"} and site.args and site.args[0].text is not None:
                return Value(const=ir.Regex(node.line, node.column, site.args[0].text, ""))
            if path in _REGEX_CALLS and len(site.args) > 1:
                whole, start = _REGEX_CALLS[path]
                pattern = _pattern_of(site.args[0])
                self.weak_pattern(site, site.args[1], site.args[0].choices)
                return self._matched(site, site.args[1], pattern, whole=whole, start=start)
            if path in {"re.sub", "re.subn"} and len(site.args) > 2:
                return self._replaced(site.args[2], _pattern_of(site.args[0]), site.args[1], everywhere=True)
        receiver = site.receiver.const
        if isinstance(receiver, ir.Regex) and site.args:
            whole, start = site.method == "fullmatch", site.method in {"match", "fullmatch"} and self.python
            if site.method in {"test", "exec", "match", "fullmatch", "search"}:
                return self._matched(site, site.args[0], receiver.pattern, whole=whole, start=start)
            if site.method == "sub" and len(site.args) > 1:
                return self._replaced(site.args[1], receiver.pattern, site.args[0], everywhere=True)
        if site.method in {"match", "search"} and site.args and isinstance(site.args[0].const, ir.Regex):
            return self._matched(site, site.receiver, site.args[0].const.pattern, whole=False, start=False)
        if (
            site.method in {"replace", "replaceAll"}
            and len(site.args) > 1
            and (site.receiver.taint or site.receiver.items)
        ):
            found, everywhere = site.args[0], True
            pattern = found.const.pattern if isinstance(found.const, ir.Regex) else None
            if isinstance(found.const, ir.Regex):
                everywhere = "g" in found.const.flags
            elif not self.python:
                everywhere = site.method == "replaceAll"
            return self._replaced(site.receiver, pattern, site.args[1], everywhere=everywhere, literal=found.text)
        return None

    def _matched(self, site: Site, text: Value, pattern: str | None, *, whole: bool, start: bool) -> Value:
        if pattern is not None:
            self.weak_pattern(site, text, (pattern,))
            if backtracks(pattern):
                self.flow(site, Hit(BACKTRACKS, PATTERN, text))
        facts = guards.matched(text, pattern, whole=whole, start=start) if pattern is not None else ()
        taint = {origin: (mark & ~RAW) | PIECE for origin, mark in text.taint.items()}
        return Value(taint=taint, facts=facts)

    def _replaced(
        self, text: Value, pattern: str | None, by: Value, *, everywhere: bool, literal: str | None = None
    ) -> Value:
        """Judged by what it takes away and what it puts there instead."""
        ended = 0
        if everywhere and pattern is not None and by.text is not None and len(by.text) <= 1:
            ended = strips(pattern)
        if everywhere and by.text is not None:
            ended |= _escaped(literal if literal is not None else pattern or "", by.text)
        slashes = not (set(literal if literal is not None else pattern or "x") - set("\\/+$^[]"))
        drop = RAW if slashes else RAW | WHOLE_FORM
        taint = {origin: (mark & ~ended & ~drop) for origin, mark in everything(text).items()}
        return Value(taint=join_taint(taint, {o: m | PIECE for o, m in by.taint.items()}), head=text.head)

    def put_together(self, parts: list[Value]) -> Value:
        """The value of parts in a row."""
        head, taint = "", Taint()
        literal = sum(1 for part in parts if part.text)
        for part in parts:
            found = everything(part)
            if found:
                clear, add = placed(head, mixed=literal > 0 or len(parts) > 1)
                taint = join_taint(taint, {o: (m & ~clear & ~RAW & ~WHOLE_FORM) | add for o, m in found.items()})
            if len(head) < _HEAD:
                head += part.text if part.text is not None else _inner(part.head)
        if all(part.text is not None for part in parts):
            return constant("".join(part.text or "" for part in parts))
        items = join_all(parts).items if any(part.items for part in parts) else None
        return Value(taint=taint, head=head[:_HEAD], items=items)

    def formatted(self, site: Site) -> Value:
        """`template.format(...)`; a template of code is a sink of its own."""
        given = [*site.args, *site.keywords.values()]
        head = site.receiver.head or ""
        made = self.put_together([Value(head=head[:200]), *given])
        if not site.receiver.taint:
            made = Value(taint=made.taint, head=head.replace("{", "\0")[:300])
            if "\n" in head and any(word in head for word in _CODE_WORDS):
                self.flow(site, Hit(EVALUATE, CODE, Value(taint=made.taint), INSIDE))
        return made

    def listed(self, site: Site) -> Value:
        """`", ".join(items)` and `items.join(", ")`."""
        items = site.args[0] if self.python and site.args else site.receiver
        taint = {o: (m & ~RAW) | INSIDE for o, m in everything(items).items()}
        head = items.items[0].head if items.items else None
        return Value(taint=taint, head=head, facts=())


def _pattern_of(value: Value) -> str | None:
    if isinstance(value.const, ir.Regex):
        return value.const.pattern
    return value.text


def _escaped(found: str, by: str) -> int:
    """Quotes doubled or escaped, angle brackets turned into entities, slashes and dots removed."""
    ended = 0
    if "'" in found and by in {"''", "'\\''", "'\"'\"'"}:
        ended |= SQL if by == "''" else SHELL
    if ("`" in found and by == "``") or ('"' in found and by == '""') or ("]" in found and by == "]]"):
        ended |= SQL
    if "<" in found and by in {"&lt;", ""}:
        ended |= HTML
    if found in {"/", "\\/", "[/\\\\]"} or ("/" in found.strip("[]^") and by in {"", "_", "-"} and len(found) < 12):
        ended |= PATH
    if "'" in found and by.startswith("\\"):
        ended |= CODE
    if '"' in found and by.startswith("\\"):
        ended |= 0
    return ended | (DOTS if found == ".." and by not in {"", "."} else 0)


def _inner(head: str | None) -> str:
    return head or "\0"


def placed(head: str, *, mixed: bool) -> tuple[int, int]:
    """The dangers that end, and the form that is added, for text that stands behind `head`."""
    if not head:
        return (0, INSIDE) if mixed else (0, 0)
    clear = OPTION | ROOT | PROGRAM | KEY
    scheme, found, rest = head.partition("://")
    if found and scheme.replace("\0", "a").replace("+", "").isalnum():
        if rest and set(rest) & set("/?#"):
            clear |= HOST
        clear |= OPENED if scheme in {"http", "https"} else 0
    else:
        clear |= HOST | OPENED
    if "?" in head:
        clear |= SEGMENT
    return clear, INSIDE
