from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import trustme

from yett.config import build
from yett.config.load import parse
from yett.config.rules import policy_of
from yett.core.exchange import ANONYMOUS, Channel, Entrance, Exchange, Principal
from yett.core.message import Reply, Request
from yett.core.verdict import Deny
from yett.errors import ConfigError
from yett.guards.arguments import Arguments
from yett.identity.credentials import Credentials
from yett.upstream.http import HttpUpstream
from yett.upstream.process import ProcessUpstream

TEXT = """\
listen: http://127.0.0.1:8080
auth: { unsafe_allow_anonymous: true }
servers:
  demo: http://127.0.0.1:3001/mcp
  git: { command: git-server, args: [--safe] }
roles:
  everyone: { allow: ["demo.*"] }
limits: { user: 60/min, tool: 30/min, concurrency: 3, body: 2KiB }
ledger: { path: ledger }
"""


def config(folder: Path, text: str = TEXT):
    return parse(text.encode(), folder / "yett.yaml", environment={})


async def nothing(_server: str) -> None:
    pass


def built(folder: Path, *texts: str):
    """Build each config after the one before it; return the configs and runtimes."""

    async def run():
        first = config(folder, texts[0])
        ledger = await build.open_ledger(first)
        made = []
        for text in texts:
            loaded = config(folder, text)
            previous = made[-1] if made else None
            runtime = build.build(loaded, ledger=ledger, port=8080, changed=nothing, previous=previous)
            made.append((loaded, runtime))
        for _, runtime in made:
            for upstream in runtime.upstreams.values():
                await upstream.close()
        await ledger.close()
        return made

    return asyncio.run(run())


def exchange(host: str = "127.0.0.1:8080", origin: str | None = None, principal: Principal = ANONYMOUS) -> Exchange:
    channel = Channel(entrance=Entrance.GATEWAY, peer="192.0.2.1", host=host, origin=origin)
    return Exchange(
        id="x",
        received_at=0.0,
        channel=channel,
        server="demo",
        principal=principal,
        request=Request(id=1, method="tools/call", params={"name": "echo"}),
    )


def test_each_kind_of_server_has_its_upstream(tmp_path) -> None:
    [(_, runtime)] = built(tmp_path, TEXT)
    assert isinstance(runtime.upstreams["demo"], HttpUpstream)
    assert isinstance(runtime.upstreams["git"], ProcessUpstream)
    assert runtime.routes == {b"/demo/mcp": "demo", b"/git/mcp": "git"}
    assert runtime.bounds.bytes == 2048
    assert runtime.counters.limits.caps.caller == 3


def test_a_single_server_is_also_at_mcp(tmp_path) -> None:
    [(_, runtime)] = built(tmp_path, TEXT.replace("  git: { command: git-server, args: [--safe] }\n", ""))
    assert runtime.routes == {b"/demo/mcp": "demo", b"/mcp": "demo"}


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "LOCALHOST:8080"])
def test_a_loopback_listener_answers_to_the_loopbacks_names(tmp_path, host) -> None:
    [(_, runtime)] = built(tmp_path, TEXT)
    assert runtime.pipeline.admit(exchange(host)) is None


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "localhost.:8080", "evil.example:8080", "127.0.0.1:8081", ""]
)
def test_and_to_no_other_names(tmp_path, host) -> None:
    [(_, runtime)] = built(tmp_path, TEXT)
    assert isinstance(runtime.pipeline.admit(exchange(host)), Deny)


def test_the_public_url_is_a_name_too_and_its_pages_are_our_own(tmp_path) -> None:
    [(_, runtime)] = built(tmp_path, "url: https://mcp.example.com\n" + TEXT)
    assert runtime.pipeline.admit(exchange("mcp.example.com")) is None
    assert runtime.pipeline.admit(exchange("mcp.example.com", "https://mcp.example.com")) is None
    assert isinstance(runtime.pipeline.admit(exchange("mcp.example.com", "https://mcp.example.com.evil")), Deny)
    assert isinstance(runtime.pipeline.admit(exchange("mcp.example.com", "http://mcp.example.com")), Deny)


def test_what_did_not_change_goes_on_after_a_reload(tmp_path) -> None:
    (_, before), (_, after) = built(tmp_path, TEXT, TEXT.replace('["demo.*"]', '["demo.echo"]'))
    assert after.upstreams == before.upstreams
    assert after.sessions is before.sessions
    assert after.counters is before.counters
    assert after.policy is not before.policy
    assert after.digest != before.digest


def test_a_changed_server_is_reached_anew_and_its_catalogue_forgotten(tmp_path) -> None:
    async def run():
        first, second = config(tmp_path), config(tmp_path, TEXT.replace(":3001/", ":3002/"))
        ledger = await build.open_ledger(first)
        before = build.build(first, ledger=ledger, port=8080, changed=nothing)
        before.catalogue.replace("demo", [{"name": "echo", "inputSchema": {}}], 0.0)
        after = build.build(second, ledger=ledger, port=8080, changed=nothing, previous=(first, before))
        known = after.catalogue.known("demo")
        for upstream in {*before.upstreams.values(), *after.upstreams.values()}:
            await upstream.close()
        await ledger.close()
        return (
            before.upstreams["demo"] is after.upstreams["demo"],
            before.upstreams["git"] is after.upstreams["git"],
            known,
        )

    assert asyncio.run(run()) == (False, True, False)


