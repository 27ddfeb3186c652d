from __future__ import annotations

import pytest

from yett.config.hints import section_of, unknown, unknown_word


@pytest.mark.parametrize(
    ("path", "known", "message", "hint"),
    [
        (("listn",), ["listen"], "unknown key `listn`", "did you mean `listen`?"),
        (("ui",), [], "`ui` is not part of this version", "this version has no dashboard"),
        (("mcp",), ["auth", "tls"], "unknown key `mcp`", "known keys: auth, tls"),
        (
            ("servers", "a", "sandbx"),
            ["url"],
            "unknown key `sandbx`",
            "did you mean `sandbox`? it is not part of this version",
        ),
        (("servers", "a", "cmd"), ["command"], "unknown key `cmd`", "did you mean `command`?"),
        (
            ("servers", "a", "verify"),
            ["url"],
            "unknown key `verify`",
            "the certificate is checked; `ca` names other roots",
        ),
        (("ledger", "send"), ["path"], "`send` is not part of this version", None),
        (("tls", "acme"), ["cert"], "`acme` is not part of this version", "give `cert` and `key`"),
        (("roles", "reader", "tools"), ["allow"], "unknown key `tools`", "did you mean `allow`?"),
        (("roles", "reader", "when"), ["allow"], "`when` is not part of this version", None),
        (("limits", "user", "brst"), ["rate", "burst"], "unknown key `brst`", "did you mean `burst`?"),
        (("limits", "rate"), ["user", "tool"], "unknown key `rate`", "did you mean `user`?"),
    ],
)
def test_an_unknown_key_is_told_what_is_known_about_it(path, known, message, hint):
    found = unknown(path, known)
    assert found[0] == message
    assert found[1]
    if hint is not None:
        assert found[1] == hint


def test_an_unknown_word_too():
    assert unknown_word(("protect",), "injection", ["secrets"]) == (
        "`injection` is not part of this version",
        "keep `secrets`",
    )
    assert unknown_word(("protect",), "secret", ["secrets"]) == ("unknown word `secret`", "did you mean `secrets`?")
    assert unknown_word(("ledger", "durability"), "xyz", ["write", "fsync"]) == (
        "unknown word `xyz`",
        "one of write, fsync",
    )


def test_sections():
    assert section_of(()) == ""
    assert section_of(("servers",)) == "servers"
    assert section_of(("servers", "a")) == "servers.*"
    assert section_of(("tests", 3)) == "tests.*"
    assert section_of(("limits", "user")) == "limits"
