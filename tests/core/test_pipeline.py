from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.exchange import Channel, Entrance, Exchange
from yett.core.guard import Guard, Mode, Phase
from yett.core.message import Message, Notification, Reply, Request
from yett.core.pipeline import (
    GUARD_FAILED,
    GUARD_NONSENSE,
    PIPELINE_EMPTY,
    SUBJECT_CHANGED,
    Cleared,
    Guarded,
    Judgement,
    Pipeline,
    Remark,
)
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Allow, Deny, Rewrite

NO = Reason(code="test.no", kind=Kind.DENIED, public="no")
CALL = Request(id=1, method="tools/call", params={"name": "a", "arguments": {"x": 1}})
OTHER_ARGUMENTS = Request(id=1, method="tools/call", params={"name": "a", "arguments": {"x": 2}})
OTHER_TOOL = Request(id=1, method="tools/call", params={"name": "b", "arguments": {"x": 1}})
REPLY = Reply(id=1, result={"content": []})
CLEAN = Reply(id=1, result={})
ENCODED = b"the bytes that were read"
EXCHANGE = Exchange(
    id="e1",
    received_at=0.0,
    channel=Channel(entrance=Entrance.GATEWAY, peer="192.0.2.1"),
    server="demo",
    request=CALL,
    encoded=ENCODED,
)


def subject(message: Message) -> object:
    if isinstance(message, Reply):
        return message.id
    return message.method, getattr(message, "id", None), (message.params or {}).get("name")


class Fake(Guard):
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, verdict: Any, *, name: str = "fake", phase: Phase = Phase.VALIDATE) -> None:
        self.name = name
        self.phase = phase
        self.verdict = verdict
        self.asked: list[Message] = []

    def _answer(self, message: Message) -> Any:
        self.asked.append(message)
        if isinstance(self.verdict, BaseException):
            raise self.verdict
        return self.verdict(message) if callable(self.verdict) else self.verdict


class RequestFake(Fake):
    def check_request(self, exchange: Exchange) -> Any:
        return self._answer(exchange.request)


class ReplyFake(Fake):
    def check_reply(self, exchange: Exchange, reply: Message) -> Any:
        return self._answer(reply)


def pipeline(*guards: Guard, mode: Mode = Mode.ENFORCE) -> Pipeline:
    return Pipeline([Guarded(guard=guard, mode=mode) for guard in guards], subject=subject)


def judged(*guards: Guard) -> Judgement[Message]:
    return pipeline(*guards).check_request(EXCHANGE)


def judged_reply(*guards: Guard, encoded: bytes = b"") -> Judgement[Message]:
    return pipeline(*guards).check_reply(EXCHANGE, REPLY, encoded)


def cleared(judgement: Judgement[Message]) -> Cleared[Message]:
    assert isinstance(judgement.verdict, Cleared)
    return judgement.verdict


# No means no


def test_an_empty_pipeline_refuses_everything():
    empty = Pipeline([], subject=subject)
    assert empty.admit(EXCHANGE) == Deny(reason=PIPELINE_EMPTY)
    assert empty.check_request(EXCHANGE) == Judgement(verdict=Deny(reason=PIPELINE_EMPTY))
    assert empty.check_reply(EXCHANGE, REPLY) == Judgement(verdict=Deny(reason=PIPELINE_EMPTY))


@pytest.mark.parametrize("error", [ValueError("hunter2"), KeyError("x"), RecursionError(), AssertionError()])
def test_a_failing_guard_refuses(error):
    detail = f"fake: {type(error).__name__}"
    for judgement in (judged(RequestFake(error)), judged_reply(ReplyFake(error))):
        assert judgement.verdict == Deny(reason=GUARD_FAILED, detail=detail)
    assert pipeline(RequestFake(error, phase=Phase.ADMIT)).admit(EXCHANGE) == Deny(reason=GUARD_FAILED, detail=detail)


def test_the_text_of_an_error_is_not_recorded():
    judgement = judged(RequestFake(ValueError("hunter2")))
    assert "hunter2" not in repr(judgement)


