from __future__ import annotations

import pytest

from yett import errors
from yett.errors import ConfigError, DownstreamProtocolError, PolicyError, UpstreamProtocolError, YettError

TREE = {
    "YettError": Exception,
    "ConfigError": errors.YettError,
    "PolicyError": errors.ConfigError,
    "PeerError": errors.YettError,
    "DownstreamProtocolError": errors.PeerError,
    "DownstreamGone": errors.PeerError,
    "UpstreamProtocolError": errors.PeerError,
    "UpstreamError": errors.YettError,
    "UpstreamTimeout": errors.UpstreamError,
    "UpstreamUnavailable": errors.UpstreamError,
    "UpstreamRefused": errors.UpstreamUnavailable,
    "UpstreamSignIn": errors.UpstreamError,
    "UpstreamConflict": errors.UpstreamUnavailable,
    "UpstreamEraError": errors.UpstreamError,
    "AskError": errors.YettError,
    "StoreError": errors.YettError,
    "SecretError": errors.YettError,
    "TargetError": errors.YettError,
    "TargetUnreachable": errors.TargetError,
    "TargetNeedsSignIn": errors.TargetError,
    "LedgerError": errors.YettError,
    "LedgerInUse": errors.LedgerError,
    "SafeError": errors.YettError,
    "UnsafeInput": errors.SafeError,
    "CommandFailed": errors.SafeError,
    "FetchFailed": errors.SafeError,
}


NEEDS = {"UpstreamSignIn": {"page": "https://mcp.example.com/connect/wiki"}}


def test_the_tree_says_who_is_to_blame():
    declared = {name: value for name, value in vars(errors).items() if isinstance(value, type)}
    assert {name: value.__base__ for name, value in declared.items()} == TREE


@pytest.mark.parametrize("name", TREE)
def test_every_error_is_caught_as_one_of_ours_and_keeps_its_text(name):
    with pytest.raises(YettError, match=r"^what happened$"):
        raise getattr(errors, name)("what happened", **NEEDS.get(name, {}))


def test_a_config_error_knows_its_place():
    assert ConfigError("unknown key").where == ""
    assert PolicyError("a cycle", where="yett.yaml:4:3").where == "yett.yaml:4:3"


def test_a_malformed_request_has_a_status():
    assert DownstreamProtocolError("bare LF").status == 400
    assert DownstreamProtocolError("head too large", status=431).status == 431


def test_a_client_and_a_server_are_not_confused():
    assert not issubclass(UpstreamProtocolError, DownstreamProtocolError)
    assert not issubclass(UpstreamProtocolError, errors.UpstreamError)
