import pytest

from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules
from yett.auditor.supply.formats import FORMATS

ODD = {
    ".github/workflows/a.yml": b"on: 3\njobs: {a: {steps: [1, {uses: [], run: {}, with: x}]}, b: [], c: {steps: {}}}",
    "package.json": b'{"name": [], "scripts": {"install": 3, "postinstall": null}, "dependencies": ["a"]}',
    "package-lock.json": b'{"packages": {"": 1, "a": {"resolved": 2}, "b": {"resolved": "https://[", "integrity": 4}}}',
    "requirements.txt": b"--\n-r\n\t==\n[x]\n--extra-index-url\n@ @\n",
    ".npmrc": b"=\n//host/:_authToken=x\nregistry\n",
}


def test_rules_do_not_break_on_odd_files():
    gathered = gather(ODD, FORMATS)
    assert len(gathered.subjects) == len(ODD)
    assert not judge(gathered.subjects, all_rules()).broken


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/workflows/a.yml", b"jobs: ["),
        ("package.json", b'{"name": '),
        ("package-lock.json", b'{"packages": ' + b"[" * 100_000),
        ("package-lock.json", b'["packages"]'),
        ("package-lock.json", b'{"packages": []}'),
    ],
)
def test_what_cannot_be_read_is_said(path, text):
    gathered = gather({path: text}, FORMATS)
    assert [skipped.path for skipped in gathered.skipped] + [s.path for s in gathered.subjects] == [path]
    assert not judge(gathered.subjects, all_rules()).broken