def test_a_server_is_reached_anew_when_its_ca_was_renewed_although_the_config_is_the_same(tmp_path) -> None:
    text = TEXT.replace(":3001/mcp", ":3001/mcp\n  tls: { url: https://127.0.0.1:1/mcp, ca: ca.pem }")

    async def run():
        trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
        first = config(tmp_path, text)
        ledger = await build.open_ledger(first)
        before = build.build(first, ledger=ledger, port=8080, changed=nothing)
        same = build.build(config(tmp_path, text), ledger=ledger, port=8080, changed=nothing, previous=(first, before))
        trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
        after = build.build(config(tmp_path, text), ledger=ledger, port=8080, changed=nothing, previous=(first, before))
        for upstream in {*before.upstreams.values(), *after.upstreams.values()}:
            await upstream.close()
        await ledger.close()
        return [
            (same.upstreams[name] is before.upstreams[name], after.upstreams[name] is before.upstreams[name])
            for name in ("tls", "demo")
        ]

    assert asyncio.run(run()) == [(True, False), (True, True)]


def test_a_config_that_cannot_be_built_changes_nothing(tmp_path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    broken = TEXT.replace(":3001/mcp", ":3002/mcp\n  tls: { url: https://127.0.0.1:1/mcp, ca: ca.pem }")

    async def run():
        first, second = config(tmp_path), config(tmp_path, broken.replace("60/min", "1/min"))
        ledger = await build.open_ledger(first)
        before = build.build(first, ledger=ledger, port=8080, changed=nothing)
        before.catalogue.replace("demo", [{"name": "echo", "inputSchema": {}}], 0.0)
        with pytest.raises(ConfigError, match=r"ca\.pem"):
            build.build(second, ledger=ledger, port=8080, changed=nothing, previous=(first, before))
        for upstream in before.upstreams.values():
            await upstream.close()
        await ledger.close()
        return before.counters.limits.user.count, before.catalogue.known("demo")

    assert asyncio.run(run()) == (60, True)


def test_the_bounds_of_sessions_change_with_a_reload(tmp_path) -> None:
    fewer = TEXT.replace("limits: {", "limits: { sessions: 7, session_idle: 1min,")
    (_, before), (_, after) = built(tmp_path, TEXT, fewer)
    assert after.sessions is before.sessions
    assert (after.sessions.total, after.sessions.idle_seconds) == (7, 60)


def test_limits_change_without_forgiving_anybody(tmp_path) -> None:
    (_, before), (_, after) = built(tmp_path, TEXT, TEXT.replace("60/min", "120/min"))
    assert after.counters is before.counters
    assert after.counters.limits.user.count == 120


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("127.0.0.1:8080", "127.0.0.1:8081", "listen"),
        ("path: ledger", "path: other", "ledger"),
    ],
)
def test_what_only_a_restart_can_change_is_refused(tmp_path, old, new, word) -> None:
    with pytest.raises(ConfigError, match=f"`{word}` cannot change while the gateway runs"):
        build.check_reloadable(config(tmp_path), config(tmp_path, TEXT.replace(old, new)))
    build.check_reloadable(config(tmp_path), config(tmp_path, TEXT.replace("60/min", "61/min")))


def test_failed_policy_tests_are_named(tmp_path) -> None:
    text = TEXT + "tests: [{ who: user:alice, deny: [demo.echo], allow: [demo.add] }]\n"
    assert [result.name for result in build.failed_tests(config(tmp_path, text))] == [
        "user:alice may not call demo.echo"
    ]


def test_without_a_token_file_nobody_is_let_in(tmp_path) -> None:
    text = TEXT.replace("unsafe_allow_anonymous: true", "tokens: tokens.yaml")
    [(_, runtime)] = built(tmp_path, text)
    assert isinstance(runtime.identify(Credentials(authorization=(b"Bearer x",)), 0.0), Deny)
    assert isinstance(runtime.identify(Credentials(), 0.0), Deny)


def test_secrets_are_looked_for_unless_switched_off_by_name(tmp_path) -> None:
    def names(text: str) -> list[str]:
        loaded = config(tmp_path, text)
        return [guarded.guard.name for guarded in build.guards(loaded, 8080, policy_of(loaded), Arguments())]

    assert names(TEXT) == ["origin", "access", "rate-limit", "arguments", "redaction"]
    assert names(TEXT + "protect: [unsafe_nothing]\n") == ["origin", "access", "rate-limit", "arguments"]


def test_the_gateways_own_credentials_do_not_come_back(tmp_path) -> None:
    text = TEXT.replace(
        "demo: http://127.0.0.1:3001/mcp",
        'demo: { url: "http://127.0.0.1:3001/mcp", headers: { authorization: "Bearer ${env:UPSTREAM}" } }',
    ).replace("args: [--safe]", 'args: [--safe], env: { MODE: harmless-words, GIT_TOKEN: "${env:GIT}" }')
    loaded = parse(
        text.encode(), tmp_path / "yett.yaml", environment={"UPSTREAM": "squeamish-ossifrage", "GIT": "open-sesame-now"}
    )
    found = build.guards(loaded, 8080, policy_of(loaded), Arguments())
    [redaction] = [guarded.guard for guarded in found if guarded.guard.name == "redaction"]
    said = "squeamish-ossifrage and open-sesame-now, in harmless-words"
    rewritten = redaction.check_reply(exchange(), Reply(id=1, result={"text": said}))
    assert "ossifrage" not in str(rewritten.message)
    assert "sesame" not in str(rewritten.message)
    assert "harmless-words" in str(rewritten.message)
