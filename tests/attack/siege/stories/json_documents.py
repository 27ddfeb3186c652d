"""Large documents, colliding keys, one call in many spellings."""

from __future__ import annotations

import json
import random

from siege.campaign import Campaign, Lane
from siege.effort import Effort
from siege.speech import DOCUMENT, META, Say, in_call


def effort(campaign: Campaign, body: bytes) -> Effort:
    """What it costs to answer a body."""
    with Effort(campaign.castle) as spent:
        campaign.say(Say(params=DOCUMENT.params, body=body))
    return spent


def large_documents(campaign: Campaign) -> list[str]:
    """Depth, digits and numbers of values cost neither time nor memory."""
    problems = []
    campaign.say(DOCUMENT)
    before = campaign.castle.rss()
    for what, body in (
        ("a million brackets", b"[" * 1_000_000),
        ("a million brackets in a call", in_call(b"[" * 500_000 + b"]" * 500_000, modern=True)),
        ("a million digits", in_call(b"9" * 1_000_000, modern=True)),
        ("empty arrays", in_call(b"[" + b",".join([b"[]"] * 300_000) + b"]", modern=True)),
        ("small objects", in_call(b"[" + b",".join([b'{"a":{}}'] * 110_000) + b"]", modern=True)),
        ("an unclosed string", b'"' + b"\\" * 1_000_000),
        ("escapes", in_call(b'"' + b"\\u0041" * 170_000 + b'"', modern=True)),
        ("keys", in_call(b"{" + b",".join(b'"%d":0' % n for n in range(90_000)) + b"}", modern=True)),
    ):
        problems += effort(campaign, body).beyond(1.5, what)
    grown = campaign.castle.rss() - before
    return problems if grown < 64 << 20 else [*problems, f"{grown >> 20} MiB"]


def colliding_keys(campaign: Campaign) -> list[str]:
    """Keys that collide in a hash without a seed take no longer than others."""
    # Integers as text collide nowhere in particular; these collide in DJB2-like hashes, which Python does not use.
    colliding = [f"{'Ez' * (n & 1)}{'FY' * (1 - (n & 1))}{n:06d}" for n in range(20_000)]
    plain = [f"key-{random.Random(n).getrandbits(40):x}" for n in range(20_000)]
    times = []
    for keys in (plain, colliding):
        body = in_call(json.dumps(dict.fromkeys(keys, 0)).encode(), modern=True)
        times.append(min(effort(campaign, body).seconds for _ in range(3)))
    return [] if times[1] < 3 * times[0] + 0.05 else [f"{times[1]:.3f} s, and {times[0]:.3f} s for other keys"]


FORMS = (
    b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"%b","arguments":{}%b}}',
    b'{ "params" : { "arguments" : {} , "name" : "%b"%b } ,\n "method" : "tools/call" ,"id" : 7 ,"jsonrpc" : "2.0" }\n',
    b'\t{"id":7,"method":"tools\\u002fcall","params":{"name":"%b","arguments":{}%b},"jsonrpc":"\\u0032.0"}',
    b'{"method":"tools\\/call","jsonrpc":"2.0","id":7,"params":{"name":"%b","arguments":{}%b}}',
)


def same_call(campaign: Campaign) -> list[str]:
    """However a call is written, the decision is the same and the same bytes go on."""
    castle = campaign.castle
    problems = []
    for era in ("modern", "legacy"):
        meta = b',"_meta":' + json.dumps(META).encode() if era == "modern" else b""
        for name, escaped in ((b"get_issue", b"get\\u005fissue"), (b"delete_all", b"\\u0064elete_all")):
            seen, decided = set(), set()
            for form in FORMS:
                for spelling in (name, escaped):
                    say = Say(params={"name": name.decode()}, body=form % (spelling, meta))
                    before = len(castle.effects("web"))
                    answer = campaign.say(say, Lane(era))
                    decided.add((answer.status, b"result" in answer.body))
                    seen |= {canonical(one["body"]) for one in castle.effects("web")[before:]}
            if len(decided) != 1:
                problems.append(f"{name.decode()}, {era}: decided {decided}")
            if any("\\u00" in body or " : " in body for body in seen):
                problems.append(f"{name.decode()}, {era}: the client's own bytes went on")
            if len({json.dumps(json.loads(body), sort_keys=True) for body in seen}) > 1:
                problems.append(f"{name.decode()}, {era}: different calls went on")
    return problems


def canonical(body: str) -> str:
    """A body without what differs from call to call on the legacy leg: its id."""
    message = json.loads(body)
    return body.replace(f'"id":{json.dumps(message["id"])}', '"id":0')
