"""Processor time per call beside nginx, plain and over TLS 1.3, and what single guards are of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from yardstick import call
from yardstick.issuer import issuing
from yardstick.load import Shot
from yardstick.proxy import certificate
from yardstick.row import Row, compared, shown
from yardstick.stage import Stage
from yardstick.upstream import ECHO, SENTENCE, text_reply

_PLAIN_GOAL: Final = 2.0
_TLS_GOAL: Final = 2.2
_GROUP: Final = "processor time per call"
_BARE: Final = {"name": "bare", "inputSchema": {"type": "object", "additionalProperties": True}}

CALL: Final = Shot(call.sized(call.BODY_BYTES))


def plain(stage: Stage) -> Iterator[Row]:
    """Every guard on, beside nginx that forwards the same bytes."""
    with stage.server() as server, stage.nginx(server) as nginx, stage.yett(server) as yett:
        found = stage.load.in_turn([nginx, yett], CALL, rounds=stage.rounds(7), seconds=stage.seconds(2))
    mine, theirs = found["yett"], found["nginx"]
    yield compared(
        _GROUP, "a call of 220 bytes, every guard on", mine=mine.cpu, theirs=theirs.cpu, unit="µs", goal=_PLAIN_GOAL
    )
    yield Row(
        group=_GROUP,
        what="calls per second on one core, 32 connections",
        measured=f"{shown(mine.rate)} beside {shown(theirs.rate)}",
        ratio=theirs.rate / mine.rate,
        numbers={"yett": mine.rate, "beside": theirs.rate},
    )


def jwt(stage: Stage) -> Iterator[Row]:
    """The same with a JWT of 900 bytes in the place of a token of ours."""
    with (
        issuing() as issuer,
        stage.server() as server,
        stage.nginx(server) as nginx,
        stage.yett(server) as yett,
        stage.yett(server, "jwt", changes={"auth": issuer.auth}) as other,
    ):
        targets = [nginx, yett, other._replace(token=issuer.token())]
        found = stage.load.in_turn(targets, CALL, rounds=stage.rounds(5), seconds=stage.seconds(2))
    mine, theirs, ours = found["jwt"].cpu, found["nginx"].cpu, found["yett"].cpu
    what = "the same, signed in with a JWT of 900 bytes"
    yield compared(_GROUP, what, mine=mine, theirs=theirs, unit="µs", goal=_PLAIN_GOAL)
    yield Row(
        group=_GROUP,
        what="of it: a JWT instead of a token of ours",
        measured=f"{mine - ours:+.1f} µs of {shown(mine)} µs",
        ratio=(mine - ours) / mine,
        numbers={"jwt": mine, "ours": ours},
    )


def tls(stage: Stage) -> Iterator[Row]:
    """The same over TLS 1.3 on connections that stay open."""
    pair = certificate(stage.folder / "tls")
    with stage.server() as server, stage.nginx(server, tls=pair) as nginx, stage.yett(server, tls=pair) as yett:
        found = stage.load.in_turn([nginx, yett], CALL, rounds=stage.rounds(5), seconds=stage.seconds(2))
    mine, theirs = found["yett"].cpu, found["nginx"].cpu
    yield compared(_GROUP, "the same over TLS 1.3", mine=mine, theirs=theirs, unit="µs", goal=_TLS_GOAL)


def guards(stage: Stage) -> Iterator[Row]:
    """What a call costs less without one layer, as far as the config or the server's tool can leave it out."""
    without: dict[str, tuple[str, dict[str, Any], Shot]] = {
        "no-scan": ("the secret scan of the reply", {"protect": ["unsafe_nothing"]}, CALL),
        "anonymous": (
            "the token and its roles",
            {
                "auth": {"unsafe_allow_anonymous": True},
                "roles": {"everyone": {"allow": ["demo.*"]}},
            },
            CALL,
        ),
        "no-schema": ("the tool's schema", {}, Shot(call.sized(call.BODY_BYTES, "bare"), "bare")),
    }
    replies = {"bare": text_reply(SENTENCE)}
    with ExitStack() as stack:
        server = stack.enter_context(stage.server(tools=[ECHO, _BARE], replies=replies))
        targets = [stack.enter_context(stage.yett(server))]
        shots = {"yett": CALL}
        for name, (_, changes, shot) in without.items():
            targets.append(stack.enter_context(stage.yett(server, name, changes=changes)))
            shots[name] = shot
        found = stage.load.in_turn(targets, shots, rounds=stage.rounds(5), seconds=stage.seconds(1))
    whole = found["yett"].cpu
    for name, (what, _, _) in without.items():
        saved = whole - found[name].cpu
        yield Row(
            group=_GROUP,
            what=f"of it: {what}",
            measured=f"{saved:+.1f} µs of {shown(whole)} µs",
            ratio=saved / whole,
            numbers={"with": whole, "without": found[name].cpu},
        )
