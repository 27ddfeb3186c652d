from __future__ import annotations

import asyncio
import statistics
import time

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import serialization

from yett.core.certificate import Certificate
from yett.core.exchange import Principal
from yett.core.verdict import Deny
from yett.identity.credentials import Credentials
from yett.identity.pending import Pending

DEMO, OTHER = Credentials(server="demo"), Credentials(server="other")


async def settled(bearer, token, server="demo", now=None, kit=None):
    """Ask until it is known."""
    for _ in range(4):
        found = bearer.identify(token, Credentials(server=server), kit.NOW if now is None else now)
        if not isinstance(found, Pending):
            return found
        await found.wait()
    raise AssertionError("never known")


def judged(kit, token, *, server="demo", now=None, keys=None, issuers=()):
    async def main():
        network = kit.Network().issuer(*(keys or (kit.EC, kit.RSA, kit.PS, kit.ED, kit.EC384, kit.EC521)))
        bearer = kit.bearer(network, *issuers)
        found = await settled(bearer, token, server, now, kit)
        await bearer.close()
        return found, network.asked

    return asyncio.run(main())


def test_a_good_token_gives_its_principal(kit):
    found, asked = judged(kit, kit.sign())
    assert found == Principal(
        issuer=kit.ISS,
        subject="alice",
        claimed_roles=frozenset({"viewer"}),
        groups=frozenset({"/eng"}),
        scopes=frozenset({"mcp:read", "mcp:write"}),
        client="claude",
        credential="t-1",
        source="keycloak",
    )
    assert asked == [f"{kit.ISS}/.well-known/openid-configuration", f"{kit.ISS}/keys"]


GOOD_KEYS = {"EC": "ES256", "EC384": "ES384", "EC521": "ES512", "ED": "EdDSA", "RSA": "RS256", "PS": "PS256"}


@pytest.mark.parametrize("name", GOOD_KEYS)
def test_every_algorithm_of_public_keys_is_verified_and_a_second_library_agrees(kit, name):
    key, alg = getattr(kit, name), GOOD_KEYS[name]
    token = kit.sign(key=key, alg=alg)
    assert judged(kit, token)[0].subject == "alice"
    pem = key.public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    told = pyjwt.decode(
        token, pem, algorithms=[alg], audience=kit.OURS, options={"verify_exp": False, "verify_iat": False}
    )
    assert told["sub"] == "alice"


def test_a_token_is_meant_for_the_gateway_or_for_one_endpoint(kit):
    for audience in (kit.BASE, f"{kit.BASE}/", ["account", kit.BASE]):
        token = kit.sign(kit.claims(aud=audience))
        assert [judged(kit, token, server=server)[0].subject for server in ("demo", "other")] == ["alice"] * 2
    one = kit.sign(kit.claims(aud=kit.OURS))
    assert judged(kit, one)[0].subject == "alice"
    assert judged(kit, one, server="other")[0].reason.code == "jwt.audience"


def test_a_token_for_one_endpoint_is_not_remembered_for_another(kit):
    async def main():
        bearer = kit.bearer(kit.Network().issuer(kit.EC))
        token = kit.sign()
        assert (await settled(bearer, token, kit=kit)).subject == "alice"
        known = bearer._known
        assert known.find(b"Bearer " + token.encode(), DEMO, kit.NOW).subject == "alice"
        assert known.find(b"Bearer " + token.encode(), OTHER, kit.NOW) is None
        assert known.find(b"Bearer " + token.encode(), DEMO, kit.NOW + 300) is None
        assert known.find(b"bearer " + token.encode(), DEMO, kit.NOW) is None

    asyncio.run(main())


def test_each_issuer_is_judged_by_its_own_keys_alone(kit):
    other = kit.issuer(source="partner", names=("https://partner.test",))

    async def main():
        network = kit.Network().issuer(kit.EC).issuer(kit.EC_OTHER, iss="https://partner.test")
        bearer = kit.bearer(network, kit.issuer(), other)
        own = kit.sign()
        theirs = kit.sign(kit.claims(iss="https://partner.test"), key=kit.EC_OTHER)
        assert (await settled(bearer, own, kit=kit)).issuer == kit.ISS
        assert (await settled(bearer, theirs, kit=kit)).issuer == "https://partner.test"
        forged = kit.sign(kit.claims(iss="https://partner.test"), header={"kid": "other"})
        borrowed = kit.sign(kit.claims(iss="https://partner.test"))
        assert (await settled(bearer, forged, kit=kit)).reason.code == "jwt.signature"
        assert (await settled(bearer, borrowed, kit=kit)).reason.code == "jwt.key-unknown"
        await bearer.close()

    asyncio.run(main())


