from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.exchange import Era
from yett.core.message import Failure, JsonObject, Message, Notification, Reply, Request
from yett.core.reason import Kind
from yett.core.verdict import Deny
from yett.protocol.methods import (
    CAPABILITIES_KEY,
    METHOD_HAS_NO_ID,
    METHOD_NEEDS_ID,
    METHOD_UNKNOWN,
    METHODS,
    PARAM_ALIKE,
    PARAM_MISSING,
    PARAM_WRONG,
    REPLY_UNASKED,
    SUBSCRIPTIONS,
    TOO_MANY_SUBSCRIPTIONS,
    VERSION_KEY,
    Target,
    check_params,
    subject,
    targets,
)

META: JsonObject = {VERSION_KEY: "2026-07-28", CAPABILITIES_KEY: {}}


def legacy(method: str, **params: object) -> Deny | None:
    return check_params(Request(id=1, method=method, params=params), Era.LEGACY)


def modern(method: str, **params: object) -> Deny | None:
    return check_params(Request(id=1, method=method, params={"_meta": META, **params}), Era.MODERN)


# Which methods there are


@pytest.mark.parametrize(
    "method",
    [
        "tools/call ",
        " tools/call",
        "TOOLS/CALL",
        "tools//call",
        "tools/call/",
        "rpc.discover",
        "__init__",
        "",
        "skills/x",
    ],
)
@pytest.mark.parametrize("era", list(Era))
def test_only_exact_names_of_methods_exist(method, era):
    deny = check_params(Request(id=1, method=method, params={"name": "a", "_meta": META}), era)
    assert deny == Deny(reason=METHOD_UNKNOWN, detail=ascii(method))
    assert METHOD_UNKNOWN.kind is Kind.METHOD


@pytest.mark.parametrize("method", ["initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/list"])
def test_removed_methods_are_unknown_in_the_modern_era(method):
    assert modern(method) == Deny(reason=METHOD_UNKNOWN, detail=f"'{method}', client, modern")


@pytest.mark.parametrize("method", ["server/discover", "subscriptions/listen", "tasks/update"])
def test_new_methods_are_unknown_in_the_legacy_era(method):
    assert legacy(method) == Deny(reason=METHOD_UNKNOWN, detail=f"'{method}', client, legacy")


@pytest.mark.parametrize("method", ["sampling/createMessage", "elicitation/create", "roots/list"])
def test_what_only_servers_ask_is_unknown_from_clients(method):
    assert legacy(method, messages=[], message="") == Deny(reason=METHOD_UNKNOWN, detail=f"'{method}', client, legacy")


def test_what_only_clients_ask_is_unknown_from_servers():
    call = Request(id=1, method="tools/call", params={"name": "a"})
    assert check_params(call, Era.LEGACY, from_server=True) == Deny(
        reason=METHOD_UNKNOWN, detail="'tools/call', server, legacy"
    )


def test_modern_servers_ask_nothing():
    ask = Request(id=1, method="elicitation/create", params={"message": "password?"})
    assert check_params(ask, Era.LEGACY, from_server=True) is None
    assert check_params(ask, Era.MODERN, from_server=True) == Deny(
        reason=METHOD_UNKNOWN, detail="'elicitation/create', server, modern"
    )


def test_a_call_without_an_id_is_refused():
    call = Notification(method="tools/call", params={"name": "delete_all"})
    for era in Era:
        assert check_params(call, era) == Deny(reason=METHOD_NEEDS_ID, detail="tools/call")


def test_a_notification_with_an_id_is_refused():
    assert legacy("notifications/initialized") == Deny(reason=METHOD_HAS_NO_ID, detail="notifications/initialized")


def test_modern_clients_send_no_replies():
    for reply in (Reply(id=1, result={}), Reply(id=1, error=Failure(code=1, message=""))):
        assert check_params(reply, Era.MODERN) == Deny(reason=REPLY_UNASKED)
        assert check_params(reply, Era.LEGACY) is None
        assert check_params(reply, Era.MODERN, from_server=True) is None


# What params must look like

