from yett.auditor.finding import Confidence


def test_a_way_from_a_tool_is_sure_and_one_from_http_less(program):
    tool = program(server_dot_py="@mcp.tool()\ndef t(x: str):\n    eval(x)\n")
    http = program(server_dot_py="@app.get('/x')\ndef t(x: str):\n    eval(x)\n")
    assert [path.confidence for path in (*tool.paths, *http.paths)] == [Confidence.HIGH, Confidence.MEDIUM]


def test_a_public_function_that_nothing_calls_is_a_possible_way(program):
    (path,) = program(server_dot_py="import os\ndef run(line):\n    os.system('ls ' + line)\n").paths
    assert (path.confidence, path.entry, path.parameter) == (Confidence.LOW, None, "line")


def test_an_assumption_makes_a_way_possible_only(program):
    text = "function kill(port: number) { execSync(`kill ${port}`); }\nimport { execSync } from 'child_process';\n"
    text += "server.tool('k', {}, async (args) => kill(args.port));\n"
    (path,) = program(server_dot_ts=text).paths
    assert path.confidence is Confidence.LOW


def test_columns_count_characters(program):
    found = program(server_dot_py="@mcp.tool()\ndef t(x: str):\n    y = 'äöü'; eval(x)\n")
    (path,) = found.paths
    assert found.place(path.flow.sink.spot).column == 16
    assert found.place(path.flow.sink.spot).text == "    y = 'äöü'; eval(x)"
