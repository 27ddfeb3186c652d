from __future__ import annotations

import pytest

from yett.enforce.connect import _fields, _form, ours


@pytest.mark.parametrize(
    ("target", "is_ours"),
    [(b"/connect", True), (b"/connect/crm", True), (b"/connect?code=x", True), (b"/crm/mcp", False), (b"/", False)],
)
def test_the_pages_have_one_beginning(target, is_ours):
    assert ours(target) is is_ours


def test_forms_are_read_within_bounds():
    assert _form(b"token=a%2Bb&do=connect&token=c") == {"token": "a+b", "do": "connect"}
    assert _form(b"token=" + b"a" * 70_000) == {}
    assert _fields("a=b&" * 21) == {}
    assert _form(b"\xff=\xfe") == {"\xff": "\xfe"}