@pytest.mark.parametrize("nonsense", [None, True, False, "allow", 0, (), Allow, Deny, object(), REPLY])
def test_nonsense_refuses(nonsense):
    answer: Callable[[Message], object] = lambda _: nonsense  # noqa: E731 - a callable verdict is told to the fake
    detail = f"fake: {type(nonsense).__name__}"
    for judgement in (judged(RequestFake(answer)), judged_reply(ReplyFake(answer))):
        assert judgement.verdict == Deny(reason=GUARD_NONSENSE, detail=detail)
    assert pipeline(RequestFake(answer, phase=Phase.ADMIT)).admit(EXCHANGE) == Deny(
        reason=GUARD_NONSENSE, detail=detail
    )


def test_a_guard_that_wants_to_exit_is_not_held():
    for error in (KeyboardInterrupt(), SystemExit()):
        with pytest.raises(type(error)):
            judged(RequestFake(error))


def test_the_faults_of_guards_are_ours_on_the_wire():
    assert {r.kind for r in (PIPELINE_EMPTY, GUARD_FAILED, GUARD_NONSENSE, SUBJECT_CHANGED)} == {Kind.UNAVAILABLE}


# Allow and deny


def test_what_every_guard_allows_is_cleared_with_the_bytes_it_came_in():
    judgement = judged(RequestFake(ALLOW), RequestFake(ALLOW))
    assert (cleared(judgement).message, cleared(judgement).encoded) == (CALL, ENCODED)
    assert judgement.trail == ()


def test_a_denial_stops_and_nobody_after_it_is_asked():
    deny, later = Deny(reason=NO, detail="why"), RequestFake(ALLOW, phase=Phase.REDACT)
    judgement = judged(RequestFake(deny, name="access", phase=Phase.AUTHORIZE), later)
    assert judgement == Judgement(
        verdict=deny, trail=(Remark(guard="access", verdict="deny", reason="test.no", note="why"),)
    )
    assert later.asked == []


def test_a_reply_is_denied_too():
    deny = Deny(reason=NO)
    assert judged_reply(ReplyFake(deny)).verdict is deny


def test_a_note_on_allowing_goes_to_the_trail():
    judgement = judged(RequestFake(Allow(note="roles.engineer.allow[0]"), name="access"), RequestFake(ALLOW))
    assert judgement.trail == (Remark(guard="access", verdict="allow", note="roles.engineer.allow[0]"),)
    assert cleared(judgement).message == CALL


def test_a_note_on_allowing_a_reply_goes_to_the_trail_too():
    judgement = judged_reply(ReplyFake(Allow(note="in the catalogue"), name="catalogue"))
    assert judgement.trail == (Remark(guard="catalogue", verdict="allow", note="in the catalogue"),)


def test_one_direction_says_nothing_about_the_other():
    deny = Deny(reason=NO)
    assert cleared(judged(ReplyFake(deny))).message is CALL
    assert cleared(judged_reply(RequestFake(deny))).message is REPLY


def test_every_server_message_is_judged():
    note = Notification(method="notifications/message", params={"data": "hunter2"})
    guard = ReplyFake(Deny(reason=NO))
    assert pipeline(guard).check_reply(EXCHANGE, note).verdict == Deny(reason=NO)
    assert guard.asked == [note]


# Admission


def test_admission_asks_the_admit_guards_alone():
    deny = Deny(reason=NO)
    gate, later = RequestFake(ALLOW, phase=Phase.ADMIT), RequestFake(deny, phase=Phase.AUTHORIZE)
    assert pipeline(gate, later).admit(EXCHANGE) is None
    assert (len(gate.asked), later.asked) == (1, [])
    assert pipeline(RequestFake(deny, phase=Phase.ADMIT), later).admit(EXCHANGE) is deny


def test_admit_guards_are_not_asked_again_about_the_message():
    gate = RequestFake(Deny(reason=NO), phase=Phase.ADMIT)
    assert cleared(judged(gate)).message is CALL
    assert gate.asked == []


