"""Folds guards over an exchange, failing closed; the only maker of `Cleared`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from yett.core.exchange import Exchange
from yett.core.guard import Guard, Mode, Phase
from yett.core.message import M, Message
from yett.core.reason import Kind, Reason
from yett.core.verdict import Allow, Deny, Rewrite, Verdict

PIPELINE_EMPTY = Reason(
    code="pipeline.empty", kind=Kind.UNAVAILABLE, public="the gateway has no guards and therefore serves nothing"
)
GUARD_FAILED = Reason(code="pipeline.guard-failed", kind=Kind.UNAVAILABLE, public="the request could not be judged")
GUARD_NONSENSE = Reason(code="pipeline.guard-nonsense", kind=Kind.UNAVAILABLE, public="the request could not be judged")
SUBJECT_CHANGED = Reason(
    code="pipeline.subject-changed", kind=Kind.UNAVAILABLE, public="the request could not be judged"
)

_SEAL: Final = object()
_VERDICTS: Final = frozenset({Allow, Deny, Rewrite})


class Cleared(Generic[M]):
    """A message that every guard let pass. Only the pipeline can make one, and nothing else can be sent.

    `encoded` is the message's canonical encoding where it is already known (the message is the very one that was
    parsed).
    """

    __slots__ = ("encoded", "message")

    def __init__(self, message: M, encoded: bytes, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only the pipeline clears messages")
        self.message = message
        self.encoded = encoded

    def __repr__(self) -> str:
        return f"Cleared({type(self.message).__name__})"


class Remark(Struct, frozen=True, kw_only=True):
    """What one guard had to say about an exchange."""

    guard: str
    verdict: str
    """`allow`, `deny` or `rewrite`."""
    reason: str = ""
    note: str = ""
    observed: bool = False
    """True when the guard only observes: its verdict was recorded, not carried out."""


Trail: TypeAlias = tuple[Remark, ...]


_NOTHING_SAID: Final[Trail] = ()


class Judgement(Struct, Generic[M], frozen=True, kw_only=True):
    """The pipeline's answer: `verdict` is the cleared message or the refusal; `trail` is who said what."""

    verdict: Cleared[M] | Deny
    trail: Trail = ()


class Guarded(Struct, frozen=True, kw_only=True):
    """A guard and whether its word counts."""

    guard: Guard
    mode: Mode = Mode.ENFORCE


_RequestCheck: TypeAlias = tuple[str, bool, Callable[[Exchange], Verdict[Message]]]
_ReplyCheck: TypeAlias = tuple[str, bool, Callable[..., Verdict[Message]], bool]


class Prepared:
    """What a pipeline has said already about requests that are alike, and whom it still has to ask about each.

    Only `Pipeline.prepare()` makes one, and only that pipeline takes it.
    """

    __slots__ = ("checks", "pipeline", "trail")

    def __init__(self, pipeline: Pipeline, trail: Trail, checks: list[_RequestCheck]) -> None:
        self.pipeline = pipeline
        self.trail = trail
        self.checks = checks


