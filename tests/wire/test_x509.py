from __future__ import annotations

import ssl

import pki
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from yett.errors import ConfigError
from yett.wire.x509 import NAMES, authorities, client_certificate, digest, is_by, revocation_lists, revoked

CA, OTHER = pki.Authority(), pki.Authority()


def read(pair: pki.Pair):
    return client_certificate(ssl.PEM_cert_to_DER_cert(pair.pem.decode()))


def test_names_are_those_of_the_certificate_and_never_its_common_name():
    seen = read(CA.issue(pki.SPIFFE, "https://a.test/x", dns=["a.test", "*.b.test"], common="root"))
    assert (seen.uris, seen.hosts) == ((pki.SPIFFE, "https://a.test/x"), ("a.test", "*.b.test"))
    alone = read(CA.issue(common="spiffe://acme.test/agents/root"))
    assert (alone.uris, alone.hosts) == ((), ())


def test_the_thumbprint_is_what_openssl_says_in_base64url():
    import base64

    from cryptography.hazmat.primitives import hashes

    pair = CA.issue(pki.SPIFFE)
    told = base64.urlsafe_b64encode(pair.certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    assert read(pair).thumbprint == told
    assert len(told) == 43
    assert read(CA.issue(pki.SPIFFE)).thumbprint != told


@pytest.mark.parametrize("name", ["a.test\0.evil.test", "a\n.test", "a b", "", "a" * 257, "a\x7f"])
def test_a_name_with_anything_odd_in_it_makes_the_certificate_unreadable(name):
    assert read(CA.issue(dns=["good.test", name])) is None


def test_so_many_names_and_no_more():
    assert read(CA.issue(*(f"spiffe://a.test/{n}" for n in range(NAMES)))) is not None
    assert read(CA.issue(*(f"spiffe://a.test/{n}" for n in range(NAMES + 1)))) is None


@given(st.binary(max_size=300))
def test_no_bytes_break_it(raw):
    assert client_certificate(raw) is None


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_breaks_nothing(place, value):
    der = bytearray(GOOD)
    der[place % len(der)] = value
    client_certificate(bytes(der))


GOOD = CA.issue(pki.SPIFFE).certificate.public_bytes(Encoding.DER)


def test_a_list_belongs_to_whoever_signed_it(tmp_path):
    path = tmp_path / "crl.pem"
    gone = CA.issue(pki.SPIFFE)
    path.write_bytes(CA.list(gone) + OTHER.list())
    first, second = revocation_lists(path)
    assert [is_by(first, one.certificate) for one in (CA, OTHER)] == [True, False]
    assert [is_by(second, one.certificate) for one in (CA, OTHER)] == [False, True]
    assert revoked([first, second]) == {(read(gone).issuer, read(gone).serial)}
    assert digest(first, second) == digest(second, first) != digest(first)


def test_files_that_are_something_else_are_refused(tmp_path):
    path = tmp_path / "x.pem"
    path.write_bytes(CA.pem + CA.issue(pki.SPIFFE).pem)
    with pytest.raises(ConfigError, match="`CN=alice` in it is no CA certificate"):
        authorities(path)
    path.write_bytes(CA.pem)
    assert authorities(path) == (CA.certificate,)
    with pytest.raises(ConfigError, match="openssl crl"):
        revocation_lists(path)
