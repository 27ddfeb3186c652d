from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.errors import SecretError
from yett.secrets.references import FILE_LIMIT, Malformed, Reference, _check, parse, read_file, resolve


def env(name: str, text: str, default: str | None = None) -> Reference:
    return Reference(kind="env", name=name, text=text, default=default)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("$HOME and $$ and {x}", ("$HOME and $$ and {x}",)),
        ("${A}", (env("A", "${A}"),)),
        ("${env:A}", (env("A", "${env:A}"),)),
        ("${A:-b}", (env("A", "${A:-b}", "b"),)),
        ("${A:-}", (env("A", "${A:-}", ""),)),
        ("${env:A:-b:c}", (env("A", "${env:A:-b:c}", "b:c"),)),
        ("${file:/run/x}", (Reference(kind="file", name="/run/x", text="${file:/run/x}"),)),
        ("${file:x:-y}", (Reference(kind="file", name="x:-y", text="${file:x:-y}"),)),
        ("Bearer ${A}!${B}", ("Bearer ", env("A", "${A}"), "!", env("B", "${B}"))),
        ("$${A}", ("${A}",)),
        ("$$${A}", ("$${A}",)),
        ("a$${b}${C}", ("a${b}", env("C", "${C}"))),
    ],
)
def test_a_text_splits_into_literals_and_references(text, parts):
    assert parse(text) == parts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${", "a reference is not closed"),
        ("x ${A", "a reference is not closed"),
        ("${}", "`` cannot be the name of an environment variable"),
        ("${A B}", "`A B` cannot be the name of an environment variable"),
        ("${1A}", "`1A` cannot be the name of an environment variable"),
        ("${env:}", "`` cannot be the name of an environment variable"),
        ("${file:}", "`${file:}` names no file"),
        ("${file:~/x}", "`~` is not expanded in `${file:}`"),
        ("${vault:kv/a#b}", "`${vault:}` references are not part of this version"),
        ("${op://a/b}", "`${op:}` references are not part of this version"),
        ("${input:key}", "a gateway has nobody to ask for `${input:}`"),
        ("${ENV:A}", "unknown reference `${ENV:A}`"),
        ("${A:=b}", "unknown reference `${A:=b}`"),
    ],
)
def test_what_is_no_reference_says_why(text, message):
    found = parse(text)
    assert isinstance(found, Malformed)
    assert found.message == message


@given(st.text(alphabet="${}:-ABenvfile/~ ", max_size=40))
def test_every_text_is_parsed_or_malformed(text):
    parts = parse(text)
    assert isinstance(parts, Malformed) or all(parts)


def test_a_set_variable_wins_over_the_default():
    assert resolve(env("A", "", "d"), environment={"A": "v"}, folder=Path()) == "v"
    assert resolve(env("A", "", "d"), environment={"A": ""}, folder=Path()) == ""
    assert resolve(env("A", "", "d"), environment={}, folder=Path()) == "d"


def test_an_unset_variable_is_an_error():
    with pytest.raises(SecretError, match="the environment variable `A` is not set"):
        resolve(env("A", ""), environment={"B": "x"}, folder=Path())


def test_a_variable_that_is_no_text_is_an_error():
    with pytest.raises(SecretError, match="the environment variable `A` is not UTF-8 text") as caught:
        resolve(env("A", ""), environment={"A": "hunter2\udcff"}, folder=Path())
    assert "hunter2" not in str(caught.value)


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_bytes(b"hunter2\n")
    path.chmod(0o600)
    return path


def test_a_relative_file_starts_at_the_folder(secret_file):
    reference = Reference(kind="file", name="token", text="")
    assert resolve(reference, environment={}, folder=secret_file.parent) == "hunter2"


def test_an_absolute_file_is_taken_as_it_is(secret_file):
    reference = Reference(kind="file", name=str(secret_file), text="")
    assert resolve(reference, environment={}, folder=Path("/nowhere")) == "hunter2"


@pytest.mark.parametrize(
    ("content", "value"),
    [(b"a", "a"), (b"a\n", "a"), (b"a\n\n", "a\n"), (b"a\r\n", "a"), (b" a \n", " a "), (b"", ""), (b"\n", "")],
)
def test_exactly_one_final_newline_is_stripped(secret_file, content, value):
    secret_file.write_bytes(content)
    assert read_file(secret_file) == value


def refusal(path: Path) -> str:
    with pytest.raises(SecretError) as caught:
        read_file(path)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value).replace(str(path), "FILE")


def test_a_missing_file_is_refused(tmp_path):
    assert refusal(tmp_path / "none") == "cannot open the secret file `FILE`: no such file or directory"


def test_a_file_others_can_read_is_refused(secret_file):
    secret_file.chmod(0o640)
    assert refusal(secret_file) == "the secret file `FILE` can be read by others; run `chmod 600 FILE`"
    secret_file.chmod(0o604)
    assert refusal(secret_file) == "the secret file `FILE` can be read by others; run `chmod 600 FILE`"


def test_a_symbolic_link_is_refused(secret_file, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(secret_file)
    assert refusal(link) == "cannot open the secret file `FILE`: it is a symbolic link; name the file itself"


def test_a_fifo_is_refused_without_waiting(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o600)
    assert refusal(fifo) == "the secret file `FILE` is not a regular file"


def test_a_folder_is_refused(tmp_path):
    assert refusal(tmp_path) == "the secret file `FILE` is not a regular file"


def test_a_device_is_refused():
    assert refusal(Path("/dev/zero")) == "the secret file `FILE` is not a regular file"


def test_the_size_is_bounded(secret_file):
    secret_file.write_bytes(b"x" * FILE_LIMIT)
    assert len(read_file(secret_file)) == FILE_LIMIT
    secret_file.write_bytes(b"x" * (FILE_LIMIT + 1))
    assert refusal(secret_file) == "the secret file `FILE` is larger than 64 KiB"


def test_binary_content_is_refused_without_showing_it(secret_file):
    secret_file.write_bytes(b"hunter2\xff")
    assert refusal(secret_file) == "the secret file `FILE` is not UTF-8 text"


def test_a_name_that_cannot_be_a_path_is_refused():
    assert re.search("its name cannot be a path", refusal(Path("a\x00b")))


def test_a_file_of_somebody_else_is_refused():
    # mode, ino, dev, nlink, uid, gid, size, three times: made up, because only root can give a file away.
    status = os.stat_result((0o100600, 1, 1, 1, os.geteuid() + 1, 0, 8, 0, 0, 0))
    with pytest.raises(SecretError, match="the secret file `x` belongs to somebody else"):
        _check(status, Path("x"))
