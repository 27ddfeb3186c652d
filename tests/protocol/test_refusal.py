from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.exchange import UNREAD, Era
from yett.core.message import JsonObject, Message, Notification, Reply, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.protocol.jsonrpc import encode
from yett.protocol.methods import VERSION_KEY
from yett.protocol.refusal import Refusal, failure, refuse

CALL = Request(id=7, method="tools/call", params={"name": "delete_all", "arguments": {"secret": "hunter2"}})
READ = Request(id="r", method="resources/read", params={"uri": "x://secret"})
LIST = Request(id=3, method="tools/list")
NOTE = Notification(method="notifications/cancelled", params={"requestId": 1})
ANSWER = Reply(id=1, result={})
REF = "01jd8"


def deny(kind: Kind, public: str = "public words", **more: Any) -> Deny:
    return Deny(reason=Reason(code="test.x", kind=kind, public=public), detail="only for the ledger", **more)


def refused(kind: Kind, request: Message = LIST, *, public: str = "public words", **more: Any) -> Refusal:
    about = {key: more.pop(key) for key in ("caller", "target", "era", "challenge", "requested") if key in more}
    return refuse(deny(kind, public, **more), request=request, reference=REF, **about)


def body(refusal: Refusal) -> JsonObject:
    envelope: JsonObject = json.loads(refusal.body)
    return envelope


# The table of docs/reference/protocol.md: status, code, status without a request.
TABLE = {
    Kind.PARSE: (400, -32700, 400),
    Kind.ENVELOPE: (400, -32600, 400),
    Kind.PARAMS: (400, -32602, 400),
    Kind.HEADERS: (400, -32020, 400),
    Kind.VERSION: (400, -32022, 400),
    Kind.METHOD: (404, -32601, 404),
    Kind.HTTP_BAD_REQUEST: (400, 4000, 400),
    Kind.HTTP_NOT_FOUND: (404, 4040, 404),
    Kind.HTTP_METHOD: (405, 4050, 405),
    Kind.HTTP_NOT_ACCEPTABLE: (406, 4060, 406),
    Kind.HTTP_MEDIA_TYPE: (415, 4150, 415),
    Kind.HTTP_TOO_LARGE: (413, 4130, 413),
    Kind.HTTP_CONFLICT: (409, 4091, 409),
    Kind.SESSION: (404, 4041, 404),
    Kind.ORIGIN: (403, 4031, 403),
    Kind.HOST: (421, 4210, 421),
    Kind.CREDENTIAL_MALFORMED: (400, 4001, 400),
    Kind.UNAUTHENTICATED: (401, 4010, 401),
    Kind.SCOPE: (403, 4032, 403),
    Kind.FLOOD: (429, 4291, 429),
    Kind.HIDDEN: (200, -32602, 403),
    Kind.DENIED: (200, 4030, 403),
    Kind.APPROVAL: (200, 4090, 403),
    Kind.INVALID: (200, 4220, 400),
    Kind.LIMITED: (200, 4290, 429),
    Kind.UPSTREAM_UNAVAILABLE: (200, 5030, 503),
    Kind.UPSTREAM_BROKEN: (200, 5020, 502),
    Kind.UPSTREAM_TIMEOUT: (200, 5040, 504),
    Kind.UNAVAILABLE: (200, 5031, 503),
}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_place_on_the_wire(kind):
    status, code, without_id = TABLE[kind]
    refusal = refused(kind)
    assert refusal.status == status
    assert body(refusal)["id"] == 3
    assert body(refusal)["error"]["code"] == code
    for message in (NOTE, ANSWER, UNREAD):
        refusal = refused(kind, message)
        assert refusal.status == without_id
        assert body(refusal)["id"] is None
        assert body(refusal)["error"]["code"] == code


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("request_", [CALL, READ, LIST, NOTE, ANSWER, UNREAD])
@pytest.mark.parametrize("era", [None, *Era])
def test_a_refusal_is_valid_and_tells_no_detail(kind, request_, era):
    refusal = refused(kind, request_, era=era, caller="engineer", target="demo.x", retry_after=2.5, supported=("POST",))
    envelope = body(refusal)
    assert refusal.body.isascii()
    assert len(refusal.body) < 4096
    assert envelope.keys() in ({"jsonrpc", "id", "error"}, {"jsonrpc", "id", "result"})
    assert b"only for the ledger" not in refusal.body
    assert b"hunter2" not in refusal.body
    assert (b"content-type", b"application/json") in refusal.headers
    if "error" in envelope:
        code = envelope["error"]["code"]
        assert code > 0 or code in {-32700, -32600, -32601, -32602, -32020, -32022}