def test_an_admit_guard_may_judge_replies():
    deny = Deny(reason=NO)
    assert judged_reply(ReplyFake(deny, phase=Phase.ADMIT)).verdict is deny


# Rewrites


def test_a_rewrite_is_what_goes_on_and_its_bytes_are_made_anew():
    later = RequestFake(ALLOW, phase=Phase.REDACT)
    judgement = judged(RequestFake(Rewrite(message=OTHER_ARGUMENTS, note="1 secret removed"), name="redaction"), later)
    assert (cleared(judgement).message, cleared(judgement).encoded) == (OTHER_ARGUMENTS, b"")
    assert judgement.trail == (Remark(guard="redaction", verdict="rewrite", note="1 secret removed"),)
    assert later.asked == [OTHER_ARGUMENTS]


def test_a_rewritten_reply_loses_its_bytes():
    judgement = judged_reply(ReplyFake(Rewrite(message=CLEAN, note="n")), encoded=ENCODED)
    assert (cleared(judgement).message, cleared(judgement).encoded) == (CLEAN, b"")
    assert cleared(judged_reply(ReplyFake(ALLOW), encoded=ENCODED)).encoded == ENCODED


@pytest.mark.parametrize(
    "message",
    [
        OTHER_TOOL,
        Request(id=2, method="tools/call", params=CALL.params),
        Request(id=1, method="tools/list", params=CALL.params),
        Notification(method="tools/call", params=CALL.params),
        REPLY,
    ],
)
def test_a_rewrite_may_not_change_the_subject(message):
    judgement = judged(RequestFake(Rewrite(message=message, note="n"), name="sly"))
    assert judgement.verdict == Deny(reason=SUBJECT_CHANGED, detail="sly")
    assert judgement.trail == (Remark(guard="sly", verdict="rewrite", note="n"),)


def test_a_rewritten_reply_may_not_change_the_subject():
    judgement = judged_reply(ReplyFake(Rewrite(message=Reply(id=2, result={}), note="n"), name="sly"))
    assert judgement.verdict == Deny(reason=SUBJECT_CHANGED, detail="sly")


def test_two_rewrites_do_not_add_up_to_another_subject():
    def rename(message: Message) -> Rewrite[Message]:
        return Rewrite(message=OTHER_TOOL if message == OTHER_ARGUMENTS else OTHER_ARGUMENTS, note="n")

    assert judged(RequestFake(rename), RequestFake(rename, name="second")).verdict == Deny(
        reason=SUBJECT_CHANGED, detail="second"
    )


def test_a_denial_after_a_rewrite_still_denies():
    rewrite = RequestFake(Rewrite(message=OTHER_ARGUMENTS, note="n"))
    judgement = judged(rewrite, RequestFake(Deny(reason=NO), phase=Phase.REDACT))
    assert judgement.verdict == Deny(reason=NO)
    assert [remark.verdict for remark in judgement.trail] == ["rewrite", "deny"]


# Observing


@pytest.mark.parametrize(
    ("verdict", "remark"),
    [
        (
            Deny(reason=NO, detail="why"),
            Remark(guard="fake", verdict="deny", reason="test.no", note="why", observed=True),
        ),
        (Rewrite(message=OTHER_ARGUMENTS, note="n"), Remark(guard="fake", verdict="rewrite", note="n", observed=True)),
        (Rewrite(message=OTHER_TOOL, note="n"), Remark(guard="fake", verdict="rewrite", note="n", observed=True)),
        (
            ValueError(),
            Remark(guard="fake", verdict="deny", reason=GUARD_FAILED.code, note="fake: ValueError", observed=True),
        ),
        (Allow(note="n"), Remark(guard="fake", verdict="allow", note="n", observed=True)),
    ],
)
def test_who_only_observes_is_recorded_and_changes_nothing(verdict, remark):
    observing = pipeline(RequestFake(verdict), mode=Mode.OBSERVE).check_request(EXCHANGE)
    assert (cleared(observing).message, cleared(observing).encoded) == (CALL, ENCODED)
    assert observing.trail == (remark,)


