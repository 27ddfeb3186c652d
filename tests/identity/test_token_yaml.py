import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.errors import StoreError
from yett.identity.entry import Entry
from yett.identity.token_yaml import read, write

DIGEST = "sha256:" + "0a" * 32
ALICE = Entry(
    id="a1B2c3D4",
    digest=DIGEST,
    user="alice",
    roles=("engineer",),
    scopes=("mcp:read",),
    groups=("/eng",),
    created=1_795_435_269.0,
    expires=None,
    note="laptop",
)
TEXT = f"""\
- id: a1B2c3D4
  digest: {DIGEST}
  user: alice
  expires: never
"""


@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_written_is_read_back(as_json):
    bob = Entry(id="b1B2c3D4", digest="sha256:" + "0b" * 32, user="bob", expires=1_795_435_269.0)
    for entries in ((), (ALICE,), (ALICE, bob)):
        assert read(write(entries, as_json=as_json), "t") == entries


words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=30)


@given(
    words, words, st.sampled_from(["yes", "null", "~", "1e3", "0x1", "on", "- a", "#", "{a: b}", "&a", "*a", "!!int 1"])
)
def test_no_name_is_read_as_something_else(user, role, note):
    entry = Entry(id="a1B2c3D4", digest=DIGEST, user=user, roles=(role, note), expires=None, note=note)
    assert read(write((entry,), as_json=False), "t") == (entry,)


def test_a_file_written_by_hand_is_read():
    assert read(TEXT.encode(), "t") == (Entry(id="a1B2c3D4", digest=DIGEST, user="alice", expires=None),)
    assert (
        read(json.dumps([{"id": "12345678", "digest": DIGEST, "user": "1", "expires": "never"}]).encode(), "t")[0].user
        == "1"
    )


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "[]", "---\n", "--- []\n"])
def test_an_empty_file_has_no_tokens(content):
    assert read(content.encode(), "t") == ()


@pytest.mark.parametrize(
    ("content", "where", "why"),
    [
        (TEXT + "  admin: yes\n", 5, "unknown key `admin`"),
        (TEXT + "  user: bob\n", 5, "`user` stands here twice"),
        (TEXT + TEXT, 5, "the same id or digest as the token in line 1"),
        (TEXT + TEXT.replace("a1B2c3D4", "b1B2c3D4"), 5, "the same id or digest"),
        (TEXT.replace("  expires: never\n", ""), 1, "this token has no `expires`"),
        (TEXT.replace("never", "2027-01-31"), 4, "is no time"),
        (TEXT.replace(DIGEST, "yett_secret"), 2, "never put a token here"),
        (TEXT.replace("alice", '" "'), 3, "printable characters"),
        (TEXT.replace("alice", '"a\\e[31m"'), 3, "printable characters"),
        (TEXT.replace("alice", ""), 3, "printable characters"),
        (TEXT.replace("alice", "[alice]"), 3, "text is expected"),
        (TEXT + "  roles: engineer\n", 5, "`roles` is a list"),
        (TEXT + "  roles: [[a]]\n", 5, "text is expected"),
        (TEXT + "  roles: [" + ",".join("abcdefgh"[n % 8] for n in range(65)) + "]\n", 5, "more than 64 items"),
        (TEXT + "  ? [a]\n  : b\n", 5, "text is expected"),
        (TEXT + "  <<: {note: x}\n", 5, "unknown key `<<`"),
        (TEXT.replace("alice", "&a alice"), 3, "anchors"),
        (TEXT.replace("alice", "!!str alice"), 3, "tags"),
        (TEXT + "  note: *a\n", 5, "anchors"),
        (TEXT + "---\n- b\n", 5, "one document"),
        ("tokens: []\n", 1, "a token file is a list"),
        ("yes\n", 1, "a token file is a list"),
        ("- alice\n", 1, "a token is a mapping"),
        ("- {\n", 2, ""),
        ("\t- a\n", 1, ""),
    ],
)
def test_what_is_not_exactly_right_is_refused_with_its_line(content, where, why):
    with pytest.raises(StoreError) as caught:
        read(content.encode(), "tokens.yaml")
    assert str(caught.value).startswith(f"tokens.yaml:{where}: ")
    assert why in str(caught.value)


def test_other_encodings_are_refused():
    for content in (TEXT.encode("utf-16"), TEXT.encode() + b"# \xff\n"):
        with pytest.raises(StoreError, match="not UTF-8"):
            read(content, "t")


@pytest.mark.parametrize("content", [b"[" * 100_000, b"- " * 100_000, b"{" * 100_000, b"&a [*a, " * 10_000])
def test_bombs_cost_nothing(content):
    with pytest.raises(StoreError):
        read(content, "t")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_give_tokens_or_an_error(content):
    try:
        found = read(content, "t")
    except StoreError:
        return
    assert found == ()
