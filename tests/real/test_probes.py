"""The probes of `yett audit URL` at real servers: what the SDK lets through, and what the gateway refuses."""

from __future__ import annotations

import pytest

from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.live.probing import probe_url, where_of
from yett.auditor.live.wishes import Wishes
from yett.auditor.registry import all_rules
from yett.secrets.secret import Secret

pytestmark = pytest.mark.real


def found(url, wishes):
    report = judge(gather(probe_url(url, wishes).files).subjects, all_rules())
    assert not report.broken
    return {finding.rule for finding in report.findings}


def test_a_server_of_the_sdk_takes_the_last_of_two_keys_and_asks_nobody_who_they_are(stage):
    assert {"anonymous-tools", "duplicate-keys-accepted"} <= found(stage.urls["py2"], Wishes())


def test_the_gateway_before_it_is_found_without_a_flaw(stage):
    url = f"{stage.gateway}/py2-http/mcp"
    assert found(url, Wishes()) == set()
    wishes = Wishes(token=Secret(stage.token), foreign=Secret("yett_aaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbb"))
    assert found(url, wishes) == set()


def test_the_way_past_the_gateway_is_found(stage):
    wishes = Wishes(token=Secret(stage.token), direct=where_of(stage.urls["py2"]))
    assert found(f"{stage.gateway}/py2-http/mcp", wishes) == {"reachable-past-gateway"}
