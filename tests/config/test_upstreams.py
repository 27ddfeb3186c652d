from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from yett.config.load import parse
from yett.config.upstreams import inline_upstream, upstreams
from yett.errors import ConfigError
from yett.upstream.http import HttpUpstream
from yett.upstream.inline import InlineUpstream
from yett.upstream.process import ProcessUpstream


def _config(servers: str):
    text = f"auth: {{ tokens: t }}\nservers: {servers}\nroles: {{ reader: {{ allow: ['*.echo'] }} }}\n"
    return parse(text.encode(), Path("yett.yaml"))


async def _app(scope, receive, send) -> None:
    raise NotImplementedError


def test_each_kind_of_server_has_its_upstream():
    async def story() -> None:
        config = _config("{ a: http://127.0.0.1:1/mcp, b: { command: ls }, c: { inline: true, path: /x } }")
        given = inline_upstream("c", _app, config, dict)
        made = upstreams(config, None, {"c": given})
        assert [type(made[name]) for name in "abc"] == [HttpUpstream, ProcessUpstream, InlineUpstream]
        assert made["c"] is given
        for upstream in made.values():
            await upstream.close()

    asyncio.run(story())


def test_an_inline_server_that_was_not_given_is_an_error_with_its_place():
    with pytest.raises(ConfigError, match="cannot reach it") as caught:
        upstreams(_config("{ demo: { inline: true } }"), None, {})
    assert caught.value.where == "yett.yaml:2:12"
