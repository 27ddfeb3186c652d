from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from yett.core.exchange import ANONYMOUS, Channel, Entrance, Era, Exchange, Principal, Tool
from yett.core.message import Failure, Message, Notification, Reply, Request
from yett.core.pipeline import Cleared, Guarded, Pipeline
from yett.core.verdict import ALLOW, Allow, Deny, Rewrite
from yett.guards import access
from yett.guards.access import NOT_GRANTED, Access
from yett.policy.pattern import parse
from yett.policy.policy import Policy
from yett.policy.role import Entry, Role
from yett.policy.scopes import Demand
from yett.protocol.methods import METHODS, subject
from yett.protocol.results import MAX_TTL_MS


def entries(*texts: str) -> tuple[Entry, ...]:
    return tuple(Entry(text=text, where=f"yett.yaml:{number}:5") for number, text in enumerate(texts, 1))


POLICY = Policy(
    [
        Role(
            name="reader",
            members=entries("user:alice"),
            allow=entries(
                "demo.echo",
                "demo.get_*",
                "demo.prompt:greet",
                "demo.resource:demo://note/*",
                "demo.resource:file:///docs/*",
            ),
            deny=entries("demo.get_secret", "demo.resource:file:///docs/private/*"),
        )
    ]
)
GUARD = Access(POLICY)
ALICE = Principal(issuer="yett", subject="alice")
BOB = Principal(issuer="yett", subject="bob")


def tool(name: str, server: str = "demo") -> Tool:
    return Tool(server=server, name=name, digest=name, definition={"name": name})


def exchange(message: Message, **facts) -> Exchange:
    base = Exchange(
        id="x",
        received_at=0.0,
        channel=Channel(entrance=Entrance.GATEWAY, peer="127.0.0.1"),
        server="demo",
        request=message,
        principal=ALICE,
        era=Era.MODERN,
    )
    return replace(base, **facts)


def ask(method: str, params: dict | None = None, **facts):
    message: Message
    if method.startswith("notifications/"):
        message = Notification(method=method, params=params)
    else:
        message = Request(id=1, method=method, params=params)
    return GUARD.check_request(exchange(message, **facts))


def call(name: str, known: Tool | None = None, **facts):
    return ask("tools/call", {"name": name}, tool=known, **facts)


# Requests


def test_a_granted_tool_is_allowed_and_the_grant_is_named():
    assert call("echo", tool("echo")) == Allow(note="roles.reader.allow[0] (demo.echo)")


def test_unknown_and_forbidden_tools_look_the_same():
    refusals = [
        call("delete_all", tool("delete_all")),
        call("delete_all"),
        call("no_such_tool"),
        call("get_secret", tool("get_secret")),
        call("get_unlisted"),
        call("echo", tool("echo"), principal=BOB),
        call("ECHO", tool("ECHO")),
        call("echo ", tool("echo ")),
        call("ech\N{CYRILLIC SMALL LETTER O}", None),
        call("get_\N{ZERO WIDTH SPACE}", None),
        call("", None),
        call("x" * 100_000, None),
    ]
    assert {(verdict.reason, verdict.public, verdict.scopes, verdict.retry_after) for verdict in refusals} == {
        (NOT_GRANTED, "", (), None)
    }
    assert "delete_all" not in NOT_GRANTED.public


def test_the_ledger_learns_which_grant_denied():
    assert call("get_secret", tool("get_secret")).detail == "tool 'get_secret': roles.reader.deny[0] (demo.get_secret)"
    assert call("delete_all", tool("delete_all")).detail == "tool 'delete_all': nothing allows it"
    assert call("echo").detail == "tool 'echo': not in the catalogue"


@pytest.mark.parametrize("fact", [tool("get_time"), tool("echo", server="other"), None])
def test_a_fact_about_another_tool_is_no_fact(fact):
    assert call("echo", fact).reason == NOT_GRANTED


@pytest.mark.parametrize("params", [None, {}, {"name": 1}, {"name": ["echo"]}, {"Name": "echo"}, {"name": None}])
def test_a_call_without_a_name_is_refused(params):
    assert ask("tools/call", params).reason == access.NO_NAME


@pytest.mark.parametrize("method", sorted(access.OPEN))
def test_lifecycle_is_open_to_everybody_who_signed_in(method):
    assert ask(method) == ALLOW
    assert ask(method, principal=BOB) == ALLOW
    assert ask(method, principal=ANONYMOUS).reason == access.UNAUTHENTICATED


