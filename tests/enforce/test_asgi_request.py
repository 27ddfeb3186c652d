from __future__ import annotations

import asyncio

import pki
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from yett.enforce.asgi_request import GONE, Unfit, incoming, path_of, target_of
from yett.wire.http import Incoming
from yett.wire.limits import ListenerLimits

LIMITS = ListenerLimits(head_bytes=1_000, body_bytes=100, body_seconds=5.0)


def _read(events, *, limits=LIMITS, **scope):
    whole = {
        "type": "http",
        "method": "POST",
        "path": "/mcp",
        "raw_path": b"/mcp",
        "query_string": b"",
        "headers": [(b"Host", b"h"), (b"content-type", b" application/json ")],
        "client": ("192.0.2.7", 5),
        "scheme": "https",
        **scope,
    }

    async def story():
        waiting = iter(events)

        async def receive():
            event = next(waiting, None)
            if event is None:
                await asyncio.Event().wait()
            return event

        return await incoming(whole, receive, limits)

    return asyncio.run(story())


def _piece(body: bytes, *, more: bool = False) -> dict:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_whole_request_is_read_piece_by_piece():
    found = _read([_piece(b"a", more=True), _piece(b"b")])
    assert isinstance(found, Incoming)
    assert (found.body, found.peer, found.port, found.secure) == (b"ab", "192.0.2.7", 5, True)
    assert (found.head.method, found.head.target) == ("POST", b"/mcp")
    assert found.head.headers == ((b"host", b"h"), (b"content-type", b"application/json"))


def test_a_certificate_is_what_the_server_has_checked_and_nothing_else():
    pem = pki.Authority().issue(pki.SPIFFE).pem.decode()
    told = {"server_cert": None, "client_cert_chain": (pem,), "client_cert_error": None}
    assert _read([_piece(b"")], extensions={"tls": told}).certificate.uris == (pki.SPIFFE,)
    for wrong in (None, {}, {"client_cert_error": "expired"}, {"client_cert_chain": ()}, {"client_cert_chain": ("x",)}):
        extensions = None if wrong is None else {"tls": told | wrong} if wrong else {}
        assert _read([_piece(b"")], extensions=extensions).certificate is None


def test_a_server_on_a_pipe_names_no_client():
    found = _read([_piece(b"")], client=None, scheme="http")
    assert (found.peer, found.port, found.secure) == ("", 0, False)


def test_a_client_that_leaves_before_the_end_sent_no_request():
    assert _read([_piece(b"a", more=True), {"type": "http.disconnect"}]) is GONE


@pytest.mark.parametrize(
    ("events", "scope", "status"),
    [
        ([_piece(b"x" * 60, more=True), _piece(b"x" * 60)], {}, 413),
        ([], {"headers": [(b"content-length", b"101")]}, 413),
        ([], {"headers": [(b"content-length", b"+1")]}, 400),
        ([], {"headers": [(b"x", b"y" * 2_000)]}, 431),
        ([], {"headers": [(b"x", b"")] * 101}, 431),
        ([], {"headers": [(b"host", b"a"), (b"Host", b"b")]}, 400),
        ([], {"headers": [(b"origin", b"a"), (b"origin", b"b")]}, 400),
        ([], {"query_string": b"q" * 1_100}, 431),
    ],
)
def test_what_is_out_of_bounds_is_not_judged(events, scope, status):
    found = _read(events, **scope)
    assert isinstance(found, Unfit)
    assert found.status == status


def test_a_body_that_does_not_come_is_not_waited_for():
    found = _read([_piece(b"a", more=True)], limits=replace(LIMITS, body_seconds=0.02))
    assert found == Unfit(408, "the body took too long")


@pytest.mark.parametrize(
    ("path", "root", "seen"),
    [
        ("/mcp", "", "/mcp"),
        ("/api/mcp", "/api", "/mcp"),
        ("/api/mcp", "/api/", "/mcp"),
        ("/mcp", "/api", "/mcp"),
        ("/apix/mcp", "/api", "/apix/mcp"),
        ("/api", "/api", ""),
    ],
)
def test_the_path_is_the_one_that_the_app_routes_by(path, root, seen):
    assert path_of({"path": path, "root_path": root}) == seen


def test_the_query_stays_with_the_target():
    assert target_of({"path": "/mcp", "query_string": b"a=b"}) == b"/mcp?a=b"


@given(
    st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=12)), max_size=8),
    st.lists(st.binary(max_size=80), min_size=1, max_size=4),
    st.text(max_size=12),
)
def test_any_head_and_body_is_read_or_refused(headers, pieces, path):
    events = [_piece(piece, more=number < len(pieces) - 1) for number, piece in enumerate(pieces)]
    found = _read(events, headers=headers, path=path)
    assert isinstance(found, Incoming | Unfit)
    if isinstance(found, Incoming):
        assert found.body == b"".join(pieces)
        assert len(found.body) <= LIMITS.body_bytes
