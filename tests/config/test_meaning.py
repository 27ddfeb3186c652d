from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.config.meaning import rings

HEAD = "auth: { tokens: t }\nservers: { demo: http://a/mcp, git: { command: a } }\n"


def roles(text: str) -> str:
    return f"{HEAD}roles: {{ {text} }}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("listen: http://0.0.0.0:80", "tokens would cross the network in clear text to `http://0.0.0.0:80`"),
        ("listen: http://[::]:80", "tokens would cross the network in clear text to `http://[::]:80`"),
        ("listen: http://10.0.0.7:80", "tokens would cross the network in clear text to `http://10.0.0.7:80`"),
        ("listen: http://gateway:80", "tokens would cross the network in clear text to `http://gateway:80`"),
        ("listen: https://127.0.0.1:1", "an `https` listener without a certificate"),
        ("admin: { listen: '[::]:1' }", "everybody who reaches `[::]:1` could read health and metrics"),
        ("listen: http://127.0.0.1:1\nadmin: { listen: '127.0.0.1:1' }", "two listeners at one address"),
    ],
)
def test_a_listener_is_not_open_by_accident(errors, text, message):
    [error] = errors(text + "\n")
    assert error.partition(" ")[2] == message


@pytest.mark.parametrize(
    "text",
    [
        "listen: { address: 'http://0.0.0.0:80', unsafe_allow_plain_http: true }",
        "admin: { listen: '0.0.0.0:1', unsafe_allow_public: true }",
        "listen: http://127.0.0.1:0\nadmin: { listen: '127.0.0.1:0' }",
        "listen: http://localhost:1",
    ],
)
def test_or_the_danger_has_a_name(config, text):
    assert config(text + "\n")


def test_anonymous_strangers_need_two_switches(config, errors):
    text = """\
listen: {{ address: "http://0.0.0.0:80", unsafe_allow_plain_http: true{} }}
auth: {{ unsafe_allow_anonymous: true }}
servers: {{ demo: http://a/mcp }}
roles: {{ everyone: {{ allow: [demo.echo] }} }}
"""
    assert errors(text.format("")) == ["2:7 everybody who reaches `http://0.0.0.0:80` could call"]
    assert config(text.format(", unsafe_allow_public_anonymous: true"))


def test_a_certificate_is_there_and_used(config, errors, folder):
    tls = "tls: { cert: a.crt, key: a.key }\n"
    assert errors(f"listen: https://0.0.0.0:1\n{tls}") == [
        f"7:14 no such file: `{folder}/a.crt`",
        f"7:26 no such file: `{folder}/a.key`",
    ]
    (folder / "a.crt").touch()
    (folder / "a.key").touch()
    assert config(f"listen: https://0.0.0.0:1\n{tls}").listen.port == 1
    assert errors(tls) == ["6:1 a certificate without an `https` listener"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "3:1 `roles` is empty: everything would be denied"),
        ("a: {}", "3:1 no role allows anything: everything would be denied"),
        ("a: { allow: [] }", "3:1 no role allows anything: everything would be denied"),
        ("a: { deny: [demo.x] }", "3:1 no role allows anything: everything would be denied"),
        ("everyone: { members: ['user:a'], allow: [demo.x] }", "3:22 `everyone` has no members"),
        ("a: { allow: [dem.x] }", "3:23 unknown server `dem` in `dem.x`"),
        ("a: { allow: [Demo.x] }", "3:23 unknown server `Demo` in `Demo.x`"),
        ("a: { allow: [demo.x], deny: ['x.prompt:*'] }", "3:39 unknown server `x` in `x.prompt:*`"),
        ("a: { include: [b], allow: [demo.x] }", "3:25 unknown role `b`"),
        ("a: { include: [a], allow: [demo.x] }", "3:25 roles include each other: a -> a"),
    ],
)
def test_roles_that_cannot_mean_what_they_say(errors, text, error):
    assert errors(roles(text)) == [error]


@pytest.mark.parametrize(
    ("includes", "told"),
    [
        ({"a": "b", "b": "a"}, ["a -> b -> a"]),
        ({"x": "a", "a": "b", "b": "c", "c": "a"}, ["a -> b -> c -> a"]),
        ({"a": "b, c", "b": "c", "c": ""}, []),
        ({"a": "b, c", "b": "a", "c": "a"}, ["a -> b -> a", "a -> c -> a"]),
        ({"a": "b", "b": "c", "c": "b"}, ["b -> c -> b"]),
    ],
)
def test_every_circle_is_told_once(config, errors, includes, told):
    text = roles(", ".join(f"{name}: {{ include: [{to}], allow: [demo.x] }}" for name, to in includes.items()))
    if not told:
        assert config(text)
        return
    assert [error.partition(": ")[2] for error in errors(text)] == told


def test_a_long_chain_of_roles_is_no_circle(config):
    chain = ", ".join(f"r{n}: {{ include: [r{n + 1}], allow: [demo.x] }}" for n in range(400))
    assert len(config(roles(f"{chain}, r400: {{ allow: [demo.x] }}")).roles) == 401


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4)))
def test_there_are_rings_exactly_where_a_role_reaches_itself(graph):
    includes = {name: [role for role in following if role in graph] for name, following in graph.items()}

    def reaches_itself(name: str) -> bool:
        reached: set[str] = set()
        pending = list(includes[name])
        while pending:
            if (role := pending.pop()) not in reached:
                reached.add(role)
                pending += includes[role]
        return name in reached

    found = list(rings(includes))
    assert bool(found) == any(map(reaches_itself, includes))
    for ring in found:
        assert all(after in includes[before] for before, after in zip(ring, [*ring[1:], ring[0]], strict=True))


def test_tests_are_about_servers_that_exist(errors):
    text = roles("a: { allow: [demo.x] }") + "tests: [{ who: anonymous, deny: ['*.*', gti.x] }]\n"
    assert errors(text) == ["4:41 unknown server `gti` in `gti.x`"]


def test_leaving_everything_unprotected_has_a_name(config, errors):
    assert errors("protect: []\n") == ["6:10 `protect` is empty"]
    assert errors("protect: [secrets, unsafe_nothing]\n") == ["6:10 `unsafe_nothing` stands for nothing else"]
    assert config("protect: [unsafe_nothing]\n").protect == ("unsafe_nothing",)
