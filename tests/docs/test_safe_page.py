"""The examples of the page about `yett.safe` do what the page says, and importing it is as light as it says."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from yett import safe
from yett.safe import Reach, UnsafeInput

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "write-a-safe-server.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def names(tmp_path):
    """Everything that the examples define, with a root that exists."""
    defined: dict = {}
    for example in EXAMPLES:
        exec(compile(example.replace("/srv/docs", str(tmp_path)), str(PAGE), "exec"), defined)  # noqa: S102 - our page
    return defined


def test_the_examples_about_commands(names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("a needle\n")
    assert asyncio.run(names["search"]("needle")) == "./file:a needle\n"
    assert asyncio.run(names["search"]("--help")) == ""
    subprocess.run(["git", "init", "-q"], check=True)
    assert "the search failed" not in asyncio.run(names["search"]("x"))
    with pytest.raises(safe.CommandFailed):  # no commit yet: git says so itself
        names["last_changes"]("--all")


def test_the_examples_about_files(names, tmp_path):
    names["write"]("a", "text")
    assert (names["read"]("a"), names["listing"](".")) == ("text", ["a"])
    with pytest.raises(UnsafeInput):
        names["read"]("../a")


def test_the_examples_about_urls(names):
    assert names["page"]("http://169.254.169.254/") == "not fetched: only https may be asked"
    assert names["page"]("https://169.254.169.254/").startswith("not fetched: `169.254.169.254` is a link-local")
    with pytest.raises(UnsafeInput):
        names["where"]("https://example.com/")
    assert isinstance(names["INSIDE"], Reach)


def test_importing_it_imports_nothing_of_the_gateway_and_no_library():
    program = (
        "import sys; import yett.safe; from yett.safe import check_url, confine, fetch_url, run;"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in {'yett', 'msgspec', 'pydantic', 'click'}))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    own = {name for name in shown if name.startswith("yett.safe")}
    assert set(shown) - own == {"yett", "yett.errors", "yett.detect", "yett.detect.addresses"}


def test_importing_yett_imports_nothing_at_all():
    program = "import sys; before = set(sys.modules); import yett; print(*sorted(set(sys.modules) - before))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    own = {"importlib", "importlib._bootstrap", "importlib._bootstrap_external", "warnings", "yett"}
    assert set(shown) <= own


def test_importing_the_package_alone_imports_none_of_its_parts():
    program = "import sys; import yett.safe; print(*[name for name in sys.modules if name.startswith('yett.safe.')])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"\n"


def test_its_names_are_there_and_no_others():
    assert {name: getattr(safe, name).__name__ for name in safe.__all__} == {name: name for name in safe.__all__}
    with pytest.raises(AttributeError, match="no attribute `nothing`"):
        _ = safe.nothing