class Pipeline:
    """An ordered set of guards.

    `subject` tells what a rewrite must not change (method, id, target): two messages with equal subjects are about
    the same thing. Guards that do not override a direction are not asked in it.
    """

    def __init__(self, guards: Iterable[Guarded], *, subject: Callable[[Message], object]) -> None:
        ordered = sorted(guards, key=lambda guarded: guarded.guard.phase)
        self._subject = subject
        self._empty = not ordered
        self._admissions = [_request_check(g) for g in ordered if g.guard.phase is Phase.ADMIT]
        self._requests = [
            _request_check(g) for g in ordered if g.guard.phase is not Phase.ADMIT and _judges_requests(g)
        ]
        # Guards whose answer is settled before the arguments are known, as far as nobody else comes before them.
        self._settled = [g.guard.settled for g in ordered if g.guard.phase is not Phase.ADMIT and _judges_requests(g)]
        self._replies = [_reply_check(g) for g in ordered if _judges_replies(g)]

    def admit(self, exchange: Exchange) -> Deny | None:
        """Ask the ADMIT guards, before anything is spent on a stranger. `None` means: go on."""
        if self._empty:
            return Deny(reason=PIPELINE_EMPTY)
        for name, observed, check in self._admissions:
            verdict = _asked(name, check, exchange)
            if type(verdict) is Deny and not observed:
                return verdict
        return None

    def prepare(self, exchange: Exchange) -> Prepared | None:
        """Ask the settled guards, for this exchange and all that are like it; `None` where one does not just allow it.

        Alike are exchanges that differ in what `Guard.settled` names, and in nothing else.
        """
        if self._empty:
            return None
        leading = (*self._settled, False).index(False)
        remarks: list[Remark] = []
        for name, observed, check in self._requests[:leading]:
            verdict = _asked(name, check, exchange)
            if type(verdict) is not Allow:
                return None
            if verdict.note:
                remarks.append(_remark(name, verdict, observed=observed))
        return Prepared(self, tuple(remarks), self._requests[leading:])

    def check_request(self, exchange: Exchange, prepared: Prepared | None = None) -> Judgement[Message]:
        """Judge the client's message. Pure and synchronous: nothing can change between the first guard and the last.

        `prepared` is what was said already about exchanges like this one.
        """
        if self._empty:
            return Judgement(verdict=Deny(reason=PIPELINE_EMPTY))
        original = exchange.request
        checks, before = self._requests, _NOTHING_SAID
        if prepared is not None and prepared.pipeline is self:
            checks, before = prepared.checks, prepared.trail
        remarks: list[Remark] = []
        for name, observed, check in checks:
            # What `_asked` does, without a frame of its own for each guard and call.
            try:
                verdict: Any = check(exchange)  # `Any`: a guard may break its promise
            except Exception as error:  # noqa: BLE001 - as in `_asked`
                verdict = _failed(name, error)
            if type(verdict) is Allow:
                if verdict.note:
                    remarks.append(_remark(name, verdict, observed=observed))
                continue
            verdict = verdict if type(verdict) in _VERDICTS else _nonsense(name, verdict)
            remarks.append(_remark(name, verdict, observed=observed))
            if observed:
                continue
            if type(verdict) is Deny:
                return Judgement(verdict=verdict, trail=(*before, *remarks))
            if self._subject(verdict.message) != self._subject(exchange.request):
                return Judgement(verdict=Deny(reason=SUBJECT_CHANGED, detail=name), trail=(*before, *remarks))
            exchange = replace(exchange, request=verdict.message)
        encoded = exchange.encoded if exchange.request is original else b""
        trail = (*before, *remarks) if remarks else before
        return Judgement(verdict=Cleared(exchange.request, encoded, _SEAL), trail=trail)

    def check_reply(self, exchange: Exchange, reply: Message, encoded: bytes = b"") -> Judgement[Message]:
        """Judge one message from the server. `encoded` is its canonical encoding, where known."""
        if self._empty:
            return Judgement(verdict=Deny(reason=PIPELINE_EMPTY))
        original = reply
        remarks: list[Remark] = []
        for name, observed, check, reads_encoding in self._replies:
            # What a guard reads in the place of a message must be that message: after a rewrite there is none.
            try:
                if reads_encoding:
                    verdict: Any = check(exchange, reply, encoded if reply is original else b"")
                else:
                    verdict = check(exchange, reply)
            except Exception as error:  # noqa: BLE001 - as in `_asked`
                verdict = _failed(name, error)
            if type(verdict) is Allow:
                if verdict.note:
                    remarks.append(_remark(name, verdict, observed=observed))
                continue
            verdict = verdict if type(verdict) in _VERDICTS else _nonsense(name, verdict)
            remarks.append(_remark(name, verdict, observed=observed))
            if observed:
                continue
            if type(verdict) is Deny:
                return Judgement(verdict=verdict, trail=tuple(remarks))
            if self._subject(verdict.message) != self._subject(reply):
                return Judgement(verdict=Deny(reason=SUBJECT_CHANGED, detail=name), trail=tuple(remarks))
            reply = verdict.message
        return Judgement(verdict=Cleared(reply, encoded if reply is original else b"", _SEAL), trail=tuple(remarks))


def _judges_requests(guarded: Guarded) -> bool:
    return type(guarded.guard).check_request is not Guard.check_request


def _judges_replies(guarded: Guarded) -> bool:
    return type(guarded.guard).check_reply is not Guard.check_reply


def _request_check(guarded: Guarded) -> _RequestCheck:
    return guarded.guard.name, guarded.mode is Mode.OBSERVE, guarded.guard.check_request


def _reply_check(guarded: Guarded) -> _ReplyCheck:
    guard = guarded.guard
    return guard.name, guarded.mode is Mode.OBSERVE, guard.check_reply, guard.reads_encoding


def _asked(name: str, check: Callable[[Exchange], Verdict[Message]], exchange: Exchange) -> Verdict[Message]:
    try:
        verdict: Any = check(exchange)  # `Any`: a guard may break its promise
    except Exception as error:  # noqa: BLE001 - a guard that breaks refuses; one of three places that may catch all
        return _failed(name, error)
    return verdict if type(verdict) in _VERDICTS else _nonsense(name, verdict)


def _failed(name: str, error: Exception) -> Deny:
    # The type only: an exception's text may quote the message it choked on.
    return Deny(reason=GUARD_FAILED, detail=f"{name}: {type(error).__name__}")


def _nonsense(name: str, verdict: object) -> Deny:
    return Deny(reason=GUARD_NONSENSE, detail=f"{name}: {type(verdict).__name__}")


def _remark(name: str, verdict: Verdict[Message], *, observed: bool) -> Remark:
    match verdict:
        case Deny():
            return Remark(
                guard=name, verdict="deny", reason=verdict.reason.code, note=verdict.detail, observed=observed
            )
        case Rewrite():
            return Remark(guard=name, verdict="rewrite", note=verdict.note, observed=observed)
        case _:
            return Remark(guard=name, verdict="allow", note=verdict.note, observed=observed)
