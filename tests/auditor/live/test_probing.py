import ssl

import pytest
import trustme

from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.live.probing import probe_url, where_of
from yett.auditor.live.wishes import Wishes
from yett.auditor.registry import all_rules
from yett.errors import TargetError, TargetUnreachable
from yett.secrets.secret import Secret


def rules(source):
    report = judge(gather(source.files).subjects, all_rules())
    assert not report.broken
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize(
    ("flaws", "found"),
    [
        ((), {"anonymous-tools"}),
        (("origin", "cors"), {"anonymous-tools", "origin-unchecked", "cross-origin-answers-readable"}),
        (("host",), {"anonymous-tools", "host-unchecked"}),
        (("mismatch",), {"anonymous-tools", "header-body-disagreement-accepted"}),
        (("batch", "duplicates"), {"anonymous-tools", "batch-accepted", "duplicate-keys-accepted"}),
        (("verbose",), {"anonymous-tools", "verbose-errors"}),
        (("metrics",), {"anonymous-tools", "debug-pages-exposed"}),
    ],
)
def test_a_live_server_is_found_with_exactly_its_flaws(careless, flaws, found):
    assert rules(probe_url(careless(*flaws).url, Wishes())) == found


@pytest.mark.parametrize(
    ("flaws", "found"),
    [
        ((), set()),
        (("challenge",), {"challenge-missing"}),
        (("forged",), {"forged-token-accepted", "foreign-audience-accepted"}),
        (("query",), {"token-in-query-accepted"}),
    ],
)
def test_a_server_with_tokens_is_found_with_exactly_its_flaws(careless, flaws, found):
    wishes = Wishes(token=Secret("a-good-token"), foreign=Secret("of-another-server"))
    assert rules(probe_url(careless(*flaws, token="a-good-token").url, wishes)) == found


def test_no_token_is_sent_to_a_server_that_cannot_be_trusted(careless):
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(serving)
    server = careless("query", token="a-good-token", tls=serving)
    source = probe_url(server.url, Wishes(token=Secret("a-good-token")), ssl.create_default_context())
    assert rules(source) == {"certificate-trouble"}
    assert not [path for _, path in server.asked if "a-good-token" in path]


def test_what_was_not_probed_is_said(careless):
    source = probe_url(careless(token="t").url, Wishes())
    assert [skipped.path for skipped in source.skipped] == [
        "probe `burst`",
        "probe `forms of a request`",
        "probe `foreign-audience`",
    ]


def test_nobody_there_is_unreachable():
    with pytest.raises(TargetUnreachable):
        probe_url("http://127.0.0.1:1/mcp", Wishes())


@pytest.mark.parametrize("url", ["ftp://a/b", "http://", "http://a:99999/", "http://a/\x00", "http://[/"])
def test_what_is_no_url_is_said(url):
    with pytest.raises(TargetError):
        where_of(url)
