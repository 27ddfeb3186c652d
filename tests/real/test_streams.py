"""What happens to streams: cut, resumed, hung up, revoked. Said by a raw client, to the server of the Python SDK v2."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from raw import Raw, calling, opened
from staging import yett

pytestmark = pytest.mark.real

NUMBERS = count(1)
TRANSPORTS = pytest.mark.parametrize("transport", ["http", "stdio"])


@pytest.fixture
def name() -> str:
    return f"call-{next(NUMBERS)}-{time.time_ns()}"


def text_of(reply) -> str:
    return " ".join(item["text"] for item in reply["result"]["content"])


def story(ask, name: str) -> str:
    """What became of a slow call, once it is over."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        told = text_of(ask(calling("story", {"name": name})))
        if "then" in told:
            return told
        time.sleep(0.05)
    return told


@TRANSPORTS
def test_hanging_up_cancels_a_modern_call(stage, name, transport) -> None:
    with Raw(stage.through("py2", transport)) as client:
        answer = client.modern("tools/call", calling("slow", {"name": name, "seconds": 20}, token="t"))
        assert next(answer.messages())["params"]["message"] == "started"
        answer.cut()
        told = story(lambda params: client.modern("tools/call", params, id=7).reply(7), name)
    assert told == "started, then cancelled"


@TRANSPORTS
def test_hanging_up_does_not_cancel_a_legacy_call(stage, name, transport) -> None:
    with opened(stage.through("py2", transport)) as client:
        answer = client.request("tools/call", calling("slow", {"name": name, "seconds": 0.6}, token="t"))
        assert next(m for m in answer.messages() if m)["params"]["message"] == "started"
        answer.cut()
        told = story(lambda params: client.request("tools/call", params, id=7).reply(7), name)
    assert told == "started, then finished"


def test_a_cut_stream_is_resumed_where_it_broke_off(stage, name) -> None:
    with opened(stage.through("py2", "http")) as client:
        answer = client.request("tools/call", calling("count", {"to": 4, "pause": 0.2}, token="t"), id="mine")
        events = answer.events()
        seen = [next(events)]
        while not (seen[-1].data and seen[-1].message["params"]["progress"] == 2):
            seen.append(next(events))
        answer.cut()
        rest = []
        for message in client.listen(seen[-1].id).messages():
            rest.append(message)
            if message.get("id") == "mine":
                break
    assert [message["params"]["progress"] for message in rest[:-1]] == [3, 4]
    assert {message["params"]["progressToken"] for message in rest[:-1]} == {"t"}
    assert text_of(rest[-1]) == "counted to 4"


def test_what_a_resumed_stream_brings_is_judged_too(stage) -> None:
    with opened(stage.through("py2", "http")) as client:
        answer = client.request("tools/list", id="mine")
        first = next(answer.events())
        assert (first.data, bool(first.id)) == ("", True)
        answer.cut()
        reply = next(event.message for event in client.listen(first.id).events() if event.data)
    names = [tool["name"] for tool in reply["result"]["tools"]]
    assert "echo" in names
    assert "forbidden" not in names


def test_nobody_resumes_with_an_event_id_that_is_not_theirs(stage) -> None:
    with opened(stage.through("py2", "http")) as one, opened(stage.through("py2", "http")) as other:
        theirs = next(one.request("tools/list").events()).id
        assert theirs
        for made_up in (theirs, "1", "made-up"):
            assert other.listen(made_up).status == 400


def test_a_session_has_one_get_stream_and_ends_with_delete(stage) -> None:
    with Raw(stage.through("py2", "http")) as client:
        client.initialize()
        stream = client.listen()
        assert (stream.status, stream.header("content-type")) == (200, "text/event-stream")
        with ThreadPoolExecutor(1) as pool:
            heard = pool.submit(lambda: next(stream.messages()))
            until = time.monotonic() + 10
            while not heard.done() and time.monotonic() < until:  # the server's own stream opens in its own time
                client.request("tools/call", calling("touch", {"key": "a"}), id=7).reply(7)
            updated = heard.result()
        assert (updated["method"], updated["params"]["uri"]) == ("notifications/resources/updated", "lab://note/a")
        assert client.end().status == 200
        assert client.request("ping").status == 404
        assert client.listen().status == 404
        list(stream.events())  # it ends


@TRANSPORTS
def test_equal_request_ids_in_one_session_each_get_their_answer(stage, transport) -> None:
    with opened(stage.through("py2", transport)) as client, ThreadPoolExecutor(4) as pool:
        waits = [0.05, 0.15, 0.1, 0.02]
        asked = [
            pool.submit(lambda given: client.request("tools/call", calling("count", given), id=1).reply(1), given)
            for given in [{"to": to, "pause": pause} for to, pause in enumerate(waits, 2)]
        ]
        assert [text_of(answer.result()) for answer in asked] == [f"counted to {to}" for to in range(2, 6)]


def test_equal_ids_and_progress_tokens_of_two_callers_are_not_mixed_up(stage) -> None:
    target = stage.through("py2", "stdio")
    with opened(target) as one, opened(target) as other, Raw(target) as modern, ThreadPoolExecutor(3) as pool:

        def ask(client: Raw, to: int) -> tuple[list[float], str]:
            params = calling("count", {"to": to, "pause": 0.05}, token=1)
            send = client.modern if not client.session else client.request
            messages = list(send("tools/call", params, id=1).messages())
            return [m["params"]["progress"] for m in messages[:-1]], text_of(messages[-1])

        asked = [pool.submit(ask, client, to) for to, client in enumerate([one, other, modern], 3)]
        for to, answer in enumerate(asked, 3):
            assert answer.result() == (list(range(1, to + 1)), f"counted to {to}")


def test_a_session_belongs_to_one_caller(stage) -> None:
    target = stage.through("py2", "http")
    other = yett(stage.folder, "token", "new", "bob", "--role", "lab", "--tokens", "tokens.yaml")
    with opened(target) as client, Raw(target | {"token": other}) as thief:
        known(thief)
        thief.session = client.session
        assert thief.request("ping").status == 404
        assert thief.listen().status == 404
        assert thief.end().status == 404
        assert client.request("ping", id=7).reply(7)["result"] == {}


@pytest.mark.parametrize("kind", ["get", "listen", "call"])
@TRANSPORTS
def test_a_revoked_token_ends_open_streams_within_five_seconds(stage, kind, transport) -> None:
    who = f"eve-{kind}-{transport}"
    token = yett(stage.folder, "token", "new", who, "--role", "lab", "--tokens", "tokens.yaml")
    with Raw(stage.through("py2", transport) | {"token": token}) as client:
        known(client)
        if kind == "listen":
            wanted = {"notifications": {"resourceSubscriptions": ["lab://note/a"]}}
            stream = client.modern("subscriptions/listen", wanted, id="l")
            assert next(stream.messages())["method"] == "notifications/subscriptions/acknowledged"
        elif kind == "get":
            client.initialize()
            stream = client.listen()
        else:
            client.initialize()
            stream = client.request("tools/call", calling("slow", {"name": who, "seconds": 14}, token=1))
        assert stream.status == 200
        yett(stage.folder, "token", "revoke", who, "--tokens", "tokens.yaml")
        revoked_at = time.monotonic()
        list(stream.messages())  # to its end
        assert time.monotonic() - revoked_at < 5
        assert client.modern("tools/list").status == 401


def known(client: Raw) -> None:
    """Wait until a new token counts: that takes a second at most."""
    until = time.monotonic() + 5
    while client.modern("tools/list").status == 401 and time.monotonic() < until:
        time.sleep(0.1)
