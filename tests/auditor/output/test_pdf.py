import io
import sys
import time
from dataclasses import replace

import pytest
from pypdf import PdfReader

from yett.auditor.output.pdf import as_pdf
from yett.errors import TargetError


def read(report):
    return PdfReader(io.BytesIO(as_pdf(report)))


def text(reader):
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def outline(reader):
    return [each.title for each in reader.outline if not isinstance(each, list)]


def test_it_is_tagged_and_has_an_outline_and_a_language(full):
    reader = read(full)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"].startswith("en")
    assert "pdfuaid:part" in root["/Metadata"].get_data().decode()
    assert outline(reader)[:8] == [
        "1. Summary",
        "2. What to do first",
        "3. Scope and method",
        "4. Findings",
        "5. Servers",
        "6. Access matrix",
        "7. Compliance mapping",
        "8. Evidence and integrity",
    ]


def test_words_of_a_target_are_never_typst(full):
    drawn = text(read(full))
    assert "#{1+1} #import" in drawn
    assert "<script>alert(1)</script>" in drawn


def test_what_no_font_can_show_is_spelt_out(full):
    drawn = text(read(replace(full, notes=())))
    assert "\\u{1b}[2J" in drawn
    assert "日" in drawn or "\\u{65e5}" in drawn


def test_what_a_font_can_show_stays_although_something_else_is_missing(empty, flow):
    report = replace(empty, findings=(replace(flow, message="Ελληνικά and кириллица and \U000f0000 \U0001f512"),))
    drawn = text(read(report))
    assert "Ελληνικά and кириллица" in drawn
    assert "\\u{f0000}" in drawn
    assert "\U000f0000" not in drawn


def test_a_thousand_strange_characters_are_no_endless_search(empty, flow):
    strange = "".join(map(chr, range(0x13000, 0x13400)))
    started = time.process_time()
    as_pdf(replace(empty, findings=(replace(flow, evidence=(strange[:600], strange[600:])),)))
    assert time.process_time() - started < 60


def test_no_findings_make_a_report_too(empty):
    drawn = text(read(empty))
    assert "No findings." in drawn
    assert "no finding does not mean no flaw" in drawn
    assert "Nothing was found that has to be fixed" in drawn


def test_nothing_audited_has_no_grade(empty):
    assert "There is no grade." in text(read(replace(empty, rules=(), targets=())))


def test_very_long_words_stay_on_the_page(empty, flow):
    long = "x" * 1_900
    report = replace(empty, findings=(replace(flow, message=long, evidence=(long,), fix=long),))
    assert len(read(report).pages) < 8


def test_the_same_report_is_the_same_file(full):
    assert as_pdf(full) == as_pdf(full)


def test_without_the_extra_it_says_what_to_install(full, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(TargetError, match=r"needs the extra `pdf`: pip install 'yett\[pdf\]'"):
        as_pdf(full)
