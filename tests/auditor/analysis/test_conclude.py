import pytest

GUARDS = {
    "raises": "def ok(p):\n    if not NAME.fullmatch(p):\n        raise ValueError\n",
    "answers true": "def ok(p):\n    return bool(NAME.fullmatch(p))\n",
    "answers an error text": "def ok(p):\n    if not NAME.fullmatch(p):\n        return 'bad'\n    return None\n",
    "answers a pair": "def ok(p):\n    if not NAME.fullmatch(p):\n        return False, 'bad'\n    return True, ''\n",
}
USES = {
    "raises": ("ok(x)", "eval(x)"),
    "answers true": ("if ok(x):", "    eval(x)"),
    "answers an error text": ("error = ok(x)", "if error:", "    return", "eval(x)"),
    "answers a pair": ("good, why = ok(x)", "if not good:", "    return", "eval(x)"),
}
BEFORE = "import re\nNAME = re.compile(r'[a-z]+')\n"


@pytest.mark.parametrize("kind", GUARDS)
def test_a_validator_is_judged_by_its_body(tool, kind):
    assert tool(*USES[kind], before=BEFORE + GUARDS[kind]) == set()
    hollow = GUARDS[kind].replace("NAME.fullmatch(p)", "len(p)")
    assert tool(*USES[kind], before=BEFORE + hollow) == {"code"}


def test_a_result_object_is_believed_in_its_own_way(script):
    before = """function check(t) { return /^[a-z]+$/.test(t) ? { valid: true, value: t } : { valid: false, error: 'no' }; }
function early(t) { if (!/^[a-z]+$/.test(t)) { return { ok: false }; } return { ok: true }; }
"""
    assert script("const r = early(args.x);", "if (!r.ok) return;", "eval(args.x);", before=before) == set()
    assert script("const r = early(args.x);", "if (r.ok) return;", "eval(args.x);", before=before) == {"code"}


def test_a_switch_of_the_operator_does_not_undo_a_guard(tool):
    helper = "def ok(p, base=None):\n    if base is None:\n        return\n    if not NAME.fullmatch(p):\n        raise ValueError\n"
    assert tool("ok(x, BASE)", "eval(x)", before=BEFORE + "BASE = None\n" + helper) == set()


def test_a_way_round_the_guard_that_the_caller_can_take_is_seen(tool):
    helper = "def ok(p):\n    if p.startswith('!'):\n        return\n    if not NAME.fullmatch(p):\n        raise ValueError\n"
    assert tool("ok(x)", "eval(x)", before=BEFORE + helper) == {"code"}


WITHIN = """const path = require('path'); const fs = require('fs');
function within(p, dirs) {
  const n = path.resolve(path.normalize(p));
  return dirs.some(dir => {
    const d = path.resolve(path.normalize(dir));
    if (ASKED) { return n.startsWith(path.sep); }
    return n.startsWith(d + path.sep);
  });
}
"""
READ = (
    "const a = path.resolve(args.x);",
    "if (!within(a, process.argv)) throw new Error('no');",
    "fs.readFileSync(a);",
)


def test_a_folder_that_is_the_root_of_all_files_does_not_undo_a_guard(script):
    assert script(*READ, before=WITHIN.replace("ASKED", "d === path.sep")) == set()


def test_any_other_folder_than_the_root_of_all_files_does_undo_it(script):
    assert script(*READ, before=WITHIN.replace("ASKED", "d === '/srv'")) == {"path-read"}
    assert script(*READ, before=WITHIN.replace("ASKED", "p.length > 9")) == {"path-read"}
    assert script(*READ, before=WITHIN.replace("ASKED", "d !== path.sep")) == {"path-read"}
