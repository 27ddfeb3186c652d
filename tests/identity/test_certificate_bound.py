from __future__ import annotations

from yett.core.certificate import Certificate
from yett.identity.certificate_bound import check
from yett.identity.credentials import Credentials


def shown(thumbprint: str) -> Credentials:
    return Credentials(certificate=Certificate(thumbprint=thumbprint, issuer=b"", serial="1", expires=9.0))


def test_only_the_connection_with_the_tokens_certificate_may_show_it():
    assert check("A" * 43, shown("A" * 43)) is None
    denied = [check("A" * 43, credentials) for credentials in (Credentials(), shown("Q" * 43), shown(""))]
    assert {deny.reason.code for deny in denied} == {"jwt.bound"}
    assert denied[0].detail == "`x5t#S256`: the connection has no client certificate"
    assert denied[1].detail == f"`x5t#S256`: the connection has another certificate, {'Q' * 43}"


def test_a_thumbprint_counts_character_by_character():
    assert check("a" * 42 + "A", shown("A" * 43)) is not None
