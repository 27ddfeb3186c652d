import pytest


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (("if any(w in x.upper() for w in ['DROP', 'DELETE']):", "    raise ValueError"), {"weak-keywords"}),
        (("if re.search(r'(?i)\\b(insert|update|drop)\\b', x):", "    raise ValueError"), {"weak-keywords"}),
        (("if not x.upper().startswith('SELECT'):", "    raise ValueError"), {"weak-keywords"}),
        (
            ("if not x.startswith('https://good.example.com'):", "    raise ValueError", "fetch.get(x)"),
            {"weak-url-prefix", "request"},
        ),
        (("if not x.startswith('https://good.example.com/'):", "    raise ValueError", "fetch.get(x)"), set()),
        (("if not x.startswith(BASE):", "    raise ValueError", "open(x)"), {"weak-unresolved", "path-read"}),
        (("path = Path(BASE) / x", "path.resolve()", "open(path)"), {"weak-unused", "path-read"}),
        (("if urlparse(x).hostname == 'localhost':", "    raise ValueError"), {"weak-host-list"}),
        (("full = os.path.realpath(x)", "if not full.startswith(BASE):", "    raise ValueError"), {"weak-prefix"}),
        (("full = os.path.realpath(x)", "if not full.startswith(BASE + os.sep):", "    raise ValueError"), set()),
        (("if x.startswith('Hello'):", "    raise ValueError"), set()),
    ],
)
def test_guards_that_do_not_hold_are_found(tool, body, found):
    before = "import os, re\nimport requests as fetch\nfrom pathlib import Path\nfrom urllib.parse import urlparse\nBASE = os.environ['BASE']\n"
    assert tool(*body, before=before) == found
