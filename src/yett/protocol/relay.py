"""Two id spaces and the way between them: what a client calls its requests, and what one server is told they are.

Clients reuse ids (some send 1 always), and several of them may share one server process; both sides of a legacy
session count from 0. So every request gets an id that is unique on its upstream session, progress tokens likewise, and
nothing comes back that does not belong to something that was asked. The progress token of a request is its upstream id.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from yett.core.exchange import Era
from yett.core.message import Id, JsonObject, Message, Notification, Reply, Request
from yett.errors import UpstreamProtocolError, UpstreamUnavailable

IN_FLIGHT: Final = 1_000
"""Calls of one upstream session that wait for their reply. A client that opens more is told to wait."""
ASKED: Final = 256
"""Requests of a server that wait for the client's reply."""
REMEMBERED: Final = 1_000
"""Calls that are over for us: answered, or left by their client. A server that resumes a stream sends them again."""

TOKEN_LENGTH: Final = 256
"""A longer progress token is not remembered, so no progress comes back for it."""

PROGRESS: Final = "notifications/progress"
CANCELLED: Final = "notifications/cancelled"
SUBSCRIPTION: Final = "io.modelcontextprotocol/subscriptionId"


class _Call(Struct, frozen=True, kw_only=True):
    """A request as its client knows it."""

    id: Id
    token: Id | None = None
    answered: bool = False


class _Question(Struct, frozen=True, kw_only=True):
    """A request of the server's as the server knows it."""

    id: Id
    token: Id | None = None


class Told(Struct, frozen=True, kw_only=True):
    """A client's notification in the server's id space, and the call that it cancels, by upstream id."""

    message: Notification
    cancels: int | None = None


class Heard(Struct, frozen=True, kw_only=True):
    """A server's message in the client's id space.

    `call` is the upstream id of the call it belongs to, `None` when it says nothing about that. `ends` marks a message
    after which nothing follows for that call, though it is no reply.
    """

    message: Message
    call: int | None = None
    ends: bool = False


