"""Users who sign in at a server's issuer themselves: the whole way through the gateway's pages, and attempts on it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from counterfeit.http import Question, Served
from house import JSON, Backend, House, standing
from issuer import Issuer, redirected

from yett.state.catalogue import Status
from yett.wire.http import Incoming

SIGN_IN = 4090
KEY = "k" * 40


def demanding(issuer: Issuer, backend: Backend, scope: str = "") -> None:
    """Have a server demand tokens of this issuer, and say where that is."""

    def gate(incoming: Incoming) -> Any:
        origin = f"http://127.0.0.1:{backend.port}"
        if incoming.head.target.startswith(b"/.well-known/oauth-protected-resource"):
            body = {"resource": f"{origin}/mcp", "authorization_servers": [issuer.url]}
            return 200, [JSON], json.dumps(body).encode()
        value = (incoming.head.get(b"authorization") or b"").decode()
        known = issuer.tokens.get(value.removeprefix("Bearer "))
        if known is None or known["resource"] != f"{origin}/mcp":
            where = f'resource_metadata="{origin}/.well-known/oauth-protected-resource/mcp"'
            return 401, [(b"www-authenticate", f"Bearer {where}{scope}".encode())], b""
        return None

    backend.gate = gate


class Browser:
    """Keeps cookies, sends forms, follows nothing by itself."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.cookies: dict[str, str] = {}

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.house.instance.port}"

    async def get(self, target: str, lines: str = "") -> tuple[int, str]:
        return await self._ask("GET", target, "", lines)

    async def post(self, target: str, form: dict[str, str], origin: str | None = None) -> tuple[int, str]:
        lines = f"origin: {self.origin if origin is None else origin}\r\n" if origin != "" else ""
        return await self._ask(
            "POST", target, urlencode(form), f"{lines}content-type: application/x-www-form-urlencoded\r\n"
        )

    async def _ask(self, method: str, target: str, body: str, lines: str) -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f"{method} {target} HTTP/1.1\r\nhost: {urlsplit(self.origin).netloc}\r\n{lines}"
        head += f"cookie: {cookies}\r\n" if cookies else ""
        sent = f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}"
        answered, page = await self.house.raw(sent.encode())
        for name, value in re.findall(rb"(?i)set-cookie: ([^=;]+)=([^;]*)", answered):
            self.cookies[name.decode()] = value.decode()
        self.head = answered.decode().lower()
        return int(answered.split(b" ", 2)[1]), page.decode()

    async def begin(self, user: str = "alice", server: str = "crm") -> str:
        """Show who one is; the link to the issuer."""
        status, page = await self.post(f"/connect/{server}", {"token": self.house.token(user), "do": "connect"})
        assert status == 200, page
        return unescape(re.findall(r'href="([^"]+)"', page)[0])

    async def connect(self, issuer: Issuer, user: str = "alice") -> tuple[int, str]:
        return await self.get(returning(issuer, await self.begin(user)))


def returning(issuer: Issuer, link: str) -> str:
    """Where the issuer sends a user who allowed it."""
    reply = issuer(Question("GET", link.removeprefix(issuer.url), {}))
    assert reply.status == 302, reply
    where = urlsplit((reply.headers or {})["location"])
    return f"{where.path}?{where.query}"


@contextlib.asynccontextmanager
async def crm(
    folder: Path, issuer: Issuer, *, oauth: str = "", scope: str = "", key: str = KEY
) -> AsyncIterator[tuple[House, Backend]]:
    there = Served(issuer)
    issuer.url = issuer.iss = there.url
    backend = Backend()
    port = await backend.start()
    demanding(issuer, backend, scope)
    (folder / "key").write_text(key)
    (folder / "key").chmod(0o600)
    written = f"{{ grant: authorization-code, unsafe_allow_loopback: true{oauth} }}"
    servers = {"crm": f"{{ url: 'http://127.0.0.1:{port}/mcp', oauth: {written} }}"}
    try:
        async with standing(folder, servers, 'connections: { key: "${file:key}" }') as house:
            yield house, backend
    finally:
        await backend.close()
        await asyncio.to_thread(there.close)


def refused(answer: Any) -> str:
    """What a call is told that needs a sign-in."""
    assert isinstance(answer, str), answer
    assert answer.startswith("Approval needed"), answer
    return answer


