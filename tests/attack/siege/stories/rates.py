"""How much, how often, how many at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from siege.campaign import Campaign, Lane
from siege.castle import Castle
from siege.knock import connected, fresh_address, knock
from siege.speech import Say, call, written


def one_caller_many_tokens(campaign: Campaign) -> list[str]:
    """Limits belong to the caller: neither more tokens, nor other addresses, nor headers make more of them."""
    problems = []
    with Castle(campaign.castle.folder / "limits", limits="{ user: 8/min, tool: 5/min, peer: 1000000/min }") as castle:
        mine = Campaign(castle)
        for number in range(4):
            castle.tokens[f"alice{number}"] = castle.add_token("alice")
        time.sleep(1.0)
        callers = ["alice", "alice0", "alice1", "alice2", "alice3"] * 3
        good = 0
        for number, caller in enumerate(callers):
            lines = (f"x-forwarded-for: 10.0.0.{number}".encode(), b"x-real-ip: 10.1.1.1")
            answer = mine.say(call("echo", {"text": "x"}, caller=caller, lines=lines))
            good += answer.document.get("result", {}).get("isError") is False
        if good != 5:
            problems.append(f"{good} calls of one tool, not 5")
        others = [
            mine.say(call("get_issue", caller="alice0")).document.get("result", {}).get("isError") is False
            for _ in range(6)
        ]
        if sum(others) != 3:
            problems.append(f"{sum(others)} more calls of others, not 3")
        if mine.say(call("echo", {"text": "x"}, caller="bob")).document.get("result", {}).get("isError") is not False:
            problems.append("another caller pays for it")
    return problems


def peers_are_limited(campaign: Campaign) -> list[str]:
    """An address has its own limit before anybody is asked who they are; another address is not touched."""
    problems = []
    with Castle(campaign.castle.folder / "peers", limits="{ user: 1000000/min, peer: 10/min }") as castle:
        mine = Campaign(castle)
        address = fresh_address()
        statuses = [mine.say(call("echo", {"text": "x"}), address=address).status for _ in range(14)]
        if statuses != [200] * 10 + [429] * 4:
            problems.append(f"{statuses}")
        if mine.say(call("echo", {"text": "x"})).status != 200:
            problems.append("another address was refused")
    return problems


def running_calls_are_capped(campaign: Campaign) -> list[str]:
    """Expensive calls: so many at once, the rest are told to come again. Nothing queues without bound."""
    problems = []
    with Castle(
        campaign.castle.folder / "caps", limits="{ concurrency: 3, user: 1000000/min, peer: 1000000/min }"
    ) as castle:
        mine = Campaign(castle)
        request = written(call("wait", {"seconds": 1.0}), mine.door("alice", Lane()))

        def one(_: int) -> Any:
            return knock(castle.port, [request], address=fresh_address(), seconds=20.0).first.document

        with ThreadPoolExecutor(9) as clients:
            results = [document["result"].get("isError") for document in clients.map(one, range(9))]
        if results.count(False) != 3:
            problems.append(f"{results.count(False)} calls ran at once, not 3")
        if mine.say(call("echo", {"text": "x"})).document["result"]["isError"] is not False:
            problems.append("a place was not given back")
        problems += streams_are_capped(mine)
    return problems


def streams_are_capped(mine: Campaign) -> list[str]:
    """GET streams and subscriptions count as running calls; who leaves gives his place back."""
    castle = mine.castle
    problems = []
    session = mine.sessions.fresh("alice", "web")
    listen = Say(verb=b"GET", session=session, head={"accept": "text/event-stream"})
    subscribe = Say(method="subscriptions/listen", params={"notifications": {"toolsListChanged": True}})
    for what, say, lane in (("GET streams", listen, Lane("legacy")), ("subscriptions", subscribe, Lane())):
        lines = [connected(castle.port, fresh_address(), None) for _ in range(8)]
        for line in lines:
            line.sendall(written(say, mine.door("alice", lane)).replace(b"connection: close\r\n", b""))
        time.sleep(0.7)
        open_now = 0
        for line in lines:
            line.settimeout(0.2)
            try:
                received = line.recv(65536)
                open_now += received.startswith(b"HTTP/1.1 200") and b"text/event-stream" in received
            except TimeoutError:
                open_now += 1
            line.close()
        if open_now > 3:
            problems.append(f"{open_now} {what} of one caller, not 3")
        time.sleep(0.5)
        if mine.say(call("echo", {"text": "x"})).document["result"]["isError"] is not False:
            problems.append(f"{what} did not give their places back")
    return problems
