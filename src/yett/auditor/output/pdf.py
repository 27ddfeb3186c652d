"""The report as PDF: set by Typst from the same layout as the HTML page; tagged, with an outline, PDF/UA-1."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any, Final

from yett.auditor.output.layout import as_layout
from yett.auditor.report import Report
from yett.errors import TargetError

_STANDARD: Final = "ua-1"
# What a text alone needs to become a page, in both fonts of the report.
_PROBE: Final = b"""\
#set document(title: "x")
#set text(lang: "en", font: ("DejaVu Sans Mono",))
#sys.inputs.text
#text(font: ("Libertinus Serif",), sys.inputs.text)
"""
_LATIN: Final = "\u017f"
_MOST_PROBES: Final = 50
"""Probes, a tenth of a second each, for what the fonts cannot show; what is in doubt after them is spelt out."""


def as_pdf(report: Report) -> bytes:
    """The whole document. Raises TargetError where the extra `pdf` is not installed."""
    try:
        import typst
    except ModuleNotFoundError:
        raise TargetError(
            "a PDF needs the extra `pdf`: pip install 'yett[pdf]', or write HTML: -o audit.html"
        ) from None

    page = (files("yett.auditor.output") / "pages" / "report.typ").read_bytes()
    layout = as_layout(report)
    # PDF/UA forbids characters without a glyph: what no font of this machine can show is written as its code point.
    unusual = sorted({char for text in _texts(layout) for char in text if char > _LATIN})
    missing = set(_missing(typst, unusual))
    return _compiled(typst, page, {"report": json.dumps(_spelt(layout, missing) if missing else layout)})


def _compiled(typst: Any, page: bytes, data: dict[str, str]) -> bytes:
    document: bytes = typst.compile(page, sys_inputs=data, pdf_standards=[_STANDARD], timestamp=None)
    return document


def _missing(typst: Any, chars: Sequence[str]) -> Iterator[str]:
    """Those that no font can show, found by halving."""
    waiting = [chars] if chars else []
    probes = _MOST_PROBES
    while waiting:
        some = waiting.pop()
        probes -= 1
        if probes < 0:
            yield from some
        elif not _is_shown(typst, some):
            half = len(some) // 2
            if half:
                waiting += [some[half:], some[:half]]
            else:
                yield from some


def _is_shown(typst: Any, chars: Sequence[str]) -> bool:
    try:
        _compiled(typst, _PROBE, {"text": " ".join(chars)})
    except typst.TypstError:
        return False
    return True


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _spelt(value: Any, missing: set[str]) -> Any:
    """The layout with each of these characters as its code point."""
    if isinstance(value, str):
        return "".join(f"\\u{{{ord(char):x}}}" if char in missing else char for char in value)
    if isinstance(value, dict):
        return {key: _spelt(each, missing) for key, each in value.items()}
    return [_spelt(each, missing) for each in value] if isinstance(value, list | tuple) else value
