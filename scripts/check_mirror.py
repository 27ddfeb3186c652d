"""Check that tests/ mirrors src/yett/: every module has its test file, every test file its module."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = PurePath("src/yett")
EXEMPT = {"__init__.py", "__main__.py"}
# An audit rule's test is its page: tests/docs/test_rule_pages.py executes it, and demands one for every rule.
PAGED = PurePath("auditor/rules")


def expected_test(module: PurePath) -> PurePath:
    """`wire/head.py` is tested by `wire/test_head.py`, `wire/_head.py` too."""
    return module.with_name(f"test_{module.name.lstrip('_')}")


def modules(package: Path) -> Iterator[PurePath]:
    """Every module below `package` that must have a test file."""
    for path in sorted(package.rglob("*.py")):
        module = path.relative_to(package)
        if path.name not in EXEMPT and module.parent != PAGED:
            yield module


def mirrored_tests(package: Path, tests: Path) -> Iterator[PurePath]:
    """Test files that stand where a module's test file would: beside tests/, or in a folder named after a package.

    Other folders of tests/ (playbooks, real clients) are about more than one module.
    """
    for path in sorted(tests.rglob("test_*.py")):
        place = path.relative_to(tests)
        if len(place.parts) == 1 or (package / place.parts[0] / "__init__.py").exists():
            yield place


def problems(root: Path) -> list[str]:
    """What is missing on either side; empty when the mirror is whole."""
    package, tests = root / PACKAGE, root / "tests"
    wanted = {expected_test(module): module for module in modules(package)}
    present = list(mirrored_tests(package, tests))
    untested = [f"`{PACKAGE / module}` has no `tests/{test}`" for test, module in wanted.items() if test not in present]
    orphans = [f"`tests/{test}` mirrors no module of `{PACKAGE}`" for test in present if test not in wanted]
    return untested + orphans


def main() -> int:
    """Return 1 when something is missing."""
    found = problems(ROOT)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
