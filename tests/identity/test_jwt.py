from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yett.core.verdict import Deny
from yett.identity.jwt import Jwt, looks_like, read


def test_a_token_is_taken_apart(kit):
    token = kit.sign(header={"typ": "Application/AT+JWT"})
    jwt = read(token)
    assert (jwt.algorithm, jwt.kid, jwt.type, jwt.claims["sub"]) == ("ES256", "ec", "at+jwt", "alice")
    assert jwt.signed + b"." + kit.b64(jwt.signature).encode() == token.encode()
    assert repr(jwt) == "Jwt(algorithm='ES256', kid='ec')"


def test_what_looks_like_a_token_has_an_object_and_dots(kit):
    assert looks_like(kit.sign())
    assert not any(looks_like(text) for text in ("", "eyJhbGciOiJub25lIn0", "opaque.token", "yett_a_b"))


@given(st.text(max_size=200) | st.from_regex(r"\A[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\Z"))
def test_no_text_breaks_it(text):
    assert isinstance(read(text), Jwt | Deny)
