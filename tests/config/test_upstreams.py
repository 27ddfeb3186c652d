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
        made = upstreams(config, 8080, None, {"c": given})
        assert [type(made[name]) for name in "abc"] == [HttpUpstream, ProcessUpstream, InlineUpstream]
        assert made["c"] is given
        for upstream in made.values():
            await upstream.close()

    asyncio.run(story())


def test_an_inline_server_that_was_not_given_is_an_error_with_its_place():
    with pytest.raises(ConfigError, match="cannot reach it") as caught:
        upstreams(_config("{ demo: { inline: true } }"), 8080, None, {})
    assert caught.value.where == "yett.yaml:2:12"


PERSONAL = """\
auth: { tokens: t }
servers: { crm: { url: "https://crm.example.com/mcp", oauth: { grant: authorization-code } } }
roles: { a: { allow: [crm.x] } }
"""


def test_callers_sign_ins_need_a_place(errors):
    assert "`connections` is missing" in errors(PERSONAL)[0]


def test_callers_without_a_name_cannot_sign_in(errors):
    text = PERSONAL.replace("tokens: t", "unsafe_allow_anonymous: true") + 'connections: { key: "${K}" }\n'
    assert "callers without a name would share one sign-in" in " ".join(errors(text, K="k" * 32))


def test_where_callers_sign_in_is_made_of_the_config(config):
    text = PERSONAL + 'connections: { key: "${K}" }\n'
    plain = upstreams(config(text, K="k" * 32), 8080, None, {})["crm"].credential.pages
    assert (plain.sign_in, plain.document) == ("http://127.0.0.1:8080/connect/crm", "")
    text += "url: https://mcp.example.com\n"
    public = upstreams(config(text, K="k" * 32), 8080, None, {})["crm"].credential.pages
    assert (public.redirect, public.document) == (
        "https://mcp.example.com/connect",
        "https://mcp.example.com/connect/.client.json",
    )
