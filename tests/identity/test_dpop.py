"""Proofs that must be refused and proofs that must not be (RFC 9449), made by another library: PyJWT."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import statistics
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from yett.core.exchange import Principal
from yett.core.verdict import Deny
from yett.identity import dpop
from yett.identity.bearer import PUBLIC
from yett.identity.credentials import Credentials, presented
from yett.identity.credentials import Presented as Proven
from yett.identity.dpop import Proofs
from yett.identity.identify import Identity
from yett.identity.pending import Pending
from yett.identity.replays import Replays

KEY, OTHER = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - one that must be refused
ED = ed25519.Ed25519PrivateKey.generate()
PATH = "/demo/mcp"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwk_of(key: Any, *, private: bool = False) -> dict[str, Any]:
    algorithm = {"E": pyjwt.algorithms.ECAlgorithm, "R": pyjwt.algorithms.RSAAlgorithm}.get(
        type(key).__name__[0], pyjwt.algorithms.OKPAlgorithm
    )
    if isinstance(key, ed25519.Ed25519PrivateKey):
        algorithm = pyjwt.algorithms.OKPAlgorithm
    jwk = algorithm.to_jwk(key if private else key.public_key(), as_dict=True)
    return {name: value for name, value in jwk.items() if name != "key_ops"}


def thumbprint(key: Any) -> str:
    """RFC 7638, by hand."""
    jwk = jwk_of(key)
    members = {name: jwk[name] for name in sorted(("crv", "e", "kty", "n", "x", "y")) if name in jwk}
    return b64(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())


class Row(NamedTuple):
    """What is shown, and the reason for the ledger; empty for a good one."""

    what: str
    values: tuple[bytes, ...]
    reason: str
    scheme: bytes = b"DPoP"
    token: str = ""
    method: str = "POST"


class Maker:
    def __init__(self, kit: Any, now: float) -> None:
        self.kit, self.now = kit, now
        self.token = self.token_of(KEY)
        self.number = 0

    def token_of(self, key: Any, **cnf: Any) -> str:
        bound = {"jkt": thumbprint(key)} if key is not None else {}
        times = {"iat": int(self.now) - 10, "exp": int(self.now) + 300}
        return self.kit.sign(self.kit.claims(cnf=(bound | cnf) or None, **times))

    def claims(self, **changes: Any) -> dict[str, Any]:
        self.number += 1
        good = {
            "jti": f"proof-{self.number}",
            "htm": "POST",
            "htu": f"{self.kit.BASE}{PATH}",
            "iat": int(self.now),
            "ath": b64(hashlib.sha256(self.token.encode()).digest()),
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def proof(self, *, key: Any = KEY, alg: str = "ES256", header: dict[str, Any] | None = None, **changes: Any):
        said = {"typ": "dpop+jwt", "jwk": jwk_of(key)} | (header or {})
        said = {name: value for name, value in said.items() if value is not None}
        return pyjwt.encode(self.claims(**changes), key, alg, headers=said).encode()

    def raw(self, header: str, claims: str) -> bytes:
        """A true signature over any text."""
        signed = f"{b64(header.encode())}.{b64(claims.encode())}".encode()
        signer = pyjwt.algorithms.ECAlgorithm(pyjwt.algorithms.ECAlgorithm.SHA256)
        return signed + b"." + b64(signer.sign(signed, KEY)).encode()

    def good(self) -> Iterator[Row]:
        base = self.kit.BASE
        yield Row("plain", (self.proof(),), "")
        for scheme in (b"dpop", b"DPOP", b"dPoP"):
            yield Row(f"scheme {scheme!r}", (self.proof(),), "", scheme)
        for url in (f"{base}:443{PATH}", f"HTTPS://MCP.test{PATH}", f"{base}/%64emo/mcp", f"{base}{PATH}?a=b#c"):
            yield Row(f"htu {url}", (self.proof(htu=url),), "")
        yield Row("GET", (self.proof(htm="GET"),), "", method="GET")
        yield Row("a fraction of a second", (self.proof(iat=self.now - 0.5),), "")
        yield Row("59 s old", (self.proof(iat=int(self.now) - 59),), "")
        yield Row("20 s ahead", (self.proof(iat=int(self.now) + 20),), "")
        yield Row("more claims", (self.proof(nonce="unasked", later=[1]),), "")
        for key, alg in ((RSA, "RS256"), (RSA, "PS256"), (ED, "EdDSA")):
            token = self.token_of(key)
            ath = b64(hashlib.sha256(token.encode()).digest())
            yield Row(alg, (self.proof(key=key, alg=alg, ath=ath),), "", token=token)

    def headers(self) -> Iterator[Row]:
        wrong = "dpop.malformed"
        yield Row("no proof", (), "dpop.missing")
        yield Row("two proofs", (self.proof(), self.proof()), wrong)
        one = self.proof()
        yield Row("one proof twice", (one, one), wrong)
        yield Row("two in one header", (one + b", " + self.proof(),), wrong)
        for typ in (None, "JWT", "at+jwt", "DPoP+JWT", "application/dpop+jwt", "dpop+jwt ", "", "dpop"):
            yield Row(f"typ {typ!r}", (self.proof(header={"typ": typ}),), wrong)
        for name in ("crit", "jku", "x5u", "x5c", "zip", "b64"):
            header = json.dumps({"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk_of(KEY), name: ["exp"]})
            yield Row(f"`{name}`", (self.raw(header, json.dumps(self.claims())),), wrong)
        header = json.dumps({"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk_of(KEY)})
        yield Row("alg twice", (self.raw('{"alg":"none",' + header[1:], json.dumps(self.claims())),), wrong)
        yield Row("htu twice", (self.raw(header, '{"htu":"x",' + json.dumps(self.claims())[1:]),), wrong)
        yield Row("claims are a list", (self.raw(header, "[]"),), wrong)
        yield Row("no JSON", (self.raw(header, "{'a': 1}"),), wrong)
        yield Row("padded", (self.proof() + b"==",), wrong)
        yield Row("detached", (b"..".join((one.split(b".")[0], one.split(b".")[2])),), wrong)
        yield Row("no JWT", (b"proof",), wrong)
        yield Row("empty", (b"",), wrong)
        yield Row("bytes", (bytes(range(128, 256)),), wrong)
        yield Row("a huge proof", (self.proof(later="x" * 5_000),), wrong)
        yield Row("a large header", (self.proof(header={"x": "y" * 2_100}),), wrong)

    def keys(self) -> Iterator[Row]:
        wrong, claims = "dpop.key", self.claims
        yield Row("no jwk", (self.proof(header={"jwk": None}),), wrong)
        yield Row("jwk is text", (self.proof(header={"jwk": json.dumps(jwk_of(KEY))}),), wrong)
        yield Row("a private key", (self.proof(header={"jwk": jwk_of(KEY, private=True)}),), wrong)
        yield Row("a symmetric key", (self.proof(header={"jwk": {"kty": "oct", "k": "AAAA"}}),), wrong)
        hmac = {"typ": "dpop+jwt", "jwk": jwk_of(KEY)}
        yield Row("HS256", (pyjwt.encode(claims(), "s" * 32, "HS256", headers=hmac).encode(),), wrong)
        yield Row("none", (pyjwt.encode(claims(), None, "none", headers=hmac).encode() + b"AA",), wrong)
        unsigned = pyjwt.encode(claims(), None, "none", headers=hmac).encode()
        yield Row("none without a signature", (unsigned,), "dpop.malformed")
        for alg in ("None", "es256", "ES256K", "RS1", "HS512", ""):
            header = json.dumps({"alg": alg, "typ": "dpop+jwt", "jwk": jwk_of(KEY)})
            yield Row(f"alg {alg!r}", (self.raw(header, json.dumps(claims())),), wrong)
        header = json.dumps({"alg": "ES384", "typ": "dpop+jwt", "jwk": jwk_of(KEY)})
        yield Row("alg of another curve", (self.raw(header, json.dumps(claims())),), wrong)
        header = json.dumps({"alg": "RS256", "typ": "dpop+jwt", "jwk": jwk_of(WEAK)})
        yield Row("RSA of 1024 bits", (self.raw(header, json.dumps(claims())),), wrong)
        off = jwk_of(KEY) | {"y": b64(bytes(32))}
        yield Row("a point off its curve", (self.proof(header={"jwk": off}),), wrong)
        yield Row("a key for encryption", (self.proof(header={"jwk": jwk_of(KEY) | {"use": "enc"}}),), wrong)

    def bindings(self) -> Iterator[Row]:
        yield Row("by another key", (self.proof(key=OTHER),), "jwt.key-bound")
        yield Row("another key's jwk", (self.proof(key=OTHER, header={"jwk": jwk_of(KEY)}),), "dpop.signature")
        head, body, signature = self.proof().split(b".")
        yield Row("a signature of zeros", (b".".join((head, body, b64(bytes(64)).encode())),), "dpop.signature")
        other = self.proof().split(b".")[1]
        yield Row("other claims", (b".".join((head, other, signature)),), "dpop.signature")
        yield Row("as Bearer, with the proof", (self.proof(),), "jwt.key-bound", b"Bearer")
        yield Row("as Bearer, alone", (), "jwt.key-bound", b"Bearer")
        yield Row("as bearer, alone", (), "jwt.key-bound", b"bearer")
        unbound = self.token_of(None)
        ath = b64(hashlib.sha256(unbound.encode()).digest())
        yield Row("an unbound token", (self.proof(ath=ath),), "jwt.unbound", token=unbound)
        more = self.token_of(KEY, kid="x")
        yield Row("a binding that nobody knows", (self.proof(),), "jwt.bound", token=more)
        yield Row("a token of ours", (self.proof(),), "jwt.unbound", token="yett_00000000_0000")
        for scheme in (b"DPoP ", b"DPoP\t", b"DPoPx", b"Bearer, DPoP"):
            reason = "token.malformed" if scheme in {b"DPoP ", b"DPoP\t", b"Bearer, DPoP"} else "token.missing"
            yield Row(f"scheme {scheme!r}", (self.proof(),), reason, scheme)

    def places(self) -> Iterator[Row]:
        base, wrong = self.kit.BASE, "dpop.elsewhere"
        for htm in (None, "GET", "post", "", 1, ["POST"], "POST "):
            yield Row(f"htm {htm!r}", (self.proof(htm=htm),), wrong)
        yield Row("a POST's proof for a DELETE", (self.proof(),), wrong, method="DELETE")
        for url in (
            *(None, "", PATH, base, f"{base}/other/mcp", f"{base}{PATH}/", f"{base}/demo//mcp", f"{base}/DEMO/mcp"),
            *(f"http://mcp.test{PATH}", f"{base}:8443{PATH}", f"https://evil.test{PATH}", f"{base}.evil.test{PATH}"),
            *(f"https://user@mcp.test{PATH}", f"https://mcp.test@evil.test{PATH}", f"{base}/x/../demo/mcp"),
            *(f"{base}/demo%2Fmcp", f"{base}\\demo\\mcp", f" {base}{PATH}", f"{base}{PATH}\n", f"{base}:port{PATH}"),
            *(f"https://[::1{PATH}", f"{base}{PATH}?" + "\xe9", [f"{base}{PATH}"], 1, True),
        ):
            yield Row(f"htu {url!r}", (self.proof(htu=url),), wrong)

    def times(self) -> Iterator[Row]:
        now = int(self.now)
        for iat in (None, now - 61, now - 3600, now + 32, now + 3600, 0, -1, str(now), True, [now], now * 1000):
            if isinstance(iat, str | list | bool):  # the maker would refuse
                said = json.dumps(self.claims(iat=iat))
                header = json.dumps({"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk_of(KEY)})
                yield Row(f"iat {iat!r}", (self.raw(header, said),), "dpop.time")
            else:
                yield Row(f"iat {iat!r}", (self.proof(iat=iat),), "dpop.time")

    def ids(self) -> Iterator[Row]:
        header = json.dumps({"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk_of(KEY)})
        for jti in (None, "", "x" * 257, 1, ["a"], True):
            yield Row(f"jti {str(jti)[:9]!r}", (self.raw(header, json.dumps(self.claims(jti=jti))),), "dpop.malformed")
        digest = self.claims()["ath"]
        for ath in (None, "", digest[:-1], digest + "=", digest.lower(), b64(b"x" * 32), 1, [digest], "\xe9" * 43):
            yield Row(f"ath {ath!r}", (self.raw(header, json.dumps(self.claims(ath=ath))),), "dpop.token")
        one = self.proof()
        yield Row("the first time", (one,), "")
        yield Row("the second time", (one,), "dpop.replayed")
        yield Row("its id in another proof", (self.proof(jti=f"proof-{self.number}", later=1),), "dpop.replayed")

    def rows(self) -> Iterator[Row]:
        for part in (self.good, self.headers, self.keys, self.bindings, self.places, self.times, self.ids):
            yield from part()


def gate(kit: Any, **changes: Any) -> tuple[Identity, Replays]:
    replays = Replays(**changes)
    bearer = kit.bearer(kit.Network().issuer(kit.EC))
    bearer.proofs = Proofs(kit.BASE, replays)
    return Identity(jwt=bearer, known=bearer._known), replays


def shown(row: Row, token: str) -> Credentials:
    value = row.scheme + b" " + (row.token or token).encode()
    headers = ((b"authorization", value), *((b"dpop", proof) for proof in row.values))
    return Credentials(authorization=(value,), server="demo", presented=presented(headers, row.method, PATH))


async def told(identity: Identity, credentials: Credentials, now: float) -> Any:
    for _ in range(4):
        found = identity.identify(credentials, now)
        if not isinstance(found, Pending):
            return found
        await found.wait()
    raise AssertionError(credentials)


def test_no_wrong_proof_passes_and_no_good_one_is_refused(kit):
    async def main():
        identity, _ = gate(kit)
        maker = Maker(kit, kit.NOW)
        count = {True: 0, False: 0}
        for row in maker.rows():
            found = await told(identity, shown(row, maker.token), kit.NOW)
            count[bool(row.reason)] += 1
            if row.reason:
                assert isinstance(found, Deny), row.what
                assert (found.reason.code, found.reason.public) == (row.reason, PUBLIC), (row.what, found.detail)
                assert found.detail, row.what
            else:
                assert isinstance(found, Principal), (row.what, found)
        assert count[True] >= 100
        assert count[False] >= 15
        await identity.close()

    asyncio.run(main())


def test_what_a_request_has_proven_it_has_proven_until_it_ends_and_no_other_request_has(kit):
    async def main():
        identity, replays = gate(kit)
        maker = Maker(kit, kit.NOW)
        row = Row("", (maker.proof(),), "")
        own = shown(row, maker.token)
        for later in (0.0, 1.0, 200.0):  # asked again while it is served, and beyond the proof's time
            assert isinstance(await told(identity, own, kit.NOW + later), Principal)
        assert isinstance(await told(identity, own, kit.NOW + 400.0), Deny)  # the token's end
        assert (await told(identity, shown(row, maker.token), kit.NOW)).reason.code == "dpop.replayed"
        assert len(replays) == 1
        await identity.close()

    asyncio.run(main())


def test_strangers_cannot_fill_what_is_remembered_of_proofs(kit):
    async def main():
        identity, replays = gate(kit, remembered=2)
        maker = Maker(kit, kit.NOW)
        for number in range(8):  # proofs that are right, by keys that no token is bound to, or with no token at all
            stranger = Row("", (maker.proof(key=OTHER),), "", token="" if number % 2 else "nobody.knows.it")
            assert isinstance(await told(identity, shown(stranger, maker.token), kit.NOW), Deny)
        assert len(replays) == 0
        codes = [await told(identity, shown(Row("", (maker.proof(),), ""), maker.token), kit.NOW) for _ in range(3)]
        assert [isinstance(one, Principal) for one in codes] == [True, True, False]
        assert codes[2].reason.code == "dpop.replayed"  # full is refused
        await identity.close()

    asyncio.run(main())


def test_proofs_and_tokens_are_in_no_text_of_what_holds_them(kit):
    maker = Maker(kit, kit.NOW)
    proof = maker.proof()
    own = shown(Row("", (proof,), ""), maker.token)
    for text in (repr(own), repr(own.presented), repr(dpop.read((proof,)))):
        assert proof.decode()[:40] not in text
        assert proof.decode().split(".")[2] not in text
        assert maker.token not in text


@given(st.binary(max_size=300) | st.text(alphabet='AQeyJ.-_={}":,', max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(value):
    assert isinstance(dpop.read((value,)), Deny)


@given(data=st.data())
def test_a_proof_with_one_character_changed_is_refused(kit, data):
    maker = Maker(kit, kit.NOW)
    proof = bytearray(maker.proof())
    place = data.draw(st.integers(0, len(proof) - 1))
    proof[place] = data.draw(st.integers(0, 255).filter(lambda sign: sign != proof[place]))
    found = dpop.read((bytes(proof),))
    if not isinstance(found, Deny):
        proven = Proven(proofs=(), method="POST", path=PATH)
        thumb = thumbprint(KEY)
        assert found.key != thumb or isinstance(Proofs(kit.BASE).check(found, proven, maker.token, kit.NOW), Deny)


def test_a_proof_costs_one_signature(kit):
    maker = Maker(kit, kit.NOW)
    proofs = [maker.proof() for _ in range(200)]
    checks = Proofs(kit.BASE)
    proven = Proven(proofs=(), method="POST", path=PATH)
    spent = []
    for proof in proofs:
        begun = time.process_time()
        found = dpop.read((proof,))
        assert not isinstance(found, Deny)
        assert checks.check(found, proven, maker.token, kit.NOW) is None
        spent.append(time.process_time() - begun)
    assert statistics.median(spent) < 5e-3


@pytest.mark.parametrize("base", ["", "mcp.test", "ftp://mcp.test"])
def test_without_a_place_of_our_own_no_proof_is_meant_for_us(kit, base):
    maker = Maker(kit, kit.NOW)
    found = dpop.read((maker.proof(htu=f"{base}{PATH}"),))
    deny = Proofs(base).check(found, Proven(proofs=(), method="POST", path=PATH), maker.token, kit.NOW)
    assert deny.reason.code == "dpop.elsewhere"
