import pytest


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.to_thread(run, x)",
        "executor.submit(run, x)",
        "await loop.run_in_executor(None, run, x)",
        "functools.partial(run, x)()",
    ],
)
def test_a_function_that_is_called_elsewhere_is_called(tool, body):
    helper = "import asyncio, functools\ndef run(line):\n    eval(line)\n"
    assert tool(body, before=helper) == {"code"}


@pytest.mark.parametrize(
    "body",
    [
        "[args.x].map((each) => eval(each));",
        "Promise.resolve(args.x).then((text) => eval(text));",
        "run.call(null, args.x);",
        "run.apply(null, [args.x]);",
        "const bound = run.bind(null); bound(args.x);",
        "setTimeout(() => eval(args.x), 1);",
    ],
)
def test_callbacks_see_what_they_are_given(script, body):
    assert script(body, before="function run(text) { eval(text); }\n") == {"code"}


def test_promisify_keeps_what_a_function_is(script):
    before = "import { exec } from 'child_process'; import { promisify } from 'util';\nconst run = promisify(exec);\n"
    assert script("await run(`ls ${args.x}`);", before=before) == {"command"}


def test_what_a_filter_lets_through_was_tested(script):
    good = "const ok = [args.x].filter((each) => /^[a-z]+$/.test(each));"
    assert script(good, "eval(ok[0]);") == set()
    assert script("const ok = [args.x].filter((each) => each.length > 3);", "eval(ok[0]);") == {"code"}


def test_a_module_is_loaded_by_require_and_import(program):
    text = "const { run } = require('./run');\nserver.tool('t', {}, async (args) => run(args.x));\n"
    found = program(server_dot_js=text, run_dot_js="exports.run = (text) => eval(text);\n").paths
    assert [(path.flow.sink.spot.module.path, path.parameter) for path in found] == [("run.js", "x")]