GOOD: list[tuple[str, JsonObject]] = [
    ("tools/list", {}),
    ("tools/list", {"cursor": "x"}),
    ("tools/call", {"name": "a"}),
    ("tools/call", {"name": "a", "arguments": {"Name": 1, "path": "../.."}}),
    ("resources/read", {"uri": "demo://note/a"}),
    ("prompts/get", {"name": "a", "arguments": {"x": "y"}}),
    ("completion/complete", {"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "a", "value": ""}}),
    ("completion/complete", {"ref": {"type": "ref/resource", "uri": "x://{id}/a{?q}"}, "argument": {}}),
    ("tasks/get", {"taskId": "5-mF"}),
]


@pytest.mark.parametrize(("method", "params"), GOOD)
def test_well_formed_params_pass_in_both_eras(method, params):
    assert legacy(method, **params) is None
    assert modern(method, **params) is None


def test_params_that_we_do_not_know_pass():
    assert modern("tools/call", name="a", vendorThing=1) is None


NAME_WORDS = "`name` must be a short string without control characters"
REF_WORDS = "`ref.type` must be `ref/prompt` or `ref/resource`"
TEMPLATE_WORDS = "`uri` must be a URI or URI template in canonical form"
BAD: list[tuple[str, JsonObject, str]] = [
    ("tools/call", {"name": 1}, NAME_WORDS),
    ("tools/call", {"name": None}, NAME_WORDS),
    ("tools/call", {"name": "a\n"}, NAME_WORDS),
    ("tools/call", {"name": "a\x85"}, NAME_WORDS),
    ("tools/call", {"name": "a" * 513}, NAME_WORDS),
    ("tools/call", {"name": "a", "arguments": []}, "`arguments` must be an object"),
    ("tools/call", {"name": "a", "arguments": None}, "`arguments` must be an object"),
    ("tools/call", {"name": "a", "inputResponses": 1}, "`inputResponses` must be an object"),
    ("tools/call", {"name": "a", "requestState": {}}, "`requestState` must be a string"),
    ("tools/list", {"cursor": 1}, "`cursor` must be a string"),
    ("resources/read", {"uri": "file:///a/../b"}, "`uri` must be an absolute URI in canonical form"),
    ("resources/read", {"uri": ["demo://a"]}, "`uri` must be an absolute URI in canonical form"),
    ("completion/complete", {"ref": "p", "argument": {}}, "`ref` must be an object"),
    ("completion/complete", {"ref": {"type": "ref/tool"}, "argument": {}}, REF_WORDS),
    ("completion/complete", {"ref": {"type": []}, "argument": {}}, REF_WORDS),
    ("completion/complete", {"ref": {"type": "ref/prompt", "name": 1}, "argument": {}}, NAME_WORDS),
    ("completion/complete", {"ref": {"type": "ref/resource", "uri": "x://{a}/../b"}, "argument": {}}, TEMPLATE_WORDS),
]


@pytest.mark.parametrize(("method", "params", "words"), BAD)
def test_params_of_the_wrong_form_are_refused_with_the_parameter_named(method, params, words):
    for deny in (legacy(method, **params), modern(method, **params)):
        assert deny is not None
        assert (deny.reason, deny.public) == (PARAM_WRONG, words)


MISSING = [
    ("initialize", {}, "protocolVersion"),
    ("tools/call", {}, "name"),
    ("resources/read", {}, "uri"),
    ("prompts/get", {"arguments": {}}, "name"),
    ("completion/complete", {"argument": {}}, "ref"),
    ("completion/complete", {"ref": {"type": "ref/prompt"}, "argument": {}}, "name"),
    ("resources/subscribe", {}, "uri"),
    ("logging/setLevel", {}, "level"),
]


@pytest.mark.parametrize(("method", "params", "key"), MISSING)
def test_a_required_param_must_be_there(method, params, key):
    assert legacy(method, **params) == Deny(reason=PARAM_MISSING, public=f"`{key}` is missing", detail=key)


def test_params_may_be_absent_where_nothing_is_required():
    assert check_params(Request(id=1, method="ping"), Era.LEGACY) is None
    assert check_params(Notification(method="notifications/initialized"), Era.LEGACY) is None


@pytest.mark.parametrize("key", ["Name", "NAME", "\uff4eame", "argument\u017f", "_META", "Requeststate"])
def test_a_lookalike_of_a_known_param_is_refused(key):
    deny = legacy("tools/call", name="a", **{key: "evil"})
    assert deny == Deny(reason=PARAM_ALIKE, detail=ascii(key))


def test_a_lookalike_alone_is_no_name():
    # A policy would see no name, a Go server `evil`.
    assert legacy("tools/call", Name="evil") == Deny(reason=PARAM_MISSING, public="`name` is missing", detail="name")


def test_lookalikes_are_found_within_meta_and_references():
    assert modern("tools/list") is None
    meta = META | {VERSION_KEY.upper(): "2025-11-25"}
    deny = check_params(Request(id=1, method="tools/list", params={"_meta": meta}), Era.MODERN)
    assert deny == Deny(reason=PARAM_ALIKE, detail=ascii(VERSION_KEY.upper()))
    reference = {"type": "ref/prompt", "name": "a", "URI": "x://secret"}
    assert legacy("completion/complete", ref=reference, argument={}) == Deny(reason=PARAM_ALIKE, detail="'URI'")


# `_meta`


@pytest.mark.parametrize(
    ("meta", "deny"),
    [
        (None, Deny(reason=PARAM_MISSING, public=f"`{VERSION_KEY}` is missing", detail=VERSION_KEY)),
        (
            {VERSION_KEY: "2026-07-28"},
            Deny(reason=PARAM_MISSING, public=f"`{CAPABILITIES_KEY}` is missing", detail=CAPABILITIES_KEY),
        ),
        (
            {VERSION_KEY: "2026-07-28", CAPABILITIES_KEY: None},
            Deny(reason=PARAM_WRONG, public=f"`{CAPABILITIES_KEY}` must be an object", detail=CAPABILITIES_KEY),
        ),
        (
            META | {"progressToken": 1.5},
            Deny(
                reason=PARAM_WRONG,
                public="`progressToken` must be an integer or a short string",
                detail="progressToken",
            ),
        ),
        (
            META | {"baggage": "x" * 8193},
            Deny(reason=PARAM_WRONG, public="`baggage` must be a short line of printable ASCII", detail="baggage"),
        ),
        # Bypass M-52: who copies the trace context into headers would have been split by it.
        *(
            (
                META | {key: "00-a\r\nx-evil: y"},
                Deny(reason=PARAM_WRONG, public=f"`{key}` must be a short line of printable ASCII", detail=key),
            )
            for key in ("traceparent", "tracestate", "baggage")
        ),
        ([], Deny(reason=PARAM_WRONG, public="`_meta` must be an object", detail="_meta")),
        (META | {"io.modelcontextprotocol/clientInfo": {"name": "x"}, "com.example/x": 1, "traceparent": "00-a"}, None),
    ],
)
def test_what_a_modern_request_says_of_itself(meta, deny):
    params = {} if meta is None else {"_meta": meta}
    assert check_params(Request(id=1, method="tools/list", params=params), Era.MODERN) == deny


def test_notifications_need_no_meta():
    cancelled = Notification(method="notifications/cancelled", params={"requestId": 1})
    assert check_params(cancelled, Era.MODERN) is None


# What is reached for


@pytest.mark.parametrize(
    ("method", "params", "found"),
    [
        ("tools/call", {"name": "a"}, [("tool", "a")]),
        ("tools/call", {"name": ""}, [("tool", "")]),
        ("tools/call", {}, None),
        ("tools/call", {"name": ["a"]}, None),
        ("tools/call", {"Name": "a"}, None),
        ("prompts/get", {"name": "p"}, [("prompt", "p")]),
        ("resources/read", {"uri": "x://a"}, [("resource", "x://a")]),
        ("resources/subscribe", {"uri": "x://a"}, [("resource", "x://a")]),
        ("resources/unsubscribe", {"uri": "x://a"}, [("resource", "x://a")]),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "p"}}, [("prompt", "p")]),
        ("completion/complete", {"ref": {"type": "ref/resource", "uri": "x://{a}"}}, [("resource", "x://{a}")]),
        ("completion/complete", {"ref": {"type": "ref/resource", "name": "p"}}, None),
        ("completion/complete", {"ref": {"name": "p"}}, None),
        ("completion/complete", {"ref": None}, None),
        ("completion/complete", {}, None),
        (
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": ["x://a", "x://b"], "taskIds": ["t"]}},
            [("resource", "x://a"), ("resource", "x://b"), ("task", "t")],
        ),
        ("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, []),
        ("subscriptions/listen", {"notifications": {"resourceSubscriptions": "x://a"}}, None),
        ("subscriptions/listen", {"notifications": {"taskIds": [1]}}, None),
        ("subscriptions/listen", {"notifications": []}, None),
        ("subscriptions/listen", {}, None),
        ("tasks/get", {"taskId": "t"}, [("task", "t")]),
        ("tasks/update", {"taskId": "t"}, [("task", "t")]),
        ("tasks/cancel", {"taskId": "t"}, [("task", "t")]),
        ("tasks/result", {"taskId": "t"}, [("task", "t")]),
        ("tasks/list", {}, []),
        ("tools/list", {}, []),
        ("ping", None, []),
        ("vendor/thing", {"name": "a"}, None),
    ],
)
def test_every_name_a_message_reaches_for_is_found(method, params, found):
    expected = None if found is None else tuple(Target(kind=kind, name=name) for kind, name in found)
    assert targets(Request(id=1, method=method, params=params)) == expected
    assert targets(Notification(method=method, params=params)) == expected


