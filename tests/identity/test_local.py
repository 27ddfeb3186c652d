from __future__ import annotations

import os
import pwd

from yett.core.exchange import Principal
from yett.identity.local import local, os_user


def test_the_config_names_the_caller():
    assert local("alice", roles=["reader"], groups=["/eng"], scopes=["x"]) == Principal(
        issuer="stdio",
        subject="alice",
        roles=frozenset({"reader"}),
        groups=frozenset({"/eng"}),
        scopes=frozenset({"x"}),
        source="stdio",
    )


def test_without_a_name_it_is_the_user_of_the_operating_system(monkeypatch):
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert local(None).subject == pwd.getpwuid(os.getuid()).pw_name


def test_a_user_without_a_name_is_his_number(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000 - 1)
    assert os_user() == "uid:3999999999"


def test_a_name_that_could_hide_something_is_his_number_too(monkeypatch):
    entry = pwd.struct_passwd(("a\x1b[2J", "x", 7, 7, "", "/", "/bin/sh"))
    monkeypatch.setattr(os, "getuid", lambda: 7)
    monkeypatch.setattr(pwd, "getpwuid", lambda _number: entry)
    assert os_user() == "uid:7"
