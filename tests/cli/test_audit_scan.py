import io
from pathlib import Path

import pytest

from yett.auditor.audit import audit_source
from yett.auditor.gather import FORMATS
from yett.auditor.registry import all_rules
from yett.auditor.report import Trouble
from yett.cli import audit_scan
from yett.cli.audit_scan import Asked, scan
from yett.errors import TargetNeedsSignIn, TargetUnreachable


def asked(**more):
    return Asked(rules=all_rules(), left_out=(), today="2026-11-23", **more)


def test_a_target_given_twice_is_audited_once(project):
    (project / "mcp.json").write_text('{"mcpServers": {"a": {"command": "a"}}}')
    assert len(scan(["mcp.json", "mcp.json"], asked()).audited) == 1


def test_a_file_can_be_found_again_for_its_fixes(project):
    (project / "a").mkdir()
    (project / "a" / "mcp.json").write_text("{}")
    files = scan(["a"], asked()).files()
    assert files == {"a/mcp.json": (Path("a/mcp.json"), b"{}")}


@pytest.mark.parametrize(
    ("error", "trouble"),
    [(TargetNeedsSignIn("x"), Trouble.SIGN_IN), (TargetUnreachable("x"), Trouble.UNREACHABLE)],
)
def test_each_trouble_keeps_its_name(project, monkeypatch, error, trouble):
    def failing(*_):
        raise error

    monkeypatch.setattr(audit_scan, "_read", failing)
    assert scan(["x"], asked()).report(asked()).failed[0].trouble is trouble


def test_progress_is_shown_where_it_is_asked_for_and_taken_away(project, monkeypatch):
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    scan(["bad\x1b[2J"], asked(progress=True))
    assert stderr.getvalue() == "\r\x1b[Kauditing 1 of 1: bad\\u{1b}[2J\r\x1b[K"
    scan(["x"], asked())
    assert stderr.getvalue().count("auditing") == 1


def test_without_a_home_only_the_project_is_searched(project, monkeypatch):
    def homeless():
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    assert "no config of an MCP client" in scan([], asked()).failed[0].why


def test_code_that_takes_too_long_is_left_out_and_the_rest_is_judged(project, monkeypatch):
    (project / "server.py").write_text("x = 1")
    (project / "mcp.json").write_text('{"mcpServers": {"a": {"command": "npx", "args": ["-y", "a"]}}}')

    def endless(source, rules, **more):
        if "formats" not in more:
            while True:
                pass
        return audit_source(source, rules, **more)

    monkeypatch.setattr(audit_scan, "audit_source", endless)
    report = scan(["."], asked(seconds=1)).report(asked())
    assert [each.why for each in report.failed] == [
        "its code took more than 1 seconds to analyse (--timeout); only the rest of it was audited"
    ]
    assert [finding.rule for finding in report.findings] == ["unpinned-server-package"]


def test_the_format_that_is_left_out_is_there():
    assert audit_scan.SOURCE in {each.kind for each in FORMATS}


def test_a_target_that_takes_too_long_without_its_code_fails_alone(project, monkeypatch):
    (project / "mcp.json").write_text('{"mcpServers": {"a": {"command": "a"}}}')

    def endless(*_, **__):
        while True:
            pass

    monkeypatch.setattr(audit_scan, "audit_source", endless)
    report = scan(["mcp.json"], asked(seconds=1)).report(asked())
    assert [each.why for each in report.failed] == ["judging it took more than 1 seconds (--timeout)"]
