"""From bytes to an `Exchange` with its facts: who is calling, what is meant, which tool and session, what is left.

The order is the law's: admission and identity before the body is read, so that a stranger costs nothing (decision
0002). Everything here is synchronous: no other exchange can change a fact between two of these steps.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from yett.config.runtime import Runtime
from yett.core.exchange import Entrance, Era, Exchange, Principal, Quota
from yett.core.message import Message, Notification, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.inbound import Inbound, Verb
from yett.enforce.lane import Lane
from yett.identity.pending import Pending
from yett.protocol import headers as mcp
from yett.protocol import jsonrpc, methods, usual_call
from yett.protocol.headers import McpHeaders, Story
from yett.protocol.methods import Target
from yett.protocol.usual_call import Likeness
from yett.state.sessions import ID_BYTES, Session, owner_of

PEER_FLOOD = Reason(code="peer.flood", kind=Kind.FLOOD, public="too many requests")
CALLER_FLOOD = Reason(code="caller.flood", kind=Kind.FLOOD, public="too many requests")
SESSION_UNKNOWN = Reason(
    code="session.unknown", kind=Kind.SESSION, public="there is no such session; start again with `initialize`"
)
SESSION_MISSING = Reason(
    code="session.missing", kind=Kind.HTTP_BAD_REQUEST, public="this needs the `Mcp-Session-Id` that `initialize` gave"
)
SESSION_EXISTS = Reason(
    code="session.exists", kind=Kind.HTTP_BAD_REQUEST, public="`initialize` starts a session and cannot be sent in one"
)
SESSION_VERSION = Reason(
    code="session.version", kind=Kind.HTTP_BAD_REQUEST, public="no session speaks this protocol version"
)
STREAM_UNKNOWN = Reason(
    code="http.no-stream",
    kind=Kind.HTTP_METHOD,
    public="only POST is served here; GET and DELETE belong to sessions of protocol versions before 2026-07-28",
)
STREAM_NOT_ACCEPTED = Reason(
    code="http.not-acceptable", kind=Kind.HTTP_NOT_ACCEPTABLE, public="GET needs `Accept: text/event-stream`"
)
ERA_NOT_SPOKEN = Reason(
    code="era.not-spoken", kind=Kind.VERSION, public="this server does not speak the client's protocol era"
)

LISTEN: Final = "session/listen"
END: Final = "session/end"
"""Names of ours for the legacy GET and DELETE, which carry no message. They appear in the ledger only."""

# Looking a member up on its class costs more than comparing it.
_LEGACY: Final = Era.LEGACY
_STDIO: Final = Entrance.STDIO
_SAY: Final = Verb.SAY
_NO_TASKS: Final[frozenset[tuple[str, str]]] = frozenset()


class Established(Struct, kw_only=True):
    """An exchange and what belongs to it but is no fact for guards. `deny` is set where establishing it failed.

    `pending` is set where it is not known yet who is calling: wait for it, and establish again.
    """

    exchange: Exchange
    deny: Deny | None = None
    pending: Pending | None = None
    headers: McpHeaders | None = None
    session: Session | None = None
    likeness: Likeness | None = None
    """Set for calls in a usual form: what they share with others."""
    story: Story | None = None
    lane: Lane | None = None
    """What was judged of such calls before, where that still holds."""


def establish(runtime: Runtime, inbound: Inbound, *, again: bool = False) -> Established:
    """Admit, identify, read, and gather the facts. Never raises on anything a client can send.

    `again` says that this request was admitted before and something was waited for since: it counts once.
    """
    principal = _identified(runtime, inbound, again=again)
    if type(principal) is Pending:
        return Established(exchange=inbound.unread, pending=principal)
    if type(principal) is Deny:
        return Established(exchange=inbound.unread, deny=principal)
    headers = inbound.preface.mcp()
    if type(headers) is Deny:
        established = Established(exchange=_exchange(inbound, principal), deny=headers)
    elif inbound.verb is _SAY:
        established = _read(runtime, inbound, principal, headers)
    else:
        established = _about_session(runtime, inbound, principal, headers)
    if established.exchange.quota is None:
        _count_anyway(runtime, established)
    return established


def _exchange(inbound: Inbound, principal: Principal, **more: Any) -> Exchange:
    preface = inbound.preface
    return Exchange(
        id=inbound.id,
        received_at=inbound.received_at,
        channel=preface.channel,
        server=preface.server,
        principal=principal,
        **more,
    )


def _count_anyway(runtime: Runtime, established: Established) -> None:
    """What was refused before it became a message, and what carries none, counts against its caller like any other."""
    exchange = established.exchange
    quota = runtime.counters.hit(exchange.principal, exchange.server)
    if quota.spent:
        established.deny = Deny(reason=CALLER_FLOOD, detail=quota.spent, retry_after=quota.retry_after)


def _identified(runtime: Runtime, inbound: Inbound, *, again: bool) -> Principal | Deny | Pending:
    preface = inbound.preface
    peer = preface.channel.peer
    if not again:
        flood = runtime.counters.admit(peer)
        if flood.spent:
            return _flood(flood)
    refused = preface.refused_by(runtime.pipeline)
    if refused is not None:
        return stranger(runtime, peer, refused)
    principal = runtime.identify(preface.credentials, inbound.received_at)
    return stranger(runtime, peer, principal) if type(principal) is Deny else principal


def stranger(runtime: Runtime, peer: str, deny: Deny) -> Deny:
    """Refuse somebody unknown: for the reason at hand, or for a flood where there were too many such refusals.

    Who cannot be told to be right or wrong, because of us, has done nothing to be counted.
    """
    if deny.reason.kind is Kind.UNAVAILABLE:
        return deny
    flood = runtime.counters.failed(peer)
    return _flood(flood) if flood.spent else deny


def _flood(quota: Quota) -> Deny:
    return Deny(reason=PEER_FLOOD, detail=quota.spent, retry_after=quota.retry_after)


def _about_session(runtime: Runtime, inbound: Inbound, principal: Principal, headers: McpHeaders) -> Established:
    """GET and DELETE: no message, but a session of the legacy era."""
    modern = headers.version in mcp.MODERN_VERSIONS
    exchange = _exchange(
        inbound,
        principal,
        era=Era.LEGACY,
        version=headers.version or mcp.LEGACY_VERSIONS[-1],
        request=Notification(method=LISTEN if inbound.verb is Verb.LISTEN else END),
        session=headers.session or "",
    )
    established = Established(exchange=exchange, headers=headers)
    if modern or headers.session is None:
        established.deny = Deny(reason=STREAM_UNKNOWN, supported=("POST",))
    elif inbound.verb is Verb.LISTEN and not headers.accept_sse:
        established.deny = Deny(reason=STREAM_NOT_ACCEPTED)
    else:
        _attach_session(runtime, established)
        if established.deny is None and established.session is not None and headers.last_event_id is not None:
            established.deny = established.session.events.check(headers.last_event_id)
    return established


def _read(runtime: Runtime, inbound: Inbound, principal: Principal, headers: McpHeaders) -> Established:
    deaf = mcp.check_accept(headers)
    if deaf is not None:
        return Established(exchange=_exchange(inbound, principal), deny=deaf)
    message: Message
    usual = usual_call.read(inbound.body, runtime.bounds)
    if usual is not None:
        lane = inbound.preface.lanes.find(runtime, principal, inbound.preface.server, usual.likeness)
        if lane is not None:
            return _in_lane(runtime, inbound, headers, usual.request, lane)
        message, encoded = usual.request, inbound.body
    else:
        parsed = jsonrpc.parse(inbound.body, runtime.bounds)
        if type(parsed) is Deny:
            return Established(exchange=_exchange(inbound, principal), deny=parsed)
        message, encoded = parsed.message, parsed.encoded
    story = inbound.preface.story(headers, message)
    if type(story) is Deny:
        return Established(exchange=_exchange(inbound, principal, request=message), deny=story)
    exchange = _exchange(
        inbound,
        principal,
        request=message,
        encoded=encoded,
        era=story.era,
        version=story.version,
        session=headers.session or "" if story.era is _LEGACY else "",
    )
    deny = methods.check_params(message, story.era)
    # A pipe has no headers that could repeat arguments, or contradict them.
    sent = None if exchange.channel.entrance is _STDIO else headers
    likeness = usual.likeness if usual is not None else None
    established = Established(exchange=exchange, deny=deny, headers=sent, likeness=likeness, story=story)
    if deny is None and story.era is _LEGACY:
        _attach_session(runtime, established)
    if established.deny is None:
        _add_facts(runtime, established)
    return established


def _in_lane(runtime: Runtime, inbound: Inbound, headers: McpHeaders, request: Request, lane: Lane) -> Established:
    """Establish a call as its like was established before: what is new is its id, its arguments and the count."""
    preface, principal, tool, story = inbound.preface, lane.principal, lane.tool, lane.story
    exchange = Exchange(
        id=inbound.id,
        received_at=inbound.received_at,
        channel=preface.channel,
        server=preface.server,
        request=request,
        encoded=inbound.body,
        era=story.era,
        version=story.version,
        principal=principal,
        tool=tool,
        quota=runtime.counters.hit(principal, preface.server, tool.name),
    )
    return Established(exchange=exchange, headers=headers, lane=lane)


def _attach_session(runtime: Runtime, established: Established) -> None:
    """Find the session this legacy message belongs to, or open one for `initialize`."""
    exchange = established.exchange
    owner = owner_of(exchange.principal)
    if type(exchange.request) is Request and exchange.request.method == "initialize":
        if exchange.session:
            established.deny = Deny(reason=SESSION_EXISTS)
            return
        opened = runtime.sessions.new(secrets.token_bytes(ID_BYTES), owner, exchange.server)
        if type(opened) is Deny:
            established.deny = opened
            return
        established.session = opened
    elif not exchange.session:
        established.deny = Deny(reason=SESSION_MISSING)
        return
    else:
        established.session = runtime.sessions.find(exchange.session, owner, exchange.server)
        if established.session is None:
            established.deny = Deny(reason=SESSION_UNKNOWN)
            return
    established.deny = _session_order(established, established.session)


def _session_order(established: Established, found: Session) -> Deny | None:
    """The message must be in order at this stage. Whatever version its header names, the session's holds.

    Only "SHOULD be the one negotiated" (2025-11-25, transports): clients that always name the same one work elsewhere,
    and the official suite 0.1.16 is such a client. An unknown one MUST be refused.
    """
    version = established.headers.version if established.headers else None
    if version is not None and version not in mcp.LEGACY_VERSIONS:
        return Deny(reason=SESSION_VERSION, detail=f"{version[:64]}, not {found.version}")
    if found.version:
        established.exchange = replace(established.exchange, version=found.version)
    if established.exchange.request.__class__ is Notification and _is_ours(established.exchange.request):
        return None
    following = found.order(established.exchange.request)
    return following if type(following) is Deny else None


def _is_ours(message: Message) -> bool:
    return type(message) is Notification and message.method in (LISTEN, END)


def _add_facts(runtime: Runtime, established: Established) -> None:
    """The tool's definition, the tasks that are the caller's, and what is left of his quota."""
    exchange = established.exchange
    server, principal = exchange.server, exchange.principal
    targets = methods.targets(exchange.request) or ()
    name = targets[0].name if targets and targets[0].kind == "tool" else ""
    if name:
        tool, tasks = runtime.catalogue.find(server, name), _NO_TASKS
    else:
        tool, tasks = None, _own_tasks(runtime, exchange, targets)
    quota = runtime.counters.hit(principal, server, name)
    established.exchange = replace(exchange, tool=tool, tasks=tasks, quota=quota)


def _own_tasks(runtime: Runtime, exchange: Exchange, targets: tuple[Target, ...]) -> frozenset[tuple[str, str]]:
    named = [target.name for target in targets if target.kind == "task"]
    if not named:
        return _NO_TASKS
    owner = owner_of(exchange.principal)
    tools = ((task, runtime.tasks.tool(owner, exchange.server, task)) for task in named)
    return frozenset((task, tool) for task, tool in tools if tool is not None)