@pytest.mark.parametrize(
    "method",
    [
        "tasks/list",
        "sampling/createMessage",
        "tools/call ",
        "TOOLS/CALL",
        "tools//call",
        "rpc.discover",
        "__init__",
        "",
        "session/listen",
        "skills/list",
    ],
)
def test_a_method_outside_the_table_is_closed(method):
    assert ask(method, {"name": "echo", "taskId": "t"}, tool=tool("echo")).reason == access.METHOD_CLOSED


def test_every_method_a_client_may_send_is_open_naming_or_closed_on_purpose():
    sendable = {name for name, method in METHODS.items() if method.client}
    closed = sendable - access.OPEN - access.NAMING
    assert closed == {"tasks/list", "notifications/tasks/status"}
    assert sendable >= access.OPEN | access.NAMING


@pytest.mark.parametrize(
    ("method", "params", "allowed"),
    [
        ("prompts/get", {"name": "greet"}, True),
        ("prompts/get", {"name": "echo"}, False),
        ("resources/read", {"uri": "demo://note/1"}, True),
        ("resources/read", {"uri": "demo://other/1"}, False),
        ("resources/read", {"uri": "file:///docs/a/b"}, True),
        ("resources/read", {"uri": "file:///docs/private/b"}, False),
        ("resources/subscribe", {"uri": "demo://note/1"}, True),
        ("resources/subscribe", {"uri": "demo://other/1"}, False),
        ("resources/unsubscribe", {"uri": "demo://other/1"}, False),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "greet"}}, True),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "secret"}}, False),
        ("completion/complete", {"ref": {"type": "ref/resource", "uri": "demo://note/{id}"}}, True),
        ("completion/complete", {"ref": {"type": "ref/resource", "uri": "demo://other/{id}"}}, False),
        ("completion/complete", {"ref": {"type": "ref/resource", "uri": "file:///docs/private/{id}"}}, False),
        ("completion/complete", {"ref": {"type": "ref/resource", "uri": "demo://note/{id}" + "{a}" * 300}}, False),
        ("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, True),
        ("subscriptions/listen", {"notifications": {"resourceSubscriptions": ["demo://note/1"]}}, True),
        ("subscriptions/listen", {"notifications": {"resourceSubscriptions": ["demo://note/1", "demo://x"]}}, False),
        ("subscriptions/listen", {"notifications": {"taskIds": ["t"]}}, False),
    ],
)
def test_every_method_that_names_something_asks_the_same_policy(method, params, allowed):
    verdict = ask(method, params)
    if allowed:
        assert isinstance(verdict, Allow)
    else:
        assert verdict.reason == NOT_GRANTED


@pytest.mark.parametrize("method", ["tasks/get", "tasks/cancel", "tasks/result", "tasks/update"])
@pytest.mark.parametrize(
    ("tasks", "allowed"),
    [
        ({("t", "echo")}, True),
        ({("t", "get_time"), ("u", "delete_all")}, True),
        (set(), False),
        ({("u", "echo")}, False),
        ({("t", "delete_all")}, False),
    ],
)
def test_a_task_is_its_starters_for_as_long_as_the_tool_is(method, tasks, allowed):
    verdict = ask(method, {"taskId": "t"}, tasks=frozenset(tasks))
    assert isinstance(verdict, Allow) if allowed else verdict.reason == NOT_GRANTED
    listening = ask("subscriptions/listen", {"notifications": {"taskIds": ["t"]}}, tasks=frozenset(tasks))
    assert isinstance(listening, Allow) is allowed
    status = Notification(method="notifications/tasks", params={"taskId": "t", "status": "working"})
    assert (said(status, tasks=frozenset(tasks)) == ALLOW) is allowed


@pytest.mark.parametrize(
    "uri",
    [
        "file:///docs/../etc/passwd",
        "file:///docs/%2e%2e/etc/passwd",
        "file:///docs/%252e%252e/etc/passwd",
        "file:///docs\\..\\etc",
        "FILE:///docs/a",
        "file://host/docs/a",
        "file:///docs/a#b",
        "demo://user@note/1",
        "demo://note/1\x00",
        "demo://note/{id}",
        "",
    ],
)
def test_a_uri_with_two_readings_is_refused_before_the_policy_sees_it(uri):
    assert ask("resources/read", {"uri": uri}).reason == access.NOT_CANONICAL


def test_a_call_disguised_as_a_notification_is_judged_as_a_call():
    message = Notification(method="tools/call", params={"name": "delete_all"})
    assert GUARD.check_request(exchange(message)).reason == NOT_GRANTED


def test_a_client_response_belongs_to_the_legacy_era():
    assert GUARD.check_request(exchange(Reply(id=1, result={}), era=Era.LEGACY)) == ALLOW
    assert GUARD.check_request(exchange(Reply(id=1, result={}))).reason == access.REPLY_UNASKED
    assert GUARD.check_request(exchange(Reply(id=1, result={}), era=None)).reason == access.REPLY_UNASKED


