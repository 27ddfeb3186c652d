import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.reason import Kind
from yett.core.verdict import Deny
from yett.identity.bearer import MAX_BYTES, TOKEN_MALFORMED, TOKEN_MISSING, credential


def test_one_bearer_token_is_taken():
    assert credential([b"Bearer abc-._~+/123=="]) == "abc-._~+/123=="


@pytest.mark.parametrize("scheme", [b"bearer", b"BEARER", b"bEaReR"])
def test_schemes_have_no_case(scheme):
    assert credential([scheme + b" t"]) == "t"


def test_no_header_is_no_credential():
    assert credential([]) is None


@pytest.mark.parametrize(
    "values",
    [
        [b""],
        [b"Bearer"],
        [b"Bearer "],
        [b"Bearer  t"],
        [b" Bearer t"],
        [b"Bearer t "],
        [b"Bearer\tt"],
        [b"Bearer t\n"],
        [b"Bearer t u"],
        [b"Bearer t, Bearer u"],
        [b"Bearer t,u"],
        [b"Basic dTpw, Bearer t"],
        [b"Bearer =t"],
        [b"Bearer t=t"],
        [b"Bearer \xff"],
        [b'Bearer "t"'],
        [b"Bearer t\0"],
        [b"\xff\xfe"],
        [b"Bearer " + b"t" * MAX_BYTES],
        [b"Bearer t", b"Bearer t"],
        [b"Bearer t", b"Bearer u"],
        [b"Basic dTpw", b"Bearer t"],
    ],
)
def test_malformed_headers_are_a_bad_request(values):
    denied = credential(values)
    assert isinstance(denied, Deny)
    assert denied.reason is TOKEN_MALFORMED
    assert denied.reason.kind is Kind.CREDENTIAL_MALFORMED


@pytest.mark.parametrize("value", [b"Basic dTpw", b"DPoP t", b"Negotiate", b"Digest x"])
def test_other_schemes_are_no_token(value):
    assert credential([value]) == Deny(reason=TOKEN_MISSING, detail="a scheme other than `Bearer`")


def test_callers_cannot_tell_the_failures_apart():
    assert TOKEN_MISSING.public == TOKEN_MALFORMED.public


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_no_bytes_break_the_reader(values):
    found = credential(values)
    assert found is None or isinstance(found, str | Deny)


@given(st.binary(max_size=60))
def test_details_never_quote_the_header(value):
    found = credential([b"Bearer" + value + b"\xff"])
    assert isinstance(found, Deny)
    assert found.detail in {"not `Bearer`, one space and one token", "a scheme other than `Bearer`"}
