from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from yett.config.load import parse
from yett.core.exchange import ANONYMOUS, Channel, Entrance, Exchange
from yett.core.message import Reply
from yett.enforce.serving import Serving
from yett.errors import ConfigError, LedgerError, UpstreamUnavailable
from yett.identity.credentials import Credentials
from yett.identity.local import local

CONFIG = """\
auth: { stdio: { user: alice } }
servers: { demo: { inline: true } }
roles: { reader: { members: [user:alice], allow: [demo.echo] } }
"""


def ignore(_runtime) -> None:
    pass


class Silent:
    """An upstream that cannot be asked."""

    name = "demo"
    closed = False

    async def probe(self):
        raise UpstreamUnavailable("not here")

    async def close(self):
        self.closed = True


@pytest.fixture
def config(tmp_path):
    return parse(CONFIG.encode(), tmp_path / "yett.yaml")


def test_what_it_opens_it_closes(config):
    async def story() -> None:
        upstream = Silent()
        looks = asyncio.Event()

        def recheck() -> int:
            looks.set()
            return 0

        serving = Serving(
            config,
            "stdio",
            recheck=recheck,
            renewed=ignore,
            caller=local("alice"),
            given={"demo": upstream},
        )
        await serving.open()
        serving.begin()
        assert serving.runtime.identify(Credentials(), 0.0) == local("alice")
        async with asyncio.timeout(10):
            await looks.wait()
        await serving.close()
        assert (upstream.closed, asyncio.all_tasks()) == (True, {asyncio.current_task()})

    asyncio.run(story())
    assert sorted(path.name for path in config.ledger.path.iterdir()) == ["stdio-1"]


def test_each_process_of_a_mode_writes_a_ledger_of_its_own(config, monkeypatch):
    monkeypatch.setattr("yett.config.build.LEDGERS", 2)

    async def story() -> None:
        open_ones = []
        for _ in range(2):
            serving = Serving(config, "stdio", recheck=int, renewed=ignore, given={"demo": Silent()})
            await serving.open()
            open_ones.append(serving)
        with pytest.raises(LedgerError, match="2 processes write ledgers"):
            await Serving(config, "stdio", recheck=int, renewed=ignore, given={"demo": Silent()}).open()
        await open_ones[0].close()
        again = Serving(config, "stdio", recheck=int, renewed=ignore, given={"demo": Silent()})
        await again.open()
        for serving in (open_ones[1], again):
            await serving.close()

    asyncio.run(story())
    assert sorted(path.name for path in config.ledger.path.iterdir()) == ["stdio-1", "stdio-2"]


def test_an_inline_server_that_nobody_gave_is_an_error_with_its_place(config):
    async def story() -> None:
        with pytest.raises(ConfigError, match="`demo` is `inline`") as caught:
            await Serving(config, "stdio", recheck=int, renewed=ignore).open()
        assert Path(caught.value.where.partition(":")[0]).name == "yett.yaml"
        # Nothing is left behind: the ledger can be opened again.
        serving = Serving(config, "stdio", recheck=int, renewed=ignore, given={"demo": Silent()})
        await serving.open()
        await serving.close()

    asyncio.run(story())


def test_without_a_caller_the_config_says_who_signs_in(tmp_path):
    text = CONFIG.replace("stdio: { user: alice }", "unsafe_allow_anonymous: true")
    config = parse(text.encode(), tmp_path / "yett.yaml")

    async def story() -> None:
        serving = Serving(config, "stdio", recheck=int, renewed=ignore, given={"demo": Silent()})
        await serving.open()
        assert serving.runtime.identify(Credentials(), 0.0) is ANONYMOUS
        await serving.close()

    asyncio.run(story())


def test_a_credential_that_was_rotated_is_redacted_like_the_one_before(tmp_path):
    secret = tmp_path / "token"
    secret.write_text("the-first-credential")
    secret.chmod(0o600)
    text = CONFIG.replace("{ inline: true }", '{ url: http://127.0.0.1:9/mcp, headers: { X-Key: "${file:token}" } }')
    config = parse(text.encode(), tmp_path / "yett.yaml")

    async def story() -> None:
        renewed: asyncio.Queue = asyncio.Queue()
        serving = Serving(config, "stdio", recheck=int, renewed=renewed.put_nowait)
        await serving.open()
        serving.begin()
        before = serving.runtime
        secret.write_text("the-second-credential")
        async with asyncio.timeout(30):
            after = await renewed.get()
        assert (after is before, after.upstreams == before.upstreams, serving.runtime is after) == (False, True, True)
        exchange = Exchange(id="x", received_at=0.0, channel=Channel(entrance=Entrance.STDIO, peer=""), server="demo")
        reply = Reply(id=1, result={"said": "it is the-second-credential"})
        cleared = after.pipeline.check_reply(exchange, reply).verdict
        assert "second" not in str(cleared.message)
        await serving.close()

    asyncio.run(story())


def test_callers_cannot_sign_in_at_servers_where_there_are_no_pages_for_it(tmp_path):
    text = CONFIG.replace(
        "demo: { inline: true }", 'demo: { url: "https://a/mcp", oauth: { grant: authorization-code } }'
    )
    (tmp_path / "key").write_text("k" * 32)
    (tmp_path / "key").chmod(0o600)
    read = parse((text + 'connections: { key: "${file:key}" }\n').encode(), tmp_path / "yett.yaml")
    serving = Serving(read, "stdio", recheck=lambda: 0, renewed=ignore, caller=local("alice"))
    with pytest.raises(ConfigError, match="only `yett run` serves") as caught:
        asyncio.run(serving.open())
    assert caught.value.where.endswith("yett.yaml:2:42")