def test_the_page_tells_the_same():
    page = Path(__file__).parents[2].joinpath("docs/reference/protocol.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("|")]
    told = {row[0]: (int(row[2]), int(row[3]), int(row[4])) for row in rows if len(row) == 5 and row[2].isdigit()}
    assert told == {kind.value: places for kind, places in TABLE.items()}


# Unknown and forbidden look the same


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (CALL, "unknown tool"),
        (READ, "unknown resource"),
        (Request(id=1, method="prompts/get", params={"name": "p"}), "unknown prompt"),
        (Request(id=1, method="resources/subscribe", params={"uri": "x://a"}), "unknown resource"),
        (Request(id=1, method="completion/complete", params={}), "unknown name"),
        (Request(id=1, method="tasks/get", params={"taskId": "t"}), "unknown name"),
    ],
)
@pytest.mark.parametrize("era", list(Era))
def test_a_hidden_name_is_answered_like_an_unknown_one_to_the_byte(request_, words, era):
    unknown = Deny(reason=Reason(code="catalogue.unknown", kind=Kind.HIDDEN, public="no such tool"))
    forbidden = Deny(
        reason=Reason(code="access.hidden", kind=Kind.HIDDEN, public="not yours"),
        detail="deny[0]",
        public="forbidden",
        retry_after=4.0,
        scopes=("admin",),
        supported=("x",),
    )
    first = refuse(unknown, request=request_, reference="01a", era=era)
    second = refuse(
        forbidden, request=request_, reference="01bbbbbb", caller="engineer", target="demo.x", challenge=b"x", era=era
    )
    assert first == second
    assert first.status == 200
    assert body(first) == {"jsonrpc": "2.0", "id": request_.id, "error": {"code": -32602, "message": words}}


# Tool calls: a result that the model reads


def text_of(refusal: Refusal) -> str:
    (content,) = body(refusal)["result"]["content"]
    assert content["type"] == "text"
    return str(content["text"])


def test_a_denied_call_says_who_what_and_where_to_look():
    refusal = refused(Kind.DENIED, CALL, public="", caller="engineer", target="demo.delete_all")
    assert refusal.status == 200
    assert body(refusal) == {
        "jsonrpc": "2.0",
        "id": 7,
        "result": {
            "content": [
                {
                    "type": "text",
                    "text": "Denied by policy: you (engineer) may not call demo.delete_all. Ref 01jd8",
                }
            ],
            "isError": True,
        },
    }


@pytest.mark.parametrize(
    ("kind", "more", "text"),
    [
        (
            Kind.DENIED,
            {"public": "ask in #platform."},
            "Denied by policy: you (lead) may not call demo.x. Ask in #platform. Ref 01jd8",
        ),
        (
            Kind.APPROVAL,
            {"public": "the tool's definition changed"},
            "Approval needed: you (lead) may not call demo.x yet. The tool's definition changed. Ref 01jd8",
        ),
        (
            Kind.INVALID,
            {"public": "`rows` must be an integer"},
            "Invalid arguments for demo.x. `rows` must be an integer. Ref 01jd8",
        ),
        (
            Kind.LIMITED,
            {"public": "120 calls a minute", "retry_after": 2.1},
            "Limit reached for demo.x. 120 calls a minute. Retry in 3 s. Ref 01jd8",
        ),
    ],
)
def test_each_kind_of_denial_has_its_sentence(kind, more, text):
    assert text_of(refused(kind, CALL, caller="lead", target="demo.x", **more)) == text


def test_what_is_not_known_is_left_out():
    assert text_of(refused(Kind.DENIED, CALL, public="")) == ("Denied by policy: you may not call this tool. Ref 01jd8")


def test_a_modern_result_is_complete():
    result = body(refused(Kind.DENIED, CALL, era=Era.MODERN))["result"]
    assert (result["resultType"], result["isError"]) == ("complete", True)
    assert "resultType" not in body(refused(Kind.DENIED, CALL, era=Era.LEGACY))["result"]


def test_names_in_a_sentence_are_short_and_plain():
    refusal = refused(Kind.DENIED, CALL, caller="a\u202e{target}\n", target="x" * 1000 + "\n", public="")
    sentence = "Denied by policy: you (a?{target}?) may not call " + "x" * 160 + ". Ref 01jd8"
    assert text_of(refusal) == sentence


def own(kind, request):
    deny = Deny(reason=Reason(code="a.b", kind=kind, public="general"), public="particular")
    return body(refuse(deny, request=request, reference=REF))


def test_the_words_of_a_deny_replace_those_of_its_reason():
    assert own(Kind.DENIED, LIST)["error"] == {"code": 4030, "message": "particular", "data": {"reference": REF}}


