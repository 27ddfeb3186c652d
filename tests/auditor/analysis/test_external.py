import pytest


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("open(os.path.join('/srv', x))", {"path-read"}),
        ("open(os.path.join('/srv', os.path.basename(x)))", set()),
        ("open(Path('/srv') / x)", {"path-read"}),
        ("os.system('ls ' + shlex.quote(x))", set()),
        ("os.system('ls \"' + x + '\"')", {"command"}),
        ("open('/srv/' + hashlib.sha256(x.encode()).hexdigest())", set()),
        ("eval(json.loads(x)['y'])", {"code"}),
        ("eval(client.get_item(x))", set()),
    ],
)
def test_functions_outside_do_what_their_tables_say(tool, body, found):
    before = "import os, shlex, json, hashlib\nfrom pathlib import Path\n"
    assert tool(body, before=before) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("fs.readFileSync(path.join('/srv', args.x));", {"path-read"}),
        ("fs.readFileSync('/srv/' + path.basename(args.x));", set()),
        ("fetch(new URL(args.x, 'https://api.example.com'));", {"request"}),
        ("fetch(`https://api.example.com/${encodeURIComponent(args.x)}`);", set()),
        ("fetch(`https://${args.x}.example.com/`);", {"request"}),
        ("const list = []; list.push(args.x); eval(list[0]);", {"code"}),
    ],
)
def test_the_same_in_typescript(script, body, found):
    before = "import * as fs from 'node:fs';\nimport path from 'path';\n"
    assert script(body, before=before) == found


@pytest.mark.parametrize("answer", ["relative_to", "is_relative_to"])
def test_a_path_that_was_resolved_and_compared_is_inside(tool, answer):
    before = "from pathlib import Path\nBASE = Path('/srv')\n"
    asks = "full.relative_to(BASE)" if answer == "relative_to" else "if not full.is_relative_to(BASE): raise ValueError"
    assert tool("full = (BASE / x).resolve()", asks, "open(full)", before=before) == set()
    assert tool("full = BASE / x", asks, "open(full)", before=before) == {"path-read"}
