from __future__ import annotations

import asyncio

import pytest

from yett.core.ask import Answer
from yett.errors import SecretError
from yett.secrets.stores.bearer import Bearer, granted


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_fetched_once_for_many_and_again_before_it_ends():
    async def work() -> None:
        asked = []
        clock = Clock()

        async def grant() -> tuple[str, float]:
            asked.append(clock.now)
            await asyncio.sleep(0)
            return f"t{len(asked)}", 600.0

        bearer = Bearer(grant, clock)
        assert await asyncio.gather(*[bearer.token() for _ in range(10)]) == ["t1"] * 10
        clock.now = 539.0
        assert await bearer.token() == "t1"
        clock.now = 540.0
        assert await bearer.token() == "t2"
        bearer.forget()
        assert await bearer.token() == "t3"
        assert "t3" not in repr(bearer)

    asyncio.run(work())


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"access_token": "a", "expires_in": 60}', ("a", 60.0)),
        (b'{"access_token": "a", "expires_in": "60"}', ("a", 60.0)),
        (b'{"access_token": "a", "expires_in": "soon"}', ("a", 0.0)),
        (b'{"access_token": "a", "expires_in": null}', ("a", 0.0)),
        (b'{"access_token": "a"}', ("a", 0.0)),
    ],
)
def test_a_token_response_is_read(body, found):
    assert granted(Answer(status=200, body=body), "it") == found


@pytest.mark.parametrize(
    "body", [b"{}", b'{"access_token": ""}', b'{"access_token": 1}', b'{"access_token": "a\\nb"}', b"x"]
)
def test_a_response_without_a_token_is_refused(body):
    with pytest.raises(SecretError):
        granted(Answer(status=200, body=body), "it")


def test_a_refusal_is_told_without_what_it_says():
    with pytest.raises(SecretError) as caught:
        granted(Answer(status=401, body=b"hunter2"), "it")
    assert str(caught.value) == "it refused the gateway's sign-in with 401"
