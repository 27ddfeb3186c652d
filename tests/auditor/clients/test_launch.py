from yett.auditor.clients.launch import Launch, Launches, Setting
from yett.config.node import START, Scalar, Span


def scalar(text, column=1):
    return Scalar(text, Span(1, column, 1, column + len(text)))


def test_a_launch_knows_what_it_runs_and_where_that_is_named():
    launch = Launch(name="a", span=START, command=scalar("npx"), arguments=(scalar("-y", 9), scalar("notes@1.0.0", 14)))
    package = launch.runs()
    assert (package.name, package.pinned) == ("notes", True)
    assert launch.place_of(package) == Span(1, 14, 1, 25)
    assert launch.words == ("npx", "-y", "notes@1.0.0")


def test_settings_are_environment_and_headers_of_every_server():
    one = Launch(name="a", span=START, environment=(Setting(name="A", value=scalar("1")),))
    two = Launch(name="b", span=START, headers=(Setting(name="X", value=scalar("2")),))
    subject = Launches(path="mcp.json", lines=("",), roots=(), launches=(one, two))
    assert [(launch.name, setting.name, setting.text) for launch, setting in subject.settings()] == [
        ("a", "A", "1"),
        ("b", "X", "2"),
    ]
