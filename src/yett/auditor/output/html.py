"""The report as one HTML file: no script, nothing fetched, light and dark, for screens of any width and for paper."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, Template

from yett.auditor.output.layout import as_layout
from yett.auditor.report import Report

_SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
_BAR: Final = 600


def as_html(report: Report) -> str:
    """The whole page."""
    template, style = _page()
    layout = as_layout(report)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # Only this style sheet, told by its digest: whatever a target smuggles in can neither load nor run anything.
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return template.render(report=layout, style=style, policy=policy, bars=_bars(layout["counts"]))


@cache
def _page() -> tuple[Template, str]:
    pages = files("yett.auditor.output") / "pages"
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((pages / "report.html.j2").read_text(encoding="utf-8"))
    return template, (pages / "report.css").read_text(encoding="utf-8")


def _bars(counts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The bar of severities: where each part begins and how wide it is."""
    total = sum(each["number"] for each in counts)
    bars, at = [], 0.0
    for each in counts:
        width = _BAR * each["number"] / total if total else 0.0
        if width:
            bars.append({"severity": each["severity"], "x": round(at, 1), "width": round(width, 1)})
        at += width
    return bars
