"""An earlier report, read back: what a baseline accepts, and what is new or fixed since then."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from yett.auditor.finding import Severity
from yett.auditor.report import Comparison, Ignored, Known, Note, Report
from yett.errors import TargetError

FORMAT: Final = "yett-audit"
VERSION: Final = 1
"""Raised when a reader of the old form would misunderstand the new one; new keys do not raise it."""
_LARGEST: Final = 100_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """The findings of an earlier report: the open ones, and those that were accepted when it was made."""

    name: str
    made_at: str
    open: tuple[Known, ...]
    accepted: tuple[Known, ...]


def read_earlier(path: Path) -> Earlier:
    """Read what `--output json` wrote. Raises TargetError."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise TargetError(f"`{path}` is larger than {_LARGEST} bytes")
        document = json.loads(content)
        if document["format"] != FORMAT or document["version"] != VERSION:
            raise TargetError(f"`{path}` is not a report of version {VERSION}: write one with `--output json`")
        return Earlier(
            name=str(path),
            made_at=str(document["made_at"]),
            open=tuple(map(_known, document["findings"])),
            accepted=tuple(map(_known, document["ignored"])),
        )
    except OSError as error:
        raise TargetError(f"cannot read `{path}`: {(error.strerror or 'unreadable').lower()}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        hint = "write one with `yett audit --output json -o FILE`"
        raise TargetError(f"`{path}` is not a report of `yett audit`: {hint}") from error


def compared(report: Report, earlier: Earlier) -> Report:
    """The report with what is new and what is fixed since the earlier one."""
    before = Counter(known.fingerprint for known in earlier.open)
    new = []
    for position, finding in enumerate(report.findings):
        if before[finding.fingerprint] > 0:
            before[finding.fingerprint] -= 1
        else:
            new.append(position)
    fixed = _gone(earlier.open, before, report)
    comparison = Comparison(against=earlier.name, made_at=earlier.made_at, new=frozenset(new), fixed=fixed)
    return replace(report, comparison=comparison)


def without_known(report: Report, baseline: Earlier) -> Report:
    """The report without what the baseline accepts; that is counted as ignored, and what is gone from it is told."""
    known = (*baseline.open, *baseline.accepted)
    left = Counter(each.fingerprint for each in known)
    open_, accepted = [], []
    for finding in report.findings:
        if left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
            accepted.append(Ignored(finding=finding, reason=f"in the baseline {baseline.name}", baseline=True))
        else:
            open_.append(finding)
    gone = len(_gone(baseline.open, left, report))
    notes = report.notes
    if gone:
        text = f"{gone} of the baseline {baseline.name} are fixed: write it anew, so that they cannot come back unseen"
        notes = (*notes, Note(text=text))
    return replace(report, findings=tuple(open_), ignored=(*report.ignored, *accepted), notes=notes)


def _gone(known: tuple[Known, ...], left: Mapping[str, int], report: Report) -> tuple[Known, ...]:
    """What is not found any more; a rule that did not run this time finds nothing, and fixes nothing."""
    ignored = {each.finding.fingerprint for each in report.ignored}
    gone, counts = [], dict(left)
    for each in known:
        if counts.get(each.fingerprint, 0) > 0 and each.rule in report.rules and each.fingerprint not in ignored:
            counts[each.fingerprint] -= 1
            gone.append(each)
    return tuple(gone)


def _known(finding: Mapping[str, Any]) -> Known:
    return Known(
        fingerprint=str(finding["fingerprint"]),
        rule=str(finding["rule"]),
        severity=Severity[str(finding["severity"]).upper()],
        path=str(finding["place"]["path"]),
        message=str(finding["message"]),
    )
