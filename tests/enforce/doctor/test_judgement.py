from __future__ import annotations

import errno
from email.utils import formatdate

import pytest

from yett.core.exchange import Era, Principal
from yett.core.verdict import Deny
from yett.enforce.doctor import judgement
from yett.enforce.doctor.check import Cause, Status
from yett.enforce.doctor.judgement import Dated
from yett.identity.claims import not_meant
from yett.identity.explanation import Explanation, Line
from yett.identity.key_source import KEYS_UNAVAILABLE
from yett.identity.keys import Keys
from yett.upstream.upstream import Offer

NOW = 1_790_000_000.0


def dated(ahead: float = 0.0, age: str = "") -> Dated:
    return Dated(date=formatdate(NOW + ahead, usegmt=True), age=age, sent=NOW, received=NOW + 1)


@pytest.mark.parametrize(
    ("seen", "status", "said"),
    [
        (dated(), Status.OK, "within 1 s"),
        (dated(30), Status.OK, "within 30 s"),
        (dated(90), Status.FAIL, "90 s behind the issuer: tokens will look not yet valid"),
        (dated(-90), Status.FAIL, "90 s ahead of the issuer: tokens will look expired"),
        (dated(-90, age="90"), Status.OK, "within 1 s"),
        (dated(-90, age="9" * 5_000), Status.FAIL, "expired"),
        (Dated(date="yesterday", age="", sent=NOW, received=NOW), Status.WARN, "does not say"),
        (Dated(date="", age="", sent=NOW, received=NOW), Status.WARN, "does not say"),
        (None, Status.WARN, "does not say"),
    ],
)
def test_a_clock_that_differs_more_than_the_leeway_of_claims_is_a_failure(seen, status, said):
    check = judgement.clock("sso", seen)
    assert (check.status, said in check.detail) == (status, True)


def certificate(names, called="mcp.acme.io", bound="mcp.acme.io", days=90.0):
    return judgement.certificate(names, NOW + days * 86_400, NOW, called=called, bound=bound)


def test_a_certificate_is_for_the_name_that_clients_use():
    assert certificate(["mcp.acme.io"]).status is Status.OK
    assert certificate(["other.acme.io"]).status is Status.FAIL
    assert certificate([]).status is Status.FAIL
    assert certificate(["mcp.internal"], bound="mcp.internal").status is Status.WARN
    assert certificate(["10.0.0.1"], called="10.0.0.1", bound="10.0.0.1").status is Status.OK


def test_a_certificate_that_ends_soon_is_warned_about():
    assert certificate(["mcp.acme.io"], days=13).status is Status.WARN
    assert certificate(["mcp.acme.io"], days=15).status is Status.OK


@pytest.mark.parametrize(
    ("name", "host", "covered"),
    [
        ("a.io", "A.io", True),
        ("*.a.io", "x.a.io", True),
        ("*.a.io", "x.y.a.io", False),
        ("*.a.io", "a.io", False),
        ("*", "localhost", False),
        ("*.1.2.3", "9.1.2.3", False),
        ("::1", "0:0:0:0:0:0:0:1", True),
        ("127.0.0.1", "localhost", False),
    ],
)
def test_a_star_stands_for_one_label(name, host, covered):
    assert judgement.covers(name, host) is covered


def test_a_port_is_free_ours_or_in_the_way():
    def seen(number: int, *, running: bool = False):
        return judgement.port("listen", "127.0.0.1:80", number, running=running)

    assert seen(0).status is Status.OK
    assert seen(errno.EADDRINUSE, running=True).status is Status.OK
    assert seen(0, running=True).status is Status.FAIL  # whoever has the ledger is not this gateway
    assert judgement.port("listen", "127.0.0.1:0", 0, running=True).status is Status.OK
    taken = seen(errno.EADDRINUSE)
    assert (taken.status, "sport = :80" in taken.fix) == (Status.FAIL, True)
    assert "CAP_NET_BIND_SERVICE" in seen(errno.EACCES).fix
    assert "cannot assign" in seen(errno.EADDRNOTAVAIL).detail


def test_keys_that_do_not_count_are_named():
    assert judgement.keys("sso", Keys(by_id={}), "u").status is Status.OK
    weak = judgement.keys("sso", Keys(by_id={}, dropped=("key 1: an RSA key of 1024 bits",)), "u")
    assert (weak.status, "1024 bits" in weak.detail) == (Status.WARN, True)


def test_what_tokens_must_say_is_told():
    assert judgement.audience("sso", ["https://a", "https://b"], named=True).detail == (
        "tokens must have one of https://a, https://b in `aud`"
    )
    assert judgement.audience("sso", ["http://127.0.0.1:0"], named=False).status is Status.WARN


def test_fewer_files_than_connections_are_warned_about():
    assert judgement.open_files(-1, 10).status is Status.OK
    assert judgement.open_files(10, 10).status is Status.OK
    assert judgement.open_files(9, 10).status is Status.WARN


def test_a_server_speaks_an_era_or_is_none():
    modern = Offer(eras=frozenset(Era), versions=("2026-07-28",))
    assert judgement.offer("demo", modern, "u").detail == "u speaks both eras (2026-07-28)"
    assert "legacy era" in judgement.offer("demo", Offer(eras=frozenset({Era.LEGACY})), "u").detail
    assert judgement.offer("demo", Offer(), "u").status is Status.FAIL


def test_a_token_without_an_audience_is_told_its_fix_and_its_client():
    lines = (
        Line(title="audience", text="no `aud`; wanted is one of https://mcp", good=False),
        Line(title="client", text="claude  from azp"),
    )
    deny = not_meant(frozenset({"x"}))
    check = judgement.token(Explanation(lines=lines, deny=deny, fix="add an *Audience* mapper"))
    assert check.detail == "jwt.audience: no `aud`; wanted is one of https://mcp (of client claude)"
    assert (check.status, check.fix) == (Status.FAIL, "add an *Audience* mapper")


def test_a_token_whose_issuer_is_away_is_no_bad_token():
    deny = Deny(reason=KEYS_UNAVAILABLE, detail="sso: nobody answers")
    assert judgement.token(Explanation(lines=(), deny=deny, fix="x")).cause is Cause.UNREACHABLE


def test_a_good_token_says_whose_it_is_and_whether_its_signature_was_looked_at():
    who = Principal(issuer="i", subject="alice")
    signed = Explanation(lines=(Line(title="signature", text="by sso", good=True),), principal=who)
    unsigned = Explanation(lines=(Line(title="signature", text="not checked"),), principal=who)
    assert judgement.token(signed).detail == "accepted, as `alice`"
    assert judgement.token(unsigned).detail == "accepted if the signature is good, as `alice`"
