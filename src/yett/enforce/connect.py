"""The pages where a user connects his own account at a server: identified here first, then sent to its issuer.

Whoever can make somebody else finish his sign-in gets that one's access (the confused deputy). So a sign-in is begun
by showing the gateway one's own token, from the gateway's own page, and ends in the browser that began it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from yett.config.credentials import CALLBACK, CONNECT, DOCUMENT
from yett.config.runtime import Runtime
from yett.core.exchange import ANONYMOUS, Channel, Exchange, Principal
from yett.core.verdict import Deny
from yett.errors import StoreError, UpstreamError
from yett.identity.credentials import Credentials
from yett.identity.pending import ROUNDS, Pending
from yett.upstream.oauth.personal import Personal
from yett.upstream.oauth.registration import document
from yett.upstream.oauth.sign_in import SECONDS, Refused
from yett.wire.http import Header, Incoming
from yett.wire.responder import Answer

_FORM_BYTES: Final = 64 * 1024
_WORD: Final = re.compile(r"[a-z_]{1,40}")
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,16384}")
_HEADERS: Final[tuple[Header, ...]] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # With `no-referrer`, browsers send the page's own form with `Origin: null` (Fetch, "append a request Origin").
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
)
_JSON: Final[tuple[Header, ...]] = ((b"content-type", b"application/json"), (b"cache-control", b"public, max-age=600"))
_FORM: Final = """\
<p>Yett passes your calls of <b>{server}</b> on with a token of your own. To connect your account there, show first who
you are here: paste the token that your client sends to Yett. It is used for this, and not kept.</p>
<form method="post"><p><label>Token <input type="password" name="token" autocomplete="off" required></label></p>
<p><button name="do" value="connect">Connect</button> <button name="do" value="forget">Disconnect</button></p></form>
"""


def ours(target: bytes) -> bool:
    """Whether a request is for one of these pages."""
    return target.startswith(CALLBACK.encode())


async def connect(runtime: Runtime, incoming: Incoming, channel: Channel, responder: Answer, now: float) -> None:
    """Answer one request. `now` is wall time."""
    page = _Page(runtime, incoming, channel, responder)
    # As for every request of a stranger's: not too many, and under a name of ours.
    admitted = runtime.pipeline.admit(Exchange(id="", received_at=now, channel=channel, server=""))
    if runtime.counters.admit(channel.peer).spent:
        page.say(429, "Too many requests", "<p>Try again in a minute.</p>")
    elif admitted is not None:
        page.say(403, "Not from here", "<p>This page answers under its own name, and to itself.</p>")
    else:
        await page.answer(now)


class _Page:
    def __init__(self, runtime: Runtime, incoming: Incoming, channel: Channel, responder: Answer) -> None:
        self._runtime = runtime
        self._head = incoming.head
        self._body = incoming.body
        self._channel = channel
        self._responder = responder
        path, _, query = incoming.head.target.decode("latin-1").partition("?")
        self._path, self._query = path, query

    async def answer(self, now: float) -> None:
        server = self._path.removeprefix(CONNECT)
        personal = self._runtime.connections.get(server) if self._path.startswith(CONNECT) else None
        method = self._head.method
        if self._path == CALLBACK and method == "GET":
            await self._returned()
        elif self._path == DOCUMENT and method == "GET":
            self._describe()
        elif personal is None or self._query:
            self.say(
                404, "Nothing here", "<p>Accounts are connected at <code>/connect/</code> and a server's name.</p>"
            )
        elif method == "GET":
            self.say(200, f"Connect to {server}", _FORM.format(server=escape(server)))
        elif method == "POST":
            await self._begin(server, personal, now)
        else:
            self.say(405, "Not so", "<p>Open this page in a browser.</p>", (b"allow", b"GET, POST"))

    # From here to the issuer.

    async def _begin(self, server: str, personal: Personal, now: float) -> None:
        # A page elsewhere could post its own owner's token here, and have the visitor connect his account to it.
        host = self._channel.host or ""
        if self._channel.origin not in {f"https://{host}", f"http://{host}"}:
            self.say(403, "Not from here", "<p>Open this page yourself, and use its own form.</p>")
            return
        form = _form(self._body)
        principal = await self._identified(server, form.get("token", ""), now)
        if principal is None:
            self._runtime.counters.failed(self._channel.peer)
            self.say(401, "Not you", "<p>This token is not accepted here. Is it one for Yett, and still good?</p>")
            return
        owner = (principal.issuer, principal.subject)
        try:
            if form.get("do") == "forget":
                await personal.disconnect(owner)
                await self._record("disconnected", server, principal)
                self.say(200, "Disconnected", "<p>Yett has forgotten its token. Revoke it at the server as well.</p>")
                return
            browser = secrets.token_urlsafe(32)
            url, issuer = await personal.begin(owner, browser)
        except (UpstreamError, StoreError) as error:
            self._failed(error)
            return
        cookie = self._cookie(personal, browser)
        self.say(
            200,
            f"Connect {principal.subject} to {server}",
            f"<p>You are <b>{escape(principal.subject)}</b> here. What you allow there, your calls can do.</p>"
            f'<p><a href="{escape(url)}">Sign in at {escape(issuer)}</a></p>',
            (b"set-cookie", cookie.encode()),
        )

    async def _identified(self, server: str, token: str, now: float) -> Principal | None:
        """Whose token this is, asked as for any call; `None` where it is nobody's."""
        if _TOKEN.fullmatch(token) is None:
            return None
        shown = Credentials(authorization=(b"Bearer " + token.encode("ascii"),), server=server)
        for _ in range(ROUNDS + 1):
            found = self._runtime.identify(shown, now)
            if not isinstance(found, Pending):
                return None if isinstance(found, Deny) or found is ANONYMOUS else found
            await found.wait()
        return None

    # From the issuer back here.

    async def _returned(self) -> None:
        answer = _fields(self._query)
        state = answer.get("state", "")
        found = [(name, one) for name, one in self._runtime.connections.items() if state in one.sign_ins]
        if not found:
            self.say(400, "Not begun here", "<p>This sign-in was not begun here, or took too long. Begin again.</p>")
            return
        server, personal = found[0]
        browser = self._browser(personal)
        if "error" in answer or "code" not in answer:
            personal.sign_ins.finish(state, browser, answer.get("iss"))
            said = answer.get("error", "")
            why = f"<code>{said}</code>" if _WORD.fullmatch(said) else "nothing"
            self.say(400, "Not connected", f"<p>The server's issuer said {why} instead of giving a code.</p>")
            return
        try:
            owner = await personal.finish(state, browser, answer["code"], answer.get("iss"))
        except (UpstreamError, StoreError) as error:
            self._failed(error)
            return
        if isinstance(owner, Refused):
            self.say(400, "Not connected", f"<p>{escape(owner.why[:1].upper() + owner.why[1:])}.</p>")
            return
        await self._record("connected", server, Principal(issuer=owner[0], subject=owner[1]))
        await self._runtime.changed(server)
        gone = self._cookie(personal, "", seconds=0).encode()
        text = f"<p>Calls of <b>{escape(server)}</b> by <b>{escape(owner[1])}</b> go out with this account now.</p>"
        self.say(200, "Connected", f"{text}<p>Close this page, and try the call again.</p>", (b"set-cookie", gone))

    def _browser(self, personal: Personal) -> str:
        try:
            cookies = SimpleCookie((self._head.get(b"cookie") or b"").decode("latin-1"))
        except CookieError:
            return ""
        morsel = cookies.get(_cookie_name(personal))
        return morsel.value if morsel is not None else ""

    # Words.

    def _cookie(self, personal: Personal, value: str, *, seconds: float = SECONDS) -> str:
        secure = "; Secure" if personal.pages.redirect.startswith("https://") else ""
        return f"{_cookie_name(personal)}={value}; Path=/; Max-Age={seconds:.0f}; HttpOnly; SameSite=Lax{secure}"

    async def _record(self, what: str, server: str, principal: Principal) -> None:
        await self._runtime.ledger.event(what, server=server, issuer=principal.issuer, subject=principal.subject)

    def _describe(self) -> None:
        pages = next(iter(self._runtime.connections.values())).pages
        if not pages.document:
            self.say(404, "Nothing here", "<p>Issuers read this document over https only.</p>")
            return
        import json

        body = {"client_id": pages.document, **document(pages.redirect, "none")}
        self._responder.send(200, _JSON, json.dumps(body).encode())

    def _failed(self, error: Exception) -> None:
        self.say(502, "Not connected", f"<p>{escape(str(error))}.</p>")

    def say(self, status: int, title: str, text: str, *more: Header) -> None:
        title = escape(title)
        page = f'<!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1>{text}</html>\n'
        self._responder.send(status, (*_HEADERS, *more), page.encode())


def _cookie_name(personal: Personal) -> str:
    return "__Host-yett-connect" if personal.pages.redirect.startswith("https://") else "yett-connect"


def _form(body: bytes) -> Mapping[str, str]:
    return _fields(body.decode("latin-1")) if len(body) <= _FORM_BYTES else {}


def _fields(text: str) -> Mapping[str, str]:
    try:
        found = parse_qs(text, max_num_fields=20)
    except ValueError:  # too many
        return {}
    return {name: values[0] for name, values in found.items()}
