from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from yett.core.exchange import Era
from yett.core.message import Failure, Notification, Reply
from yett.errors import UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.upstream.probing import probed
from yett.upstream.upstream import Arrival, Offer

YES_MODERN = Reply(id=1, result={"supportedVersions": ["2026-07-28"]})
REFUSES = Reply(id=1, error=Failure(code=-32022, message="no", data={"supported": ["2026-07-28"]}))
YES_LEGACY = Reply(id=1, result={"protocolVersion": "2025-11-25"})
NO = Reply(id=1, error=Failure(code=-32601, message="what?"))
BROKEN = UpstreamProtocolError("html")
AWAY = UpstreamUnavailable("refused")
SLOW = UpstreamTimeout("slow")
HANGS = "hangs"
ENDS = "ends"


@asynccontextmanager
async def asking(answer, asked=None):
    if asked is not None:
        asked.append(answer)
    if isinstance(answer, Exception):
        raise answer
    if answer is HANGS:
        await asyncio.sleep(60)

    async def arrivals():
        yield Arrival(message=None)
        yield Arrival(message=Notification(method="notifications/message"))
        if answer is not ENDS:
            yield Arrival(message=answer)

    yield arrivals()


MODERN = Offer(eras=frozenset(Era), versions=("2026-07-28",))
LEGACY = Offer(eras=frozenset({Era.LEGACY}), versions=("2025-11-25",))


@pytest.mark.parametrize(
    ("modern", "legacy", "expected"),
    [
        (YES_MODERN, YES_LEGACY, MODERN),
        (YES_MODERN, NO, MODERN),
        (REFUSES, YES_LEGACY, MODERN),
        (NO, YES_LEGACY, LEGACY),
        (BROKEN, YES_LEGACY, LEGACY),
        (SLOW, YES_LEGACY, LEGACY),
        (ENDS, YES_LEGACY, LEGACY),
        (HANGS, YES_LEGACY, LEGACY),
        (NO, NO, Offer()),
        (BROKEN, NO, Offer()),
    ],
)
def test_the_answers_make_the_offer(modern, legacy, expected):
    assert asyncio.run(probed(asking(modern), asking(legacy), 0.02)) == expected


@pytest.mark.parametrize(
    ("legacy", "error"), [(BROKEN, UpstreamProtocolError), (AWAY, UpstreamUnavailable), (HANGS, UpstreamTimeout)]
)
def test_no_answer_to_either_is_an_error(legacy, error):
    with pytest.raises(error):
        asyncio.run(probed(asking(NO), asking(legacy), 0.02))


def test_a_server_that_is_away_is_not_asked_twice():
    asked = []
    with pytest.raises(UpstreamUnavailable):
        asyncio.run(probed(asking(AWAY, asked), asking(YES_LEGACY, asked), 0.02))
    assert asked == [AWAY]


@pytest.mark.parametrize("modern", [YES_MODERN, REFUSES])
def test_a_modern_server_is_never_sent_initialize(modern):
    # Each of its requests would have to carry a version header and `_meta` (conformance: `request-metadata`,
    # `http-standard-headers`).
    asked = []
    asyncio.run(probed(asking(modern, asked), asking(YES_LEGACY, asked), 0.02))
    assert asked == [modern]
