from yett.auditor.output.text import as_text
from yett.config.diagnostic import COLOR


def test_a_flow_shows_source_and_sink(empty, flow):
    report = as_text(_with(empty, flow), verbosity=-1)
    assert report == (
        "error[command-from-argument]: parameter `url` of tool `fetch` reaches a shell\n"
        "  --> src/a.py:12:5\n"
        "   |\n"
        " 9 | def fetch(url: str) -> str:\n"
        "   |           --- 1: comes from the caller\n"
        "...\n"
        '12 |     subprocess.run(f"curl {url}", shell=True)\n'
        "   |     ^^^^^^^^^^^^^^ 2: is run by a shell\n"
        "   = fix: Pass a list of arguments.\n"
        "   = severity high, confidence high · yett rule command-from-argument\n"
    )


def test_nothing_found_says_what_was_looked_at(empty):
    assert as_text(empty) == (
        "Audited src: folder, 2 files, 40 lines\n1 rule ran\nno findings · grade A\nreport: -o audit.html"
    )


def test_hostile_words_reach_no_terminal(full):
    for palette in (COLOR,):
        text = as_text(full, palette, verbosity=1)
        for escape in (palette.error, palette.warning, palette.quiet, palette.strong, palette.end):
            text = text.replace(escape, "")
        assert all(line.isprintable() for line in text.split("\n"))


def test_everything_that_was_not_looked_at_is_told(full):
    text = as_text(full, verbosity=1)
    for words in (
        "was not audited",
        "a bug of ours: rule `shaky` broke",
        "warning: src/a.py:1:1: ",
        "warning: without a place",
        "1 new, 1 fixed, 2 unchanged",
        "Not read: not text (2)",
        "b.png: not text",
        "2 rules ran, 1 did not",
        "3 findings (1 high, 1 medium, 1 low) · grade D (partial) · 2 accepted · 2 below what was asked for",
        "1 can be fixed: --fix",
        "new warning[other]",
        "Found 1 server in 1 file",
    ):
        assert words in text, words


def test_lines_are_no_wider_than_asked(full):
    remarks = [line for line in as_text(full, width=72).split("\n") if line.startswith("   ")]
    assert max(map(len, remarks)) <= 72


def _with(report, *findings):
    from dataclasses import replace

    return replace(report, findings=findings)


def test_of_many_servers_the_first_are_listed(full):
    from dataclasses import replace

    text = as_text(replace(full, servers=full.servers * 50))
    assert "Found 50 servers in 1 file" in text
    assert "\n  and 10 more\n" in text
