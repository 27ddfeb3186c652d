import contextlib
import os
import resource
import sys

import pytest

from yett.core.exchange import Principal
from yett.core.reason import Kind
from yett.core.verdict import Deny
from yett.identity.bearer import TOKEN_MALFORMED, TOKEN_MISSING
from yett.identity.entry import Entry
from yett.identity.own_tokens import TOKEN_EXPIRED, TOKEN_FILE_UNUSABLE, TOKEN_UNKNOWN, Tokens
from yett.identity.token_file import TokenFile
from yett.identity.tokens import mint

NOW = 1_795_435_269.0


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def add(path, seed, *, user="alice", expires=None, **more):
    """A token in the file; its header value."""
    minted = mint(bytes([seed]) * 40)
    TokenFile(path).add(Entry(id=minted.key_id, digest=minted.digest, user=user, expires=expires, **more))
    return f"Bearer {minted.token}".encode()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tokens.yaml"


def settle(path):
    """Make the file look as if it had been written long ago, so that its marks alone tell whether it changed."""
    os.utime(path, (1, 1))


def test_a_token_identifies_its_user(path):
    header = add(path, 1, roles=("engineer",), groups=("/eng",), scopes=("mcp:read",))
    found = Tokens(path).identify([header], NOW)
    assert found == Principal(
        issuer="yett",
        subject="alice",
        roles=frozenset({"engineer"}),
        groups=frozenset({"/eng"}),
        scopes=frozenset({"mcp:read"}),
        credential=mint(b"\x01" * 40).key_id,
        source="tokens",
    )


def test_a_verified_header_gives_the_very_same_principal(path):
    header = add(path, 1)
    tokens = Tokens(path)
    assert tokens.identify([header], NOW) is tokens.identify([header], NOW)


def test_missing_and_malformed_headers_are_told_apart_for_the_ledger(path):
    add(path, 1)
    tokens = Tokens(path)
    assert tokens.identify([], NOW).reason is TOKEN_MISSING
    assert tokens.identify([b"Bearer\tx"], NOW).reason is TOKEN_MALFORMED
    assert tokens.identify([b"Bearer x", b"Bearer x"], NOW).reason is TOKEN_MALFORMED


def test_two_headers_are_refused_even_when_both_are_known(path):
    header = add(path, 1)
    tokens = Tokens(path)
    tokens.identify([header], NOW)
    assert tokens.identify([header, header], NOW).reason is TOKEN_MALFORMED


def test_every_failure_says_the_same_to_the_caller(path):
    good = add(path, 1)
    expired = add(path, 2, expires=NOW - 1)
    tokens = Tokens(path)
    attempts = [[], [b""], [b"Basic x"], [b"Bearer x"], [good[:-1] + b"!"], [_unknown(3)], [expired]]
    denied = [tokens.identify(values, NOW) for values in attempts]
    assert {deny.reason.public for deny in denied} == {"a valid bearer token is needed"}
    assert {deny.public for deny in denied} == {""}
    assert {deny.reason.kind for deny in denied} == {Kind.UNAUTHENTICATED, Kind.CREDENTIAL_MALFORMED}


def _unknown(seed):
    return b"Bearer " + mint(bytes([seed]) * 40).token.encode()


def test_unknown_foreign_and_forged_tokens_are_refused(path):
    add(path, 1)
    tokens = Tokens(path)
    forged = mint(b"\x07" * 32 + b"\x01" * 8)  # the right key id with another secret
    assert tokens.identify([_unknown(2)], NOW).detail == f"key id `{mint(bytes([2]) * 40).key_id}`"
    assert tokens.identify([b"Bearer " + forged.token.encode()], NOW).detail.endswith("another secret")
    assert tokens.identify([b"Bearer eyJhbGciOiJub25lIn0.e30."], NOW).detail == "not a token of ours: form or checksum"
    assert tokens.identify([b"Bearer secret-api-key"], NOW).reason is TOKEN_UNKNOWN


def test_a_digest_in_the_file_is_no_token(path):
    add(path, 1)
    digest = mint(b"\x01" * 40).digest.removeprefix("sha256:")
    assert Tokens(path).identify([f"Bearer {digest}".encode()], NOW).reason is TOKEN_UNKNOWN


def test_details_never_hold_the_secret(path):
    header = add(path, 1, expires=NOW - 1)
    denied = Tokens(path).identify([header], NOW)
    assert header.split(b"_")[2].decode() not in repr(denied)


def test_expiry_is_judged_by_the_wall_time_given_even_when_cached(path):
    header = add(path, 1, expires=NOW)
    tokens = Tokens(path)
    assert isinstance(tokens.identify([header], NOW - 0.001), Principal)
    assert tokens.identify([header], NOW).reason is TOKEN_EXPIRED
    assert isinstance(tokens.identify([header], NOW - 0.001), Principal)


def test_a_revoked_token_is_refused_within_a_second(path):
    header, other, clock = add(path, 1), add(path, 2, user="bob"), Clock()
    settle(path)
    tokens = Tokens(path, clock=clock)
    assert isinstance(tokens.identify([header], NOW), Principal)
    TokenFile(path).revoke("alice")
    clock.now += 0.4
    assert isinstance(tokens.identify([header], NOW), Principal)
    clock.now += 0.1
    assert tokens.identify([header], NOW).reason is TOKEN_UNKNOWN
    assert isinstance(tokens.identify([other], NOW), Principal)


