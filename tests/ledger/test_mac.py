import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from yett.ledger.mac import CHAIN, VALUES, Mac, key_id

KEY = b"k" * 32


@given(st.binary(max_size=300), st.binary(min_size=32, max_size=100))
def test_it_is_hmac_sha256_under_a_derived_key(message, key):
    derived = hmac.digest(key, CHAIN, "sha256")
    assert Mac(key, CHAIN).hex(message) == hmac.new(derived, message, hashlib.sha256).hexdigest()


def test_what_is_made_for_one_purpose_is_worthless_for_another():
    assert Mac(KEY, CHAIN).hex(b"same") != Mac(KEY, VALUES).hex(b"same")


def test_a_mac_can_be_asked_again_and_again():
    mac = Mac(KEY, CHAIN)
    assert mac.hex(b"one") == mac.hex(b"one") != mac.hex(b"two")


def test_a_key_id_tells_keys_apart_and_is_short():
    assert key_id(KEY) != key_id(b"l" * 32)
    assert len(key_id(KEY)) == 16