def test_what_is_invalid_says_so_once():
    assert own(Kind.INVALID, LIST)["error"]["message"] == "general: particular"
    assert own(Kind.INVALID, CALL)["result"]["content"][0]["text"].count("nvalid") == 1


def test_upstream_faults_are_errors_for_calls_too():
    assert body(refused(Kind.UPSTREAM_TIMEOUT, CALL))["error"]["code"] == 5040


# Eras


@pytest.mark.parametrize("kind", [Kind.METHOD, Kind.PARAMS])
def test_a_legacy_session_survives_a_wrong_request(kind):
    assert refused(kind, era=Era.LEGACY).status == 200
    assert refused(kind, era=Era.MODERN).status == TABLE[kind][0]
    assert refused(kind, UNREAD, era=Era.LEGACY).status == TABLE[kind][2]


# Headers and data


def header(refusal: Refusal, name: bytes) -> list[bytes]:
    return [value for key, value in refusal.headers if key == name]


@pytest.mark.parametrize("kind", list(Kind))
def test_challenges_stand_where_a_credential_is_missing_and_nowhere_else(kind):
    challenged = {Kind.UNAUTHENTICATED, Kind.SCOPE, Kind.CREDENTIAL_MALFORMED}
    found = header(refused(kind, UNREAD, challenge=b'Bearer realm="x"'), b"www-authenticate")
    assert found == ([b'Bearer realm="x"'] if kind in challenged else [])
    assert header(refused(kind, UNREAD), b"www-authenticate") == []


def test_405_says_what_is_allowed():
    assert header(refused(Kind.HTTP_METHOD, UNREAD, supported=("POST", "GET")), b"allow") == [b"POST, GET"]
    assert header(refused(Kind.HTTP_BAD_REQUEST, UNREAD, supported=("POST",)), b"allow") == []


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [(0.0, 1), (0.2, 1), (1.0, 1), (1.01, 2), (-5, 1), (1e9, 86400), (math.inf, 86400), (math.nan, 86400)],
)
def test_waiting_times_are_whole_seconds_with_bounds(wait, seconds):
    assert header(refused(Kind.FLOOD, UNREAD, retry_after=wait), b"retry-after") == [str(seconds).encode()]
    assert body(refused(Kind.LIMITED, retry_after=wait))["error"]["data"] == {"retryAfter": seconds, "reference": REF}


def test_429_always_says_when():
    assert header(refused(Kind.FLOOD, UNREAD), b"retry-after") == [b"1"]
    assert header(refused(Kind.LIMITED, NOTE, retry_after=5.0), b"retry-after") == [b"5"]
    assert header(refused(Kind.LIMITED, LIST, retry_after=5.0), b"retry-after") == []


def test_an_unsupported_version_is_answered_with_those_on_offer():
    request = Request(id=1, method="tools/list", params={"_meta": {VERSION_KEY: "1900-01-01"}})
    data = body(refused(Kind.VERSION, request, supported=("2026-07-28",)))["error"]["data"]
    assert data == {"supported": ["2026-07-28"], "requested": "1900-01-01", "reference": REF}


def test_a_version_that_only_the_header_names_is_handed_in():
    data = body(refused(Kind.VERSION, LIST, supported=("2026-07-28",), requested="2099"))["error"]["data"]
    assert data["requested"] == "2099"
    odd = Request(id=1, method="tools/list", params={"_meta": {VERSION_KEY: 5}})
    assert body(refused(Kind.VERSION, odd))["error"]["data"]["requested"] == ""


# Within a stream


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("request_", [CALL, LIST])
def test_within_a_stream_the_reply_is_the_same(kind, request_):
    about: dict[str, Any] = {"caller": "c", "target": "t", "era": Era.MODERN}
    reply = failure(deny(kind), request=request_, reference=REF, **about)
    assert json.loads(encode(reply)) == body(refused(kind, request_, **about))


@given(
    st.sampled_from(list(Kind)),
    st.text(),
    st.text(),
    st.text(),
    st.integers() | st.text(max_size=300),
    st.none() | st.floats(),
    st.sampled_from([None, *Era]),
)
def test_no_words_break_a_body(kind, public, caller, target, request_id, wait, era):
    request = Request(id=request_id, method="tools/call", params={"name": target})
    refusal = refuse(
        deny(kind, public, retry_after=wait), request=request, reference=REF, caller=caller, target=target, era=era
    )
    assert body(refusal)["id"] == request_id
    assert refusal.body.isascii()
    assert b"\n" not in refusal.body
    assert len(refusal.body) < 16_384
