from yett.auditor.analysis.files import parse
from yett.auditor.analysis.marks import EVERY
from yett.auditor.analysis.questions import from_authorization, mentions, refuses
from yett.auditor.analysis.values import Value


def test_a_function_that_answers_401_or_403_refuses():
    text = "const a = (q, r) => { r.status(401).end(); };\nconst b = (q, r) => { r.status(200).end(); };\n"
    module = parse("a.ts", text).module
    assert [refuses(function) for function in module.functions] == [False, True, False]


def test_headers_that_hold_the_callers_authorization():
    assert from_authorization(Value(taint={(0, 0, ("headers", "Authorization")): EVERY}))
    assert not from_authorization(Value(taint={(0, 0, ("headers", "accept")): EVERY}))


def test_a_program_mentions_what_stands_in_a_line():
    modules = [parse("a.ts", "// x\nconst o = req.headers.origin;\n").module]
    assert mentions(modules, ["headers.origin"])
    assert not mentions(modules, ["headers.host"])


def test_a_socket_is_asked_before_it_is_accepted(program):
    text = "from starlette.websockets import WebSocket\nasync def f(scope):\n    w = WebSocket(scope)\n{}    await w.accept()\n"
    bare, asked = program(a_dot_py=text.format("")), program(a_dot_py=text.format("    check(w.headers)\n"))
    assert [[each.asked_before(site) for site in each.sites if site.method == "accept"] for each in (bare, asked)] == [
        [False],
        [True],
    ]