def test_a_caller_is_told_where_to_sign_in_and_then_calls_with_his_own_token(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        async with crm(tmp_path, issuer) as (house, backend):
            said = refused(await house.call("crm"))
            page = f"http://127.0.0.1:{house.instance.port}/connect/crm"
            assert page in said
            alice, bob = Browser(house), Browser(house)
            assert (await alice.get("/connect/crm"))[0] == 200
            issuer.user = "alice@crm"
            status, text = await alice.connect(issuer)
            assert (status, "Connected" in text) == (200, True)
            assert await house.call("crm") == "hi"
            assert page in refused(await house.call("crm", user="bob"))
            issuer.user = "bob@crm"
            await bob.connect(issuer, "bob")
            assert await house.call("crm", user="bob") == "hi"
            whose = [issuer.tokens[call.decode().removeprefix("Bearer ")]["sub"] for call in backend.calls]
            assert whose == ["alice@crm", "bob@crm"]
            assert len([line for line in issuer.fetched if "register" in line]) == 1, "registered once for all"
            assert '"connected"' in house.records()

    asyncio.run(work())


def test_tokens_are_renewed_once_for_many_calls_and_kept_over_a_restart(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        issuer.ttl = 2
        async with crm(tmp_path, issuer) as (house, _):
            await Browser(house).connect(issuer)
            assert await house.call("crm") == "hi"
            await asyncio.sleep(2)
            issuer.asked.clear()
            assert await asyncio.gather(*[house.call("crm") for _ in range(20)]) == ["hi"] * 20
            assert [form["grant_type"] for form in issuer.asked] == ["refresh_token"]
            kept = (tmp_path / "connections.db").read_bytes()
            for secret in (*issuer.tokens, "rt-", "alice", "secret-of", "registered"):
                assert secret.encode() not in kept, secret
            assert (tmp_path / "connections.db").stat().st_mode & 0o777 == 0o600

    asyncio.run(work())


def test_a_sign_in_outlives_the_gateway_and_ends_with_another_key(tmp_path):
    async def work() -> None:
        issuer, there, backend = Issuer(), None, Backend()
        there = Served(issuer)
        issuer.url = issuer.iss = there.url
        port = await backend.start()
        demanding(issuer, backend)
        oauth = "{ grant: authorization-code, unsafe_allow_loopback: true }"
        servers = {"crm": f"{{ url: 'http://127.0.0.1:{port}/mcp', oauth: {oauth} }}"}
        for key, works in ((KEY, False), (KEY, True), ("x" * 40, False)):
            (tmp_path / "key").write_text(key)
            (tmp_path / "key").chmod(0o600)
            async with standing(tmp_path, servers, 'connections: { key: "${file:key}" }') as house:
                if works:
                    assert await house.call("crm") == "hi"
                else:
                    refused(await house.call("crm"))
                if key == KEY and not works:
                    await Browser(house).connect(issuer)
        await backend.close()
        await asyncio.to_thread(there.close)

    asyncio.run(work())


def test_a_sign_in_that_is_not_renewed_any_more_has_to_be_made_again(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        async with crm(tmp_path, issuer) as (house, _):
            await Browser(house).connect(issuer)
            assert await house.call("crm") == "hi"
            issuer.revoke()
            assert await house.call("crm") == "hi", "what was revoked is renewed within the call"
            issuer.revoke()
            issuer.revoke_refresh()
            refused(await house.call("crm"))
            await Browser(house).connect(issuer)
            assert await house.call("crm") == "hi"
            status, text = await Browser(house).post("/connect/crm", {"token": house.token("alice"), "do": "forget"})
            assert (status, "Disconnected" in text) == (200, True)
            refused(await house.call("crm"))

    asyncio.run(work())


def test_an_issuer_that_is_down_does_not_end_sign_ins(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        issuer.ttl = 1
        async with crm(tmp_path, issuer) as (house, _):
            await Browser(house).connect(issuer)
            await asyncio.sleep(1.1)
            issuer.failing = 503
            assert (await house.call("crm"))["code"] == 5030
            issuer.failing = 0
            await asyncio.sleep(1.1)
            assert await house.call("crm") == "hi"

    asyncio.run(work())


# Attempts to have somebody else's access.


def test_a_link_that_was_begun_by_another_is_of_no_use_in_my_browser(tmp_path):
    """Mallory begins, and has Alice finish: Alice's account would be connected to Mallory's name."""

    async def work() -> None:
        issuer = Issuer()
        async with crm(tmp_path, issuer) as (house, _):
            mallory, alice = Browser(house), Browser(house)
            link = await mallory.begin("bob")
            status, text = await alice.get(returning(issuer, link))
            assert (status, "another browser" in text) == (400, True)
            refused(await house.call("crm", user="bob"))
            # And with a cookie of hers from a sign-in of her own.
            await alice.begin("alice")
            status, _ = await alice.get(returning(issuer, await mallory.begin("bob")))
            assert status == 400
            refused(await house.call("crm", user="bob"))

    asyncio.run(work())


def test_another_page_cannot_begin_a_sign_in_in_my_browser(tmp_path):
    """Mallory's page posts Mallory's token from Alice's browser."""

    async def work() -> None:
        issuer = Issuer()
        async with crm(tmp_path, issuer) as (house, _):
            alice = Browser(house)
            form = {"token": house.token("bob"), "do": "connect"}
            for origin in ("https://evil.example", "null", ""):
                status, _ = await alice.post("/connect/crm", form, origin)
                assert status == 403, origin
            assert alice.cookies == {}

    asyncio.run(work())


def test_only_who_shows_a_token_of_his_is_anybody(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        async with crm(tmp_path, issuer) as (house, _):
            someone = Browser(house)
            for token in ("", "nonsense", house.token("alice")[:-2] + "zz", "a b", "\u20ac", "x" * 70_000):
                status, text = await someone.post("/connect/crm", {"token": token, "do": "connect"})
                assert status == 401, token[:20]
                assert token[:10] not in text or not token

    asyncio.run(work())


def test_an_answer_is_good_once_and_only_from_the_issuer_that_was_asked(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        async with crm(tmp_path, issuer) as (house, _):
            alice = Browser(house)
            answer = returning(issuer, await alice.begin())
            assert (await alice.get(answer))[0] == 200
            alice.cookies = alice.cookies | {"yett-connect": "x"}
            assert (await alice.get(answer))[0] == 400, "used up"
            for iss in ("https://evil.example", f"{issuer.url}/", None):
                issuer.iss = iss
                status, text = await alice.get(returning(issuer, await alice.begin()))
                assert status == 400, iss
                assert "issuer" in text
            assert len([form for form in issuer.asked if form["grant_type"] == "authorization_code"]) == 1
            issuer.iss = issuer.url
            for target in ("/connect", "/connect?state=x&code=y", "/connect?code=y", "/connect?" + "a=b&" * 30):
                assert (await alice.get(target))[0] == 400

    asyncio.run(work())


def test_a_user_who_says_no_is_not_connected_and_nothing_he_brings_is_shown(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        async with crm(tmp_path, issuer) as (house, _):
            alice = Browser(house)
            state = redirected(issuer(Question("GET", (await alice.begin()).removeprefix(issuer.url), {})))["state"]
            status, text = await alice.get(f"/connect?state={state}&error=access_denied&iss={issuer.url}")
            assert (status, "access_denied" in text) == (400, True)
            state = redirected(issuer(Question("GET", (await alice.begin()).removeprefix(issuer.url), {})))["state"]
            status, text = await alice.get(f"/connect?state={state}&error=%3Cscript%3Ealert(1)%3C/script%3E")
            assert (status, "script" in text) == (400, False)

    asyncio.run(work())


def test_pages_are_not_framed_kept_or_scripted_and_cookies_follow_the_scheme(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        async with crm(tmp_path, issuer) as (house, _):
            alice = Browser(house)
            await alice.begin()
            for line in (
                "content-security-policy: default-src 'none'; form-action 'self'; frame-ancestors 'none'",
                "cache-control: no-store",
                "x-frame-options: deny",
                "referrer-policy: same-origin",
                "httponly; samesite=lax",
            ):
                assert line in alice.head
            assert "secure" not in alice.head.partition("set-cookie")[2].partition("\r\n")[0]
            assert (await alice.get("/connect/none"))[0] == 404
            assert (await alice.get("/connect/crm?x=1"))[0] == 404
            assert (await alice.get("/connect/crm", "origin: https://evil.example\r\n"))[0] == 403

    asyncio.run(work())


def test_more_scopes_are_asked_for_together_with_those_that_were_had(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        async with crm(tmp_path, issuer, scope=', scope="read"') as (house, backend):
            # The server was asked once, so its challenge is known.
            while house.instance.runtime.catalogue.listing("crm").status is Status.UNLISTED:
                await asyncio.sleep(0.01)
            refused(await house.call("crm"))
            alice = Browser(house)
            await alice.connect(issuer)
            (first,) = issuer.tokens.values()
            assert first["scope"] == "read"
            demanded = backend.gate
            known = (401, [(b"www-authenticate", b"")], b"")

            def gate(incoming: Incoming) -> Any:
                found = demanded(incoming)
                token = (incoming.head.get(b"authorization") or b"").decode().removeprefix("Bearer ")
                if found is None and b"tools/call" in incoming.body and "write" not in issuer.tokens[token]["scope"]:
                    said = b'Bearer error="insufficient_scope", scope="write"'
                    return 403, [(b"www-authenticate", said)], known[2]
                return found

            backend.gate = gate
            refused(await house.call("crm"))
            await alice.connect(issuer)
            assert await house.call("crm") == "hi"
            assert list(issuer.tokens.values())[-1]["scope"] == "read write"

    asyncio.run(work())


def test_nothing_of_a_sign_in_is_printed(tmp_path, capfd):
    async def work() -> None:
        issuer = Issuer()
        async with crm(tmp_path, issuer) as (house, _):
            refused(await house.call("crm"))
            alice = Browser(house)
            link = await alice.begin()
            await alice.get(returning(issuer, link))
            assert await house.call("crm") == "hi"
            said = (
                house.records() + await house.ready() + await house.metrics() + repr(house.instance.runtime.connections)
            )
            said += "".join(capfd.readouterr())
            for secret in (*issuer.tokens, "rt-", "secret-of", house.token("alice"), *alice.cookies.values(), KEY):
                assert not secret or secret not in said

    asyncio.run(work())
