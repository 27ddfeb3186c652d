from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

import demo
from demo_client import Answer, RawClient
from demo_programs import DemoError, awaited, free_ports, running, write_config
from demo_steps import STEPS, Seen, Step, call, challenged, saying

SCRIPT = Path(demo.__file__)


def step(expected: str = "200 result", reason: str = "") -> Step:
    return Step("a step", "rita", expected, reason, call("echo"))


def test_a_step_that_went_as_expected_has_no_shortfall() -> None:
    assert demo.shortfall(step(), Seen("200 result"), "") == ""
    assert demo.shortfall(step("401", "token.missing"), Seen("401"), "token.missing") == ""


def test_another_answer_another_reason_or_a_missing_proof_is_a_shortfall() -> None:
    assert demo.shortfall(step(), Seen("401"), "") == "expected 200 result, happened 401"
    assert (
        demo.shortfall(step("401", "token.missing"), Seen("401"), "")
        == "expected the reason `token.missing`, the ledger says ``"
    )
    assert demo.shortfall(step(), Seen("200 result", "the key is still there"), "") == "the key is still there"


def test_proofs_look_into_the_answer() -> None:
    answer = Answer(200, {}, {"result": {"content": [{"type": "text", "text": "[redacted:x] secret"}]}})
    assert saying(answer, "[redacted:x]") == Seen("200 result", text="[redacted:x] secret")
    assert saying(answer, "other", without="secret").proof == "`other` is missing; `secret` is still there"
    assert challenged(Answer(401, {"www-authenticate": "Bearer"}, {})) == Seen("401")
    assert challenged(Answer(401, {}, {})).proof == "no challenge"


def test_the_ledger_gives_the_reason_of_a_refusal_or_the_remarks_of_the_guards() -> None:
    said = [{"guard": "access", "verdict": "allow", "note": "by rule"}]
    intent = {"kind": "intent", "exchange": "1", "method": "tools/call", "trail": said}
    outcome = {"kind": "outcome", "exchange": "1", "trail": [{"guard": "redaction", "verdict": "rewrite", "note": "2"}]}
    goodbye = {"kind": "intent", "exchange": "2", "method": "session/end"}
    assert demo.grounds([intent, outcome, goodbye]) == "redaction: 2, access: by rule"
    assert demo.grounds([{"kind": "refusal", "exchange": "2", "reason": "access.hidden"}]) == "access.hidden"


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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """Where the demo makes its own folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.mark.real
def test_the_demo_goes_as_expected_and_leaves_nothing_behind(folder: Path) -> None:
    result = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, timeout=120, check=False)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert f"{len(STEPS)} of {len(STEPS)} steps as expected" in result.stdout
    assert "ledger whole" in result.stdout
    assert "ledger DAMAGED" in result.stdout
    assert list(folder.iterdir()) == []


@pytest.mark.real
def test_the_kept_demo_serves_until_it_is_interrupted(folder: Path) -> None:
    with subprocess.Popen([sys.executable, str(SCRIPT), "--keep"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = "".join(takewhile(lambda line: line != "Ctrl-C ends it\n", process.stdout))
        entry = json.loads(said[said.index('{\n  "mcpServers"') : said.index("health ")])["mcpServers"]["demo"]
        client = RawClient(entry["url"], entry["headers"]["Authorization"].removeprefix("Bearer "))
        assert client.call("echo", {"text": "still here"}).text == "still here"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    with pytest.raises(ConnectionRefusedError):
        client.call("echo", {"text": "and now"})
    assert list(folder.iterdir()) == []
