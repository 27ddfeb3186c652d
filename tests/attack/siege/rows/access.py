"""A, Z and R: who is calling, what they may do, and how often."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from siege import matrix
from siege.campaign import Campaign, Lane
from siege.cases import Fate, Talk, act, case, hidden, no, proof, talk, tool_error, yes
from siege.castle import Castle
from siege.knock import connected, fresh_address, knock
from siege.rows.mcp_upstream import credentials_of_sessions, revoked
from siege.speech import ABSENT, Say, call, written
from yett.identity.token_file import TokenFile

UNSIGNED = no(401, present=(b"www-authenticate: Bearer ",))
MALFORMED = no(400)


def signed(what: str, value: Any, fate: Fate, *lines: bytes) -> Talk:
    """A good call with another `Authorization`."""
    return talk(what, call("echo", {"text": "x"}, head={"authorization": value}, lines=lines), fate)


def one_answer_for_all(campaign: Campaign) -> list[str]:
    """Which check failed is nobody's business: the same status, challenge and words for every failed sign-in."""
    token = campaign.castle.tokens["alice"]
    digest = "0" * 64
    tries = {
        "unknown": "yett_" + "A" * 8 + token[13:],
        "another secret": token[:-8] + "AAAAAAAA",
        "one character changed": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "expired": campaign.castle.tokens["late"],
        "revoked": campaign.castle.tokens["gone"],
        "a digest": f"sha256:{digest}".replace(":", "."),
        "no token of ours": "abc",
        "a default": "secret-api-key",
        "a JWT without a signature": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
    }
    seen = {}
    for what, tried in tries.items():
        answer = campaign.say(call("echo", head={"authorization": f"Bearer {tried}"}))
        document = answer.document
        document["error"].pop("data", None)
        seen[what] = (answer.status, answer.headers.get("www-authenticate"), str(document))
    odd = {what: one for what, one in seen.items() if one != seen["unknown"]}
    return [f"{what}: {one}" for what, one in odd.items()] if odd or seen["unknown"][0] != 401 else []


def fixed_challenge(campaign: Campaign) -> list[str]:
    """The challenge is made of the config: nothing of the request is in it."""
    problems = []
    for value in (
        'Bearer "x"',
        "Bearer x, realm=evil",
        'Bearer a" error_description="x',
        "Bearer " + "e" * 300,
        "Evil x",
    ):
        answer = campaign.say(call("echo", head={"authorization": value, "x-evil": "evil"}))
        shown = answer.headers.get("www-authenticate", "")
        if shown not in ('Bearer realm="yett"', 'Bearer realm="yett", error="invalid_token"'):
            problems.append(f"{value}: `{shown}`")
    return problems


def brute_force(campaign: Campaign) -> list[str]:
    """Guessing is slowed down by its own address, costs little, and harms nobody else."""
    castle = campaign.castle
    guess = written(
        call("echo", head={"authorization": "Bearer yett_AAAAAAAA_" + "A" * 40}), campaign.door("alice", Lane())
    )
    guess = guess.replace(b"connection: close\r\n", b"")
    address = fresh_address()
    before = cpu_seconds(castle)
    statuses: list[int] = []
    for _ in range(8):
        heard = knock(castle.port, [guess * 50], address=address, tls=campaign.tls, answers=50, seconds=20.0)
        statuses += [answer.status for answer in heard.answers]
    spent = cpu_seconds(castle) - before
    problems = []
    if statuses.count(401) > 330 or 429 not in statuses:
        problems.append(f"{statuses.count(401)} guesses were looked at, {statuses.count(429)} refused")
    if spent / len(statuses) > 0.002:
        problems.append(f"{1000 * spent / len(statuses):.2f} ms of CPU a guess")
    if [
        answer.status for answer in knock(castle.port, [guess], address=address, tls=campaign.tls, answers=1).answers
    ] != [429]:
        problems.append("the address is not held back")
    if campaign.say(call("echo", {"text": "x"}), address=address).status != 200:
        problems.append("who can sign in there is locked out with the guesser")
    if campaign.say(call("echo", {"text": "x"})).status != 200:
        problems.append("others are held back too")
    return problems