def test_nobody_in_particular_needs_the_unsafe_switch():
    policy = Policy([Role(name="everyone", allow=entries("demo.echo"))], anonymous=True)
    message = Request(id=1, method="tools/call", params={"name": "echo"})
    facts = {"principal": ANONYMOUS, "tool": tool("echo")}
    assert Access(policy).check_request(exchange(message, **facts)).reason == access.UNAUTHENTICATED
    opened = Access(policy, unsafe_allow_anonymous=True)
    assert isinstance(opened.check_request(exchange(message, **facts)), Allow)


def test_an_empty_policy_allows_no_name():
    message = Request(id=1, method="tools/call", params={"name": "echo"})
    assert Access(Policy([])).check_request(exchange(message, tool=tool("echo"))).reason == NOT_GRANTED


# Replies


def reply_to(method: str, result, **facts):
    return GUARD.check_reply(exchange(Request(id=1, method=method), **facts), Reply(id=1, result=result))


def defined(name: str, **more) -> dict:
    return {"name": name, "inputSchema": {"type": "object"}, **more}


def names(verdict, key: str, field: str = "name") -> list[str]:
    assert isinstance(verdict, Rewrite)
    return [entry[field] for entry in verdict.message.result[key]]


def test_lists_show_what_may_be_used_and_nothing_else():
    result = {"tools": [defined(name) for name in ("echo", "delete_all", "get_secret", "get_time")]}
    verdict = reply_to("tools/list", {**result, "nextCursor": "2"}, era=Era.LEGACY)
    assert verdict == Rewrite(
        message=Reply(id=1, result={"tools": [defined("echo"), defined("get_time")], "nextCursor": "2"}),
        note="2 of 4 tools withheld",
    )
    assert result["tools"][1] == defined("delete_all"), "what came in stays as it was"


@pytest.mark.parametrize(
    ("method", "key", "field", "listed", "kept"),
    [
        ("prompts/list", "prompts", "name", ["greet", "secret"], ["greet"]),
        ("resources/list", "resources", "uri", ["demo://note/1", "demo://x", "FILE:///docs/a"], ["demo://note/1"]),
        (
            "resources/templates/list",
            "resourceTemplates",
            "uriTemplate",
            ["demo://note/{id}", "demo://{kind}/1", "file:///etc/{name}", "file:///docs/private/{name}"],
            ["demo://note/{id}", "demo://{kind}/1"],
        ),
    ],
)
def test_the_other_lists_are_filtered_too(method, key, field, listed, kept):
    assert names(reply_to(method, {key: [{field: name} for name in listed]}), key, field) == kept


@pytest.mark.parametrize("method", ["tools/call", "ping", "prompts/list"])
def test_a_list_is_filtered_on_whatever_stream_it_comes(method):
    result = {"tools": [{"name": "delete_all"}], "prompts": []}
    assert names(reply_to(method, result, era=Era.LEGACY), "tools") == []
    listening = exchange(Notification(method="session/listen"), era=Era.LEGACY)
    assert names(GUARD.check_reply(listening, Reply(id=7, result=result)), "tools") == []


@pytest.mark.parametrize("entry", [None, 1, "echo", [], {}, {"name": None}, {"name": 1}, {"Name": "echo"}])
def test_a_malformed_entry_is_dropped(entry):
    assert names(reply_to("tools/list", {"tools": [defined("echo"), entry]}, era=Era.LEGACY), "tools") == ["echo"]


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "get_time"},
        defined("get_time", inputSchema=None),
        defined("get_time", description="x" * 300_000),
        defined("get_time", inputSchema={"properties": {"a": {"type": "string", "x-mcp-header": "Authorization"}}}),
    ],
)
def test_a_tool_that_no_catalogue_takes_is_not_listed(entry):
    # Bypass M-08: such a tool could not be called, but its definition, annotations included, reached the client.
    assert names(reply_to("tools/list", {"tools": [defined("echo"), entry]}, era=Era.LEGACY), "tools") == ["echo"]


def test_a_name_that_is_listed_twice_is_nobodys():
    listed = [defined("echo", description="good"), defined("get_time"), defined("echo", description="evil")]
    assert names(reply_to("tools/list", {"tools": listed}), "tools") == ["get_time"]


@pytest.mark.parametrize("result", [None, [], "x", {}, {"tools": None}, {"tools": {"name": "echo"}}, {"prompts": []}])
def test_an_answer_without_the_list_that_was_asked_for_is_refused(result):
    assert reply_to("tools/list", result).reason == access.LIST_MALFORMED


