from __future__ import annotations

from yett.core.exchange import Channel, Entrance, Exchange
from yett.core.guard import Guard, Mode, Phase
from yett.core.message import Reply
from yett.core.verdict import ALLOW


class Indifferent(Guard):
    name = "indifferent"
    phase = Phase.INSPECT


def test_the_phases_are_in_the_order_of_the_law():
    assert sorted(Phase) == [
        Phase.ADMIT,
        Phase.AUTHORIZE,
        Phase.METER,
        Phase.VALIDATE,
        Phase.INSPECT,
        Phase.REDACT,
    ]


def test_a_guard_has_nothing_to_say_about_a_direction_it_does_not_judge():
    exchange = Exchange(id="e", received_at=0.0, channel=Channel(entrance=Entrance.STDIO, peer=""), server="demo")
    assert Indifferent().check_request(exchange) is ALLOW
    assert Indifferent().check_reply(exchange, Reply(id=1, result={})) is ALLOW


def test_there_are_two_modes_and_no_other():
    assert {mode.value for mode in Mode} == {"enforce", "observe"}
