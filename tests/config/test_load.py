from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yett.config.diagnostic import Diagnostic, InvalidConfig, as_text
from yett.config.load import load, parse
from yett.config.node import Place
from yett.config.schema import Auth, Config
from yett.config.servers import HttpServer, ProcessServer
from yett.errors import ConfigError

WRONG = sorted((Path(__file__).parent / "wrong").glob("*.case"))
RIGHT = sorted((Path(__file__).parent / "right").iterdir())
SMALLEST = (Path(__file__).parent / "right" / "smallest.yaml").read_text()


@pytest.mark.parametrize("case", WRONG, ids=lambda path: path.stem)
def test_a_wrong_config_is_refused_with_exactly_these_words(case, folder):
    text, _, expected = case.read_text().rpartition("-----\n")
    with pytest.raises(InvalidConfig) as caught:
        parse(text.encode(), Path("yett.yaml"), environment={"HOME": "/home/alice"})
    drawn = "\n\n".join(map(as_text, caught.value.diagnostics)) + "\n"
    assert drawn.replace(str(folder), "/folder") == expected


def test_there_are_many_wrong_configs():
    assert len(WRONG) >= 90


def test_no_secret_of_a_wrong_config_is_ever_shown():
    for case in WRONG:
        text, _, expected = case.read_text().rpartition("-----\n")
        for secret in ("hunter2", "ghp_0123456789", "changeme"):
            if secret in text and case.stem != "secret-default":
                assert secret not in expected, case.stem


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.name)
def test_a_right_config_loads(path, folder, monkeypatch):
    for name in ("tls.crt", "tls.key"):
        (folder / name).touch()
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    config = load(copy, environment={"GITHUB_TOKEN": "made-up", "PORT": "8080", "DATABASE_URI": "postgres://db/x"})
    assert isinstance(config, Config)


def test_the_smallest_real_config_means_what_it_says(folder):
    (folder / "yett.yaml").write_text(SMALLEST)
    config = load(folder / "yett.yaml")
    assert (config.listen.scheme, config.listen.host, config.listen.port) == ("http", "127.0.0.1", 8080)
    assert config.auth == Auth(tokens=folder / "tokens.yaml")
    demo, git = config.servers["demo"], config.servers["git"]
    assert isinstance(demo, HttpServer)
    assert isinstance(git, ProcessServer)
    assert (demo.scheme, demo.host, demo.port, demo.path) == ("http", "127.0.0.1", 3001, "/mcp")
    assert (git.command, git.args, git.cwd) == ("uvx", ("mcp-server-git==2026.6.4",), folder)
    assert config.roles["reader"].members == ("user:alice",)
    assert config.roles["reader"].allow == ("demo.echo", "demo.get_*", "git.git_status")
    assert config.roles["engineer"].include == ("reader",)
    assert config.roles["engineer"].deny == ("demo.delete_all",)
    assert (config.limits.user.rate, config.limits.user.per, config.limits.user.burst) == (600, 60.0, 600)
    assert (config.limits.body, config.limits.timeout) == (1024 * 1024, 60.0)
    assert config.protect == ("secrets",)
    assert config.ledger.path == folder / "ledger"
    assert config.admin is not None
    assert (config.admin.host, config.admin.port) == ("127.0.0.1", 9090)


def test_every_value_has_its_place(config):
    places = config().places
    assert places["roles", "reader", "allow", 0] == Place("yett.yaml", 5, 44)
    assert str(places["servers", "demo"]) == "yett.yaml:3:3"
    assert ("limits",) not in places


def test_a_config_knows_its_file_and_digest(folder):
    path = folder / "yett.yaml"
    path.write_text(SMALLEST)
    config = load("yett.yaml")
    assert config.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert config.folder == folder


