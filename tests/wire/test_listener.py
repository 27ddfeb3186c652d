from __future__ import annotations

from yett.wire.limits import ListenerLimits
from yett.wire.listener import Listener


async def silent(*_: object) -> None: ...


def test_the_watch_follows_limits_that_are_replaced():
    listener = Listener(silent, ListenerLimits(), lambda *_: None)
    assert listener.watch._shortest() == 10
    listener.limits = ListenerLimits(idle_seconds=2)
    assert listener.watch._shortest() == 2


def test_one_buffer_bounds_every_read():
    assert len(Listener(silent, ListenerLimits(), lambda *_: None).buffer) == 65_536
