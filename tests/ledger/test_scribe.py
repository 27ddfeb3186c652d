import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from yett.core.exchange import ANONYMOUS, Channel, Entrance, Era, Exchange, Principal, Tool
from yett.core.message import Notification, Reply, Request
from yett.core.pipeline import Remark
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.ledger.chain import MAX_LINE
from yett.ledger.record import Asked, Outcome
from yett.ledger.scribe import ALSO, DETAIL, LONG, REMARKS, ROLES, WORD, Scribe
from yett.ledger.stamp import Stamp
from yett.protocol.methods import METHODS

ALICE = Principal(
    issuer="yett", subject="alice", client="cli", credential="a1B2c3D4", roles=frozenset({"writer", "reader"})
)
REASON = Reason(code="access.not-granted", kind=Kind.DENIED, public="no")
CALL = Request(id=1, method="tools/call", params={"name": "get", "arguments": {"owner": "acme"}})


def scribe():
    return Scribe(b"k" * 32, Stamp(lambda: 0.0, lambda: 7))


def exchange(**more):
    fields = {
        "id": "e1",
        "received_at": 0.0,
        "channel": Channel(entrance=Entrance.GATEWAY, peer="10.0.0.7", secure=True),
        "server": "github",
        "request": CALL,
        "era": Era.MODERN,
        "version": "2026-07-28",
        "principal": ALICE,
    }
    return Exchange(**fields | more)


def test_an_intent_says_who_wants_what_and_why_it_may():
    writer = scribe()
    writer.policy = "0123456789abcdef"
    tool = Tool(server="github", name="get", digest="f" * 64, definition={})
    trail = (Remark(guard="access", verdict="allow", note="roles.reader.allow[0]"),)
    record = json.loads(writer.intent(exchange(tool=tool), trail))
    digest = record["arguments"].pop("owner")
    assert len(digest) == 32
    assert record == {
        "kind": "intent",
        "at": "1970-01-01T00:00:00.000000Z",
        "mono": 7,
        "exchange": "e1",
        "server": "github",
        "peer": "10.0.0.7",
        "entrance": "gateway",
        "secure": True,
        "era": "modern",
        "version": "2026-07-28",
        "who": {
            "issuer": "yett",
            "subject": "alice",
            "client": "cli",
            "credential": "a1B2c3D4",
            "roles": ["reader", "writer"],
        },
        "method": "tools/call",
        "target": "tool",
        "name": "get",
        "arguments": {},
        "tool": "f" * 16,
        "policy": "0123456789abcdef",
        "trail": [{"guard": "access", "verdict": "allow", "note": "roles.reader.allow[0]"}],
    }


def test_a_refusal_says_the_reason_and_the_detail():
    record = json.loads(scribe().refusal(exchange(), Deny(reason=REASON, detail="no rule"), ()))
    assert (record["kind"], record["reason"], record["answer"], record["detail"]) == (
        "refusal",
        "access.not-granted",
        "denied",
        "no rule",
    )


def test_a_message_that_was_never_read_can_be_refused():
    unread = Exchange(id="e", received_at=0.0, channel=Channel(entrance=Entrance.GATEWAY, peer="p"), server="")
    record = json.loads(scribe().refusal(unread, Deny(reason=REASON), ()))
    assert record["who"] == {"issuer": "", "subject": "anonymous"}
    assert "method" not in record


def test_replies_of_clients_are_recorded_without_their_content():
    record = scribe().intent(exchange(request=Reply(id=1, result={"text": "private"})), ())
    assert json.loads(record)["method"] == "reply"
    assert b"private" not in record


def test_a_session_is_written_as_a_digest_only():
    one, two = (json.loads(scribe().intent(exchange(session=name), ()))["session"] for name in ("s-1", "s-2"))
    assert one != two
    assert (len(one), "s-1" in one) == (16, False)


