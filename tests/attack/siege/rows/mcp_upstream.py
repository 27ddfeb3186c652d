"""M-30 to M-52: servers that lie, flood and listen; clients that leave; rights that end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from siege import catalogues
from siege.campaign import Campaign, Lane
from siege.cases import Talk, act, broken, case, hidden, no, talk, yes
from siege.knock import connected, fresh_address
from siege.plays import BESIDE, MESSAGES, STREAMS
from siege.rows.http_use import hop_by_hop
from siege.speech import ABSENT, Say, call, written
from yett.identity.token_file import TokenFile

CUT = ("too-large", "too-deep", "too-many")
GOOD = yes(absent=(b"POISON",))


def play(part: str, fate: Any, what: str = "", **more: Any) -> Talk:
    """The canary plays a part."""
    return talk(what or part.replace("-", " "), call("play", {"part": part}), fate, **more)


def wrong_replies() -> Iterator[Talk]:
    """Replies that answer nothing, or in no proper form: as JSON, as an event, and on a pipe."""
    for part in MESSAGES:
        if part in CUT:
            continue
        # A complaint about nobody in particular is taken for the answer where there is only one call to answer.
        if part == "id-null":
            continue
        yield play(part, broken(), f"{part}, as JSON", servers="web")
        yield play(f"stream:{part}", broken(), f"{part}, in a stream", servers="web")
        yield play(part, broken(5020, 5030), f"{part}, on a pipe", eras="legacy", servers="proc", long=True)


def asks(method: str) -> str:
    """A result that asks the client for something."""
    result = {
        "resultType": "input_required",
        "inputRequests": {"a": {"method": method, "params": {"message": "POISON"}}},
    }
    return "say:" + json.dumps(result)


def bombs(campaign: Campaign) -> list[str]:
    """Tools whose schema cannot be judged in bounded time are refused, quickly, and without an effect."""
    problems = []
    lane = Lane("modern", "poison")
    before = len(campaign.castle.effects("poison"))
    for name in catalogues.BOMBS:
        started = time.monotonic()
        answer = campaign.say(call(name, {"a": "a" * 40 + "!"}), lane)
        taken = time.monotonic() - started
        document = answer.document or {}
        refused = "error" in document or document.get("result", {}).get("isError") is True
        if not refused or len(campaign.castle.effects("poison")) > before:
            problems.append(f"`{name}` was called")
            before = len(campaign.castle.effects("poison"))
        if taken > 0.75:
            problems.append(f"`{name}` took {taken:.2f} s")
    return problems


def heavy_arguments(campaign: Campaign) -> list[str]:
    """Patterns and uniqueness are judged in linear time."""
    problems = []
    lane = Lane("modern", "poison")
    for name, arguments in (
        ("linear", {"a": "a" * 50_000 + "!"}),
        ("unique", {"a": [{"k": n} for n in range(5_000)]}),
        ("unique", {"a": [[n] * 10 for n in range(5_000)]}),
        ("recursive", {"a": {"a": {"a": {}}}}),
    ):
        started = time.monotonic()
        campaign.say(call(name, arguments), lane)
        taken = time.monotonic() - started
        if taken > 1.0:
            problems.append(f"`{name}` took {taken:.2f} s")
    return problems


def private_lists(campaign: Campaign) -> list[str]:
    """What is filtered for one caller is nobody else's to cache."""
    problems = []
    for method in ("tools/list", "prompts/list", "resources/list", "resources/templates/list"):
        for server in ("web", "proc"):
            result = campaign.say(Say(method=method), Lane("modern", server)).document["result"]
            ttl = result.get("ttlMs", 0)
            if result.get("cacheScope") != "private":
                problems.append(f"{method} of {server} may be shared: {result.get('cacheScope')}")
            if type(ttl) is not int or not 0 <= ttl <= 24 * 3_600_000:
                problems.append(f"{method} of {server}: ttlMs {ttl}")
    return problems


def lists_are_filtered(campaign: Campaign) -> list[str]:
    """Each caller's lists show that caller's names, in both eras and from both servers."""
    problems = []
    for era in ("modern", "legacy"):
        for server in ("web", "proc"):
            for caller, own in (("alice", None), ("carol", ["get_issue"]), ("mallory", [])):
                found = campaign.say(Say(method="tools/list", caller=caller), Lane(era, server)).document["result"][
                    "tools"
                ]
                names = [tool["name"] for tool in found]
                if own is not None and names != own:
                    problems.append(f"{caller} sees {names} of {server}")
                if {"get_secret", "delete_all"} & set(names):
                    problems.append(f"{caller} sees forbidden names of {server}")
            lists = {"prompts/list": ("prompts", "secret_prompt"), "resources/list": ("resources", "note://secret/b")}
            lists["resources/templates/list"] = ("resourceTemplates", "note://secret/{name}")
            for method, (key, forbidden) in lists.items():
                answer = campaign.say(Say(method=method), Lane(era, server))
                if forbidden.encode() in answer.body or not answer.document["result"][key]:
                    problems.append(f"{method} of {server}, {era}: {answer.body[:120]!r}")
    return problems