def test_a_list_beside_a_question_is_filtered_too():
    result = {"resultType": "input_required", "inputRequests": {}, "tools": [{"name": "delete_all"}]}
    assert names(reply_to("tools/list", result), "tools") == []


def test_an_error_passes():
    error = Reply(id=1, error=Failure(code=-32602, message="no"))
    assert GUARD.check_reply(exchange(Request(id=1, method="tools/list")), error) == ALLOW


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"cacheScope": "public", "ttlMs": 5}, {"cacheScope": "private", "ttlMs": 5}),
        ({}, {"cacheScope": "private"}),
        ({"cacheScope": None}, {"cacheScope": "private"}),
        ({"ttlMs": 10**18}, {"cacheScope": "private", "ttlMs": MAX_TTL_MS}),
        ({"ttlMs": -1}, {"cacheScope": "private", "ttlMs": 0}),
        ({"ttlMs": 1.5}, {"cacheScope": "private", "ttlMs": 0}),
        ({"ttlMs": True}, {"cacheScope": "private", "ttlMs": 0}),
        ({"ttlMs": "9"}, {"cacheScope": "private", "ttlMs": 0}),
    ],
)
@pytest.mark.parametrize("method", ["tools/list", "server/discover", "resources/read"])
def test_what_a_modern_server_answers_is_private(method, given, expected):
    body = {"tools": []} if method == "tools/list" else {}
    verdict = reply_to(method, {**body, **given, "resultType": "complete"})
    assert isinstance(verdict, Rewrite)
    assert verdict.message.result == {**body, **given, **expected, "resultType": "complete"}


def test_a_private_list_that_is_all_granted_passes_unchanged():
    assert reply_to("tools/list", {"tools": [defined("echo")], "cacheScope": "private", "ttlMs": 0}) == ALLOW


def test_caching_is_never_added_for_the_legacy_era_nor_to_other_results():
    assert reply_to("tools/list", {"tools": []}, era=Era.LEGACY) == ALLOW
    assert reply_to("tools/call", {"content": []}) == ALLOW
    assert reply_to("resources/read", {"resultType": "input_required", "inputRequests": {}}) == ALLOW


def test_public_caching_is_taken_back_wherever_it_stands():
    verdict = reply_to("tools/call", {"content": [], "cacheScope": "public"}, era=Era.LEGACY)
    assert verdict.message.result == {"content": [], "cacheScope": "private"}


@pytest.mark.parametrize(
    ("requests", "passes"),
    [
        ({"a": {"method": "elicitation/create", "params": {}}, "b": {"method": "roots/list"}}, True),
        ({"a": {"method": "tools/call"}}, False),
        ({"a": "elicitation/create"}, False),
        ({"a": {"method": ["roots/list"]}}, False),
        ([], False),
    ],
)
def test_a_modern_server_asks_only_what_exists(requests, passes):
    verdict = reply_to("tools/call", {"resultType": "input_required", "inputRequests": requests})
    assert (verdict == ALLOW) is passes


# Messages of the server's own


def said(message: Message, **facts):
    return GUARD.check_reply(exchange(Request(id=1, method="tools/call"), **facts), message)


@pytest.mark.parametrize(
    ("message", "legacy", "modern"),
    [
        (Notification(method="notifications/progress", params={"progressToken": 1, "progress": 1}), True, True),
        (Notification(method="notifications/message", params={"level": "info", "data": "x"}), True, True),
        (Notification(method="notifications/tools/list_changed"), True, True),
        (Notification(method="notifications/resources/updated", params={"uri": "demo://note/1"}), True, True),
        (Notification(method="notifications/resources/updated", params={"uri": "demo://other/1"}), False, False),
        (Notification(method="notifications/resources/updated"), False, False),
        (Request(id=1, method="sampling/createMessage", params={"messages": []}), True, False),
        (Request(id=1, method="elicitation/create", params={"message": "name?"}), True, False),
        (Request(id=1, method="roots/list"), True, False),
        (Request(id=1, method="ping"), True, False),
        (Request(id=1, method="tasks/list"), False, False),
        (Request(id=1, method="tools/call", params={"name": "echo"}), False, False),
        (Notification(method="notifications/initialized"), False, False),
        (Notification(method="notifications/tasks/status", params={"taskId": "t", "status": "x"}), False, False),
        (Notification(method="notifications/vendor"), False, False),
        (Notification(method="sampling/createMessage", params={"messages": []}), False, False),
    ],
)
def test_a_server_says_only_what_its_era_allows(message, legacy, modern):
    assert (said(message, era=Era.LEGACY) == ALLOW) is legacy
    assert (said(message, era=Era.MODERN) == ALLOW) is modern
    assert isinstance(said(message, era=None), Deny)


