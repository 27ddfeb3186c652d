from __future__ import annotations

import asyncio
from pathlib import Path

from yett.core.exchange import ANONYMOUS
from yett.core.verdict import Deny
from yett.identity.bearer import TOKEN_MALFORMED, TOKEN_MISSING
from yett.identity.credentials import Credentials
from yett.identity.entry import Entry
from yett.identity.identify import Identity
from yett.identity.own_tokens import TOKEN_UNKNOWN, Tokens
from yett.identity.token_file import TokenFile
from yett.identity.tokens import mint

NOW = 1_795_435_269.0


def shown(*values: bytes) -> Credentials:
    return Credentials(authorization=values)


def test_without_any_way_to_sign_in_nobody_is_anybody():
    assert Identity().identify(shown(), NOW).reason is TOKEN_MISSING
    assert Identity().identify(shown(b"Bearer x"), NOW).reason is TOKEN_UNKNOWN
    ours = b"Bearer " + mint(bytes([1]) * 40).token.encode()
    assert "`yett token`" in Identity().identify(shown(ours), NOW).detail
    assert Identity().identify(shown(b"Bearer eyJ.x.y"), NOW).reason is TOKEN_UNKNOWN
    assert Identity().identify(shown(b"Basic x", b"x"), NOW).reason is TOKEN_MALFORMED
    assert Identity(unsafe_allow_anonymous=True).identify(shown(b"Bearer x"), NOW) is ANONYMOUS
    assert Identity().problem() == ""


def test_a_token_of_ours_is_looked_up_in_the_file(tmp_path: Path):
    path = tmp_path / "tokens.yaml"
    identity = Identity(tokens=Tokens(path))
    assert "there is no token file" in identity.problem()
    minted = mint(bytes([1]) * 40)
    TokenFile(path).add(Entry(id=minted.key_id, digest=minted.digest, user="alice", expires=None))
    identity = Identity(tokens=Tokens(path))
    assert identity.identify(shown(b"Bearer " + minted.token.encode()), NOW).subject == "alice"
    assert identity.identify(shown(b"Bearer x.y.z"), NOW).reason is TOKEN_UNKNOWN
    assert isinstance(identity.identify(shown(), NOW), Deny)
    assert identity.problem() == ""
    asyncio.run(identity.close())


def test_a_credential_goes_to_the_scheme_that_claims_it_and_to_no_other(tmp_path: Path, kit):
    path = tmp_path / "tokens.yaml"
    minted = mint(bytes([1]) * 40)
    TokenFile(path).add(Entry(id=minted.key_id, digest=minted.digest, user="alice", expires=None))
    token = kit.sign().encode()

    async def main():
        bearer = kit.bearer(kit.Network().issuer(kit.EC))
        identity = Identity(tokens=Tokens(path), jwt=bearer, known=bearer._known)
        assert identity.problem() == "keycloak: not asked yet"
        identity.warm()
        found = identity.identify(Credentials(authorization=(b"Bearer " + token,), server="demo"), kit.NOW)
        assert found.what == "the keys of `keycloak`"
        await found.wait()
        found = identity.identify(Credentials(authorization=(b"bearer " + token,), server="demo"), kit.NOW)
        assert found.source == "keycloak"
        assert identity.identify(shown(b"Bearer " + minted.token.encode()), NOW).source == "tokens"
        assert identity.identify(shown(b"Bearer opaque"), NOW).reason is TOKEN_UNKNOWN
        assert identity.problem() == ""
        identity.purge()
        await identity.close()

    asyncio.run(main())
