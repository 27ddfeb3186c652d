import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

from yett.auditor.output.html import as_html

VOID = {"meta", "br", "rect"}


class Page(HTMLParser):
    """The elements of a page, checked to be balanced."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.policy = [], [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def test_every_report_is_a_whole_page(empty, full):
    for report in (empty, full, replace(empty, rules=(), targets=())):
        Page(as_html(report))


def test_nothing_of_a_target_becomes_markup(full):
    text = as_html(full)
    assert "script" not in Page(text).tags
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_page_loads_nothing_and_runs_nothing(full):
    text = as_html(full)
    page = Page(text)
    assert not {"script", "img", "link", "iframe", "object", "form", "base"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "style")]
    assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    assert "@import" not in text.split("</style>")[0]
    assert "url(" not in text.split("</style>")[0]


def test_the_policy_allows_only_the_style_that_is_there(full):
    text = as_html(full)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert Page(text).policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_no_findings_say_what_that_means(empty):
    text = as_html(empty)
    assert "No findings." in text
    assert "no finding does not mean no flaw" in text
    assert "Every file was read and every rule ran." in text


def test_what_stands_in_backticks_is_code(full):
    assert "parameter <code>url</code> of tool <code>fetch</code> reaches a shell" in as_html(full)


def test_the_same_report_is_the_same_page(full):
    assert as_html(full) == as_html(full)
