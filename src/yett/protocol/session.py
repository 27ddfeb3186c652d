"""The legacy session as a table: which messages are in order at which stage, and what they lead to."""

from __future__ import annotations

from enum import Enum
from typing import Final

from yett.core.message import Message, Notification, Reply, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny

OUT_OF_ORDER = Reason(
    code="session.out-of-order", kind=Kind.ENVELOPE, public="this message is not in order at this point of the session"
)


class Stage(Enum):
    """How far a session has come.

    `NEW` before `initialize`, `INITIALIZING` until its reply came, `ANSWERED` until the client confirmed with
    `notifications/initialized`, `READY` then, `ENDED` for good.
    """

    NEW = "new"
    INITIALIZING = "initializing"
    ANSWERED = "answered"
    READY = "ready"
    ENDED = "ended"


_INITIALIZE: Final = "initialize"
_INITIALIZED: Final = "notifications/initialized"
_OTHER: Final = "other"

# (stage, what the client sends) -> the next stage; what is missing is refused.
# "The client SHOULD NOT send requests other than pings before the server has responded to the initialize request"
# (2025-11-25, basic/lifecycle). After that answer sloppy clients go on without the notification: the server judges.
_CLIENT: Final[dict[tuple[Stage, str], Stage]] = {
    (Stage.NEW, _INITIALIZE): Stage.INITIALIZING,
    (Stage.INITIALIZING, "ping"): Stage.INITIALIZING,
    (Stage.ANSWERED, _INITIALIZED): Stage.READY,
    (Stage.ANSWERED, _OTHER): Stage.ANSWERED,
    (Stage.READY, _OTHER): Stage.READY,
}

# What a server may send that is no reply. "The server SHOULD NOT send requests other than pings and logging before
# receiving the initialized notification": nothing that asks something of the user may come that early.
_EARLY: Final = frozenset({"ping", "notifications/message", "notifications/progress"})


def client_sends(stage: Stage, message: Message) -> Stage | Deny:
    """Return the stage after the client's message, or why it is out of order."""
    following = _CLIENT.get((stage, _word(stage, message)))
    if following is None:
        return Deny(reason=OUT_OF_ORDER, detail=f"{_name(message)} while {stage.value}")
    return following


def server_answers(stage: Stage, reply: Reply) -> Stage:
    """Return the stage after the reply to `initialize`: a failed one ends the session."""
    if stage is not Stage.INITIALIZING:
        return stage
    return Stage.ANSWERED if reply.error is None else Stage.ENDED


def server_may_send(stage: Stage, message: Message) -> bool:
    """Tell whether the server's message is in order. Replies are judged by their ids, not by the stage."""
    match message:
        case Reply():
            return stage is not Stage.NEW and stage is not Stage.ENDED
        case Notification():
            # A list may change between the answer and the confirmation, and servers say so at once.
            return stage in (Stage.ANSWERED, Stage.READY) or (stage is Stage.INITIALIZING and message.method in _EARLY)
        case Request():
            return stage is Stage.READY or (stage is Stage.ANSWERED and message.method in _EARLY)


def _word(stage: Stage, message: Message) -> str:
    if isinstance(message, Reply):
        return _OTHER
    if message.method in (_INITIALIZE, _INITIALIZED) or (stage, message.method) in _CLIENT:
        return message.method
    return _OTHER


def _name(message: Message) -> str:
    return "reply" if isinstance(message, Reply) else f"`{message.method[:64]}`"