def test_replies_can_be_observed():
    observing = pipeline(ReplyFake(Deny(reason=NO)), mode=Mode.OBSERVE).check_reply(EXCHANGE, REPLY)
    assert cleared(observing).message is REPLY
    assert observing.trail == (Remark(guard="fake", verdict="deny", reason="test.no", observed=True),)


def test_admission_can_be_observed():
    gate = RequestFake(Deny(reason=NO), phase=Phase.ADMIT)
    assert pipeline(gate, mode=Mode.OBSERVE).admit(EXCHANGE) is None


def test_to_observe_one_guard_excuses_no_other():
    guards = [
        Guarded(guard=RequestFake(Deny(reason=NO)), mode=Mode.OBSERVE),
        Guarded(guard=RequestFake(Deny(reason=NO), name="real", phase=Phase.REDACT)),
    ]
    judgement = Pipeline(guards, subject=subject).check_request(EXCHANGE)
    assert judgement.verdict == Deny(reason=NO)
    assert [remark.guard for remark in judgement.trail] == ["fake", "real"]


# The order of phases


def test_the_order_of_phases_is_code_and_not_configuration():
    for order in permutations([Phase.AUTHORIZE, Phase.METER, Phase.VALIDATE, Phase.REDACT]):
        asked: list[str] = []

        def note(name: str, into: list[str] = asked) -> Callable[[Message], Allow]:
            return lambda _: into.append(name) or ALLOW

        judged(*(RequestFake(note(phase.name), phase=phase) for phase in order))
        assert asked == ["AUTHORIZE", "METER", "VALIDATE", "REDACT"]


def test_guards_of_one_phase_keep_the_order_they_have():
    asked: list[str] = []
    guards = [
        RequestFake(lambda _, name=name: asked.append(name) or ALLOW, name=name, phase=Phase.INSPECT) for name in "cab"
    ]
    judged(*guards)
    assert asked == ["c", "a", "b"]


# The stamp


def test_nobody_else_can_clear_a_message():
    for seal in (None, object(), "seal", 0, True):
        with pytest.raises(TypeError, match="only the pipeline clears messages"):
            Cleared(CALL, b"", seal)
    with pytest.raises(TypeError):
        Cleared(CALL)


def test_a_stamp_carries_nothing_but_the_message_and_its_bytes():
    stamp = cleared(judged(RequestFake(ALLOW)))
    assert set(Cleared.__slots__) == {"message", "encoded"}
    assert not hasattr(stamp, "__dict__")


def test_a_stamp_does_not_print_the_message():
    assert repr(cleared(judged(RequestFake(ALLOW)))) == "Cleared(Request)"


def test_a_request_cannot_pass_for_a_cleared_one():
    assert not isinstance(CALL, Cleared)


verdicts = st.sampled_from(
    [
        ALLOW,
        Allow(note="n"),
        Deny(reason=NO),
        Rewrite(message=OTHER_ARGUMENTS, note="n"),
        Rewrite(message=OTHER_TOOL, note="n"),
        ValueError(),
        None,
        "allow",
    ]
)
fakes = st.builds(
    lambda verdict, phase, mode: (
        Guarded(guard=RequestFake(lambda _: verdict, phase=phase), mode=mode)
        if not isinstance(verdict, Exception)
        else Guarded(guard=RequestFake(verdict, phase=phase), mode=mode)
    ),
    verdicts,
    st.sampled_from([phase for phase in Phase if phase is not Phase.ADMIT]),
    st.sampled_from(list(Mode)),
)