def test_the_same_key_id_at_two_issuers_means_two_keys(kit):
    twin = kit.EC_OTHER.as_dict(private=False) | {"kid": "ec"}

    async def main():
        network = kit.Network().issuer(kit.EC).issuer(twin, iss="https://partner.test")
        bearer = kit.bearer(network, kit.issuer(), kit.issuer(source="partner", names=("https://partner.test",)))
        assert (await settled(bearer, kit.sign(), kit=kit)).subject == "alice"
        crossed = kit.sign(kit.claims(iss="https://partner.test"))
        assert (await settled(bearer, crossed, kit=kit)).reason.code == "jwt.signature"
        await bearer.close()

    asyncio.run(main())


def test_a_token_without_jti_is_named_by_its_digest(kit):
    found, _ = judged(kit, kit.sign(kit.claims(jti=None)))
    assert found.credential.startswith("sha256:")
    assert len(found.credential) == len("sha256:") + 16


def test_several_names_of_one_issuer_are_one_identity(kit):
    both = kit.issuer(names=(kit.ISS, "https://sts.test/"))
    found, _ = judged(kit, kit.sign(kit.claims(iss="https://sts.test/")), issuers=(both,))
    assert (found.issuer, found.subject) == (kit.ISS, "alice")


def test_what_cannot_be_judged_because_of_us_is_said_to_be_so(kit):
    async def main():
        bearer = kit.bearer(kit.Network())
        found = await settled(bearer, kit.sign(), kit=kit)
        assert (found.reason.code, found.reason.kind.value) == ("jwt.keys-unavailable", "unavailable")
        assert found.retry_after >= 1
        assert "has no metadata" in bearer.problem()
        wrong = await settled(bearer, kit.sign(kit.claims(iss="https://else.test")), kit=kit)
        assert wrong.reason.code == "jwt.issuer"
        await bearer.close()

    asyncio.run(main())


def test_a_known_token_costs_little_and_a_new_one_not_much(kit):
    # Processor time, and bounds ten times as wide as what was measured: this catches a change of kind, not of degree.
    async def main():
        bearer = kit.bearer(kit.Network().issuer(kit.EC))
        token = kit.sign()
        value = b"Bearer " + token.encode()
        assert isinstance(await settled(bearer, token, kit=kit), Principal)

        def spent(what, times):
            begun = time.process_time()
            for _ in range(times):
                what()
            return (time.process_time() - begun) / times

        cached = statistics.median(spent(lambda: bearer._known.find(value, DEMO, kit.NOW), 2_000) for _ in range(5))
        fresh = statistics.median(spent(lambda: bearer.identify(token, DEMO, kit.NOW), 100) for _ in range(5))
        assert cached < 15e-6
        assert fresh < 2e-3
        assert not isinstance(bearer.identify(token, DEMO, kit.NOW), Deny)

    asyncio.run(main())


def test_a_bound_token_opens_only_on_the_connection_of_its_certificate(kit):
    async def main():
        bearer = kit.bearer(kit.Network().issuer(kit.EC))
        token = kit.sign(kit.claims(cnf={"x5t#S256": "A" * 43}))
        own, others = (
            Credentials(
                server="demo", certificate=Certificate(thumbprint=sign * 43, issuer=b"", serial="1", expires=9.0)
            )
            for sign in "AQ"
        )
        await settled(bearer, token, kit=kit)
        for _ in range(2):  # fresh, and from the cache
            for shown, code in ((others, "jwt.bound"), (DEMO, "jwt.bound"), (own, None), (others, "jwt.bound")):
                for found in (
                    bearer.identify(token, shown, kit.NOW),
                    bearer._known.find(f"Bearer {token}".encode(), shown, kit.NOW),
                ):
                    assert (found.reason.code if isinstance(found, Deny) else None) == code
        await bearer.close()

    asyncio.run(main())
