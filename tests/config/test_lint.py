from __future__ import annotations

import pytest

HEAD = "auth: { tokens: t }\nservers: { demo: http://a/mcp, git: { command: a } }\n"
ALL = "roles: { reader: { members: ['user:a'], allow: [demo.echo, git.status] } }\n"

ONE = "auth: { tokens: t }\nroles: { a: { allow: [demo.x] } }\n"


def roles(text: str, auth: str = "tokens: t") -> str:
    return f"auth: {{ {auth} }}\nservers: {{ demo: http://a/mcp }}\nroles: {{ {text} }}\n"


@pytest.mark.parametrize(
    ("text", "code", "where", "message"),
    [
        (
            f"{ALL}servers: {{ demo: http://a, git: http://b }}\nauth: {{ unsafe_allow_anonymous: true }}\n",
            "unsafe-switch",
            "3:9",
            "`unsafe_allow_anonymous` is on",
        ),
        (f"{HEAD}{ALL}protect: [unsafe_nothing]\n", "unsafe-switch", "4:10", "credentials in replies are not removed"),
        (
            f"{HEAD}roles: {{ reader: {{ allow: [demo.echo] }} }}\n",
            "unused-server",
            "2:32",
            "no role allows anything of `git`",
        ),
        (roles("a: { allow: [demo.x] }, b: {}"), "empty-role", "3:34", "`b` allows and denies nothing"),
        (roles("everyone: { allow: ['*.*'] }"), "everything-for-everyone", "3:30", "everybody may use every tool"),
        (roles("a: { allow: ['demo.*', demo.x] }"), "redundant-rule", "3:33", "`demo.*` allows `demo.x` already"),
        (roles("a: { allow: [demo.x, demo.x] }"), "redundant-rule", "3:31", "`demo.x` allows `demo.x` already"),
        (
            roles("a: { allow: [demo.x, demo.y], deny: ['demo.x*'] }"),
            "shadowed-rule",
            "3:23",
            "`demo.x` is denied by `demo.x*`",
        ),
        (
            roles("a: { allow: [demo.x] }, b: { include: [a], allow: [demo.y] }, everyone: { deny: [demo.y] }"),
            "shadowed-rule",
            "3:61",
            "`demo.y` is denied by `demo.y`",
        ),
        (
            roles("a: { members: ['role:x'], allow: [demo.x] }"),
            "member-of-nobody",
            "3:25",
            "nobody can be `role:x`: no token of ours says it",
        ),
        (
            f"{HEAD}{ALL}tests: [{{ who: 'role:x', deny: [demo.x] }}]\n",
            "test-of-nobody",
            "4:16",
            "nothing is said about `role:x`",
        ),
        (
            f"{ONE}servers: {{ demo: {{ url: http://10.0.0.7/, headers: {{ X-Key: '${{K}}' }} }} }}\n",
            "clear-text",
            "3:25",
            "a credential crosses the network in clear text",
        ),
        (
            f"{ONE}servers: {{ demo: {{ command: uvx mcp-server-git }} }}\n",
            "command-with-spaces",
            "3:29",
            "a command with spaces is one name",
        ),
    ],
)
def test_what_is_worth_a_look(warnings, text, code, where, message):
    found = warnings(text, K="k")
    told = [(w.code, f"{w.line}:{w.column}", w.message) for w in found]
    assert (code, where, message) in told
    assert all(w.severity == "warning" for w in found)


def test_a_small_and_good_config_has_two_warnings(config, folder):
    read = config(f"{HEAD}{ALL}")
    assert [w.code for w in read.warnings] == ["no-token-file", "no-tests"]
    assert read.warnings[0].help == f"make the first token: `yett token new alice --role reader --tokens {folder}/t`"
    (folder / "t").touch(0o600)
    tested = config(f"{HEAD}{ALL}tests: [{{ who: anonymous, deny: ['*.*'] }}]\n")
    assert tested.warnings == ()


def test_a_role_without_members_can_be_given_by_a_token(warnings):
    assert warnings(roles("a: { allow: [demo.x] }")) == []


def test_without_tokens_everybody_has_the_role_everyone_and_no_other(warnings):
    found = warnings(
        roles(
            "a: { members: ['user:x'], allow: [demo.x] }, b: { allow: [demo.y] }, everyone: { include: [b] }",
            "unsafe_allow_anonymous: true",
        )
    )
    assert [(w.code, w.message) for w in found if w.code == "nobody-has-role"] == [
        ("nobody-has-role", "nobody can have the role `a`")
    ]


def test_rules_that_do_something_are_left_alone(warnings):
    assert warnings(roles("a: { allow: ['demo.get_*', demo.put], deny: ['demo.get_secret', 'demo.p'] }")) == []


def test_a_star_uses_every_server(warnings):
    assert warnings(f"{HEAD}roles: {{ a: {{ allow: ['*.get_*'] }} }}\n") == []


def test_verification_means_nothing_over_http(warnings, folder):
    (folder / "ca.pem").touch()
    text = "auth: { tokens: t }\nservers: { demo: { url: http://a/, ca: ca.pem, unsafe_skip_verification: true } }\n"
    found = warnings(f"{text}roles: {{ a: {{ allow: [demo.x] }} }}\n")
    assert sorted(w.code for w in found) == ["unsafe-switch", "useless-key", "useless-key"]


def test_a_file_that_everybody_can_change_is_told(config, folder):
    (folder / "yett.yaml").touch()
    (folder / "yett.yaml").chmod(0o666)
    [first, *_] = config(f"{HEAD}{ALL}").warnings
    assert (first.code, first.line) == ("writable-config", 0)


def test_roles_in_a_circle_do_not_keep_it_busy(errors):
    assert errors(roles("a: { include: [b], allow: [demo.x] }, b: { include: [a], allow: [demo.y] }"))