class Relay:
    """The maps of one upstream session (legacy), or of one shared connection (modern). All of them are bounded."""

    __slots__ = ("_asked", "_calls", "_era", "_next_call", "_next_question", "_remembered")

    def __init__(self, era: Era = Era.LEGACY) -> None:
        self._era = era
        self._calls: dict[int, _Call] = {}
        self._remembered: dict[int, _Call] = {}
        self._asked: dict[int, _Question] = {}
        self._next_call = 1
        self._next_question = 1

    @property
    def in_flight(self) -> int:
        """How many calls wait for their reply."""
        return len(self._calls)

    def ask(self, request: Request) -> Request:
        """Take a client's request; return it with its upstream id (an `int`). Equal client ids are no conflict."""
        if len(self._calls) >= IN_FLIGHT:
            raise UpstreamUnavailable(f"{IN_FLIGHT} calls to this server are waiting for their replies already")
        number = self._next_call
        self._next_call += 1
        token = progress_token(request.params)
        self._calls[number] = _Call(id=request.id, token=token)
        params = request.params if token is None else _with_token(request.params, number)
        return replace(request, id=number, params=params)

    def leave(self, call: int) -> bool:
        """Nobody waits for this call here any more; tell whether its reply is still due.

        It may yet come, on a stream that resumes the call's own.
        """
        known = self._calls.pop(call, None)
        if known is None:
            return False
        self._remember(call, known)
        return True

    def tell(self, notification: Notification) -> Told | None:
        """Take a client's notification; `None` when it is about something that this session does not know."""
        params = notification.params or {}
        if notification.method == CANCELLED:
            call = self._latest(params.get("requestId"))
            if call is None:
                return None
            return Told(message=_with_param(notification, "requestId", call), cancels=call)
        if notification.method == PROGRESS:
            question = self._asked.get(_number(params.get("progressToken")))
            if question is None or question.token is None:
                return None
            return Told(message=_with_param(notification, "progressToken", question.token))
        return Told(message=notification)

    def expects(self, reply: Reply) -> bool:
        """Tell whether a client may send this reply: the server's question is open."""
        return _number(reply.id) in self._asked

    def answer(self, reply: Reply) -> Reply | None:
        """Take a client's reply to the server's question; `None` when nothing (any more) is asked under this id."""
        question = self._asked.pop(_number(reply.id), None)
        if question is None:
            return None
        # A server that resumes a stream asks again, under the same id: one answer is for all of these.
        for number in [n for n, other in self._asked.items() if _same(other.id, question.id)]:
            del self._asked[number]
        return replace(reply, id=question.id)

    def hear(self, message: Message, *, replay: bool = False) -> Heard | None:
        """Take a server's message; `None` when it concerns nobody who is here.

        `replay` marks a resumed stream: what was answered before may come again there. Raises `UpstreamProtocolError`
        for what a server must not send: a reply to nothing, a second reply, a request in the modern era.
        """
        match message:
            case Reply():
                return self._hear_reply(message, replay=replay)
            case Request():
                return self._hear_request(message)
            case Notification(method="notifications/progress"):
                return self._hear_progress(message, replay=replay)
            case Notification(method="notifications/cancelled"):
                return self._hear_cancelled(message)
            case _:
                return self._hear_subscription(message)

    def _hear_reply(self, reply: Reply, *, replay: bool) -> Heard | None:
        number = _number(reply.id)
        call = self._calls.pop(number, None)
        if call is None:
            call = self._remembered.get(number)
            if call is None:
                raise UpstreamProtocolError("the server replied to a request that it was not sent")
            if call.answered and not replay:
                raise UpstreamProtocolError("the server replied twice to one request")
            if not replay:
                return None
        self._remember(number, replace(call, answered=True))
        result = _restored(reply.result, number, call.id) if self._era is Era.MODERN else reply.result
        return Heard(message=replace(reply, id=call.id, result=result), call=number)

    def _hear_request(self, request: Request) -> Heard:
        if self._era is Era.MODERN:
            raise UpstreamProtocolError(f"the server sent a request, `{request.method[:64]}`, which 2026-07-28 forbids")
        if len(self._asked) >= ASKED:
            raise UpstreamProtocolError(f"the server asked {ASKED} things without waiting for an answer")
        number = self._next_question
        self._next_question += 1
        token = progress_token(request.params)
        self._asked[number] = _Question(id=request.id, token=token)
        params = request.params if token is None else _with_token(request.params, number)
        return Heard(message=replace(request, id=number, params=params))

    def _hear_progress(self, notification: Notification, *, replay: bool) -> Heard | None:
        number = _number((notification.params or {}).get("progressToken"))
        call = self._calls.get(number)
        waiting = call is not None
        # Not only while the call runs: the progress of a task outlives the call that started it.
        if call is None and (replay or self._era is Era.LEGACY):
            call = self._remembered.get(number)
        if call is None or call.token is None:
            return None
        return Heard(message=_with_param(notification, "progressToken", call.token), call=number if waiting else None)

    def _hear_cancelled(self, notification: Notification) -> Heard | None:
        wanted = (notification.params or {}).get("requestId")
        if self._era is Era.MODERN:
            # "solely to terminate a `subscriptions/listen` stream" (2026-07-28, stdio): the server ends its own answer.
            number = _number(wanted)
            call = self._calls.get(number)
            if call is None:
                return None
            return Heard(message=_with_param(notification, "requestId", call.id), call=number, ends=True)
        for number, question in self._asked.items():
            if _same(question.id, wanted):
                del self._asked[number]
                return Heard(message=_with_param(notification, "requestId", number))
        return None

    def _hear_subscription(self, notification: Notification) -> Heard | None:
        meta = (notification.params or {}).get("_meta")
        if self._era is Era.LEGACY or not isinstance(meta, dict) or SUBSCRIPTION not in meta:
            return Heard(message=notification)
        number = _number(meta[SUBSCRIPTION])
        call = self._calls.get(number)
        if call is None:
            return None
        meta = {**meta, SUBSCRIPTION: call.id}
        return Heard(message=_with_param(notification, "_meta", meta), call=number)

    def _latest(self, client_id: object) -> int | None:
        return next((number for number in reversed(self._calls) if _same(self._calls[number].id, client_id)), None)

    def _remember(self, number: int, call: _Call) -> None:
        self._remembered[number] = call
        if len(self._remembered) > REMEMBERED:
            del self._remembered[next(iter(self._remembered))]


def _number(value: object) -> int:
    """Return an id of ours; -1, which is none, for every other type: `True` and `1.0` equal 1 as keys."""
    return value if type(value) is int else -1


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def progress_token(params: JsonObject | None) -> Id | None:
    """Return the token under which a request wants to hear of its progress; `None` when it does not, or wrongly."""
    meta = (params or {}).get("_meta")
    token = meta.get("progressToken") if isinstance(meta, dict) else None
    if type(token) is str and len(token) <= TOKEN_LENGTH:
        return token
    return token if type(token) is int else None


def _with_token(params: JsonObject | None, token: int) -> JsonObject:
    params = params or {}
    return {**params, "_meta": {**params["_meta"], "progressToken": token}}


def _with_param(notification: Notification, name: str, value: Any) -> Notification:
    return replace(notification, params={**(notification.params or {}), name: value})


def _restored(result: Any, number: int, client_id: Id) -> Any:
    """Return a reply's result with the subscription it names in the client's words."""
    meta = result.get("_meta") if isinstance(result, dict) else None
    if not isinstance(meta, dict) or _number(meta.get(SUBSCRIPTION)) != number:
        return result
    return {**result, "_meta": {**meta, SUBSCRIPTION: client_id}}