@given(st.lists(fakes, max_size=5))
def test_nothing_is_cleared_unless_every_enforcing_guard_agrees(guards):
    judgement = Pipeline(guards, subject=subject).check_request(EXCHANGE)
    enforcing = [g.guard.verdict for g in guards if g.mode is Mode.ENFORCE]
    answers = [verdict if isinstance(verdict, Exception) else verdict(CALL) for verdict in enforcing]
    good = all(isinstance(a, Allow) or (isinstance(a, Rewrite) and a.message is OTHER_ARGUMENTS) for a in answers)
    assert isinstance(judgement.verdict, Cleared) is (bool(guards) and good)
    if isinstance(judgement.verdict, Cleared):
        assert subject(judgement.verdict.message) == subject(CALL)


class EncodingFake(Fake):
    reads_encoding = True

    def check_reply(self, exchange: Exchange, reply: Message, encoded: bytes) -> Any:
        self.asked.append((reply, encoded))
        return ALLOW


def test_a_guard_that_reads_the_encoding_is_given_it():
    reader = EncodingFake(ALLOW)
    judged_reply(reader, encoded=b"{}")
    judged_reply(reader)
    assert reader.asked == [(REPLY, b"{}"), (REPLY, b"")]


def test_after_a_rewrite_nobody_reads_the_old_encoding():
    other, reader = Reply(id=REPLY.id, result={"other": True}), EncodingFake(ALLOW)
    judgement = judged_reply(ReplyFake(Rewrite(message=other, note="other words")), reader, encoded=b"{}")
    assert reader.asked == [(other, b"")]
    assert cleared(judgement).encoded == b""


def test_a_guard_that_does_not_judge_the_encoding_it_asked_for_refuses():
    class Broken(EncodingFake):
        def check_reply(self, exchange: Exchange, reply: Message) -> Any:  # type: ignore[override]
            return ALLOW

    assert judged_reply(Broken(ALLOW)).verdict == Deny(reason=GUARD_FAILED, detail="fake: TypeError")


class Settled(RequestFake):
    settled = True


def settled(verdict: Any) -> Settled:
    return Settled(verdict, name="settled", phase=Phase.AUTHORIZE)


def test_a_settled_guard_that_allowed_is_not_asked_again_about_the_like() -> None:
    first, second = settled(Allow(note="granted")), RequestFake(Allow(note="fits"))
    guards = pipeline(first, second)
    prepared = guards.prepare(EXCHANGE)
    assert prepared is not None
    assert second.asked == []
    judgement = guards.check_request(EXCHANGE, prepared)
    assert judgement.trail == guards.check_request(EXCHANGE).trail
    assert [remark.guard for remark in judgement.trail] == ["settled", "fake"]
    assert (len(first.asked), len(second.asked)) == (2, 2)


def test_what_others_refuse_is_refused_with_the_whole_trail() -> None:
    guards = pipeline(settled(Allow(note="granted")), RequestFake(Deny(reason=NO)))
    prepared = guards.prepare(EXCHANGE)
    assert prepared is not None
    assert guards.check_request(EXCHANGE, prepared) == guards.check_request(EXCHANGE)


@pytest.mark.parametrize("verdict", [Deny(reason=NO), Rewrite(message=CALL, note="x"), None, RuntimeError("x")])
def test_nothing_is_prepared_where_a_settled_guard_does_more_than_allow(verdict: Any) -> None:
    assert pipeline(settled(verdict), RequestFake(ALLOW)).prepare(EXCHANGE) is None


def test_a_guard_behind_one_that_is_not_settled_is_asked_every_time() -> None:
    last = Settled(ALLOW, phase=Phase.INSPECT)
    guards = pipeline(RequestFake(ALLOW), last)
    prepared = guards.prepare(EXCHANGE)
    assert prepared is not None
    guards.check_request(EXCHANGE, prepared)
    assert len(last.asked) == 1


def test_what_another_pipeline_prepared_counts_for_nothing() -> None:
    lenient, strict = pipeline(settled(ALLOW)), pipeline(settled(Deny(reason=NO)))
    prepared = lenient.prepare(EXCHANGE)
    assert prepared is not None
    assert strict.check_request(EXCHANGE, prepared).verdict == Deny(reason=NO)


def test_a_pipeline_without_guards_prepares_nothing() -> None:
    assert pipeline().prepare(EXCHANGE) is None
