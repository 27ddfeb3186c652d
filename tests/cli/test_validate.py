from __future__ import annotations

import json

import pytest

from yett.cli.main import run

GOOD = """\
auth: { tokens: tokens.yaml }
servers: { demo: http://127.0.0.1:3001/mcp }
roles: { reader: { members: [user:alice], allow: [demo.echo] } }
tests: [{ who: anonymous, deny: ["*.*"] }]
"""
BAD = GOOD.replace("deny:", "dny:")
SECRET = GOOD.replace("http://127.0.0.1:3001/mcp", "{ url: http://a, headers: { X-Key: '${NOT_SET_ANYWHERE}' } }")


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("YETT_CONFIG", raising=False)
    (tmp_path / "tokens.yaml").touch(0o600)

    def put(text: str, name: str = "yett.yaml") -> None:
        (tmp_path / name).write_text(text)

    return put


def exit_code(*arguments: str) -> int:
    try:
        return run(["validate", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)


def test_a_good_config_is_valid(write, capsys):
    write(GOOD)
    assert exit_code() == 0
    assert capsys.readouterr() == ("yett.yaml is valid: 1 server, 1 role, 1 test\n", "")


def test_warnings_are_shown_and_are_no_failure(write, capsys):
    write(GOOD.partition("tests")[0])
    assert exit_code() == 0
    out = capsys.readouterr().out
    assert out.startswith("warning[no-tests]: no tests say what the roles must mean\n --> yett.yaml:3:1\n")
    assert out.endswith("\nyett.yaml is valid: 1 server, 1 role, 0 tests, 1 warning\n")


def test_a_policy_that_fails_its_tests_is_not_valid_because_run_would_refuse_it(write, capsys):
    write(GOOD.replace('who: anonymous, deny: ["*.*"]', "who: user:alice, deny: [demo.echo]"))
    assert exit_code() == 2
    out, err = capsys.readouterr()
    assert out.startswith("error[test]: user:alice may not call demo.echo: allowed by roles.reader.allow[0]")
    assert "\n --> yett.yaml:4:35\n" in out
    assert "4 | tests: [{ who: user:alice, deny: [demo.echo] }]" in out
    assert err == "error: yett.yaml cannot be used: 1 error\n"


def test_a_file_of_certificates_without_any_is_found_before_run_finds_it(write, capsys, tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")
    write(GOOD.replace("http://127.0.0.1:3001/mcp", "{ url: https://127.0.0.1:3001/mcp, ca: ca.pem }"))
    assert exit_code() == 2
    assert "cannot use CA file" in capsys.readouterr().out


def test_an_inline_server_is_refused_as_run_refuses_it_and_good_for_the_modes_that_have_it(write, capsys):
    write(GOOD.replace("http://127.0.0.1:3001/mcp", "{ inline: true }"))
    assert exit_code() == 2
    out, err = capsys.readouterr()
    assert out.startswith("error[config]: `demo` is `inline`: the gateway cannot reach it;")
    assert "\n --> yett.yaml:2:12\n" in out
    assert "a config for `protect()` or `yett wrap` is checked with `yett validate --inline`" in out
    assert err == "error: yett.yaml cannot be used: 1 error\n"
    with pytest.raises(SystemExit) as ended:
        run(["run"])
    assert ended.value.code == 2
    assert "`demo` is `inline`: the gateway cannot reach it;" in capsys.readouterr().err
    assert exit_code("--inline") == 0
    assert capsys.readouterr().out == "yett.yaml is valid: 1 server, 1 role, 1 test\n"


def test_a_token_file_that_others_can_read_is_pointed_out(write, capsys, tmp_path):
    (tmp_path / "tokens.yaml").chmod(0o644)
    write(GOOD)
    assert exit_code() == 0
    out = capsys.readouterr().out
    assert out.startswith("warning[token-file]: nobody can sign in: others can read or write the token file")


def test_quiet_says_nothing_about_a_valid_config(write, capsys):
    write(GOOD.partition("tests")[0])
    assert exit_code("-q") == 0
    assert capsys.readouterr() == ("", "")


def test_a_bad_config_is_shown_and_fails(write, capsys):
    write(BAD)
    assert exit_code() == 2
    out, err = capsys.readouterr()
    assert out == (
        "error[policy]: unknown key `dny`\n"
        " --> yett.yaml:4:27\n"
        "  |\n"
        '4 | tests: [{ who: anonymous, dny: ["*.*"] }]\n'
        "  |                           ^^^\n"
        "  = help: did you mean `deny`?\n\n"
    )
    assert err == "error: yett.yaml cannot be used: 1 error\n"


def test_json_is_for_programs(write, capsys):
    write(BAD)
    assert exit_code("--output", "json") == 2
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert (result["file"], result["valid"]) == ("yett.yaml", False)
    assert [d["severity"] for d in result["diagnostics"]] == ["error"]
    assert json.loads(err) == {"error": "yett.yaml cannot be used: 1 error", "exit": 2}
    write(GOOD)
    assert exit_code("--output", "json") == 0
    assert json.loads(capsys.readouterr().out) == {"file": "yett.yaml", "valid": True, "diagnostics": []}


def test_github_gets_annotations(write, capsys):
    write(BAD)
    assert exit_code("--output", "github") == 2
    assert capsys.readouterr().out.startswith("::error file=yett.yaml,line=4,col=27,endColumn=30,title=yett policy::")


def test_another_file_can_be_named(write, capsys, monkeypatch):
    write(GOOD, "other.yaml")
    assert exit_code("-c", "other.yaml") == 0
    monkeypatch.setenv("YETT_CONFIG", "other.yaml")
    assert exit_code() == 0
    assert exit_code("-c", "none.yaml") == 2
    assert "cannot read the config: no such file or directory" in capsys.readouterr().out


def test_secrets_are_read_unless_they_are_not_there(write, capsys):
    write(SECRET)
    assert exit_code() == 2
    assert "`NOT_SET_ANYWHERE` is not set" in capsys.readouterr().out
    assert exit_code("--no-secrets") == 0


def test_colours_can_be_forced(write, capsys):
    write(BAD)
    assert exit_code("--color", "always") == 2
    assert "\x1b[1;31m" in capsys.readouterr().out
