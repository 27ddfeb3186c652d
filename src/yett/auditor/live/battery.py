"""Battery: what is asked of an endpoint to learn how it guards itself. It records; rules judge what it recorded.

Every probe lists tools or says hello, in a form that a careful server refuses. No tool is called but those that the
user named, and nothing is changed but sessions of our own, which are ended. The number of requests and the time are
bounded, and all go to the one address that the user named (and to `direct`, where they name one).
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import ssl
from typing import Any, Final
from urllib.parse import quote

from yett.auditor.live import dialect
from yett.auditor.live.asking import Answer, Where, ask
from yett.auditor.live.wishes import Wishes
from yett.secrets.secret import Secret

SECONDS: Final = 90.0
REQUESTS: Final = 60
"""Beside the burst that somebody asked for."""
BURST: Final = 2_000
PAUSE: Final = 0.05
_ELSEWHERE: Final = "https://yett-audit.invalid"
_SHOWN: Final = 1_000
_KEPT: Final = (
    "www-authenticate",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "retry-after",
    "server",
)
_PAGES: Final = ("/docs", "/openapi.json", "/metrics", "/debug/vars", "/.env", "/inspector")


class Battery:
    """One endpoint's probes, and what was seen: a plain document that goes into the audit like a file."""

    def __init__(self, where: Where, wishes: Wishes, tls: ssl.SSLContext | None) -> None:
        self._where = where
        self._wishes = wishes
        self._tls = tls
        self._left = REQUESTS
        self._number = 0
        self.seen: dict[str, Any] = {}
        self.modern = True

    async def run(self) -> dict[str, Any]:
        """Every probe, in order. What does not fit into the time is left out, and said."""
        try:
            async with asyncio.timeout(SECONDS):
                await self._all()
        except TimeoutError:
            self.seen["unfinished"] = {"trouble": f"not every probe was made in {SECONDS:.0f} seconds"}
        return {
            "yettProbes": 1,
            "url": self._where.url,
            "era": "modern" if self.modern else "legacy",
            "seen": self.seen,
        }

    async def _all(self) -> None:
        anonymous = await self._list("anonymous", token=None)
        if anonymous is None:
            return
        if self.seen["anonymous"]["status"] in {401, 403}:
            await self._metadata()
            await self._forged()
        token = self._wishes.token
        if token is not None:
            await self._list("signed-in", token=token)
        if token is not None or self.seen["anonymous"].get("listed"):
            await self._forms(token)
        await self._tokens(token)
        await self._calls()
        await self._errors(token)
        await self._pages()
        await self._elsewhere()
        await self._burst(token)

    # How the server is asked.

    async def _send(self, where: Where | None = None, **given: Any) -> Answer:
        if self._left <= 0:
            return Answer(status=0, trouble="not asked: too many requests")
        self._left -= 1
        await asyncio.sleep(PAUSE)
        tls = self._tls if where is None or where.scheme == "https" else None
        return await ask(where or self._where, tls=tls, **given)

    async def _list(
        self, probe: str, *, token: Secret | None, extra: tuple[tuple[str, str], ...] = (), **given: Any
    ) -> list[str] | None:
        """List the tools with something odd about it; record what came of it. None: nothing answered at all."""
        signed = (("Authorization", f"Bearer {token.reveal()}"),) if token is not None else ()
        answer = await self._listing((*signed, *extra), **given)
        if answer.status == 0:
            self._note(probe, answer)
            return None
        names = dialect.tools(answer)
        self._note(probe, answer, listed=names is not None, tools=len(names or ()))
        return names or []

    async def _listing(self, extra: tuple[tuple[str, str], ...], **given: Any) -> Answer:
        """`tools/list` in the era that the server speaks; which one that is, the first answer tells."""
        self._number += 1
        if self.modern:
            body = dialect.encoded(dialect.message("tools/list", modern=True, number=self._number))
            answer = await self._send(headers=[*dialect.headers("tools/list", modern=True), *extra], body=body, **given)
            if dialect.tools(answer) is not None or answer.status in {0, 401, 403, 421, 429} or self._number > 1:
                return answer
        answer, session = await self._open(extra, **given)
        if dialect.result(answer) is None:
            return answer
        self.modern = False
        body = dialect.encoded(dialect.message("tools/list", modern=False, number=self._number))
        listed = await self._send(
            headers=[*dialect.headers("", modern=False, session=session), *extra], body=body, **given
        )
        await self._close(session, extra)
        return listed

    async def _open(self, extra: tuple[tuple[str, str], ...], **given: Any) -> tuple[Answer, str]:
        answer = await self._send(
            headers=[*dialect.JSON_HEADERS, *extra], body=dialect.encoded(dialect.hello()), **given
        )
        session = answer.headers.get("mcp-session-id", "")
        if dialect.result(answer) is not None:
            word = {"jsonrpc": "2.0", "method": "notifications/initialized"}
            headers = [*dialect.headers("", modern=False, session=session), *extra]
            await self._send(headers=headers, body=dialect.encoded(word), **given)
        return answer, session

    async def _close(self, session: str, extra: tuple[tuple[str, str], ...]) -> None:
        if session:
            headers = [*dialect.headers("", modern=False, session=session), *extra]
            await self._send(method="DELETE", headers=headers)

    def _note(self, probe: str, answer: Answer, **more: Any) -> None:
        headers = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
        noted: dict[str, Any] = {"status": answer.status, **more}
        if headers:
            noted["headers"] = headers
        if answer.trouble:
            noted["trouble"] = answer.trouble
        self.seen[probe] = noted

    # The probes.

    async def _metadata(self) -> None:
        """The metadata of the protected resource (RFC 9728): where the challenge says, if that is on this server."""
        challenge = self.seen["anonymous"].get("headers", {}).get("www-authenticate", "")
        _, found, rest = challenge.partition('resource_metadata="')
        named = rest.partition('"')[0] if found else ""
        origin = f"{self._where.scheme}://{self._where.authority}"
        own = named.removeprefix(origin) if named.startswith(f"{origin}/") else ""
        # What the server wrote goes into a request line of ours.
        own = own if own.isascii() and own.isprintable() and " " not in own else ""
        answer = await self._send(method="GET", path=own or f"/.well-known/oauth-protected-resource{self._where.path}")
        told = next(iter(dialect.documents(answer)), None)
        known = told if isinstance(told, dict) else {}
        self._note(
            "metadata",
            answer,
            named=named,
            resource=known.get("resource"),
            authorization_servers=known.get("authorization_servers"),
        )

    async def _forged(self) -> None:
        """Tokens that nobody issued."""
        claims = {"iss": _ELSEWHERE, "sub": dialect.MARK, "aud": self._where.url, "exp": 4_102_444_800}
        unsigned = f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."
        for probe, token in (("forged-unsigned", unsigned), ("forged-random", secrets.token_urlsafe(32))):
            await self._list(probe, token=Secret(token))

    async def _forms(self, token: Secret | None) -> None:
        """Requests that disagree with themselves."""
        await self._list("foreign-origin", token=token, extra=(("Origin", _ELSEWHERE),))
        await self._list("foreign-host", token=token, extra=(("Host", "yett-audit.invalid"),))
        signed = [("Authorization", f"Bearer {token.reveal()}")] if token is not None else []
        if self.modern:
            listing = dialect.message("tools/list", modern=True)
            headers = [*dialect.headers("prompts/list", modern=True), *signed]
            self._judged("header-differs", await self._send(headers=headers, body=dialect.encoded(listing)))
            await self._odd(dialect.headers("tools/list", modern=True) + signed)
            return
        extra = tuple(signed)
        answer, session = await self._open(extra)
        if dialect.result(answer) is not None:
            await self._odd(dialect.headers("", modern=False, session=session) + signed)
            await self._session(session)
            await self._close(session, extra)

    async def _odd(self, headers: list[tuple[str, str]]) -> None:
        listing = dialect.message("tools/list", modern=self.modern)
        text = json.dumps(listing)
        twice = text.replace('"method": "tools/list"', '"method": "prompts/list", "method": "tools/list"')
        self._judged("duplicate-keys", await self._send(headers=headers, body=twice.encode()))
        self._judged("batch", await self._send(headers=headers, body=f"[{text}]".encode()))

    def _judged(self, probe: str, answer: Answer) -> None:
        self._note(probe, answer, listed=dialect.tools(answer) is not None)

    async def _session(self, session: str) -> None:
        """A session of one user in the hands of another, and of nobody."""
        if not session:
            return
        self.seen["session-id"] = {"length": len(session), "distinct": len(set(session))}
        body = dialect.encoded(dialect.message("tools/list", modern=False, number=2))
        headers = dialect.headers("", modern=False, session=session)
        if self._wishes.second is not None:
            other = ("Authorization", f"Bearer {self._wishes.second.reveal()}")
            self._judged("session-of-another", await self._send(headers=[*headers, other], body=body))
        if self._wishes.token is not None and not self.seen["anonymous"].get("listed"):
            self._judged("session-alone", await self._send(headers=headers, body=body))

    async def _tokens(self, token: Secret | None) -> None:
        """A good token in the wrong place, and one for somebody else. Only where nobody else is let in."""
        if self.seen["anonymous"].get("listed"):
            return
        if token is not None:
            joint = "&" if "?" in self._where.path else "?"
            path = f"{self._where.path}{joint}access_token={quote(token.reveal(), safe='')}"
            await self._list("token-in-query", token=None, path=path)
        if self._wishes.foreign is not None:
            await self._list("foreign-audience", token=self._wishes.foreign)

    async def _calls(self) -> None:
        """The tools that the user named, called by nobody. Where nobody may list them, nobody should call them."""
        if self.seen["anonymous"].get("listed"):
            return
        for name in self._wishes.calls:
            params = {"name": name, "arguments": {}}
            body = dialect.encoded(dialect.message("tools/call", modern=self.modern, params=params))
            named = [("Mcp-Name", name)] if self.modern else []
            headers = [*dialect.headers("tools/call", modern=self.modern), *named]
            answer = await self._send(headers=headers, body=body)
            self._note(f"call {name}", answer, answered=dialect.result(answer) is not None)

    async def _errors(self, token: Secret | None) -> None:
        """What the server says when something is wrong."""
        signed = [("Authorization", f"Bearer {token.reveal()}")] if token is not None else []
        wrong = {"jsonrpc": "2.0", "id": dialect.MARK, "method": "tools/list", "params": [[]]}
        for probe, body in (
            ("broken-json", b'{"jsonrpc": "2.0", "id": "yett-audit", "method": '),
            ("wrong-params", dialect.encoded(wrong)),
        ):
            headers = [*dialect.headers("tools/list", modern=self.modern), *signed]
            answer = await self._send(headers=headers, body=body)
            self._note(probe, answer, text=answer.text[:_SHOWN])

    async def _pages(self) -> None:
        for path in _PAGES:
            answer = await self._send(method="GET", path=path)
            if answer.status == 200:  # noqa: PLR2004 - found
                self._note(f"page {path}", answer, text=answer.text[:_SHOWN])

    async def _elsewhere(self) -> None:
        """The server behind the gateway, without it."""
        direct = self._wishes.direct
        if direct is None:
            return
        other = Battery(direct, Wishes(), self._tls if direct.scheme == "https" else None)
        await other._list("anonymous", token=None)
        self.seen["direct"] = {"url": direct.url, **other.seen["anonymous"]}

    async def _burst(self, token: Secret | None) -> None:
        """As many lists as the user said, one after the other, up to the first refusal."""
        signed = [("Authorization", f"Bearer {token.reveal()}")] if token is not None else []
        headers = [*dialect.headers("tools/list", modern=True), *signed]
        body = dialect.encoded(dialect.message("tools/list", modern=True))
        sent = 0
        for _ in range(min(self._wishes.burst, BURST)):
            answer = await ask(self._where, headers=headers, body=body, tls=self._tls)
            sent += 1
            limited = answer.status in {429, 503} or '"retryAfter"' in answer.text
            if limited or answer.status == 0:
                self.seen["burst"] = {"sent": sent, "limited": limited, "status": answer.status}
                return
        if sent:
            self.seen["burst"] = {"sent": sent, "limited": False}


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
