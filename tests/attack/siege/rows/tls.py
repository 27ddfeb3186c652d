"""T: what happens before HTTP. These rows need a castle with TLS; they bring their own where it has none."""

from __future__ import annotations

from siege.cases import act, case, proof
from siege.stories.certificates import bad_certificates, reloaded_under_load
from siege.stories.tls import (
    foreign_protocols,
    handshake_flood,
    old_versions,
    plain_on_tls,
    renegotiation,
    strange_names,
    weak_suites,
)
from siege.stories.tls_records import giant_hello, records_by_the_byte, truncated

TLS = "tests/wire/test_tls.py::"
TRUST = "tests/wire/test_client_trust.py::"


ROWS = [
    case(
        "T-01",
        "SSLv3, TLS 1.0, 1.1, downgrades",
        act("old versions are refused", old_versions),
        proof(TLS + "test_older_versions_are_refused"),
    ),
    case(
        "T-02",
        "weak suites",
        act("all that this OpenSSL has", weak_suites, long=True),
        proof(TLS + "test_every_suite_on_offer_is_ephemeral_and_authenticated"),
        not_yet="curves: Python 3.11 to 3.13 cannot restrict them by API",
    ),
    case(
        "T-03",
        "renegotiation, compression, early data",
        act("openssl s_client tries", renegotiation),
        proof(TLS + "test_there_is_no_compression_and_no_renegotiation"),
    ),
    case(
        "T-04",
        "handshake floods",
        act("120 half-open handshakes", handshake_flood),
        act("a ClientHello without end", giant_hello),
        proof(TLS + "test_a_handshake_that_does_not_end_is_ended"),
    ),
    case("T-05", "names in TLS and in Host", act("Host decides", strange_names)),
    case(
        "T-06",
        "client certificates: A-30, over TLS 1.2 and 1.3",
        proof(TRUST + "test_a_wrong_certificate_ends_the_handshake_and_is_told"),
        proof(TRUST + "test_no_session_outlives_what_was_verified_for_it"),
    ),
    case(
        "T-07",
        "servers with bad certificates",
        act("seven kinds", bad_certificates, long=True),
        proof(TLS + "test_a_client_verifies_chain_and_name"),
        proof(TLS + "test_a_client_speaks_no_old_version"),
    ),
    case(
        "T-08",
        "certificates that change",
        act("good and broken ones under load", reloaded_under_load, long=True),
        proof(TLS + "test_certificates_change_under_load_and_no_handshake_fails"),
        proof(TLS + "test_session_tickets_do_not_outlive_a_reload"),
    ),
    case(
        "T-09",
        "a certificate about to expire",
        proof(TLS + "test_it_is_known_when_the_certificate_expires"),
        not_yet="a health warning 30 days before",
    ),
    case(
        "T-10",
        "truncation",
        act("a request without its end", truncated),
        proof(TLS + "test_a_cut_off_tls_request_is_no_request"),
    ),
    case("T-11", "strange records", act("by the byte, empty, alerts", records_by_the_byte)),
    case(
        "T-12",
        "plain HTTP on TLS, TLS on plain HTTP",
        act("closed without a word", plain_on_tls),
        proof(TLS + "test_what_is_no_handshake_is_dropped"),
    ),
    case(
        "T-13",
        "other protocols by ALPN",
        act("no HTTP for them", foreign_protocols),
        proof(TLS + "test_a_client_of_another_protocol_is_left"),
    ),
]