def test_a_principal_is_told_apart_from_one_of_the_same_subject():
    writer = scribe()
    first = json.loads(writer.intent(exchange(principal=ALICE), ()))
    second = json.loads(writer.intent(exchange(principal=Principal(issuer="other", subject="alice")), ()))
    assert (first["who"]["issuer"], second["who"]["issuer"]) == ("yett", "other")


def test_principals_are_remembered_within_a_bound():
    writer = scribe()
    for number in range(5000):
        writer.intent(
            exchange(principal=Principal(issuer="yett", subject=str(number)), request=Notification(method="")), ()
        )
    assert len(writer._principals) <= 4096
    assert json.loads(writer.intent(exchange(principal=ANONYMOUS), ()))["who"]["subject"] == "anonymous"


def test_several_targets_are_all_named():
    request = Request(
        id=1,
        method="subscriptions/listen",
        params={"notifications": {"resourceSubscriptions": ["file:///a", "file:///b", "file:///c"]}},
    )
    record = json.loads(scribe().intent(exchange(request=request), ()))
    named = {f"{record['target']}:{record['name']}", *record["also"]}
    assert {"resource:file:///a", "resource:file:///b", "resource:file:///c"} <= named
    assert len(record["also"]) <= ALSO


def test_the_hugest_exchange_makes_a_bounded_line():
    mega = "\x1b\u2028" * 500_000
    request = Request(
        id=1, method="tools/call", params={"name": mega, "arguments": {mega + str(n): mega[:1000] for n in range(100)}}
    )
    principal = Principal(
        issuer=mega,
        subject=mega,
        client=mega,
        credential=mega,
        roles=frozenset(f"{n}{mega[:9999]}" for n in range(999)),
    )
    channel = Channel(entrance=Entrance.GATEWAY, peer=mega)
    trail = tuple(Remark(guard="g", verdict="deny", note=mega) for _ in range(1000))
    deny = Deny(reason=REASON, detail=mega)
    line = scribe().refusal(
        exchange(request=request, principal=principal, channel=channel, version=mega, session=mega), deny, trail
    )
    record = json.loads(line)
    assert len(line) < MAX_LINE / 2
    assert line.isascii()
    assert b"\x1b" not in line
    assert (len(record["name"]), len(record["detail"]), len(record["peer"])) == (LONG, DETAIL, WORD)
    assert (len(record["trail"]), len(record["who"]["roles"]), record["beyond"]) == (REMARKS, ROLES, 36)


def test_no_argument_value_of_any_depth_is_written():
    secret = "sk-verysecretvalue"
    request = Request(id=1, method="tools/call", params={"name": "t", "arguments": {"a": secret, "b": {"c": [secret]}}})
    writer = scribe()
    assert secret.encode() not in writer.intent(exchange(request=request), ())
    assert secret.encode() not in writer.refusal(exchange(request=request), Deny(reason=REASON), ())


def test_an_outcome_is_short():
    line = scribe().outcome(exchange(), status="allowed", detail="", trail=(), sent_bytes=12, duration=0.1234567)
    assert msgspec.json.decode(line) == {
        "kind": "outcome",
        "at": "1970-01-01T00:00:00.000000Z",
        "mono": 7,
        "exchange": "e1",
        "server": "github",
        "status": "allowed",
        "duration_ms": 123.457,
        "sent": 12,
    }


def test_events_carry_a_few_bounded_fields():
    fields = {f"field{number}": "x" * 10_000 for number in range(100)} | {"count": 1}
    record = json.loads(scribe().event("reload", {"count": 2} | fields))
    assert record["event"] == "reload"
    assert record["fields"]["count"] == 1
    assert len(record["fields"]) == 32
    assert len(record["fields"]["field1"]) == DETAIL