# As a whole


def test_every_listed_tool_is_callable_and_every_unlisted_one_is_not():
    known = ["echo", "get_time", "get_secret", "delete_all", "x.y", "Get_time"]
    for principal in (ALICE, BOB, ANONYMOUS, replace(BOB, roles=frozenset({"reader"}))):
        facts = {"principal": principal, "era": Era.LEGACY}
        verdict = reply_to("tools/list", {"tools": [defined(name) for name in known]}, **facts)
        listed = names(verdict, "tools")
        callable_ = [name for name in known if isinstance(call(name, tool(name), **facts), Allow)]
        assert listed == callable_


def test_a_filtered_list_keeps_its_subject_and_is_cleared():
    pipeline = Pipeline([Guarded(guard=GUARD)], subject=subject)
    reply = Reply(id=1, result={"tools": [{"name": "delete_all"}]})
    cleared = pipeline.check_reply(exchange(Request(id=1, method="tools/list")), reply).verdict
    assert isinstance(cleared, Cleared)
    assert cleared.message == Reply(id=1, result={"tools": [], "cacheScope": "private"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*access.LISTS, "name", "uri", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from([*METHODS, "x"]), JSON, st.sampled_from([*Era, None]))
def test_no_answer_of_a_server_makes_the_guard_raise(method, result, era):
    verdict = reply_to(method, result, era=era, principal=BOB)
    if isinstance(verdict, Rewrite):
        assert all(not verdict.message.result.get(key) for key in access.LISTS)


@settings(deadline=None)
@given(
    st.sampled_from([*METHODS, "x"]),
    st.dictionaries(st.sampled_from(["name", "uri", "ref", "notifications", "taskId"]), JSON),
)
def test_no_request_makes_the_guard_raise_or_open(method, params):
    verdict = GUARD.check_request(exchange(Request(id=1, method=method, params=params), principal=BOB))
    if method not in access.OPEN and not (method == "subscriptions/listen" and verdict == ALLOW):
        assert isinstance(verdict, Deny)


def scoped(principal: Principal, name: str, **changes):
    """What the guard says where a role and a tool demand scopes."""
    writer = Role(
        name="writer",
        members=entries("user:alice"),
        allow=entries("demo.*"),
        deny=entries("demo.never"),
        scopes=frozenset({"write"}),
    )
    demand = Demand(pattern=parse("demo.delete"), scopes=frozenset({"admin"}))
    guard = Access(Policy([writer], demands=[demand]))
    made = exchange(Request(id=1, method="tools/call", params={"name": name}), tool=tool(name), principal=principal)
    return guard.check_request(replace(made, **changes))


def test_a_token_that_lacks_a_scope_is_told_all_that_the_call_needs():
    alice = Principal(issuer="https://sso", subject="alice", source="keycloak")
    found = scoped(alice, "delete")
    assert (found.reason, found.scopes) == (access.SCOPE_MISSING, ("admin", "write"))
    assert found.detail == "tool 'delete' needs admin write"
    half = replace(alice, scopes=frozenset({"write"}))
    assert scoped(half, "delete").scopes == ("admin", "write")
    assert isinstance(scoped(half, "read"), Allow)
    assert isinstance(scoped(replace(alice, scopes=frozenset({"write", "admin", "x"})), "delete"), Allow)


def test_scopes_neither_open_what_is_denied_nor_tell_strangers_what_there_is():
    alice = Principal(issuer="https://sso", subject="alice", source="keycloak")
    assert scoped(alice, "never").reason is NOT_GRANTED
    assert scoped(replace(alice, subject="mallory"), "delete").reason is NOT_GRANTED
    assert scoped(alice, "delete", tool=None).reason is NOT_GRANTED


def test_a_token_that_no_sign_in_gives_is_not_sent_to_one():
    alice = Principal(issuer="yett", subject="alice", source="tokens")
    assert scoped(alice, "read").reason is access.SCOPE_OUT_OF_REACH
    assert scoped(alice, "read").scopes == ("write",)


def test_a_task_needs_what_the_tool_it_was_started_with_needs():
    alice = Principal(issuer="https://sso", subject="alice", source="keycloak")
    asked = Request(id=1, method="tasks/get", params={"taskId": "t-1"})
    found = scoped(alice, "x", request=asked, tool=None, tasks=frozenset({("t-1", "delete")}))
    assert (found.reason, found.scopes) == (access.SCOPE_MISSING, ("admin", "write"))