def test_relative_paths_start_at_the_file_and_not_at_the_current_folder(folder, monkeypatch):
    (folder / "deep").mkdir()
    (folder / "deep" / "yett.yaml").write_text(SMALLEST)
    config = load("deep/yett.yaml")
    assert config.auth.tokens == folder / "deep" / "tokens.yaml"
    assert config.ledger.path == folder / "deep" / "ledger"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.yaml", "cannot read the config: no such file or directory"),
        (".", "cannot read the config: is a directory"),
        ("a\0b", "cannot read the config: not a file name"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_diagnostic(folder, name, message):
    with pytest.raises(ConfigError) as caught:
        load(folder / name)
    assert isinstance(caught.value, InvalidConfig)
    [diagnostic] = caught.value.diagnostics
    assert diagnostic == Diagnostic(
        code="config",
        message=message,
        file=str(folder / name).replace("\0", "\0"),
        help="name another file with `-c FILE`",
    )


def test_a_file_is_not_read_beyond_the_limit(folder):
    path = folder / "yett.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 33)
    with pytest.raises(InvalidConfig, match="the file is larger than 1024 KiB"):
        load(path)


def test_warnings_and_errors_come_together(errors, config):
    wrong = "servers: { demo: { url: http://127.0.0.1:3001/mcp, trust: true, x: 1 } }\nauth: {tokens: t}\n"
    with pytest.raises(InvalidConfig) as caught:
        config(wrong + "roles: { reader: { allow: [demo.echo] } }")
    assert [d.severity for d in caught.value.diagnostics] == ["warning", "error"]


def test_without_secrets_nothing_secret_is_read(config):
    text = """\
auth: { tokens: tokens.yaml }
servers:
  demo: { url: http://127.0.0.1:3001/mcp, headers: { Authorization: "Bearer ${env:NOT_SET_HERE}" } }
roles:
  reader: { allow: [demo.echo] }
ledger: { key: "${file:/nonexistent}" }
"""
    read = config(text, secrets=False)
    assert not read.servers["demo"].headers["authorization"].known
    assert not read.ledger.key.known


def test_the_message_of_the_exception_names_place_and_number(errors, config):
    with pytest.raises(InvalidConfig, match=r"^unknown key `a` \(and 1 more\)$") as caught:
        config("a: 1\nb: 2\n")
    assert caught.value.where == "yett.yaml:6:1"


WORDS = """
    listen url tls auth servers mcpServers roles limits protect ledger tests secrets admin tokens demo reader members
    allow deny include who user address command args env headers type rate burst key path
"""
VALUES = """
    demo.echo *.* user:alice http://127.0.0.1:3001/mcp ${HOME} ${env:X:-y} ${file:/x} 1MiB 60s 600/min everyone
    anonymous https://[::1]:0/ http://a:b@c/ ${ secrets write
"""
KEYS = st.sampled_from(WORDS.split())
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(VALUES.split()),
)
TREES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), below, max_size=4)
)
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def loads_or_says_why(content: bytes) -> None:
    diagnostics: Sequence[Diagnostic] = ()
    try:
        parse(content, Path("yett.yaml"), environment={})
    except InvalidConfig as error:
        diagnostics = error.diagnostics
    assert all("[" in as_text(diagnostic) for diagnostic in diagnostics)


@FEW
@given(st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(content):
    loads_or_says_why(content)


@FEW
@given(st.text(max_size=200))
def test_any_text_loads_or_is_refused(text):
    loads_or_says_why(text.encode("utf-8", "surrogatepass"))


@FEW
@given(st.dictionaries(KEYS, TREES, max_size=5))
def test_any_tree_loads_or_is_refused(tree):
    loads_or_says_why(json.dumps(tree, allow_nan=True).encode("utf-8", "surrogatepass"))


@FEW
@given(st.data())
def test_a_real_config_with_a_change_loads_or_is_refused(data):
    start = data.draw(st.integers(0, len(SMALLEST)))
    end = data.draw(st.integers(start, min(len(SMALLEST), start + 20)))
    loads_or_says_why((SMALLEST[:start] + data.draw(st.text(max_size=8)) + SMALLEST[end:]).encode("utf-8", "replace"))
