"""Servers that lie, clients that leave, rights that end."""

from __future__ import annotations

import time

from siege import catalogues
from siege.campaign import Campaign, Lane
from siege.effort import Effort
from siege.knock import connected, fresh_address
from siege.speech import ABSENT, Say, call, written
from yett.identity.token_file import TokenFile


def bombs(campaign: Campaign) -> list[str]:
    """Tools whose schema cannot be judged in bounded time are refused, quickly, and without an effect."""
    problems = []
    lane = Lane("modern", "poison")
    before = len(campaign.castle.effects("poison"))
    for name in catalogues.BOMBS:
        with Effort(campaign.castle) as spent:
            answer = campaign.say(call(name, {"a": "a" * 40 + "!"}), lane)
        document = answer.document or {}
        refused = "error" in document or document.get("result", {}).get("isError") is True
        if not refused or len(campaign.castle.effects("poison")) > before:
            problems.append(f"`{name}` was called")
            before = len(campaign.castle.effects("poison"))
        problems += spent.beyond(0.75, f"`{name}`")
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
        with Effort(campaign.castle) as spent:
            campaign.say(call(name, arguments), lane)
        problems += spent.beyond(1.0, f"`{name}`")
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
            ours = ("data: {", "event: message", ": ")
            lines = [line for line in answer.body.decode().split("\n") if line and not line.startswith(ours)]
            problems += [f"{lane} {part}: {line[:80]!r}" for line in lines]
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