def test_a_new_token_is_taken_within_a_second(path):
    add(path, 1)
    clock = Clock()
    tokens = Tokens(path, clock=clock)
    header = add(path, 2)
    clock.now += 0.5
    assert isinstance(tokens.identify([header], NOW), Principal)


def test_an_edit_that_changes_neither_size_nor_time_is_seen(path):
    header, clock = add(path, 1, user="alice"), Clock()
    tokens = Tokens(path, clock=clock)
    before = path.stat()
    with path.open("r+b") as file:
        content = file.read().replace(b"alice", b"mallo")
        file.seek(0)
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    clock.now += 0.5
    assert tokens.identify([header], NOW).subject == "mallo"


def test_an_unchanged_file_is_not_read_again(path):
    header, clock = add(path, 1), Clock()
    settle(path)
    tokens = Tokens(path, clock=clock)
    reads = []
    tokens._read = lambda: reads.append(1)
    for _ in range(10):
        clock.now += 0.5
        assert isinstance(tokens.identify([header], NOW), Principal)
    assert reads == []


@contextlib.contextmanager
def no_descriptors():
    """Nothing can be opened within."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_gateway_without_descriptors_goes_on_with_the_file_that_it_has_read(path):
    clock, header = Clock(), add(path, 1)
    tokens = Tokens(path, clock=clock)  # a file as new as this one is read again at each look
    clock.now += 1
    with no_descriptors():
        assert tokens.identify([header], NOW).subject == "alice"
    TokenFile(path).revoke("alice")
    clock.now += 1
    with no_descriptors():
        assert tokens.identify([header], NOW).reason is TOKEN_FILE_UNUSABLE
    clock.now += 1
    assert tokens.identify([header], NOW).reason is TOKEN_UNKNOWN


def test_a_vanished_file_identifies_nobody(path):
    header, clock = add(path, 1), Clock()
    tokens = Tokens(path, clock=clock)
    assert isinstance(tokens.identify([header], NOW), Principal)
    content = path.read_bytes()
    path.unlink()
    clock.now += 0.5
    denied = tokens.identify([header], NOW)
    assert denied.reason is TOKEN_FILE_UNUSABLE
    assert "there is no token file" in denied.detail
    path.write_bytes(content)
    path.chmod(0o600)
    clock.now += 0.5
    assert isinstance(tokens.identify([header], NOW), Principal)


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda path: path.chmod(0o644), "chmod 600"),
        (lambda path: path.write_text("- id: ["), "tokens.yaml:1"),
        (lambda path: path.write_text(path.read_text() + "  admin: true\n"), "unknown key"),
        (lambda path: path.write_bytes(b"\xff"), "not UTF-8"),
        (lambda path: (path.rename(path.with_name("real")), path.symlink_to(path.with_name("real"))), "symbolic link"),
        (lambda path: (path.unlink(), path.mkdir()), "not a regular file"),
    ],
)
def test_a_broken_file_identifies_nobody_until_it_is_mended(path, harm, why):
    header, clock, heard = add(path, 1), Clock(), []
    content = path.read_bytes()
    tokens = Tokens(path, clock=clock, changed=heard.append)
    assert isinstance(tokens.identify([header], NOW), Principal)
    harm(path)
    for _ in range(3):
        clock.now += 0.5
        denied = tokens.identify([header], NOW)
    assert isinstance(denied, Deny)
    assert denied.reason is TOKEN_FILE_UNUSABLE
    assert why in tokens.problem
    assert denied.detail == tokens.problem
    assert heard == [tokens.problem]  # once, however often it is asked
    path.rmdir() if path.is_dir() else path.unlink()
    path.write_bytes(content)
    path.chmod(0o600)
    clock.now += 0.5
    assert isinstance(tokens.identify([header], NOW), Principal)
    assert (tokens.problem, heard[1:]) == ("", ["1 tokens hold now"])


def test_a_start_without_a_file_waits_for_it(path):
    clock = Clock()
    tokens = Tokens(path, clock=clock)
    assert "make a token with `yett token new`" in tokens.problem
    header = add(path, 1)
    clock.now += 0.5
    assert isinstance(tokens.identify([header], NOW), Principal)


def test_an_empty_file_identifies_nobody(path):
    path.touch(0o600)
    assert Tokens(path).identify([_unknown(1)], NOW).reason is TOKEN_UNKNOWN


def test_remembered_headers_are_bounded(path):
    header = add(path, 1)
    tokens = Tokens(path)
    tokens._known = {b"%d" % number: None for number in range(4096)}
    assert isinstance(tokens.identify([header], NOW), Principal)
    assert list(tokens._known) == [header]


def test_failures_are_not_remembered(path):
    add(path, 1)
    tokens = Tokens(path)
    for seed in range(2, 200):
        tokens.identify([_unknown(seed)], NOW)
    assert tokens._known == {}


def test_known_and_unknown_key_ids_cost_the_same(path):
    # Counted, not timed: the same calls, hash and comparison among them. `make attack` times it, statistically.
    add(path, 1)
    tokens = Tokens(path, clock=Clock())
    forged = b"Bearer " + mint(b"\x07" * 32 + b"\x01" * 8).token.encode()

    def calls(value):
        seen = []

        def note(frame, event, called):
            seen.append((event, getattr(called, "__name__", frame.f_code.co_name)))

        sys.setprofile(note)
        try:
            tokens.identify([value], NOW)
        finally:
            sys.setprofile(None)
        return seen

    work = calls(forged)
    assert work == calls(_unknown(2))
    assert {name for event, name in work if event == "c_call"} >= {"openssl_sha256", "digest", "compare_digest"}
