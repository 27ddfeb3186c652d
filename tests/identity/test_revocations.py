from __future__ import annotations

import pytest

from yett.core.exchange import Principal
from yett.errors import StoreError
from yett.identity.revocation import Revoked
from yett.identity.revocations import REVOCATIONS_UNUSABLE, REVOKED, RevocationFile, Revocations

ALICE = Principal(
    issuer="https://idp", subject="alice", client="ide", actor="agent-7", credential="j1", session="s1", source="idp"
)
BOB = Principal(issuer="https://idp", subject="bob", client="web", credential="j2", session="s2", source="idp")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def reasons(revocations, *principals, now=1_800_000_000.0):
    found = [revocations.check(principal, now) for principal in principals]
    return [None if deny is None else deny.reason for deny in found]


@pytest.mark.parametrize("who", ["user:alice", "user:agent-7", "client:ide", "token:j1", "session:s1"])
def test_whoever_is_revoked_gets_in_no_more_and_others_do(tmp_path, clock, who):
    said = []
    revocations = Revocations(tmp_path / "revoked", clock=clock, changed=said.append)
    assert reasons(revocations, ALICE, BOB) == [None, None]
    kind, _, name = who.partition(":")
    RevocationFile(tmp_path / "revoked").add(Revoked(kind=kind, name=name))
    assert reasons(revocations, ALICE) == [None]  # the file is looked at twice a second
    clock.now = 0.5
    assert reasons(revocations, ALICE, BOB) == [REVOKED, None]
    assert revocations.check(ALICE, 0.0).detail == who
    assert said == ["1 revocations hold now"]


def test_who_has_no_client_is_not_revoked_by_an_empty_name(tmp_path, clock):
    RevocationFile(tmp_path / "revoked").add(Revoked(kind="user", name="x"))
    revocations = Revocations(tmp_path / "revoked", clock=clock)
    assert reasons(revocations, Principal(issuer="yett", subject="carol")) == [None]


def test_a_revocation_that_is_taken_back_holds_no_more(tmp_path, clock):
    file = RevocationFile(tmp_path / "revoked")
    file.add(Revoked(kind="user", name="alice", issuer="https://idp"))
    file.add(Revoked(kind="user", name="alice"))
    revocations = Revocations(tmp_path / "revoked", clock=clock)
    assert reasons(revocations, ALICE) == [REVOKED]
    assert [one.issuer for one in file.remove("user", "alice", "")] == ["https://idp", ""]
    clock.now = 1.0
    assert reasons(revocations, ALICE) == [None]
    assert file.remove("user", "alice", "") == ()


def test_to_revoke_again_replaces_what_was_said_before(tmp_path):
    file = RevocationFile(tmp_path / "revoked")
    file.add(Revoked(kind="user", name="alice", until=1.0))
    file.add(Revoked(kind="user", name="alice", note="for good"))
    assert file.read() == (Revoked(kind="user", name="alice", note="for good"),)


@pytest.mark.parametrize("harm", ["gone", "broken", "public"])
def test_a_file_that_cannot_be_used_any_more_lets_nobody_in_until_it_is_mended(tmp_path, clock, harm):
    path = tmp_path / "revoked"
    file = RevocationFile(path)
    file.add(Revoked(kind="user", name="alice"))
    revocations = Revocations(path, clock=clock)
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    elif harm == "broken":
        path.write_bytes(content + b"user:mallory\n")
    else:
        path.chmod(0o666)
    clock.now = 1.0
    assert reasons(revocations, ALICE, BOB) == [REVOCATIONS_UNUSABLE, REVOCATIONS_UNUSABLE]
    assert str(path) in revocations.problem
    path.write_bytes(content)
    path.chmod(0o600)
    clock.now = 2.0
    assert reasons(revocations, ALICE, BOB) == [REVOKED, None]
    assert revocations.problem == ""


def test_a_file_that_is_broken_at_the_start_lets_nobody_in(tmp_path, clock):
    (tmp_path / "revoked").write_bytes(b"?")
    (tmp_path / "revoked").chmod(0o600)
    assert reasons(Revocations(tmp_path / "revoked", clock=clock), BOB) == [REVOCATIONS_UNUSABLE]


def test_a_broken_file_is_not_written_over(tmp_path):
    (tmp_path / "revoked").write_bytes(b'{"revoke": "user:a"}\n?\n')
    (tmp_path / "revoked").chmod(0o600)
    with pytest.raises(StoreError, match=r"the revocation file `.*` cannot be used: line 2"):
        RevocationFile(tmp_path / "revoked").add(Revoked(kind="user", name="b"))
    assert (tmp_path / "revoked").read_bytes().startswith(b'{"revoke": "user:a"}\n?')
