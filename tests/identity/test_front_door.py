from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity.front_door import FrontDoor

BASE = "https://mcp.test"
ISSUER = "https://sso.test"
WELL_KNOWN = b"/.well-known/oauth-protected-resource"
PAGE = "https://page.test"


def door(**changes) -> FrontDoor:
    options = {
        "base": BASE,
        "paths": {"/demo/mcp": {"mcp"}, "/other/mcp": ()},
        "issuers": [ISSUER],
        "scopes": {"mcp", "admin"},
        "origins": {PAGE},
    }
    return FrontDoor(**(options | changes))


def deny(code: str, kind: Kind, *scopes: str) -> Deny:
    return Deny(reason=Reason(code=code, kind=kind, public=""), scopes=scopes)


def get(path: bytes, **options):
    return door(**options).shown("GET", path, None, b"")


@pytest.mark.parametrize(("path", "resource"), [(b"/demo/mcp", "/demo/mcp"), (b"/other/mcp", "/other/mcp"), (b"", "")])
def test_metadata_stands_at_the_path_form_and_at_the_root(path, resource):
    shown = get(WELL_KNOWN + path)
    assert json.loads(shown.body) == {
        "resource": BASE + resource,
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": ["ES256", "ES384", "ES512", "EdDSA", "PS256", "RS256"],
        "scopes_supported": ["admin", "mcp"],
    }
    assert (b"access-control-allow-origin", b"*") in shown.headers
    assert door().shown("HEAD", WELL_KNOWN + path, None, b"") == shown


ALGS = b'algs="ES256 ES384 ES512 EdDSA PS256 RS256"'


def test_who_shows_a_proof_is_told_what_proofs_may_be():
    said = door().challenge(deny("dpop.missing", Kind.UNAUTHENTICATED), b"/other/mcp")
    page = b'resource_metadata="https://mcp.test/.well-known/oauth-protected-resource/other/mcp"'
    assert said == b'DPoP realm="yett", error="invalid_dpop_proof", ' + ALGS + b", " + page
    for code in ("dpop.replayed", "dpop.key", "dpop.time"):
        assert door().challenge(deny(code, Kind.UNAUTHENTICATED), b"/other/mcp") == said


def test_dpop_is_offered_beside_bearer_where_it_is_wanted_and_alone_where_nothing_else_is_taken():
    missing = deny("token.missing", Kind.UNAUTHENTICATED)
    bearer, both = (door(dpop=dpop).challenge(missing, b"/other/mcp") for dpop in (False, True))
    assert both == bearer + b', DPoP realm="yett", ' + ALGS
    alone = door(dpop=True, only_dpop=True).challenge(missing, b"/other/mcp")
    assert alone.startswith(b'DPoP realm="yett", ' + ALGS + b", resource_metadata=")
    assert b"DPoP" not in door().challenge(deny("jwt.bound", Kind.UNAUTHENTICATED), b"/other/mcp")
    bound = door().challenge(deny("jwt.key-bound", Kind.UNAUTHENTICATED), b"/other/mcp")
    assert bound.startswith(b'Bearer realm="yett", error="invalid_token", ')
    assert bound.endswith(b', DPoP realm="yett", ' + ALGS)
    said = json.loads(get(WELL_KNOWN, dpop=True, only_dpop=True).body)
    assert said["dpop_bound_access_tokens_required"] is True


def test_nothing_else_is_shown():
    for end in (b"/", b"/demo/mcp/", b"?x", b"/demo", b"/nothing/mcp"):
        assert get(WELL_KNOWN + end) is None
    assert [get(path) for path in (b"/", b"/demo/mcp", b"/.well-known/x")] == [None] * 3
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert door().shown(method, WELL_KNOWN, None, b"") is None
    assert get(WELL_KNOWN, issuers=[]) is None


def test_a_challenge_says_what_is_wrong_what_is_needed_and_where_to_get_it():
    metadata = f'resource_metadata="{BASE}/.well-known/oauth-protected-resource/demo/mcp"'.encode()
    said = door().challenge
    for code, kind, error in (
        ("token.missing", Kind.UNAUTHENTICATED, b""),
        ("jwt.expired", Kind.UNAUTHENTICATED, b'error="invalid_token", '),
        ("token.malformed", Kind.CREDENTIAL_MALFORMED, b'error="invalid_request", '),
    ):
        assert said(deny(code, kind), b"/demo/mcp") == b'Bearer realm="yett", ' + error + b'scope="mcp", ' + metadata
    assert said(deny("access.scope-missing", Kind.SCOPE, "a", "b"), b"/demo/mcp") == (
        b'Bearer realm="yett", error="insufficient_scope", scope="a b", ' + metadata
    )
    assert b'oauth-protected-resource"' in said(deny("token.missing", Kind.UNAUTHENTICATED), b"/elsewhere")


def test_without_an_issuer_there_is_no_metadata_to_name():
    said = door(issuers=[], paths={"/demo/mcp": ()}).challenge
    assert said(deny("token.missing", Kind.UNAUTHENTICATED), b"/demo/mcp") == b'Bearer realm="yett"'


def test_a_page_of_an_allowed_origin_may_call_and_read():
    shown = door().shown("OPTIONS", b"/demo/mcp", PAGE, b"Mcp-Param-Region, content-type, x-other, mcp-param-\xff")
    assert shown.status == 204
    headers = dict(shown.headers)
    assert headers[b"access-control-allow-origin"] == PAGE.encode()
    assert headers[b"access-control-allow-methods"] == b"POST, GET, DELETE"
    allowed = headers[b"access-control-allow-headers"].split(b", ")
    assert {b"authorization", b"mcp-protocol-version", b"mcp-param-region"} <= set(allowed)
    assert not {b"x-other", b"mcp-param-\xff"} & set(allowed)
    assert dict(door().cors(PAGE))[b"vary"] == b"origin"


@pytest.mark.parametrize(
    "origin", [None, "https://evil.test", "null", "https://page.test.evil.test", "https://p\u00e4ge.test"]
)
def test_a_page_of_any_other_origin_may_not(origin):
    assert door().shown("OPTIONS", b"/demo/mcp", origin, b"") is None
    assert door().cors(origin) == ()


def test_metadata_may_be_read_by_every_page():
    shown = door().shown("OPTIONS", WELL_KNOWN, "https://evil.test", b"mcp-protocol-version")
    assert (shown.status, dict(shown.headers)[b"access-control-allow-origin"]) == (204, b"*")


def test_a_path_that_is_not_ours_has_no_preflight():
    assert door().shown("OPTIONS", b"/nothing", PAGE, b"") is None


@given(st.binary(max_size=300))
def test_a_preflight_repeats_nothing_but_names_of_parameters(asked):
    shown = door().shown("OPTIONS", b"/demo/mcp", PAGE, asked)
    for _, value in shown.headers:
        assert value.decode("ascii").isprintable()
