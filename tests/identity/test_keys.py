from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.identity.keys import MAX_KEYS, read_keys
from yett.identity.signature import Unusable


def test_keys_are_found_by_their_ids(kit):
    keys = read_keys(kit.jwks(kit.EC, kit.RSA), "RS256")
    assert {kid: key.algorithm for kid, key in keys.by_id.items()} == {"ec": "ES256", "rsa": "RS256"}
    assert keys.find("ec") is keys.by_id["ec"]
    assert [keys.find(kid) for kid in ("", "EC", None)] == [None] * 3
    assert len(keys.prints) == 2


def test_the_only_key_there_is_needs_no_id(kit):
    without = {name: value for name, value in kit.EC.as_dict(private=False).items() if name != "kid"}
    keys = read_keys(kit.jwks(without), "RS256")
    assert keys.find(None).algorithm == "ES256"
    assert keys.find("ec") is None


def test_the_same_id_twice_is_nobodys(kit):
    twin = kit.EC_OTHER.as_dict(private=False) | {"kid": "ec"}
    keys = read_keys(kit.jwks(kit.EC, twin, kit.RSA), "RS256")
    assert set(keys.by_id) == {"rsa"}
    assert len(keys.dropped) == 2


def test_a_bad_key_does_not_take_the_good_ones_with_it(kit):
    published = kit.EC_OTHER.as_dict(private=True)
    entries = [kit.EC.as_dict(private=False), published, {"kid": 1}, "no object"]
    keys = read_keys(json.dumps({"keys": entries}).encode(), "RS256")
    assert set(keys.by_id) == {"ec"}
    assert keys.dropped[0] == "key 2: its private part is published: replace it at the issuer, now"
    assert [drop[:6] for drop in keys.dropped] == ["key 2:", "key 3:", "key 4:"]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b'{"keys": []}', b'{"keys": [], "keys": []}', b'{"keys": [1]}'],
)
def test_a_set_without_a_usable_key_is_none(body):
    with pytest.raises(Unusable):
        read_keys(body, "RS256")


def test_a_set_has_a_bound():
    with pytest.raises(Unusable, match="more than"):
        read_keys(json.dumps({"keys": [{}] * (MAX_KEYS + 1)}).encode(), "RS256")


MEMBERS = st.sampled_from(["keys", "kty", "n", "e", "x", "y", "crv", "alg", "kid", "use", "key_ops", "d"])
VALUES = st.none() | st.text() | st.integers() | st.sampled_from(["EC", "RSA", "OKP", "P-256", "Ed25519", "AQAB"])


@given(st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(MEMBERS, inner), max_leaves=20))
def test_no_document_breaks_it(value):
    for document in (value, {"keys": [value]}):
        try:
            keys = read_keys(json.dumps(document).encode(), "RS256")
        except Unusable:
            continue
        assert keys.by_id