def test_a_gap_says_how_many_calls_were_refused():
    record = json.loads(scribe().gap(since="then", why="no space left on device", refused=3, lost=1))
    assert (record["kind"], record["refused"], record["lost"], record["why"]) == (
        "gap",
        3,
        1,
        "no space left on device",
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
known = st.sampled_from(
    ["name", "uri", "arguments", "ref", "argument", "_meta", "taskId", "notifications", "requestId"]
)


@given(
    method=st.sampled_from(sorted(METHODS)) | st.text(max_size=20),
    params=st.none() | st.dictionaries(known | st.text(max_size=9), anything, max_size=5),
    session=st.text(st.characters(exclude_categories=()), max_size=20),
)
def test_no_message_is_too_strange_to_be_recorded(method, params, session):
    strange = exchange(request=Request(id=1, method=method, params=params), session=session)
    for line in (scribe().intent(strange, ()), scribe().refusal(strange, Deny(reason=REASON, detail=method), ())):
        assert line.isascii()
        assert b"\n" not in line
        assert msgspec.json.decode(line, type=Asked).exchange == "e1"


words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=70)
remarks = st.builds(Remark, guard=words, verdict=words, reason=words, note=words, observed=st.booleans())


@given(
    kind=st.sampled_from(["intent", "refusal"]),
    words=st.tuples(words, words, words, words, words),
    secure=st.booleans(),
    era=st.sampled_from([None, Era.MODERN, Era.LEGACY]),
    entrance=st.sampled_from(Entrance),
    tool=st.none() | st.just(Tool(server="s", name="n", digest="ab" * 32, definition={})),
    arguments=st.dictionaries(words, st.integers(), max_size=70),
    trail=st.lists(remarks, max_size=40).map(tuple),
)
def test_the_text_of_a_record_is_what_its_shape_would_be_encoded_to(
    kind, words, secure, era, entrance, tool, arguments, trail
):
    writer = scribe()
    writer.policy, peer, version, session, name = words
    asked = exchange(
        channel=Channel(entrance=entrance, peer=peer, secure=secure),
        era=era,
        version=version,
        session=session,
        tool=tool,
        request=Request(id=1, method="tools/call", params={"name": name, "arguments": arguments}),
    )
    deny = Deny(reason=REASON, detail=name)
    line = writer.intent(asked, trail) if kind == "intent" else writer.refusal(asked, deny, trail)
    assert msgspec.json.encode(msgspec.json.decode(line, type=Asked)) == line


@given(words, words, st.integers(0, 10**9), st.floats(0, 10**6), st.lists(remarks, max_size=3).map(tuple))
def test_the_text_of_an_outcome_is_what_its_shape_would_be_encoded_to(status, detail, sent, duration, trail):
    line = scribe().outcome(exchange(), status=status, detail=detail, trail=trail, sent_bytes=sent, duration=duration)
    shape = msgspec.json.decode(line, type=Outcome)
    assert msgspec.json.decode(msgspec.json.encode(shape)) == msgspec.json.decode(line)
    assert list(msgspec.json.decode(line)) == list(msgspec.json.decode(msgspec.json.encode(shape)))


@given(
    words=st.tuples(words, words, words),
    entrance=st.sampled_from(Entrance),
    tool=st.none() | st.just(Tool(server="s", name="n", digest="ab" * 32, definition={})),
    arguments=st.lists(st.dictionaries(words, st.integers(), max_size=70), min_size=2, max_size=3),
    trail=st.lists(remarks, max_size=40).map(tuple),
)
def test_intents_that_are_alike_are_written_as_if_each_were_the_only_one(words, entrance, tool, arguments, trail):
    writer, like = scribe(), object()
    writer.policy, peer, name = words
    for number, given_arguments in enumerate(arguments):
        asked = exchange(
            id=f"e{number}",
            channel=Channel(entrance=entrance, peer=peer),
            tool=tool,
            request=Request(id=number, method="tools/call", params={"name": name, "arguments": given_arguments}),
        )
        assert writer.intent(asked, trail, like) == writer.intent(asked, trail)


def test_another_policy_is_written_of_what_is_alike_too():
    writer, like = scribe(), object()
    writer.policy = "one"
    writer.intent(exchange(), (), like)
    writer.policy = "two"
    assert json.loads(writer.intent(exchange(), (), like))["policy"] == "two"
