from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path

import pytest

import demo
from demo_client import Answer
from demo_programs import DemoError, awaited, free_ports, running, write_config
from demo_steps import STEPS, Seen, Step, call, challenged, saying


def step(expected: str = "200 result", reason: str = "") -> Step:
    return Step("a step", "rita", expected, reason, call("echo"))


def test_a_step_that_went_as_expected_has_no_shortfall() -> None:
    assert demo.shortfall(step(), Seen("200 result"), "") == ""
    assert demo.shortfall(step("401", "token"), Seen("401"), "token.missing") == ""


def test_another_answer_another_reason_or_a_missing_proof_is_a_shortfall() -> None:
    assert demo.shortfall(step(), Seen("401"), "") == "expected 200 result, happened 401"
    assert demo.shortfall(step("401", "token"), Seen("401"), "") == "expected a reason of `token`, the ledger says ``"
    assert demo.shortfall(step(), Seen("200 result", "the key is still there"), "") == "the key is still there"


def test_proofs_look_into_the_answer() -> None:
    answer = Answer(200, {}, {"result": {"content": [{"type": "text", "text": "[redacted:x] secret"}]}})
    assert saying(answer, "[redacted:x]") == Seen("200 result")
    assert saying(answer, "other", without="secret") == Seen(
        "200 result", "`other` is missing; `secret` is still there"
    )
    assert challenged(Answer(401, {"www-authenticate": "Bearer"}, {})) == Seen("401")
    assert challenged(Answer(401, {}, {})) == Seen("401", "no challenge")


def test_the_ledger_gives_the_reason_of_a_refusal_or_the_remarks_of_the_guards() -> None:
    intent = {"kind": "intent", "exchange": "1", "trail": [{"guard": "access", "verdict": "allow", "note": "by rule"}]}
    outcome = {"kind": "outcome", "exchange": "1", "trail": [{"guard": "redaction", "verdict": "rewrite", "note": "2"}]}
    assert demo.grounds(outcome, [intent, outcome]) == "access: by rule, redaction: 2"
    assert demo.grounds({"kind": "refusal", "exchange": "2", "reason": "access.hidden"}, []) == "access.hidden"


def test_the_ledger_is_read_as_it_grows(tmp_path: Path) -> None:
    segment = tmp_path / "1.jsonl"
    segment.write_text(json.dumps({"kind": "segment"}) + "\n")
    ledger = demo.Ledger(tmp_path)
    with segment.open("a") as file:
        file.write(json.dumps({"kind": "refusal", "exchange": "1", "reason": "a.b"}) + '\n{"kind": "unfinis')
    assert ledger.why() == "a.b"


def test_the_config_gets_the_addresses_of_the_run(tmp_path: Path) -> None:
    write_config(tmp_path, "http://127.0.0.1:5/mcp", 6, 7)
    text = (tmp_path / "yett.yaml").read_text()
    assert re.findall(r"127\.0\.0\.1:\d+", text) == ["127.0.0.1:6", "127.0.0.1:5", "127.0.0.1:7"]


def test_free_ports_differ() -> None:
    assert len(set(free_ports(3))) == 3


def test_a_program_that_ends_early_is_shown_with_what_it_said(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such config')"]
    with running(command, tmp_path, "log") as process, pytest.raises(DemoError, match="no such config"):
        awaited(process, tmp_path / "log", re.compile("ready"))


def test_a_program_that_will_not_end_is_killed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("demo_programs.GRACE", 0.1)
    stubborn = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
    )
    with running([sys.executable, "-c", stubborn], tmp_path, "log") as process:
        awaited(process, tmp_path / "log", re.compile("ready"))
    assert process.returncode == -signal.SIGKILL


def test_every_step_says_who_makes_it() -> None:
    assert {step.who for step in STEPS} == {"rita", "alice", "mallory", "nobody"}
