from __future__ import annotations

import base64
import random
import time
import uuid
from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.detect.sensitive import MAX_SPANS, Sensitive, Span

HANG = 20.0
"""Seconds of CPU: no measurement, but the line between work and a process that is held. Unbounded, it is minutes."""


SENSITIVE = Sensitive()
KEY = "AK" + "IA" + "IOSFODNN7EXAMPLE"
TOKEN = "gh" + "p_" + "a1B2c3D4e5F6g7H8j9K0mNpQrStUvWxYz012"
DICE = random.Random(7)


def kinds(text: str) -> list[str]:
    return [span.kind for span in SENSITIVE.find(text)]


def suspected(text: str) -> bool:
    return bool(SENSITIVE.suspects(msgspec.json.encode(text)))


def test_spans_are_in_characters():
    text = f"\N{SNOWMAN}\N{SNOWMAN} {KEY} \N{SNOWMAN} {TOKEN}"
    assert SENSITIVE.find(text) == [Span("aws-access-key", 3, 23), Span("github-token", 26, 26 + len(TOKEN))]
    assert [text[span.start : span.end] for span in SENSITIVE.find(text)] == [KEY, TOKEN]


def test_credentials_are_replaced_and_counted():
    assert SENSITIVE.redact(f"{KEY},{KEY} and {TOKEN}.") == (
        "[redacted:aws-access-key],[redacted:aws-access-key] and [redacted:github-token]",
        Counter({"aws-access-key": 2, "github-token": 1}),
    )
    assert SENSITIVE.redact("nothing here") == ("nothing here", Counter())


def test_the_more_telling_kind_names_what_two_find():
    jwt = "ey" + "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + "a1B2c3D4e5F6g7H8j9K0"
    assert SENSITIVE.redact(f"Authorization: Bearer {jwt}")[0] == "Authorization: Bearer [redacted:jwt]"
    assert SENSITIVE.redact(f"GITHUB_ACCESS_TOKEN={TOKEN}")[0] == "GITHUB_ACCESS_TOKEN=[redacted:github-token]"
    assert SENSITIVE.redact(f"https://x:{TOKEN}@github.com/a")[0] == "https://x:[redacted:github-token]@github.com/a"


def test_a_private_key_without_an_end_is_redacted_too():
    begin = "-----BEGIN OPENSSH PRIV" + "ATE KEY-----"
    assert SENSITIVE.redact(f"{begin}\nb3BlbnNzaC1rZXk\n\nMore text!")[0].startswith("[redacted:private-key]")
    assert SENSITIVE.redact(f"{begin}\\nAAAA\\n-----END OPENSSH PRIV" + "ATE KEY----- and on")[0] == (
        "[redacted:private-key] and on"
    )


def test_a_public_key_is_no_secret():
    assert kinds("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkq\n-----END PUBLIC KEY-----") == []
    assert kinds("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqf7b8zr3+1v alice@example.org") == []


INNOCENT = [
    "The bearer authentication-required header names the Documentation and Specification pages.",
    "Use a token introspection endpoint; basic authentication-schemes are described elsewhere.",
    "password: required, api_key: string, client_secret: optional",
    "Set API_KEY=your-api-key-here and PASSWORD=${DB_PASSWORD}, SECRET_KEY=<secret-key-123>.",
    "const apiKey = process.env.OPENAI_API_KEY; const password = getPassword(user);",
    "api_key=/etc/keys/service1.pem access_token=https://example.com/oauth2/token",
    "commit 9fceb02d0ae598e95dc970b74767f19372d6ab7f by alice, tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "git clone git@github.com:acme/app.git && git clone https://github.com/acme/app.git",
    "ssh://git@example.com:22/repo, mailto:alice@example.com, http://localhost:8080/a@b",
    "task-runner sk-learn risk-free disk-proj whisk-ant gh_pages npm_config_registry half_life",
    "eyJust a word, hvs. and ya29 are prefixes; SG. is a country",
    "cache-key-d41d8cd98f00b204e9800998ecf8427e v1.0-alpha glpat-xxxxxxxxxxxxxxxxxxxx",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.",
    "ISBN 978-3-16-148410-0, IBAN DE89 3704 0044 0532 0130 00, +49 30 901820, 2026-07-28T12:34:56Z",
    "xoxo-love, AKIA is a prefix, ASIA and ACCA are words: ASIAPACIFICREGION",
    "postgres://localhost/app redis://localhost:6379/0 amqp://guest@localhost https://x:${TOKEN}@host",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_ordinary_text_raises_no_alarm(text):
    assert kinds(text) == []


def test_identifiers_and_digests_raise_no_alarm():
    for _ in range(300):
        raw = DICE.randbytes(32)
        for text in (str(uuid.UUID(bytes=raw[:16])), raw.hex(), base64.b64encode(raw).decode()):
            assert kinds(f"id {text} end") == []


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode, base64.b85encode, bytes.hex])
def test_a_picture_raises_no_alarm(encode):
    encoded = encode(DICE.randbytes(200_000))
    assert kinds(encoded if isinstance(encoded, str) else encoded.decode()) == []


