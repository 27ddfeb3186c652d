"""Approval: a catalogue beside the copy of it that a person approved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yett.auditor.catalogues.catalogue import APPROVED, Approved, Catalogue
from yett.auditor.subject import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval(Subject):
    """What a server lists now, and what it listed then."""

    now: Catalogue
    then: Approved


def approvals(subjects: Sequence[Subject]) -> Iterator[Approval]:
    """Every catalogue whose approved copy lies beside it: `tools.json` and `tools.lock.json`."""
    approved = {subject.path: subject for subject in subjects if isinstance(subject, Approved)}
    for subject in subjects:
        then = approved.get(subject.path.removesuffix(".json") + APPROVED)
        if isinstance(subject, Catalogue) and then is not None:
            yield Approval(path=subject.path, now=subject, then=then)
