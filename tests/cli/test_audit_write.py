import os
import sys

import click
import pytest

from yett.auditor.report import Report
from yett.cli.audit_kinds import KINDS
from yett.cli.audit_write import rendered, write

REPORT = Report(targets=(), findings=(), rules=("r",), made_at="2026-11-23T09:00:00Z")


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_is_drawn(kind):
    assert rendered(REPORT, kind)


def test_a_file_is_replaced_whole_and_a_link_with_it(tmp_path):
    other, link = tmp_path / "other", tmp_path / "a.json"
    other.write_text("precious")
    link.symlink_to(other)
    write(REPORT, "json", [link], color="never", verbosity=-1)
    assert other.read_text() == "precious"
    assert not link.is_symlink()
    assert list(tmp_path.glob(".*")) == []


def test_a_file_gets_the_rights_that_files_get(tmp_path):
    before = os.umask(0o027)
    try:
        write(REPORT, "json", [tmp_path / "a.json"], color="never", verbosity=-1)
    finally:
        os.umask(before)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(REPORT, "junit", [pipe], color="never", verbosity=-1)
        assert os.read(read, 5) == b"<?xml"
    finally:
        os.close(read)
    assert pipe.is_fifo()


def test_a_folder_is_no_place_for_a_report(tmp_path, capsys):
    with pytest.raises(SystemExit):
        write(REPORT, "json", [tmp_path], color="never", verbosity=-1)
    assert "is a directory" in capsys.readouterr().err


def test_a_pdf_is_nothing_for_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(click.UsageError, match=r"add `-o audit\.pdf`"):
        write(REPORT, "pdf", [], color="never", verbosity=0)


def test_a_pdf_goes_down_a_pipe_as_it_is(capfdbinary):
    write(REPORT, "pdf", [], color="never", verbosity=0)
    sys.stdout.flush()
    assert capfdbinary.readouterr().out.startswith(b"%PDF-")
