from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.errors import SecretError
from yett.secrets.references import STORES, Malformed, Reference, parse, resolve


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
        ("${vault:kv/a}", "`${vault:kv/a}` does not say which field of the secret is meant"),
        ("${vault:kv#a}", "`${vault:kv#a}` does not name a secret"),
        ("${vault:/kv/a#b}", "`${vault:/kv/a#b}` does not name a secret"),
        ("${vault:kv/../sys/a#b}", "`${vault:kv/../sys/a#b}` does not name a secret"),
        ("${vault:kv/a b#c}", "`${vault:kv/a b#c}` does not name a secret"),
        ("${vault:kv/a?x=1#c}", "`${vault:kv/a?x=1#c}` does not name a secret"),
        ("${vault:kv/a#}", "`${vault:kv/a#}` does not say which field of the secret is meant"),
        ("${vault:-x}", "`${vault:-x}` does not name a secret"),
        ("${aws-sm:a b}", "`${aws-sm:a b}` does not name a secret"),
        ("${aws-sm:a#}", "`${aws-sm:a#}` names no field after its `#`"),
        ("${gcp-sm:secret}", "`${gcp-sm:secret}` does not name a secret"),
        ("${azure-kv:a.b/c}", "`${azure-kv:a.b/c}` does not name a secret"),
        ("${k8s:ns/name}", "`${k8s:ns/name}` does not say which field of the secret is meant"),
        ("${k8s:ns/a/b#c}", "`${k8s:ns/a/b#c}` does not name a secret"),
        ("${keyring:a/b#c}", "a secret of `${keyring:}` has no fields"),
        ("${sops:--help#a}", "`${sops:--help#a}` does not name a secret"),
        ("${age:a}", "`${age:}` references are not part of this version"),
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


@pytest.mark.parametrize(
    ("text", "kind", "name", "field"),
    [
        ("${vault:kv/mcp/github#token}", "vault", "kv/mcp/github", "token"),
        ("${vault:kv/a?version=3#b}", "vault", "kv/a?version=3", "b"),
        ("${aws-sm:prod/github}", "aws-sm", "prod/github", ""),
        (
            "${aws-sm:arn:aws:secretsmanager:eu-west-1:1:secret:a-Xy#k}",
            "aws-sm",
            "arn:aws:secretsmanager:eu-west-1:1:secret:a-Xy",
            "k",
        ),
        ("${gcp-sm:my-project/token}", "gcp-sm", "my-project/token", ""),
        ("${gcp-sm:my-project/token/7#a}", "gcp-sm", "my-project/token/7", "a"),
        ("${azure-kv:vault/token}", "azure-kv", "vault/token", ""),
        ("${k8s:apps/github#token}", "k8s", "apps/github", "token"),
        ("${keyring:https://x/y/alice}", "keyring", "https://x/y/alice", ""),
        ("${sops:deep/secrets.yaml#db.password}", "sops", "deep/secrets.yaml", "db.password"),
    ],
)
def test_a_reference_to_a_store_names_a_secret_and_a_field(text, kind, name, field):
    assert parse(f"a{text}b") == ("a", Reference(kind=kind, name=name, field=field, text=text), "b")
    assert parse(text)[0].stored


def test_every_store_is_shown_by_an_example_that_can_be_read():
    for kind, grammar in STORES.items():
        (reference,) = parse(grammar.example)
        assert reference.kind == kind
        assert reference.shown == f"\u2039{grammar.example[2:-1]}\u203a"


def test_a_file_is_read_from_where_it_stands(tmp_path):
    (tmp_path / "token").write_text("hunter2\n")
    (tmp_path / "token").chmod(0o600)
    reference = Reference(kind="file", name="token", text="")
    assert resolve(reference, environment={}, folder=tmp_path) == "hunter2"
    absolute = Reference(kind="file", name=str(tmp_path / "token"), text="")
    assert resolve(absolute, environment={}, folder=Path("/nowhere")) == "hunter2"