def test_replies_reach_for_nothing():
    assert targets(Reply(id=1, result={"name": "a"})) == ()


def test_every_method_with_a_name_in_its_params_has_a_target():
    nameless = {"initialize", "notifications/progress", "notifications/elicitation/complete", "notifications/message"}
    for method in METHODS.values():
        if method.target is None and method.name not in nameless:
            inside = method.name in {"completion/complete", "subscriptions/listen"}
            assert inside or not {"name", "uri", "taskId"} & method.known


# Subscriptions


def listen(**wanted: object) -> Deny | None:
    return modern("subscriptions/listen", notifications=wanted)


def test_subscriptions_are_bounded():
    many = [f"x://{number}" for number in range(SUBSCRIPTIONS)]
    assert listen(resourceSubscriptions=many) is None
    assert listen(resourceSubscriptions=many, taskIds=["t"]) == Deny(
        reason=TOO_MANY_SUBSCRIPTIONS, detail=str(SUBSCRIPTIONS + 1)
    )


def test_every_subscription_is_looked_at():
    assert listen(toolsListChanged=True, taskIds=["t"]) is None
    words = "each of `resourceSubscriptions` must be an absolute URI in canonical form"
    assert listen(resourceSubscriptions=["x://a", "x://b/../a"]) == Deny(
        reason=PARAM_WRONG, public=words, detail="resourceSubscriptions"
    )
    assert listen(toolsListChanged=1) == Deny(
        reason=PARAM_WRONG, public="`toolsListChanged` must be true or false", detail="toolsListChanged"
    )
    assert listen(ResourceSubscriptions=["x://a"]) == Deny(reason=PARAM_ALIKE, detail="'ResourceSubscriptions'")