def cpu_seconds(castle: Castle) -> float:
    """CPU time the gateway has used."""
    fields = Path(f"/proc/{castle.gateway.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def comparison_time(campaign: Campaign) -> list[str]:
    """A wrong first character takes as long as a wrong last one (Welch's t, on the identifying code itself)."""
    from math import sqrt
    from statistics import fmean, variance

    from yett.identity.identify import Tokens

    token = campaign.castle.tokens["alice"]
    identify = Tokens(campaign.castle.folder / "tokens.yaml").identify
    now = time.time()
    guesses = {
        "first": f"Bearer {token[:14]}{'A' if token[14] != 'A' else 'B'}{token[15:]}".encode(),
        "last": f"Bearer {token[:-9]}AAAAAAAAA".encode(),
    }
    seen: dict[str, list[int]] = {name: [] for name in guesses}
    for _ in range(30_000):
        for name, guess in guesses.items():
            started = time.perf_counter_ns()
            identify([guess], now)
            seen[name].append(time.perf_counter_ns() - started)
    cut = {name: sorted(values)[: len(values) * 8 // 10] for name, values in seen.items()}
    first, last = cut["first"], cut["last"]
    t = abs(fmean(first) - fmean(last)) / sqrt(variance(first) / len(first) + variance(last) / len(last))
    # The trimmed means of equal distributions may differ by a rounding of the clock; a real leak is a multiple of it.
    apart = abs(fmean(first) - fmean(last)) / fmean(first)
    return [] if t < 4.5 or apart < 0.01 else [f"t = {t:.1f}, {100 * apart:.1f}% apart"]


def no_such_routes(campaign: Campaign) -> list[str]:
    """Nothing of an authorization server is exposed: no registration, no token endpoint, no metadata of clients."""
    problems = []
    for path in (
        "/register",
        "/authorize",
        "/token",
        "/oauth/token",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/callback",
        "/consent",
    ):
        for verb in (b"GET", b"POST"):
            answer = campaign.say(Say(verb=verb, path=path, caller="stranger", head={"mcp-name": ABSENT}))
            if answer.status not in (404, 405):
                problems.append(f"{verb.decode()} {path}: status {answer.status}")
    return problems


def everything_is_denied(campaign: Campaign) -> list[str]:
    """Who has no rule has nothing: no name, no entry in any list."""
    problems = []
    for caller in ("mallory",):
        for era in ("modern", "legacy"):
            for name in ("echo", "get_issue", "delete_all", "typed"):
                answer = campaign.say(call(name, caller=caller), Lane(era))
                if answer.document.get("error", {}).get("code") != -32602:
                    problems.append(f"{caller} calls {name}: {answer.body[:80]!r}")
            for method, key in (
                ("tools/list", "tools"),
                ("prompts/list", "prompts"),
                ("resources/list", "resources"),
                ("resources/templates/list", "resourceTemplates"),
            ):
                found = campaign.say(Say(method=method, caller=caller), Lane(era)).document["result"][key]
                if found:
                    problems.append(f"{caller} sees {found}")
    return problems


def matrix_agrees(campaign: Campaign) -> list[str]:
    """Six callers, forty tools, random roles: the gateway decides as an oracle does that never saw its code."""
    return matrix.through_a_gateway(campaign.castle.folder / "matrix", seed=20260728, callers=6, tools=40)


def reloaded(campaign: Campaign) -> list[str]:
    """A rule that a reload takes away, and a role that a token loses, are gone within a second; a bad reload changes nothing."""
    problems = []
    with Castle(campaign.castle.folder / "reload") as castle:
        mine = Campaign(castle)
        if mine.say(call("get_issue", caller="carol")).document.get("result") is None:
            problems.append("carol could not call at first")
        castle.write_config(old="allow: [web.get_issue, proc.get_issue]", new="allow: [proc.get_issue]")
        if castle.reload()[0] != 200:
            problems.append("the reload failed")
        if mine.say(call("get_issue", caller="carol")).document.get("error", {}).get("code") != -32602:
            problems.append("a rule outlived its reload")
        listed = mine.say(Say(method="tools/list", caller="carol")).document["result"]["tools"]
        if listed:
            problems.append("a list outlived the reload of its rule")
        (castle.folder / "yett.yaml").write_text("listen: [", "utf-8")
        status, _ = castle.reload()
        if status != 409 or mine.say(call("echo", {"text": "x"})).status != 200:
            problems.append(f"a broken config: {status}")
        # The token's own role goes with the token.
        if mine.say(call("echo", {"text": "x"}, caller="olga")).document.get("result") is None:
            problems.append("olga could not call at first")
        TokenFile(castle.folder / "tokens.yaml").revoke("olga")
        time.sleep(1.0)
        if mine.say(call("echo", {"text": "x"}, caller="olga")).status != 401:
            problems.append("a revoked token outlived a second")
    return problems


def admin_is_apart(campaign: Campaign) -> list[str]:
    """The data listener has nothing of the admin's, the admin's nothing of the data's; a page can reach neither."""
    castle = campaign.castle
    problems = []
    for path in ("/metrics", "/readyz", "/livez", "/reload", "/admin", "/web/mcp/../metrics", "/debug"):
        answer = campaign.say(Say(verb=b"GET", path=path, head={"mcp-session-id": ABSENT, "mcp-name": ABSENT}))
        if answer.status != 404:
            problems.append(f"{path} on the data listener: {answer.status}")
    for headers, wanted in (({}, 200), ({"Host": "evil.example"}, 421), ({"Origin": "http://127.0.0.1"}, 421)):
        status, _ = castle.admin("/metrics", **headers)
        if status != wanted:
            problems.append(f"/metrics with {headers}: {status}")
    for path in ("/web/mcp", "/mcp"):
        status, _ = castle.admin(path, method="POST")
        if status != 404:
            problems.append(f"{path} on the admin listener: {status}")
    status, _ = castle.admin("/reload", method="POST")
    if status != 403:
        problems.append(f"a reload that was not meant: {status}")
    status, _ = castle.admin("/reload", method="GET", X_Yett_Reload="1")
    if status != 405:
        problems.append(f"a reload by GET: {status}")
    return problems


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


TYPED = (
    ("a list for a text", {"count": 1, "path": ["a"]}), ("an object for a text", {"count": 1, "path": {"a": 1}}), ("JSON in a text for an object", {"count": 1, "inner": '{"x":1}'}),
    ("a number for a text", {"count": 1, "path": 5}), ("true for a text", {"count": 1, "path": True}), ("null for a text", {"count": 1, "path": None}),
    ("a text for a number", {"count": "1"}), ("true for a number", {"count": True}), ("1.0 for an integer", {"count": 1.0}), ("a list for a number", {"count": [1]}),
    ("1 for true", {"count": 1, "on": 1}), ("\"true\" for true", {"count": 1, "on": "true"}), ("a text for a list", {"count": 1, "tags": "a"}), ("an object for a list", {"count": 1, "tags": {"0": "a"}}),
    ("another case of an enum", {"count": 1, "kind": "A"}), ("beyond the maximum", {"count": 101}), ("below the minimum", {"count": -1}), ("a line feed behind a pattern", {"count": 1, "path": "abc\n"}),
    ("a pattern that matches inside", {"count": 1, "path": "abc DEF"}), ("too many items", {"count": 1, "tags": ["a"] * 4}), ("nothing that is required", {}), ("a number in a list of texts", {"count": 1, "tags": [1]}),
)  # fmt: skip
EXTRA = (
    ("an unknown property", {"count": 1, "extra": 1}), ("one inside", {"count": 1, "inner": {"x": 1, "y": 2}}), ("an option as a key", {"count": 1, "--force": "x"}),
    ("a known key in another case", {"count": 1, "Path": "a"}), ("for a tool without any", {"text": "x", "more": 1}),
)  # fmt: skip
ENFORCE = "tests/core/test_pipeline.py::"
STATE = "tests/state/test_counters.py::"
GCRA = "tests/state/test_gcra.py::"
IDENTIFY = "tests/identity/test_identify.py::"
NO_OAUTH = "callers authenticate with Yett's own tokens; OAuth, JWT and mTLS come later"

AUTHENTICATION = [
    case(
        "A-01",
        "the Authorization header",
        signed("none", ABSENT, UNSIGNED),
        [signed(what, value, UNSIGNED) for what, value in (("Basic", "Basic YWxpY2U6eA=="), ("Digest", "Digest x"), ("a token of nobody", "Bearer abc"))],
        [
            signed(what, value, MALFORMED)
            for what, value in (
                ("empty", ""), ("Bearer alone", "Bearer"), ("Bearer and a space", "Bearer "), ("two tokens", "Bearer abc def"), ("a list", "Bearer abc, Bearer def"),
                ("a tab", "Bearer\tabc"), ("two spaces", "Bearer  abc"), ("9 KiB", "Bearer " + "a" * 9000), ("quotes", 'Bearer "abc"'), ("a comma", "Bearer abc,def"),
            )
        ],
        signed("two headers", "Bearer abc", MALFORMED, b"authorization: Bearer def"),
        act("a good scheme in lower case", lambda campaign: [] if campaign.say(call("echo", {"text": "x"}, head={"authorization": f"bearer {campaign.castle.tokens['alice']}"})).status == 200 else ["refused"]),
        act("one answer for all that failed", one_answer_for_all),
        not_yet="`resource_metadata` in the challenge: there is no metadata document yet",
    ),
    case(
        "A-02",
        "a token elsewhere",
        [
            talk(what, call("echo", {"text": "x"}, caller="stranger", head=head), no(400, 401), servers="web")
            for what, head in (("a cookie", {"cookie": "token=yett_x"}), ("X-API-Key", {"x-api-key": "yett_x"}), ("Sec-WebSocket-Protocol", {"sec-websocket-protocol": "bearer, yett_x"}), ("Proxy-Authorization", {"proxy-authorization": "Bearer yett_x"}))
        ],
        talk("the query", call("echo", caller="stranger", path="/web/mcp?access_token=yett_x"), no(400), servers="web"),
        talk("the body", call("echo", {"access_token": "yett_x"}, caller="stranger"), no(401)),
        talk("`_meta`", call("echo", caller="stranger", meta={"authorization": "Bearer yett_x"}), no(401)),
        act("good tokens, elsewhere", credentials_of_sessions),
    ),
    *(case(f"A-{number:02}", title, not_yet=NO_OAUTH) for number, title in (
        (3, "JWT: alg none"), (4, "JWT: HS256 with a public key"), (5, "JWT: another family of algorithms"), (6, "JWT: keys named by the token"), (7, "JWT: key ids"),
        (8, "JWT: crit and b64"), (9, "JWT: exp"), (10, "JWT: nbf and iat"), (11, "JWT: iss"), (12, "JWT: aud"), (13, "JWT: sub"), (14, "other kinds of token"),
        (15, "JWT: duplicate members"), (16, "JWT: other encodings"), (17, "JWE"), (18, "JWT: strange payloads"), (19, "sender-constrained tokens"),
    )),
    case("A-20", "a token revoked during a stream", act("static tokens", revoked, long=True), not_yet="introspection and session logout: " + NO_OAUTH),
    case("A-21", "static tokens: timing", act("a wrong beginning, a wrong end", comparison_time, long=True), proof(IDENTIFY + "test_known_and_unknown_key_ids_cost_the_same"), proof(IDENTIFY + "test_a_digest_in_the_file_is_no_token")),
    case(
        "A-22",
        "static tokens: weak, default, twice",
        [signed(repr(token), f"Bearer {token}", UNSIGNED) for token in ("secret-api-key", "changeme", "yett_", "test", "0" * 40, "yett_00000000_" + "0" * 40)],
        proof("tests/identity/test_token_yaml.py::test_what_is_not_exactly_right_is_refused_with_its_line"),
        proof("tests/identity/test_token_file.py::test_an_id_is_given_once"),
        proof("tests/identity/test_token_file.py::test_a_file_that_others_reach_is_refused"),
    ),
    case("A-23", "guessing tokens", act("400 guesses", brute_force)),
    *(case(f"A-{number}", title, not_yet=NO_OAUTH) for number, title in (
        (24, "JWKS: unknown key ids"), (25, "JWKS: rotation"), (26, "JWKS: hostile answers"), (27, "issuer discovery"), (28, "issuer mix-up"), (29, "introspection"), (30, "client certificates"),
    )),
    case("A-31", "the clock jumps", proof(IDENTIFY + "test_expiry_is_judged_by_the_wall_time_given_even_when_cached"), proof(STATE + "test_a_wall_clock_that_jumps_changes_nothing"), not_yet="an alarm record when the clock jumps"),
    case("A-32", "injection into the challenge", act("fixed texts", fixed_challenge)),
    case("A-33", "protected-resource metadata", not_yet=NO_OAUTH),
    case("A-34", "OAuth proxying", act("no such route", no_such_routes)),
]  # fmt: skip
AUTHORISATION = [
    case("Z-01", "a caller without any rule", act("nothing", everything_is_denied), proof("tests/config/test_load.py::test_a_wrong_config_is_refused_with_exactly_these_words", "a config without roles is an error")),
    case(
        "Z-02",
        "unknown tools, methods, servers, roles",
        talk("a tool", call("none"), hidden()),
        talk("a server", call("echo", path="/none/mcp"), no(404)),
        talk("a caller of no role", call("echo", caller="mallory"), hidden()),
        talk("a tool of another role", call("echo", caller="carol"), hidden()),
        talk("a role that only the token names", call("echo", {"text": "x"}, caller="olga"), yes(), servers="web"),
        talk("beyond that role", call("get_issue", caller="olga"), hidden()),
    ),
    case("Z-03", "wildcards", act("random roles through the gateway", matrix_agrees), proof("tests/attack/test_policy_oracle.py::test_a_hundred_thousand_decisions_are_the_oracles")),
    case("Z-04", "a guard that fails", *(proof(ENFORCE + name) for name in ("test_a_failing_guard_refuses", "test_nonsense_refuses", "test_an_empty_pipeline_refuses_everything", "test_nothing_is_cleared_unless_every_enforcing_guard_agrees"))),
    case("Z-05", "Cedar: forbid with a type error", not_yet="the policy engine is Yett's own; there is no Cedar"),
    case("Z-06", "CEL: errors in conditions", not_yet="there are no conditions on arguments yet; a config with one is refused"),
    case("Z-07", "arguments of another type", [talk(what, call("typed", arguments), tool_error()) for what, arguments in TYPED], talk("as they should be", call("typed", {"count": 1, "path": "abc", "tags": ["a"], "inner": {"x": 1.5}}), yes())),
    case("Z-08", "the same path in another form", not_yet="kinds of arguments (path, url) are not known yet"),
    case("Z-09", "URLs that lead inside", not_yet="kinds of arguments (path, url) are not known yet"),
    case("Z-10", "SQL in arguments", not_yet="nothing reads SQL; the server's role decides (documented)"),
    case("Z-11", "properties that the schema does not know", [talk(what, call("echo" if "text" in arguments else "typed", arguments), tool_error()) for what, arguments in EXTRA]),
    case("Z-12", "a missing argument whose default is dangerous", not_yet="there are no conditions on arguments yet"),
    case("Z-13", "claims of another type", not_yet=NO_OAUTH),
    case("Z-14", "scopes and step-up", not_yet=NO_OAUTH),
    case("Z-15", "across tenants", not_yet="there are no tenants; callers among each other are M-21 and M-26"),
    case("Z-16", "decisions remembered beyond a change", act("reload and revocation", reloaded)),
    case("Z-18", "typos in the policy", proof("tests/config/test_load.py::test_a_wrong_config_is_refused_with_exactly_these_words"), proof("tests/config/test_lint.py::test_what_is_worth_a_look"), proof("tests/config/test_meaning.py::test_roles_that_cannot_mean_what_they_say")),
    case("Z-19", "admin endpoints as a normal caller", act("two listeners", admin_is_apart)),
    case("Z-20", "around the gateway", not_yet="a deployment test: the auditor will probe it"),
]  # fmt: skip
RATES = [
    case("R-01", "limits dodged by other tokens, addresses, headers", act("one caller", one_caller_many_tokens), act("one address", peers_are_limited), proof(STATE + "test_a_peer_is_an_address_or_a_network_of_64_bits"), not_yet="tenants"),
    case("R-02", "ten million keys", *(proof(GCRA + name) for name in ("test_the_table_is_bounded", "test_eviction_never_grants_more_than_burst", "test_a_key_in_use_outlives_a_flood_of_others")), proof(STATE + "test_inventing_peers_costs_no_memory")),
    case("R-03", "bursts at a window's border", proof(GCRA + "test_no_window_grants_more_than_burst_and_rate")),
    case("R-04", "several workers", not_yet="one process; shared limits come with Valkey/Redis"),
    case("R-05", "the wall clock jumps", proof(STATE + "test_a_wall_clock_that_jumps_changes_nothing")),
    case("R-06", "Redis down", not_yet="no Redis yet"),
    case("R-07", "Redis: a cancelled command's reply", not_yet="no Redis yet"),
    case("R-08", "expensive calls", act("running calls and streams are capped", running_calls_are_capped)),
    case("R-09", "injection into keys", proof(STATE + "test_two_identities_never_share_a_key")),
    case("R-10", "many streams of one caller", act("streams are capped, and their places given back", running_calls_are_capped, long=True), proof(STATE + "test_running_calls_are_capped_and_counted_out")),
    case("R-11", "locking out somebody else", proof(STATE + "test_failures_to_sign_in_close_the_door_to_their_peer_only"), act("guesses for alice from one address", brute_force, long=True)),
    case("R-12", "cost by bytes", not_yet="no byte budgets yet; single sizes are bounded (J-09, M-40)"),
]  # fmt: skip
ROWS = [*AUTHENTICATION, *AUTHORISATION, *RATES]