def test_a_megabyte_is_searched_in_time():
    text = msgspec.json.encode(base64.b64encode(DICE.randbytes(750_000)).decode())
    began = time.process_time()
    SENSITIVE.suspects(text)
    # Measured 4 ms; the bound leaves room for a busy machine, not for another engine.
    assert time.process_time() - began < HANG


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "-----BEGIN RSA PRIV" + "ATE KEY-----\n",
        "eyJaaaaaaaaaaaa.",
        "://a:",
        "a://",
        "bearer ",
        "password=",
        "Authorization: Basic " + "=" * 20,
        "AKIA",
        "[[[[",
        '\\"',
    ],
)
def test_the_cost_is_linear_in_hostile_text(unit):
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        began = time.process_time()
        SENSITIVE.find(text)
        return time.process_time() - began

    seconds(1_000)
    # Quadratic would be 16 times as long again; noise is not.
    assert seconds(400_000) < 16 * max(seconds(100_000), 0.002)


def test_a_secret_behind_megabytes_of_noise_is_suspected():
    noise = base64.b64encode(DICE.randbytes(3_000_000)).decode()
    assert suspected(noise + " " + KEY)
    assert kinds(noise[:300_000] + " " + KEY) == ["aws-access-key"]


def test_running_out_of_memory_is_not_taken_for_innocence():
    class Exhausted:
        def Match(self, text):  # noqa: N802 - RE2's own name
            return None

    sensitive = Sensitive()
    sensitive._set = Exhausted()
    with pytest.raises(RuntimeError, match="out of memory"):
        sensitive.suspects(b"x")


def test_the_gateways_own_credentials_are_known_by_value():
    sensitive = Sensitive(known=['s3cr"t\\value', "tiny"])
    text = 'it said s3cr"t\\value and tiny'
    assert sensitive.suspects(msgspec.json.encode(text)) == {-1}
    assert sensitive.redact(text) == ("it said [redacted:gateway-credential] and tiny", {"gateway-credential": 1})
    assert "s3cr" not in repr(sensitive)


def test_a_search_ends_at_its_bound():
    spans = SENSITIVE.find(f"{KEY} " * (MAX_SPANS + 5))
    assert len(spans) == MAX_SPANS


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("password", "Kx7pQ2mZ", True),
        ("SecretAccessKey", "wJalrXUtnFEMI0K7MDENG", True),
        ("db_password", "Kx7pQ2mZ", True),
        ("userPassword", "Kx7pQ2mZ", True),
        ("client-secret", "Kx7pQ2mZ", True),
        ("password", "string", False),
        ("password", "Kx7", False),
        ("password_hint", "Kx7pQ2mZ", False),
        ("next_page_token", "Kx7pQ2mZ", False),
        ("tokens", "Kx7pQ2mZ", False),
    ],
)
def test_a_field_with_a_telling_name_holds_a_secret(key, value, named):
    assert SENSITIVE.is_named(key, value) is named


@settings(deadline=None)
@given(st.text())
def test_text_without_credentials_comes_back_as_it_was(text):
    clean, counts = SENSITIVE.redact(text)
    assert counts or clean is text


@settings(deadline=None)
@given(st.text(max_size=20), st.text(max_size=20))
def test_a_credential_between_spaces_is_found_in_any_text(before, after):
    clean, counts = SENSITIVE.redact(f"{before} {KEY} {after}")
    assert KEY not in clean
    assert counts["aws-access-key"] >= 1 or counts["private-key"] >= 1 or counts["url-password"] >= 1
    assert suspected(f"{before} {KEY} {after}")