def shadowed_names(campaign: Campaign) -> list[str]:
    """A name listed twice is nobody's; a name with another server's name in it is only that."""
    lane = Lane("modern", "poison")
    names = [tool["name"] for tool in campaign.say(Say(method="tools/list"), lane).document["result"]["tools"]]
    problems = [
        f"`{name}` is listed"
        for name in ("twice", "na me", "slash/name", "n" * 129, "café", "heavy", "no_schema")
        if name in names
    ]
    before = campaign.castle.effect_count()
    for name in ("twice", "heavy", "no_schema"):
        answer = campaign.say(call(name), lane)
        if answer.document.get("error", {}).get("code") != -32602:
            problems.append(f"`{name}`: {answer.body[:80]!r}")
    if campaign.castle.effect_count() != before:
        problems.append("a shadowed tool was called")
    return problems


def listed_is_callable(campaign: Campaign) -> list[str]:
    """What a caller's list shows, that caller may call; what it leaves out, he may not."""
    problems = []
    for server in ("web", "poison"):
        every = [
            tool["name"]
            for tool in catalogues.FIXED["plain" if server == "web" else "poison"]
            if isinstance(tool, dict) and isinstance(tool.get("name"), str)
        ]
        for caller in ("alice", "carol", "mallory", "olga"):
            lane = Lane("modern", server)
            listed = {
                tool["name"]
                for tool in campaign.say(Say(method="tools/list", caller=caller), lane).document["result"]["tools"]
            }
            for name in dict.fromkeys(every):
                if not name.isascii() or name in ("wait", "play", "leak", "environment"):
                    continue
                document = campaign.say(call(name, caller=caller, head={"mcp-name": name}), lane).document
                hidden_from = document.get("error", {}).get("code") == -32602
                if hidden_from is (name in listed):
                    problems.append(f"{caller}, {server}.{name[:40]}: listed {name in listed}, hidden {hidden_from}")
    return problems


def own_credential(campaign: Campaign) -> list[str]:
    """A server that says the gateway's own credential for it: the client does not read it."""
    problems = []
    secret = campaign.castle.secrets["web"]
    for lane in (Lane("modern", "web"), Lane("legacy", "web"), Lane("modern", "proc")):
        answer = campaign.say(call("leak"), lane)
        if secret.encode() in answer.body:
            problems.append(f"{lane}: the credential of `web` reached the client")
    for name, shown in (("CANARY_PROC_TOKEN", "proc"), ("CANARY_PROC_URI", "proc.uri")):
        answer = campaign.say(call("environment"), Lane("modern", "proc"))
        if campaign.castle.secrets[shown].encode() in answer.body:
            problems.append(f"`{name}` of the server's environment reached the client")
    return problems


def written_anew(campaign: Campaign) -> list[str]:
    """Whatever lines a server's stream has, the client's has ours: no line end within data, for any reader."""
    problems = []
    for lane in (Lane("modern", "web"), Lane("legacy", "web")):
        for part in ("lines-in-stream", "fields-in-stream"):
            answer = campaign.say(call("play", {"part": part}), lane)
            if "text/event-stream" not in answer.headers.get("content-type", ""):
                problems.append(f"{lane} {part}: no stream but {answer.body[:80]!r}")
            if answer.body.decode().splitlines() != answer.body.decode().split("\n")[:-1] or b"POISON" in answer.body:
                problems.append(f"{lane} {part}: {answer.body[:200]!r}")
            for line in answer.body.decode().split("\n"):
                if line and not line.startswith(("data: {", "event: message", ": ")):
                    problems.append(f"{lane} {part}: {line[:80]!r}")
    return problems


