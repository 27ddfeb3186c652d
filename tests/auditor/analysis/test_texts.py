import pytest

from yett.auditor.analysis.marks import HOST, OPENED, OPTION, ROOT
from yett.auditor.analysis.texts import placed


@pytest.mark.parametrize(
    ("head", "ended", "open_"),
    [
        ("", 0, HOST | ROOT | OPTION),
        ("https://", OPTION | ROOT, HOST),
        ("https://api.example.com/", HOST | OPENED, 0),
        ("https://api.", OPTION, HOST),
        ("\0", HOST, 0),
        ("\0://", OPTION, HOST),
        ("/items/", HOST | ROOT, 0),
    ],
)
def test_the_place_of_a_text_decides_what_it_can_do(head, ended, open_):
    clear, _ = placed(head, mixed=True)
    assert clear & ended == ended
    assert clear & open_ == 0


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("os.system('ls ' + re.sub(r'[^a-z]', '', x))", set()),
        ("os.system('ls ' + x.replace(';', ''))", {"command"}),
        ("db.execute('SELECT `' + x.replace('`', '``') + '`')", set()),
        ("db.execute('SELECT ' + x.replace('a', 'b'))", {"query"}),
        ("open('/a/' + x.replace('/', '_'))", set()),
        ("eval('{}'.format(x))", {"code"}),
    ],
)
def test_a_replacement_is_judged_by_what_it_takes_away(tool, body, found):
    assert tool(body, before="import os, re\n") == found
