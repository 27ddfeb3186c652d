from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.certificate import Certificate
from yett.core.verdict import Deny
from yett.identity.binding import CHECKS, binding_of, check_binding
from yett.identity.credentials import Credentials
from yett.identity.issuer import Issuer

PRINT = "A" * 43
BOUND = {"cnf": {"x5t#S256": PRINT}}


def of(claims, **demands):
    return binding_of(claims, Issuer(source="test", names=("https://sso.test",), **demands))


def test_a_bearer_token_is_bound_to_nothing_and_passes_where_that_may_be():
    assert of({}) == ()
    assert check_binding((), Credentials()) is None
    deny = of({}, require_binding=True)
    assert (deny.reason.code, deny.detail) == ("jwt.unbound", "no `cnf`, and its issuer has `require_binding`")


def test_a_bound_token_is_good_where_what_it_is_bound_to_is_shown():
    binding = of(BOUND, require_binding=True)
    own = Credentials(certificate=Certificate(thumbprint=PRINT, issuer=b"", serial="1", expires=9.0))
    assert binding == (("x5t#S256", PRINT),)
    assert check_binding(binding, own) is None
    assert check_binding(binding, Credentials()).reason.code == "jwt.bound"


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(
    "said",
    [
        *(None, "x", [], {}, 1, True, [PRINT], PRINT),
        *({"jwk": {}}, {"kid": "a"}, {"x5t": PRINT}, {"X5T#S256": PRINT}, {"x5t#S256 ": PRINT}, {"": PRINT}),
        *({"x5t#S256": PRINT, "jwk": {}}, {"x5t#S256": PRINT, "kid": "a"}, {"x5t#S256": PRINT, "later": 1}),
        *({"x5t#S256": value} for value in (None, "", 1, True, [PRINT], {"": PRINT}, PRINT + "=", PRINT + "A")),
        *({"x5t#S256": value} for value in (PRINT[1:], PRINT[:-1] + "B", PRINT[1:] + "+", PRINT + "\n", "\xe9" * 43)),
    ],
)
def test_what_cannot_be_verified_is_refused_whatever_else_there_is(said, required):
    deny = of({"cnf": said}, require_binding=required)
    assert deny.reason.code == "jwt.bound"
    assert deny.detail.isascii()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(CHECKS)), inner),
    )
)
def test_any_cnf_is_refused_or_checked(said):
    found = of({"cnf": said})
    assert isinstance(found, Deny) or (found and isinstance(check_binding(found, Credentials()), Deny))


def test_an_issuer_may_have_to_bind_its_tokens_to_keys():
    assert of({"cnf": {"jkt": PRINT}}, require_dpop=True) == (("jkt", PRINT),)
    for claims in ({}, BOUND):
        deny = of(claims, require_dpop=True)
        assert (deny.reason.code, deny.detail) == (
            "jwt.unbound",
            "no `cnf` with `jkt`, and its issuer has `require_dpop`",
        )


def test_a_token_that_is_shown_with_a_proof_must_be_bound_to_a_key():
    assert check_binding((("jkt", PRINT),), Credentials(key=PRINT)) is None
    for binding in ((), (("x5t#S256", PRINT),)):
        certificate = Certificate(thumbprint=PRINT, issuer=b"", serial="1", expires=9.0)
        deny = check_binding(binding, Credentials(key=PRINT, certificate=certificate))
        assert deny.reason.code == "jwt.unbound"