def credentials_of_sessions(campaign: Campaign) -> list[str]:
    """A good token is a credential in one place only."""
    token = campaign.castle.tokens["alice"]
    problems = []
    tries: tuple[tuple[str, Say], ...] = (
        ("a cookie", call("echo", caller="stranger", head={"cookie": f"authorization=Bearer {token}"})),
        ("X-API-Key", call("echo", caller="stranger", head={"x-api-key": token})),
        ("Proxy-Authorization", call("echo", caller="stranger", head={"proxy-authorization": f"Bearer {token}"})),
        ("the body", call("echo", {"text": token}, caller="stranger")),
        ("`_meta`", call("echo", caller="stranger", meta={"authorization": f"Bearer {token}"})),
        ("the session id", call("echo", caller="stranger", session=token)),
        ("Basic", call("echo", head={"authorization": f"Basic {token}"})),
        ("the query", call("echo", caller="stranger", path=f"/web/mcp?access_token={token}")),
        ("the path", call("echo", caller="stranger", path=f"/web/mcp/{token}")),
    )
    for what, say in tries:
        for era in ("modern", "legacy"):
            status = campaign.say(say, Lane(era)).status
            if status not in (400, 401, 404):
                problems.append(f"{what}: status {status}")
    return problems


def others_are_not_cancelled(campaign: Campaign) -> list[str]:
    """`notifications/cancelled` reaches the sender's own calls only."""
    castle = campaign.castle
    problems = []
    for server in ("web", "proc"):
        lane = Lane("legacy", server)
        line = connected(castle.port, fresh_address(), campaign.tls)
        line.sendall(written(call("wait", {"seconds": 0.8}, id="victim"), campaign.door("alice", lane)))
        time.sleep(0.2)
        for wanted in ("victim", 1, 2, 3, 4, 5):
            say = Say(
                method="notifications/cancelled", params={"requestId": wanted}, members={"id": ABSENT}, caller="bob"
            )
            campaign.say(say, lane)
        line.settimeout(10.0)
        raw = b""
        while more := line.recv(65536):
            raw += more
        line.close()
        if b'"victim"' not in raw or b"0.8" not in raw:
            problems.append(f"{server}: {raw[-100:]!r}")
    return problems


def leaving(campaign: Campaign) -> list[str]:
    """Clients that leave at once leave nothing behind, and every call has an outcome."""
    castle = campaign.castle
    campaign.say(call("echo", {"text": "x"}))
    time.sleep(0.3)
    before = castle.descriptors()
    addresses = []
    for number in range(60):
        lane = Lane("modern", ("web", "proc")[number % 2])
        address = fresh_address()
        line = connected(castle.port, address, campaign.tls)
        line.sendall(written(call("wait", {"seconds": 2}), campaign.door("alice", lane)))
        if number % 3 == 0:
            time.sleep(0.02)
        line.close()
        addresses.append(address)
    deadline = time.monotonic() + 10.0
    problems: list[str] = []
    while time.monotonic() < deadline:
        time.sleep(0.3)
        records = campaign.records()
        kinds = [[record["kind"] for record in records[address]] for address in addresses]
        unfinished = [one for one in kinds if one.count("intent") != one.count("outcome")]
        open_now = castle.descriptors()
        problems = [f"{len(unfinished)} calls have no outcome"] if unfinished else []
        if open_now > before + 6:
            problems.append(f"{open_now} descriptors, {before} before")
        if not problems:
            break
    return problems


