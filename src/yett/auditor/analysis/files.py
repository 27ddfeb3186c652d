"""Files: which of them are code, what each becomes, and how all of them together become one program."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from yett.auditor.analysis.budget import TooLarge
from yett.auditor.analysis.ir import Module
from yett.auditor.analysis.lower_newer_python import lower_newer_python
from yett.auditor.analysis.lower_python import lower_python
from yett.auditor.analysis.lower_script import lower_script
from yett.auditor.analysis.program import Program, SourceFile
from yett.auditor.format import Format
from yett.auditor.subject import Skipped, Subject

_PYTHON: Final = (".py", ".pyw")
_SCRIPT: Final = (".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx")
# Code that no client of the server reaches: it is named as not analysed.
_TESTS: Final = re.compile(
    r"(?:^|/)(?:tests?|__tests__|__mocks__|e2e|testdata|fixtures|evals?)/"
    r"|(?:^|/)(?:test_[^/]*|conftest)\.py$|_test\.py$|\.(?:test|spec|bench)\.[cm]?[jt]sx?$"
    r"|(?:^|/)gulpfile\.|\.config\.[cm]?[jt]s$"
)
# 2 MB: denser source than any that people write takes 700 MB to parse at that size.
LARGEST_SOURCE: Final = 2_000_000
# A bundle: lines of 400 characters on the average, in a file of more than 30,000. People wrap at 200 at the latest.
_BUNDLE_LINE: Final = 400
_BUNDLE_SIZE: Final = 30_000


def claims(path: str, _: str) -> bool:
    """Python, TypeScript, JavaScript; declarations without code are none."""
    return path.endswith((*_PYTHON, *_SCRIPT)) and not path.endswith((".d.ts", ".d.mts", ".d.cts"))


def parse(path: str, text: str) -> SourceFile | Skipped:
    """One file, lowered. What is no code of the server, or cannot be read, is Skipped with the reason."""
    if _TESTS.search(path):
        return Skipped(path=path, why="test code, which is not part of the server")
    if len(text) > _BUNDLE_SIZE and len(text) > _BUNDLE_LINE * (text.count("\n") + 1):
        return Skipped(path=path, why="minified: analyse the source that it was made of")
    if len(text) > LARGEST_SOURCE:
        return Skipped(path=path, why=f"more than {LARGEST_SOURCE} characters of source in one file")
    try:
        module = _python(path, text) if path.endswith(_PYTHON) else lower_script(path, text)
    except TooLarge:
        return Skipped(path=path, why="more code in one file than the analysis takes")
    return SourceFile(path=path, lines=module.lines, module=module)


def _python(path: str, text: str) -> Module:
    """The standard library parses faster; what its grammar refuses (newer syntax, an error) is read all the same."""
    try:
        return lower_python(path, text)
    except (SyntaxError, ValueError):
        return lower_newer_python(path, text)


def programs(subjects: Sequence[Subject]) -> list[Subject]:
    """All files of source as one program; none when there are none."""
    modules = tuple(subject.module for subject in subjects if isinstance(subject, SourceFile))
    return [Program(path=".", modules=modules)] if modules else []


FORMATS: Final = (Format("source", claims, parse),)
