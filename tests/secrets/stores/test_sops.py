from __future__ import annotations

import asyncio
import os
import stat
import sys
from pathlib import Path

import pytest

from yett.errors import SecretError
from yett.secrets.stores.sops import Sops

ENVIRONMENT = {"PATH": os.environ["PATH"], "SOPS_AGE_KEY_FILE": "/keys", "GITHUB_TOKEN": "hunter2", "AWS_REGION": "x"}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A stand-in for the program: it answers as sops does, with what it was given as one of the fields."""
    path = tmp_path / "sops"
    path.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys, time\n"
        "text = open(sys.argv[-1]).read()\n"
        "if text == 'hang': time.sleep(60)\n"
        "if text == 'long': sys.stdout.write('x' * 3_000_000)\n"
        "if text == 'bad': sys.stderr.write('hunter2'); sys.exit(100)\n"
        "if text == 'text': print('hunter2'); sys.exit()\n"
        "names = sorted(os.environ)\n"
        "document = {'db': {'password': 'one', 'port': 5}, 'list': ['a', 'b']}\n"
        "json.dump(document | {'argv': sys.argv[1:-1], 'env': names}, sys.stdout)\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def read(program: Path, text: str = "", seconds: float = 20.0) -> dict[str, str]:
    (program.parent / "secrets.yaml").write_text(text)
    store = Sops(program, program.parent, ENVIRONMENT, seconds=seconds)
    return dict(asyncio.run(store.read("secrets.yaml")).fields)


def refusal(program: Path, text: str, seconds: float = 20.0) -> str:
    with pytest.raises(SecretError) as caught:
        read(program, text, seconds)
    return str(caught.value).replace(str(program.parent), "FOLDER")


def test_a_document_has_its_texts_as_fields(program):
    fields = read(program)
    assert {key: value for key, value in fields.items() if not key.startswith(("env", "argv"))} == {
        "db.password": "one",
        "list.0": "a",
        "list.1": "b",
    }
    assert [value for key, value in sorted(fields.items()) if key.startswith("argv")] == [
        "--decrypt",
        "--output-type",
        "json",
    ]


def test_the_program_gets_its_own_variables_and_no_other_secret(program):
    fields = read(program)
    names = {value for key, value in fields.items() if key.startswith("env.")}
    assert {"SOPS_AGE_KEY_FILE", "AWS_REGION", "PATH"} <= names
    assert "GITHUB_TOKEN" not in names


def test_what_the_program_says_is_not_repeated(program):
    assert refusal(program, "bad") == "`FOLDER/sops` cannot decrypt `FOLDER/secrets.yaml` (status 100): try it by hand"
    assert refusal(program, "text") == "`FOLDER/sops` wrote something that is not JSON"


def test_a_program_that_hangs_or_floods_is_ended(program):
    assert refusal(program, "hang", 1.0) == "`FOLDER/sops` did not decrypt `FOLDER/secrets.yaml` within 1 s"
    assert refusal(program, "long") == "`FOLDER/secrets.yaml` is larger than 1024 KiB"


def test_a_missing_program_or_file_is_named(program):
    with pytest.raises(SecretError, match="no such file"):
        asyncio.run(Sops(program, program.parent, ENVIRONMENT).read("none.yaml"))
    program.unlink()
    assert refusal(program, "").startswith("cannot start `FOLDER/sops`: no such file or directory; install sops")
