"""Bugs that happened to other gateways (threat catalogue, 2.11), one test each, against a running Yett."""

from __future__ import annotations

import ast
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from siege import catalogues
from siege.campaign import Campaign, Lane
from siege.castle import Castle
from siege.speech import ABSENT, LEGACY, MODERN, Say, b64, call
from siege.stories import http_upstream, mcp_messages, mcp_upstream, policy, processes

from yett.config.load import load
from yett.errors import ConfigError
from yett.identity.tokens import mint
from yett.protocol.headers import LEGACY_VERSIONS

LANES = [Lane(era, server) for era in ("modern", "legacy") for server in ("web", "proc")]
NOT_YET = {
    23: "a limiter store that is down: limits live in the process",
    24: "consent and refresh tokens of an OAuth proxy: there is none",
}
UNKNOWN = -32602


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with Castle(tmp_path_factory.mktemp("peers")) as castle:
        yield Campaign(castle)


def code(campaign: Campaign, say: Say, lane: Lane | None = None) -> int | None:
    """The JSON-RPC error of an answer; `None` where the call was done."""
    document = campaign.say(say, lane).document
    return document["error"]["code"] if "error" in document else None


def test_every_class_has_its_test_or_its_reason() -> None:
    names = [
        node.name for node in ast.parse(Path(__file__).read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
    ]
    tested = {int(found[1]) for name in names if (found := re.match(r"test_bug_(\d\d)_", name))}
    assert tested | NOT_YET.keys() == set(range(1, 26))
    assert tested & NOT_YET.keys() == set()


def test_bug_01_a_session_of_one_user_or_server_is_nobody_elses(siege) -> None:
    assert mcp_messages.sessions_are_bound(siege) == []


def test_bug_02_a_session_belongs_to_a_caller_and_outlives_his_token(siege) -> None:
    castle = siege.castle
    castle.tokens["fresh"] = castle.add_token("alice")
    time.sleep(0.8)
    session = siege.sessions.fresh("alice", "web")
    assert code(siege, call("echo", {"text": "x"}, caller="fresh", session=session), Lane("legacy")) is None
    assert siege.say(call("echo", caller="bob", session=session), Lane("legacy")).status == 404


@pytest.mark.parametrize("lane", LANES, ids=str)
def test_bug_03_a_list_is_filtered_however_it_comes(siege, lane) -> None:
    listed = {
        "tools": [{"name": name, "inputSchema": {"type": "object"}} for name in ("delete_all", "echo", "get_secret")]
    }
    for part in ("say", "say-stream") if lane.server == "web" else ("say",):
        answer = siege.say(call("play", {"part": f"{part}:{json.dumps(listed)}"}), lane)
        assert [tool["name"] for tool in answer.document["result"]["tools"]] == ["echo"]
    if lane.server == "web":
        for part in ("html", "no-type", "two-types", "server-error", "compressed"):
            assert code(siege, call("play", {"part": part}), lane) == 5020


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON", "APPLICATION/JSON; charset=UTF-8"])
def test_bug_04_no_spelling_of_the_content_type_and_no_framing_skips_the_check(siege, kind) -> None:
    for lane in (Lane("modern"), Lane("legacy")):
        assert code(siege, call("delete_all", head={"content-type": kind}), lane) == UNKNOWN
    for other in ("text/plain", "application/json, text/plain", "application/cbor"):
        assert siege.say(call("delete_all", head={"content-type": other})).status == 415


def test_bug_05_what_is_sent_on_is_what_was_judged_to_the_last_bracket(siege) -> None:
    odd = {
        "empty list": [],
        "empty object": {},
        "list of empties": [{}, []],
        "zero": 0,
        "text": "0",
        "null": None,
        "false": False,
    }
    for lane in LANES:
        assert code(siege, call("document", {"doc": odd}), lane) is None
        body = siege.castle.effects(lane.server)[-1]["body"]
        assert json.loads(body)["params"]["arguments"]["doc"] == odd
    for twice in (
        b'{"name":"echo","name":"delete_all"}',
        b'{"name":"echo","Name":"delete_all"}',
        b'{"name":"echo\\u0000"}',
    ):
        body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":' + twice + b"}"
        assert siege.say(Say(body=body, params={"name": "echo"}), Lane("legacy")).status == 400


def test_bug_06_a_header_cannot_say_one_thing_and_the_body_another(siege) -> None:
    for head in ({"mcp-name": "echo"}, {"mcp-method": "tools/list"}, {"mcp-name": ABSENT}):
        assert code(siege, call("delete_all", head=head)) == -32020
    for head in ({"mcp-name": "echo"}, {"mcp-method": "tools/list"}):
        assert code(siege, call("delete_all", head=head), Lane("legacy")) == UNKNOWN


