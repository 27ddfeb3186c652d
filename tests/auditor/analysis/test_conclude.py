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