# Subjects


def test_a_rewrite_may_change_arguments():
    before = Request(id=1, method="tools/call", params={"name": "a", "arguments": {"x": 1}, "_meta": {"z": 1}})
    after = Request(id=1, method="tools/call", params={"name": "a", "arguments": {"x": 2}})
    assert subject(before) == subject(after)


@pytest.mark.parametrize(
    "other",
    [
        Request(id=2, method="tools/call", params={"name": "a"}),
        Request(id="1", method="tools/call", params={"name": "a"}),
        Request(id=1, method="tools/list", params={"name": "a"}),
        Request(id=1, method="tools/call", params={"name": "b"}),
        Request(id=1, method="tools/call", params={}),
        Request(id=1, method="tools/call"),
        Request(id=1, method="tools/call", params={"name": "a", "requestState": "s"}),
        Request(id=1, method="tools/call", params={"name": "a", "_meta": {"progressToken": 1}}),
        Notification(method="tools/call", params={"name": "a"}),
        Reply(id=1, result={"name": "a"}),
    ],
)
def test_a_rewrite_may_not_change_what_a_message_is_about(other):
    assert subject(Request(id=1, method="tools/call", params={"name": "a"})) != subject(other)


def test_a_failure_may_not_become_a_result():
    assert subject(Reply(id=1, result={"a": 1})) == subject(Reply(id=1, result={}))
    assert subject(Reply(id=1, result={})) != subject(Reply(id=1, error=Failure(code=1, message="")))


def test_notifications_keep_their_correlation():
    def progress(token: int) -> Message:
        return Notification(method="notifications/progress", params={"progressToken": token, "message": str(token)})

    assert subject(progress(1)) != subject(progress(2))


# Whatever comes

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
)
param_names = st.sampled_from(sorted({key for m in METHODS.values() for key in m.known} | {"type", "Name", "x"}))
any_params = st.none() | st.dictionaries(param_names, json_values | st.dictionaries(param_names, json_values))


@given(st.sampled_from([*METHODS, "x"]), any_params, st.sampled_from(list(Era)), st.booleans(), st.booleans())
def test_no_params_make_it_raise_and_what_passes_has_targets(method, params, era, request, from_server):
    message = Request(id=1, method=method, params=params) if request else Notification(method=method, params=params)
    deny = check_params(message, era, from_server=from_server)
    found = targets(message)
    subject(message)
    if deny is None:
        assert found is not None
