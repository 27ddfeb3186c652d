"""Text of a target as it may be shown: no control characters, no hidden ones, no secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, lru_cache
from typing import Final

from yett.auditor.finding import Finding, Place
from yett.detect.sensitive import Sensitive

_LONGEST: Final = 2_000
_KEPT: Final = 4


def shown(text: str, *, longest: int = _LONGEST) -> str:
    """The text on one line: what a terminal would obey, or a person not see, is written as its code point."""
    if len(text) > longest:
        text = f"{text[: longest - 1]}…"
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    return " " if char == "\t" else f"\\u{{{ord(char):x}}}"


def masked(finding: Finding) -> Finding:
    """The finding with every credential in its texts blotted out, whoever wrote them. Lengths stay, for the excerpt."""
    return replace(
        finding,
        place=masked_place(finding.place),
        message=blotted(finding.message),
        steps=tuple(replace(step, place=masked_place(step.place), says=blotted(step.says)) for step in finding.steps),
        evidence=tuple(map(blotted, finding.evidence)),
        fix=blotted(finding.fix),
        edits=tuple(replace(edit, place=masked_place(edit.place)) for edit in finding.edits),
    )


def masked_place(place: Place) -> Place:
    """The place with every credential in its line blotted out."""
    return replace(place, text=blotted(place.text))


@lru_cache(maxsize=4_096)
def blotted(text: str) -> str:
    """The text with every credential in it replaced, character by character."""
    sensitive = _sensitive()
    # One pass says which of the eighty kinds may be there; nearly always none is.
    suspects = sensitive.suspects(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    spans = sensitive.find(text, suspects) if suspects else ()
    for span in spans:
        secret = text[span.start : span.end]
        kept = _KEPT if len(secret) > 4 * _KEPT else 0
        text = f"{text[: span.start]}{secret[:kept]}{'•' * (len(secret) - kept)}{text[span.end :]}"
    return text


@cache
def _sensitive() -> Sensitive:
    return Sensitive()
