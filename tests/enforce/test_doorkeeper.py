from __future__ import annotations

import asyncio
from types import SimpleNamespace

from yett.core.exchange import Principal
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.doorkeeper import Doorkeeper
from yett.identity.credentials import Credentials
from yett.identity.front_door import FrontDoor
from yett.identity.pending import ROUNDS, Pending
from yett.policy.policy import Policy
from yett.policy.role import Entry, Role

ALICE = Principal(issuer="yett", subject="alice")
MISSING = Reason(code="token.missing", kind=Kind.UNAUTHENTICATED, public="sign in")


def _keeper(*answers) -> tuple[Doorkeeper, list[Credentials]]:
    seen: list[Credentials] = []
    waiting = list(answers)

    def identify(credentials, _now):
        seen.append(credentials)
        return waiting.pop(0)

    reader = Role(name="reader", members=(Entry(text="user:alice"),), include=(Entry(text="guest"),))
    policy = Policy([reader, Role(name="guest")])
    front = FrontDoor(base="https://mcp.example.com", paths={"/mcp": ()}, issuers=["https://login.example.com"])
    runtime = SimpleNamespace(
        identify=identify,
        policy=policy,
        front=front,
    )
    return Doorkeeper(runtime, "demo", "/mcp"), seen


def _soon() -> Pending:
    """Something that was looked up already: worth asking again."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return Pending(what="a key", done=done)


def test_it_asks_identity_what_the_headers_show():
    keeper, seen = _keeper(ALICE)
    found = asyncio.run(keeper.identify([(b"host", b"h"), (b"authorization", b"Bearer t")]))
    assert (found, seen) == (ALICE, [Credentials(authorization=(b"Bearer t",), server="demo")])


def test_it_waits_for_what_identity_looks_up_and_not_for_ever():
    async def story() -> None:
        keeper, _ = _keeper(_soon(), ALICE)
        assert await keeper.identify([]) == ALICE
        keeper, _ = _keeper(*[_soon() for _ in range(ROUNDS)])
        assert isinstance(await keeper.identify([]), Deny)

    asyncio.run(story())


def test_it_knows_roles_with_those_they_include():
    keeper, _ = _keeper()
    assert keeper.roles(ALICE) == {"reader", "guest"}
    assert keeper.roles(Principal(issuer="yett", subject="bob")) == frozenset()


def test_it_says_how_to_sign_in():
    keeper, _ = _keeper()
    assert keeper.challenge(Deny(reason=MISSING)).endswith(
        b'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"'
    )
