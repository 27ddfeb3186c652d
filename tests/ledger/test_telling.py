import json

from hypothesis import given
from hypothesis import strategies as st

from yett.ledger.telling import Teller, as_json, printable

AT = "2026-11-23T12:01:09.123456Z"


def line(**fields):
    return json.dumps({"at": AT, "server": "github", "exchange": "e1"} | fields).encode()


INTENT = line(kind="intent", who={"subject": "alice"}, name="get_issue", arguments={"owner": "1", "repo": "2"})


def test_an_exchange_is_told_when_it_is_over():
    teller = Teller()
    assert teller.tell(INTENT) is None
    told = teller.tell(line(kind="outcome", status="allowed", duration_ms=143.4))
    assert told.split() == ["12:01:09", "allow", "alice", "github.get_issue", "{owner,repo}", "143", "ms"]
    assert teller.unfinished() == []


def test_a_refusal_says_which_rule():
    refusal = line(
        kind="refusal",
        who={"subject": "alice"},
        name="delete_repository",
        reason="access.denied",
        answer="hidden",
        trail=[{"guard": "access", "verdict": "deny", "note": "roles.engineer.deny[0] yett.yaml:34"}],
    )
    assert Teller().tell(refusal) == (
        "12:01:09  DENY   alice      github.delete_repository                  access.denied  "
        "roles.engineer.deny[0] yett.yaml:34"
    )


def test_limits_have_a_word_of_their_own():
    assert " LIMIT " in Teller().tell(line(kind="refusal", answer="limited", reason="limits.user", detail="600/min"))


def test_redactions_failures_and_strangers_show():
    teller = Teller()
    teller.tell(INTENT)
    note = {"guard": "redaction", "verdict": "rewrite", "note": "1 secret removed"}
    assert "redact" in (told := teller.tell(line(kind="outcome", status="allowed", trail=[note])))
    assert "1 secret removed" in told
    assert " FAIL " in teller.tell(line(kind="outcome", status="failed", detail="upstream.timeout"))
    assert " -  " in teller.tell(line(kind="refusal", reason="http.not-found"))


def test_intents_without_an_outcome_are_told_in_the_end():
    teller = Teller()
    teller.tell(INTENT)
    assert teller.unfinished()[0].split()[1:4] == ["open", "alice", "github.get_issue"]


def test_remembered_intents_are_bounded():
    teller = Teller()
    for number in range(10_050):
        teller.tell(line(kind="intent", exchange=str(number)))
    assert len(teller.unfinished()) == 10_000


def test_the_ledger_tells_about_itself():
    teller = Teller()
    assert teller.tell(line(kind="event", event="start", fields={"version": "1"})) == "12:01:09  start  version=1"
    assert teller.tell(line(kind="gap", refused=3, lost=1, since="then", why="full")) == (
        "12:01:09  GAP    3 calls refused, 1 other records lost since then: full"
    )
    assert teller.tell(line(kind="torn", bytes=3, file="f")) == "12:01:09  TORN   3 bytes in f"
    assert teller.tell(line(kind="segment")) is None


def test_unreadable_lines_are_told_and_not_shown():
    for bad in (b"\x1b[2J", b"{", b'{"kind":1}', b"\xff\xfe", b"[" * 100_000):
        assert "unreadable line" in Teller().tell(bad)


@given(st.text())
def test_nothing_printable_speaks_to_a_terminal(text):
    shown = printable(text)
    assert all(sign.isprintable() for sign in shown)
    assert not set(shown) & set("\x1b\x07\x9b\u202e\u2028\n\r\t")


@given(
    st.dictionaries(st.sampled_from(["kind", "at", "server", "name", "event", "reason", "status", "why"]), st.text())
)
def test_no_record_makes_a_second_line(fields):
    told = Teller().tell(json.dumps(fields).encode())
    assert told is None or told.isprintable()


def test_escapes_in_records_are_shown_as_text():
    told = Teller().tell(line(kind="refusal", name="\x1b]0;owned\x07\x1b[31m\u202etxt", reason="r"))
    assert "\\x1b]0;owned\\x07\\x1b[31m\\u202etxt" in told


def test_json_output_is_ascii_and_one_line():
    assert as_json(b'{"name":"\xc3\xa9\\u001b"}') == '{"name":"\\u00e9\\u001b"}'
    assert json.loads(as_json(b"\x1b[2J\n"))["unreadable"]["bytes"] == 5
    assert json.loads(as_json(b"[" * 100_000))["unreadable"]["bytes"] == 100_000


@given(st.binary())
def test_json_output_never_carries_an_escape(content):
    assert as_json(content).isprintable()
