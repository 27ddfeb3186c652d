from __future__ import annotations

import inspect
import typing

import pytest

from yett.core.pipeline import Cleared
from yett.secrets.secret import Secret
from yett.upstream.command import Command
from yett.upstream.http import HttpUpstream
from yett.upstream.process import ProcessUpstream
from yett.upstream.upstream import Upstream


def made():
    return [
        HttpUpstream("a", "http://127.0.0.1:1/mcp", headers={"x-key": Secret("s")}),
        ProcessUpstream("b", Command(argv=("true",))),
    ]


def test_every_kind_is_an_upstream():
    upstreams: list[Upstream] = made()
    assert [upstream.name for upstream in upstreams] == ["a", "b"]


@pytest.mark.parametrize("kind", [HttpUpstream, ProcessUpstream])
def test_nothing_but_a_cleared_message_can_be_sent(kind):
    taken = typing.get_type_hints(kind.open)["cleared"]
    assert typing.get_origin(taken) is Cleared
    public = {name for name, _ in inspect.getmembers(kind, callable) if not name.startswith("_")}
    assert public == {"close", "end", "listen", "open", "probe"}
