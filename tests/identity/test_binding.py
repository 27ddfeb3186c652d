from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.certificate import Certificate
from yett.core.verdict import Deny
from yett.identity.binding import CHECKS, binding_of, check_binding
from yett.identity.credentials import Credentials

PRINT = "A" * 43
BOUND = {"cnf": {"x5t#S256": PRINT}}


def test_a_bearer_token_is_bound_to_nothing_and_passes_where_that_may_be():
    assert binding_of({}, required=False) == ()
    assert check_binding((), Credentials()) is None
    deny = binding_of({}, required=True)
    assert (deny.reason.code, deny.detail) == ("jwt.unbound", "no `cnf`, and its issuer has `require_binding`")


def test_a_bound_token_is_good_where_what_it_is_bound_to_is_shown():
    binding = binding_of(BOUND, required=True)
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
    deny = binding_of({"cnf": said}, required=required)
    assert deny.reason.code == "jwt.bound"
    assert deny.detail.isascii()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(CHECKS)), inner),
    )
)
def test_any_cnf_is_refused_or_checked(said):
    found = binding_of({"cnf": said}, required=False)
    assert isinstance(found, Deny) or (found and isinstance(check_binding(found, Credentials()), Deny))