def revoked(campaign: Campaign) -> list[str]:
    """A call that runs ends within five seconds when the token behind it is revoked."""
    castle = campaign.castle
    castle.tokens["brief"] = castle.add_token("alice")
    key_id = castle.tokens["brief"].split("_")[1]
    time.sleep(0.8)
    problems = []
    for lane in (Lane("modern", "web"), Lane("legacy", "web"), Lane("modern", "proc")):
        line = connected(castle.port, fresh_address(), campaign.tls)
        line.sendall(written(call("wait", {"seconds": 20}), campaign.door("brief", lane)))
        time.sleep(0.2)
        started = time.monotonic()
        TokenFile(castle.folder / "tokens.yaml").revoke(key_id)
        line.settimeout(6.0)
        try:
            received = line.recv(65536)
        except TimeoutError:
            problems.append(f"{lane}: still running after 6 s")
        except OSError:
            received = b""
        else:
            if b'"result"' in received:
                problems.append(f"{lane}: answered")
        if time.monotonic() - started > 5.0:
            problems.append(f"{lane}: {time.monotonic() - started:.1f} s")
        line.close()
        if campaign.say(call("echo", caller="brief"), Lane("modern", lane.server)).status != 401:
            problems.append("the token still works")
        castle.tokens["brief"] = castle.add_token("alice")
        key_id = castle.tokens["brief"].split("_")[1]
        campaign.sessions.drop("brief", lane.server)
        time.sleep(0.8)
    TokenFile(castle.folder / "tokens.yaml").revoke(key_id)
    return problems


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ROWS = [
    case("M-30", "replies that answer nothing", wrong_replies(), play("two-replies", GOOD, servers="web"), play("reply-then-log", GOOD, servers="web")),
    case(
        "M-31",
        "requests from a server in the modern era",
        [play(part, broken(), eras="modern", servers="web") for part in STREAMS if part.startswith("event-asks")],
        play("event-asks-unknown", GOOD, "legacy: a method that no server has", eras="legacy", servers="web"),
    ),
    case(
        "M-32",
        "questions that a server may not ask",
        [
            play(asks(method), broken(), f"{method}", eras="modern", servers="web")
            for method in ("tools/call", "POISON", "elicitation/create ", "Sampling/createMessage", "")
        ],
        [
            play("say:" + json.dumps({"resultType": "input_required", "inputRequests": value}), broken(), f"questions that are {value!r}", eras="modern", servers="web")
            for value in ([], "POISON", {"a": "POISON"}, {"a": None})
        ],
        not_yet="sampling and elicitation by default deny, URLs by allow-list: there is no such policy yet",
    ),
    case("M-33", "input_required without end", not_yet="rounds are not counted"),
    case("M-34", "poisoned tool definitions", act("definitions over the size bound are not listed", shadowed_names), not_yet="instructions and hidden text in definitions: no detector yet"),
    case("M-35", "definitions that change after approval", not_yet="definitions are not pinned yet"),
    case("M-36", "shadowing and duplicate names", act("they are nobody's", shadowed_names)),
    case(
        "M-37",
        "annotations that lie",
        talk("`readOnlyHint` grants nothing", call("liar", caller="mallory"), hidden(), servers="poison"),
        talk("`readOnlyHint` takes nothing", call("liar"), yes(), servers="poison"),
    ),
    case("M-38", "schemas that are bombs", act("they cannot be called", bombs), act("arguments in linear time", heavy_arguments)),
    case("M-39", "filtered lists that may be cached", act("private, and bounded in time", private_lists)),
    case(
        "M-40",
        "results that are too much",
        [play(part, broken(), f"{part}, as JSON", servers="web") for part in CUT],
        [play(f"stream:{part}", broken(), f"{part}, in a stream", servers="web") for part in CUT],
        [play(part, broken(5020, 5030), f"{part}, on a pipe", eras="legacy", servers="proc", long=True) for part in CUT],
        not_yet="results against `outputSchema`",
    ),
    case(
        "M-41",
        "injection into event streams",
        [play(part, broken(), servers="web") for part in STREAMS if not part.startswith("event-asks")],
        [play(part, yes(absent=(b"POISON", b"retry:")), servers="web") for part in ("injected-fields", "injected-lines", "byte-order-mark", "data-over-lines")],
        act("a stream is written anew, in lines of our own", written_anew),
    ),
    case(
        "M-42",
        "streams without end or without a reply",
        [play(part, broken(), servers="web") for part in ("stream-without-reply", "stream-cut-in-event")],
        [play(part, broken(5040), servers="web", long=True) for part in ("stream-silent", "head-only", "never-answers")],
        not_yet="a cap on the rate of events",
    ),
    case("M-43", "notifications about somebody else's call", [play(part, GOOD, servers="web") for part in ("foreign-progress", "unknown-notification")]),
    case("M-44", "a server that says the gateway's credential", act("the client does not read it", own_credential)),
    case("M-45", "challenges of a server", [play(part, broken(5020, 5030, absent=(b"POISON", b"www-authenticate", b"10.0.0.1")), servers="web") for part in ("challenge-401", "challenge-403")]),
    case("M-46", "an agent that was talked into it", talk("what is not granted stays denied", call("delete_all"), hidden()), not_yet="approvals, budgets, taint rules"),
    case("M-47", "exfiltration in disguise", not_yet="nothing looks at what arguments carry yet"),
    case("M-48", "cancelling somebody else's call", act("nothing happens", others_are_not_cancelled)),
    case("M-49", "clients that leave at once", act("nothing is left", leaving)),
    case("M-50", "rights that end while a call runs", act("the call ends", revoked)),
    case(
        "M-52",
        "trace context",
        [
            talk(what, call("echo", {"text": "x"}, meta={"traceparent": value}), no(400, 200, codes=frozenset({-32602, -32700})))
            for what, value in (("a megabyte", "0" * 900_000), ("a number", 5), ("CR LF", TRACE + "\r\nx: y"), ("an object", {}))
        ],
        talk("as it should be", call("echo", {"text": "x"}, meta={"traceparent": TRACE}), yes()),
        act("headers do not cross", hop_by_hop),
        not_yet="`baggage` in `_meta` passes; the sampled flag is not judged",
    ),
    case("Z-17", "lists and calls agree", act("each caller's lists", lists_are_filtered), act("listed is callable, unlisted is not", listed_is_callable)),
]  # fmt: skip
