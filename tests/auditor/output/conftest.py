import pytest

from yett.auditor.finding import Confidence, Edit, Finding, Place, Severity, Step
from yett.auditor.report import (
    About,
    Access,
    Comparison,
    Failed,
    Ignored,
    Known,
    Note,
    Report,
    Server,
    Target,
    Trouble,
)
from yett.auditor.subject import Skipped

HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e]]>&\"'::error::%0A#{1+1} #import\n\u0000日本\U0001f512"


def place(line=0, column=0, end=0, *, path="src/a.py", text=""):
    return Place(path=path, line=line, column=column, end_line=line, end_column=end, text=text)


def finding(**given):
    made = {
        "rule": "command-from-argument",
        "severity": Severity.HIGH,
        "confidence": Confidence.HIGH,
        "place": place(12, 5, 19, text='    subprocess.run(f"curl {url}", shell=True)'),
        "message": "parameter `url` of tool `fetch` reaches a shell",
        "subject": "fetch",
        "fix": "Pass a list of arguments.",
    }
    return Finding(**{**made, **given})


ABOUT = About(
    id="command-from-argument",
    title="A tool's argument is run by a shell",
    severity=Severity.HIGH,
    cwe=78,
    maps=("MCP05", "LLM06"),
    why="Whoever talks to the model runs commands.",
    fix="Pass a list of arguments.",
)


@pytest.fixture
def empty():
    """An audit that found nothing."""
    return Report(
        targets=(Target(given="src", kind="folder", files=2, lines=40, digest="0" * 64),),
        findings=(),
        rules=("command-from-argument",),
        about=(ABOUT,),
        made_at="2026-11-23T09:00:00Z",
        version="1.0.0",
    )


@pytest.fixture
def flow():
    """A finding with source and sink."""
    source = place(9, 11, 14, text="def fetch(url: str) -> str:")
    sink = place(12, 5, 19, text='    subprocess.run(f"curl {url}", shell=True)')
    steps = (Step(place=source, says="comes from the caller"), Step(place=sink, says="is run by a shell"))
    return finding(steps=steps)


@pytest.fixture
def full(flow):
    """An audit with something of everything, and with hostile words wherever a target has a word."""
    hostile = finding(
        rule="other",
        severity=Severity.MEDIUM,
        confidence=Confidence.LOW,
        place=place(3, 1, 4, path=f"src/{HOSTILE}.py", text=HOSTILE),
        message=HOSTILE,
        evidence=(HOSTILE,),
        fix=HOSTILE,
        steps=(Step(place=place(1, 1, 2, path=HOSTILE, text=HOSTILE), says=HOSTILE),),
        edits=(Edit(place=place(3, 1, 4), text=""),),
    )
    live = finding(rule="other", severity=Severity.LOW, place=place(path="https://a.example/mcp?x=1"), message="live")
    return Report(
        targets=(Target(given=HOSTILE, kind="folder", files=1_234, lines=56_789, digest="ab" * 32),),
        findings=(flow, hostile, live),
        rules=("command-from-argument", "quiet"),
        not_run=(("idle", "nothing of its kind in the target"),),
        skipped=(Skipped(path=f"{HOSTILE}.png", why="not text"), Skipped(path="b.png", why="not text")),
        ignored=(
            Ignored(finding=finding(subject="x", severity=Severity.LOW), reason=HOSTILE),
            Ignored(finding=finding(subject="y"), reason="in the baseline old.json", baseline=True),
        ),
        broken=(("shaky", f"{HOSTILE}: KeyError"),),
        notes=(Note(text=HOSTILE, place=place(1, 1)), Note(text="without a place")),
        failed=(Failed(given=HOSTILE, why=HOSTILE), Failed(given="https://x", why="no", trouble=Trouble.UNREACHABLE)),
        servers=(Server(name=HOSTILE, path="mcp.json", facts=(("transport", "stdio"), ("runs", HOSTILE))),),
        access=(
            Access(path="yett.yaml", servers=("a", HOSTILE), rows=(("reader", ("get_*", "")), (HOSTILE, ("", "*")))),
        ),
        about=(ABOUT, About(id="quiet", title="Quiet", severity=Severity.LOW, cwe=0, maps=(), why="", fix="")),
        comparison=Comparison(
            against=HOSTILE,
            made_at="2026-10-20T00:00:00Z",
            new=frozenset({1}),
            fixed=(Known(fingerprint="0" * 32, rule="gone", severity=Severity.LOW, path=HOSTILE, message=HOSTILE),),
        ),
        hidden=2,
        made_at="2026-11-23T09:00:00Z",
        version="1.0.0",
    )
