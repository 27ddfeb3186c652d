import asyncio
import ssl

import trustme

from yett.auditor.live.handshake import look
from yett.auditor.live.probing import where_of


def test_a_trusted_certificate_has_days_left_and_no_trouble(careless):
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    server = careless(tls=serving)
    seen = asyncio.run(look(where_of(server.url), trusting))
    assert "trouble" not in seen
    assert seen["days_left"] > 0
    assert seen["old"] == []


def test_an_unknown_authority_is_a_trouble(careless):
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(serving)
    seen = asyncio.run(look(where_of(careless(tls=serving).url), ssl.create_default_context()))
    assert "certificate" in seen["trouble"] or "issuer" in seen["trouble"]
