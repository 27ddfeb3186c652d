"""Rule: one audit check. A file in auditor/rules, a page in docs/reference/rules; the page is its test."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar, get_args

from yett.auditor.finding import Confidence, Edit, Finding, Place, Severity, Step
from yett.auditor.subject import Subject

S = TypeVar("S", bound=Subject)


class Rule(Generic[S]):
    """Judges subjects of one type. Pure: no I/O, same subject, same findings; it may not raise on any subject.

    `id` is words (`command-from-argument`); the file is named after it. `maps` holds ids of other catalogues only
    (`MCP05`, `LLM06`, `AISVS10.4.2`, `SAFE-T1104`, `ASI05`), never their text. `why` and `fix` are plain English,
    full sentences, for the report and `yett rule ID`.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Severity]
    cwe: ClassVar[int]
    maps: ClassVar[tuple[str, ...]] = ()
    why: ClassVar[str]
    fix: ClassVar[str]

    def check(self, subject: S) -> Iterable[Finding]:
        """Everything this rule sees in `subject`, in the order of the text."""
        raise TypeError(f"{type(self).__name__} does not judge `{subject.path}`: it has no check")

    @classmethod
    def judges(cls) -> type[Subject]:
        """The type of subject this rule is for, read from `Rule[...]`."""
        for base in getattr(cls, "__orig_bases__", ()):
            for argument in get_args(base):
                if isinstance(argument, type) and issubclass(argument, Subject):
                    return argument
        raise TypeError(f"rule {cls.__name__} does not say what it judges: write `class {cls.__name__}(Rule[...])`")

    def finding(  # noqa: PLR0913 - one argument for each field that a rule may set
        self,
        place: Place,
        message: str,
        *,
        subject: str,
        confidence: Confidence = Confidence.HIGH,
        severity: Severity | None = None,
        steps: tuple[Step, ...] = (),
        evidence: tuple[str, ...] = (),
        fix: str = "",
        edits: tuple[Edit, ...] = (),
    ) -> Finding:
        """A finding of this rule."""
        return Finding(
            rule=self.id,
            severity=self.severity if severity is None else severity,
            confidence=confidence,
            place=place,
            message=message,
            subject=subject,
            steps=steps,
            evidence=evidence,
            fix=fix or self.fix,
            edits=edits,
        )