@pytest.mark.parametrize("version", [*LEGACY_VERSIONS, MODERN])
def test_bug_07_an_older_protocol_version_gives_no_more_rights(siege, version) -> None:
    if version == MODERN:
        assert code(siege, call("delete_all")) == UNKNOWN
        return
    hello = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    opened = siege.say(
        Say(
            method="initialize",
            params=hello,
            session="",
            head={"mcp-session-id": ABSENT, "mcp-protocol-version": ABSENT},
        ),
        Lane("legacy"),
    )
    session = opened.headers["mcp-session-id"]
    agreed = opened.document["result"]["protocolVersion"]
    for asked in (version, agreed):
        answer = siege.say(call("delete_all", session=session, head={"mcp-protocol-version": asked}), Lane("legacy"))
        assert answer.status == 400 or answer.document["error"]["code"] == UNKNOWN


def test_bug_08_a_token_that_nobody_knows_is_no_token(siege) -> None:
    for token in (
        "opaque",
        "a" * 64,
        "yett_" + "A" * 60,
        siege.castle.tokens["alice"].upper(),
        siege.castle.tokens["alice"][:-1],
    ):
        for lane in (Lane("modern"), Lane("legacy")):
            assert siege.say(call("echo", head={"authorization": f"Bearer {token}"}), lane).status == 401


def test_bug_09_a_token_of_another_installation_is_no_token_here(siege) -> None:
    foreign = mint(os.urandom(40)).token
    assert siege.say(call("echo", head={"authorization": f"Bearer {foreign}"})).status == 401


@pytest.mark.parametrize(
    "name",
    [
        "x-yett-principal",
        "x-yett-user",
        "x-forwarded-user",
        "x-authenticated-user",
        "x-auth-request-user",
        "x-gateway-principal",
        "x-internal-token",
    ],
)
def test_bug_10_no_header_makes_somebody_of_a_stranger(siege, name) -> None:
    for lane in (Lane("modern"), Lane("legacy")):
        assert siege.say(call("echo", caller="stranger", lines=(f"{name}: alice".encode(),)), lane).status == 401
        assert code(siege, call("delete_all", lines=(f"{name}: admin".encode(),)), lane) == UNKNOWN


def test_bug_11_no_token_of_a_caller_reaches_a_server(siege) -> None:
    castle = siege.castle
    for lane in LANES:
        siege.say(call("echo", {"text": "x"}, lines=(b"x-api-key: mine", b"cookie: mine")), lane)
    for server in ("web", "proc", "poison"):
        seen = castle.effects_path(server).read_bytes() if castle.effects_path(server).exists() else b""
        assert [user for user, token in castle.tokens.items() if token.encode() in seen] == []
    assert http_upstream.credentials_stay(siege) == []


