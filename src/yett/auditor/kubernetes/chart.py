"""Chart: the default values of a Helm chart. They are what runs where nobody says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from yett.auditor.documents.document import Document, read_document, text_lines
from yett.auditor.documents.flaw import Flaw
from yett.auditor.subject import Skipped, Subject

_VALUES: Final = re.compile(r"values\.ya?ml")


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartFile(Document):
    """A `Chart.yaml`: it makes its folder a chart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ValuesFile(Document):
    """A `values.yaml`, of whatever it may be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart(Subject):
    """A chart with its default values."""

    values: ValuesFile


def claims(path: str, content: str) -> bool:
    """Whether a file belongs to a chart, by its name."""
    return _is_chart(path) or (bool(_VALUES.fullmatch(PurePosixPath(path).name)) and bool(content.strip()))


def parse(path: str, content: str) -> ChartFile | ValuesFile | Skipped:
    """Read it."""
    read = read_document(path, content)
    if isinstance(read, Flaw):
        return Skipped(path=path, why=str(read))
    roots, blots = read
    kind = ChartFile if _is_chart(path) else ValuesFile
    return kind(path=path, lines=text_lines(content), roots=roots, blots=blots)


def charts(subjects: Sequence[Subject]) -> Iterator[Chart]:
    """Every `values.yaml` that stands beside a `Chart.yaml`."""
    folders = {PurePosixPath(subject.path).parent for subject in subjects if isinstance(subject, ChartFile)}
    for subject in subjects:
        if isinstance(subject, ValuesFile) and PurePosixPath(subject.path).parent in folders:
            yield Chart(path=subject.path, values=subject)


def _is_chart(path: str) -> bool:
    return PurePosixPath(path).name in {"Chart.yaml", "Chart.yml"}
