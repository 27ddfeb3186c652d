from contextlib import asynccontextmanager

import pytest

from yett.core.exchange import Era
from yett.core.message import Failure, Reply, Request
from yett.upstream.upstream import Arrival, Offer


class Fake:
    """An upstream whose answers are a function of method and params."""

    name = "target"

    def __init__(self, answer, eras=(Era.MODERN,), versions=("2026-07-28",)):
        self.answer = answer
        self.offer = Offer(eras=frozenset(eras), versions=versions)
        self.said, self.ended, self.closed = [], 0, 0

    async def probe(self):
        return self.offer

    @asynccontextmanager
    async def open(self, cleared, call):
        message = cleared.message
        self.said.append((message.method, message.params, call.era, call.version))

        async def arrivals():
            if isinstance(message, Request):
                result = self.answer(message.method, message.params)
                if isinstance(result, int):
                    error = Failure(code=result, message="no")
                    yield Arrival(message=Reply(id=message.id, error=error))
                else:
                    yield Arrival(message=None)
                    yield Arrival(message=Reply(id=message.id, result=result))

        yield arrivals()

    async def end(self, session):
        self.ended += 1

    async def close(self):
        self.closed += 1


@pytest.fixture
def fake():
    return Fake