def test_bug_12_a_page_that_calls_the_loopback_gets_nothing(siege) -> None:
    port = siege.castle.port
    for head in (
        {"host": "evil.example"},
        {"host": f"evil.example:{port}"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1"},
    ):
        assert siege.say(call("echo", head=head)).status in (403, 421)


def test_bug_13_nothing_that_a_server_or_client_says_makes_the_gateway_connect_elsewhere(siege) -> None:
    before = len(siege.castle.effects("poison"))
    for part in ("redirect-307-host", "redirect-302-metadata", "challenge-401"):
        assert code(siege, call("play", {"part": part})) in (5020, 5030)
    for name in ("ref_http", "ref_file"):
        answer = siege.say(call(name, {"a": "x"}), Lane("modern", "poison")).document
        assert answer["result"]["isError"] is True
    assert len(siege.castle.effects("poison")) == before


def test_bug_14_nothing_of_a_client_gets_into_a_command_line(siege) -> None:
    siege.say(call("echo", {"text": "x"}), Lane("modern", "proc"))
    before = commands(siege.castle)
    for text in ("; touch /tmp/x", "--upload-pack=x", "$(id)", "a\nb"):
        siege.say(call("echo", {"text": text}), Lane("modern", "proc"))
        siege.say(call(text, head={"mcp-name": "x"}), Lane("legacy", "proc"))
    assert commands(siege.castle) >= before
    assert not any(b"touch" in command or b"upload-pack" in command for command in commands(siege.castle))


def commands(castle: Castle) -> set[bytes]:
    found = set()
    for pid in processes.children(castle):
        try:
            found.add(Path(f"/proc/{pid}/cmdline").read_bytes())
        except OSError:
            continue
    return found


def test_bug_15_a_name_means_one_tool_of_one_server(siege) -> None:
    assert mcp_upstream.shadowed_names(siege) == []
    for name in ("web.echo", "proc__echo", "Echo ", "echo\u200b", "\u0435cho", "ECHO"):
        assert code(siege, call(name, head={"mcp-name": b64(name.encode())})) in (UNKNOWN, -32020)


def test_bug_16_remembered_decisions_are_nobody_elses(siege) -> None:
    wanted = {
        ("alice", "get_issue"): None,
        ("carol", "get_issue"): None,
        ("mallory", "get_issue"): UNKNOWN,
        ("carol", "echo"): UNKNOWN,
        ("alice", "delete_all"): UNKNOWN,
        ("olga", "echo"): None,
        ("olga", "get_issue"): UNKNOWN,
    }
    for _ in range(3):
        for (caller, name), answer in wanted.items():
            for lane in (Lane("modern"), Lane("legacy")):
                assert code(siege, call(name, caller=caller), lane) == answer, (caller, name, lane)
    prompt = Say(method="prompts/get", params={"name": "get_issue"})
    assert code(siege, prompt) == UNKNOWN, "a tool's grant is no prompt's"


def test_bug_17_what_cannot_be_checked_is_not_let_through(siege) -> None:
    lane = Lane("modern", "poison")
    before = len(siege.castle.effects("poison"))
    for name in catalogues.BOMBS:
        answer = siege.say(call(name, {"a": "x"}), lane).document
        assert "error" in answer or answer["result"]["isError"] is True, name
    assert len(siege.castle.effects("poison")) == before


@pytest.mark.parametrize("lane", LANES, ids=str)
def test_bug_18_the_guards_stand_in_every_way_in(siege, lane) -> None:
    assert code(siege, call("delete_all"), lane) == UNKNOWN
    assert code(siege, Say(method="prompts/get", params={"name": "secret_prompt"}), lane) == UNKNOWN
    assert code(siege, Say(method="resources/read", params={"uri": "note://secret/b"}), lane) == UNKNOWN
    assert siege.say(call("typed", {"count": "1"}), lane).document["result"]["isError"] is True
    assert siege.castle.secrets["web"].encode() not in siege.say(call("leak"), lane).body


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("wbe.echo", "wbe"),
        ("web.get?issue", "cannot be part"),
        ("web", "names no tool"),
        ("web.", "names nothing"),
        ("web.^get.*$", "cannot be part"),
        ("web.get_issue: args.x", None),
    ],
)
def test_bug_19_a_rule_that_can_never_match_is_an_error(siege, rule, problem) -> None:
    folder = siege.castle.folder / "rules"
    folder.mkdir(exist_ok=True)
    path = folder / "yett.yaml"
    roles = f"roles: {{ a: {{ members: [user:x], allow: [{rule!r}] }} }}\n"
    text = "auth: { tokens: t.yaml }\nservers: { web: http://127.0.0.1:1/mcp }\n" + roles
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as error:
        load(path)
    assert problem is None or problem in str(error.value)


def test_bug_20_management_is_on_a_listener_of_its_own(siege) -> None:
    assert policy.admin_is_apart(siege) == []


def test_bug_21_digests_of_tokens_are_compared_in_constant_time() -> None:
    source = Path(__file__).parents[2] / "src" / "yett" / "identity" / "own_tokens.py"
    tree = ast.parse(source.read_text("utf-8"))
    calls = [
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    compared = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    assert calls.count("compare_digest") == 1
    assert [text for text in compared if "digest" in text or "sha256" in text] == []


def test_bug_22_nothing_grows_without_bound_and_one_slow_server_stalls_nobody(siege) -> None:
    castle = siege.castle
    first = siege.sessions.fresh("bob", "web")
    before = castle.rss()
    for _ in range(130):
        siege.sessions.fresh("bob", "web")
    assert siege.say(call("echo", caller="bob", session=first), Lane("legacy")).status == 404
    assert castle.rss() - before < 24 << 20
    slow = threading.Thread(target=siege.say, args=(call("play", {"part": "never-answers"}), Lane("modern", "web")))
    slow.start()
    for lane in (Lane("modern", "proc"), Lane("modern", "web"), Lane("modern", "poison")):
        assert code(siege, call("echo" if lane.server != "poison" else "honest"), lane) is None
    assert slow.is_alive()  # the others did not wait for its end
    slow.join()


def test_bug_25_limits_and_records_do_not_need_a_session(siege) -> None:
    siege.say(call("echo", {"text": "x"}))
    last = [record for record in siege.castle.ledger() if record["kind"] == "intent"][-1]
    assert (last["who"]["subject"], last["era"], last["name"], "session" in last) == ("alice", "modern", "echo", False)
    assert LEGACY in LEGACY_VERSIONS
