"""What `yett audit` reads and judges: the targets given, or the configs of this machine's clients."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from yett.auditor.audit import Audited, audit_source, merged
from yett.auditor.gather import FORMATS
from yett.auditor.installed import places, present
from yett.auditor.live.wishes import Wishes
from yett.auditor.report import Failed, Report, Trouble
from yett.auditor.rule import Rule
from yett.auditor.shown import blotted, shown
from yett.auditor.source import Source
from yett.auditor.target import Surroundings, command_of, is_url, read_installed, read_target
from yett.cli.deadline import TookTooLong, deadline
from yett.errors import TargetError, TargetNeedsSignIn, TargetUnreachable
from yett.secrets.secret import Secret

SOURCE: Final = "source"
"""The kind of file whose analysis may take long."""
_CLEAR: Final = "\r\x1b[K"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one run is to do: which rules, on what day, what it may ask and start, and whether somebody watches."""

    rules: Sequence[Rule[Any]]
    left_out: Sequence[tuple[str, str]]
    today: str
    progress: bool = False
    seconds: int = 0
    """Of the processor's time, for judging one target; 0: as long as it takes."""
    offline: bool = False
    start: bool = False
    token: Secret | None = None
    wishes: Wishes | None = None
    """What the probes of a live server may use; None: there are none."""


@dataclass(kw_only=True)
class Scan:
    """Everything that was audited, before it becomes one report."""

    audited: list[Audited] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)

    def files(self) -> dict[str, tuple[Path, bytes]]:
        """Every file of this disk that was judged, by its path in the report: where it is, and what was judged."""
        return {
            f"{each.source.prefix}{path}": (each.source.root / path, content)
            for each in self.audited
            if each.source.root is not None
            for path, content in each.source.files.items()
        }

    def report(self, asked: Asked) -> Report:
        """One report of all targets."""
        broken = Report(targets=(), findings=(), rules=(), failed=tuple(self.failed), broken=tuple(self.broken))
        return merged([*(each.report for each in self.audited), broken], asked.rules, asked.left_out)


def scan(targets: Sequence[str], asked: Asked) -> Scan:
    """Audit every target. One that fails is told in the report, and the others go on."""
    where = Surroundings(folder=Path.cwd(), home=_home())
    found = Scan()
    jobs = list(_given(targets, where, asked) if targets else _installed(where, found))
    for number, (given, read) in enumerate(jobs, 1):
        _show(f"auditing {number} of {len(jobs)}: {given}", asked)
        _one(given, read, asked, found)
    _show("", asked)
    return found


def _one(given: str, read: Callable[[], Source], asked: Asked, found: Scan) -> None:
    try:
        _judge(read(), asked, found)
    except TargetError as error:
        failed = Failed(given=blotted(given), why=blotted(str(error)), trouble=_trouble(error))
        # A server that cannot be reached is told once, not for its lists and again for its probes.
        if failed.given not in {each.given for each in found.failed}:
            found.failed.append(failed)
    except Exception as error:  # noqa: BLE001 - a bug that one target brings up must not hide the others; it is reported
        found.broken.append(("reading", f"{blotted(given)}: {type(error).__name__}"))


def _judge(source: Source, asked: Asked, found: Scan) -> None:
    """Judge a source; one whose code takes too long is judged without its code, and that is told."""
    try:
        with deadline(asked.seconds):
            audited = audit_source(source, asked.rules, today=asked.today, left_out=asked.left_out)
    except TookTooLong:
        quick = tuple(each for each in FORMATS if each.kind != SOURCE)
        try:
            with deadline(asked.seconds):
                audited = audit_source(source, asked.rules, today=asked.today, left_out=asked.left_out, formats=quick)
        except TookTooLong:
            raise TargetError(f"judging it took more than {asked.seconds} seconds (--timeout)") from None
        why = f"its code took more than {asked.seconds} seconds to analyse (--timeout); only the rest of it was audited"
        found.failed.append(Failed(given=audited.report.targets[0].given, why=why))
        audited = replace(audited, report=replace(audited.report, failed=()))
    found.audited.append(audited)


def _given(targets: Sequence[str], where: Surroundings, asked: Asked) -> Iterator[tuple[str, Callable[[], Source]]]:
    for given in dict.fromkeys(targets):
        yield given, lambda given=given: _read(given, where, asked)  # type: ignore[misc]  # mypy does not infer such defaults
        if is_url(given) and asked.wishes is not None and not asked.offline:
            yield given, lambda given=given, wishes=asked.wishes: _probe(given, wishes)  # type: ignore[misc]  # as above


def _probe(given: str, wishes: Wishes) -> Source:
    from yett.auditor.live.probing import probe_url

    return probe_url(given, wishes)


def _read(given: str, where: Surroundings, asked: Asked) -> Source:
    if is_url(given):
        if asked.offline:
            raise TargetUnreachable("it is not asked: --offline")
        from yett.auditor.live.reach import read_url

        return read_url(given, asked.token)
    if argv := command_of(given):
        if not asked.start:
            raise TargetError("it is a command: add --start to have it started and asked what it lists")
        from yett.auditor.live.reach import read_command

        return read_command(given, argv)
    return read_target(given, where)


def _installed(where: Surroundings, found: Scan) -> Iterator[tuple[str, Callable[[], Source]]]:
    configs = list(present(where.home, where.folder))
    if not configs:
        looked = len(places(where.home, where.folder))
        why = f"no config of an MCP client in any of {looked} places: name a folder, a file or a package"
        found.failed.append(Failed(given="this machine", why=why))
    for source in read_installed(configs, where):
        # A client's settings without a server are no failure.
        yield source.given, lambda source=source: source  # type: ignore[misc]  # mypy does not infer such defaults


def _trouble(error: TargetError) -> Trouble:
    if isinstance(error, TargetNeedsSignIn):
        return Trouble.SIGN_IN
    return Trouble.UNREACHABLE if isinstance(error, TargetUnreachable) else Trouble.UNREADABLE


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        # No HOME and no entry in the user database: as in some containers.
        return Path("/nonexistent")


def _show(text: str, asked: Asked) -> None:
    if asked.progress:
        sys.stderr.write(_CLEAR + shown(text, longest=70))
        sys.stderr.flush()
