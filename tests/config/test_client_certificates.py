from __future__ import annotations

import pytest
from pydantic import ValidationError

from yett.config.client_certificates import Mtls
from yett.identity.client_certificate import Rule


def test_a_rule_says_which_name_counts():
    assert Mtls(san="uri").rule == Rule(uri=True)
    assert Mtls(san="dns", name="{name}.acme.io", roles=("agent",)).rule == Rule(
        uri=False, template="{name}.acme.io", roles=frozenset({"agent"})
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"san": "cn"},
        *({"san": "uri", "name": name} for name in ("", "alice", "{name}{name}", "{user}", "{name}{x}", "a b{name}")),
        {"san": "uri", "name": "spiffe://é/{name}"},
        {"san": "dns", "name": "spiffe://acme.io/{name}"},
    ],
)
def test_a_rule_that_names_nobody_is_refused(wrong):
    with pytest.raises(ValidationError):
        Mtls(**wrong)
