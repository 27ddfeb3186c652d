"""Gathering: files in memory to subjects. Each format knows its files and parses them; what none can parse is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from yett.auditor.analysis.files import FORMATS as SOURCE
from yett.auditor.analysis.files import programs
from yett.auditor.catalogues.approval import approvals
from yett.auditor.catalogues.formats import FORMATS as CATALOGUES
from yett.auditor.clients.formats import FORMATS as CLIENTS
from yett.auditor.containers.formats import FORMATS as CONTAINERS
from yett.auditor.containers.ignore_file import contexts
from yett.auditor.format import Format
from yett.auditor.gateways.formats import FORMATS as GATEWAYS
from yett.auditor.kubernetes.chart import charts
from yett.auditor.kubernetes.formats import FORMATS as KUBERNETES
from yett.auditor.kubernetes.manifest import cluster
from yett.auditor.live.formats import FORMATS as LIVE
from yett.auditor.proxies.formats import FORMATS as PROXIES
from yett.auditor.subject import Skipped, Subject
from yett.auditor.supply.formats import FORMATS as SUPPLY

# Explicit and in order: a file may be of several kinds, and every format that claims it parses it.
FORMATS: Final[tuple[Format, ...]] = (
    *CLIENTS,
    *CATALOGUES,
    *CONTAINERS,
    *KUBERNETES,
    *PROXIES,
    *GATEWAYS,
    *LIVE,
    *SUPPLY,
    *SOURCE,
)

# What only several files together tell: each sees all subjects, and adds its own.
COMBINATIONS: Final[tuple[Callable[[Sequence[Subject]], Iterable[Subject]], ...]] = (
    approvals,
    cluster,
    charts,
    contexts,
    programs,
)

# 10 MB: the largest bundle of the published servers we read has 6 MB; above it a file is named, not read.
LARGEST_FILE: Final = 10_000_000


class Gathered(NamedTuple):
    """Everything that could be parsed, and everything that could not."""

    subjects: tuple[Subject, ...]
    skipped: tuple[Skipped, ...]


def gather(files: Mapping[str, bytes], formats: tuple[Format, ...] = FORMATS) -> Gathered:
    """Parse each file by every format that claims it. Same files, same subjects, in order of their paths."""
    subjects: list[Subject] = []
    skipped: list[Skipped] = []
    for path in sorted(files):
        content = files[path]
        if len(content) > LARGEST_FILE:
            skipped.append(Skipped(path=path, why=f"larger than {LARGEST_FILE} bytes"))
            continue
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            skipped.append(Skipped(path=path, why="not UTF-8 text"))
            continue
        for each in formats:
            if not each.claims(path, text):
                continue
            parsed = each.parse(path, text)
            if isinstance(parsed, Skipped):
                skipped.append(parsed)
            else:
                subjects.append(parsed)
    together = [subject for combine in COMBINATIONS for subject in combine(tuple(subjects))]
    return Gathered((*subjects, *together), tuple(skipped))
