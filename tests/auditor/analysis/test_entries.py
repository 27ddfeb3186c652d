import pytest

from yett.auditor.analysis.entries import Reach

PYTHON = {
    "decorator": "@mcp.tool()\ndef t(x: str):\n    eval(x)\n",
    "bare decorator": "@mcp.tool\ndef t(x: str):\n    eval(x)\n",
    "prompt": "@mcp.prompt()\ndef t(x: str):\n    eval(x)\n",
    "resource": "@mcp.resource('a://{x}')\ndef t(x: str):\n    eval(x)\n",
    "add_tool": "def t(x: str):\n    eval(x)\nmcp.add_tool(t)\n",
    "low level": "@server.call_tool()\nasync def t(name, arguments):\n    eval(arguments['x'])\n",
    "constructor": "async def t(ctx, params):\n    eval(params.arguments['x'])\nserver = Server('s', on_call_tool=t)\n",
    "method": "class H:\n    def __init__(self, mcp):\n        mcp.tool(name='t')(self.t)\n    def t(self, ctx, x: str):\n        eval(x)\n",
    "class": "class T:\n    name = 't'\n    description = 'd'\n    input_schema = {}\n    def execute(self, arguments):\n        eval(arguments['x'])\n",
}
SCRIPT = {
    "tool": "server.tool('t', {}, async ({ x }) => eval(x));",
    "registerTool": "server.registerTool('t', {}, async ({ x }) => eval(x));",
    "addTool": "server.addTool({ name: 't', parameters: {}, execute: async (args) => eval(args.x) });",
    "handler": "server.setRequestHandler(CallToolRequestSchema, async (r) => { eval(r.params.arguments.x); });",
    "list": "export const tools = [{ name: 't', inputSchema: {}, handler: async (args) => eval(args.x) }];",
    "prompt": "server.prompt('p', {}, ({ x }) => eval(x));",
    "resource": "server.resource('r', new ResourceTemplate('a://{x}'), async (uri, { x }) => eval(x));",
    "class": "class T extends MCPTool { name = 't'; description = 'd'; schema = {}; async execute(input) { eval(input.x); } }",
}


@pytest.mark.parametrize("kind", PYTHON)
def test_every_way_to_register_a_tool_in_python_is_known(program, kind):
    (path,) = program(server_dot_py=PYTHON[kind]).paths
    assert (path.entry.reach, path.parameter) == (Reach.TOOL, "x")


@pytest.mark.parametrize("kind", SCRIPT)
def test_every_way_to_register_a_tool_in_typescript_is_known(program, kind):
    (path,) = program(server_dot_ts=SCRIPT[kind]).paths
    assert (path.entry.reach, path.parameter) == (Reach.TOOL, "x")


def test_a_dispatcher_names_the_tool_by_the_case(program):
    text = "@server.call_tool()\nasync def t(name, arguments):\n    if name == 'go':\n        eval(arguments['x'])\n"
    assert [path.tool for path in program(server_dot_py=text).paths] == ["go"]


def test_the_context_and_what_the_framework_injects_are_not_the_callers(reached):
    text = "@mcp.tool()\ndef t(ctx: Context, db=Depends(get)):\n    eval(ctx)\n    eval(db)\n"
    assert reached(server_dot_py=text) == set()


def test_http_handlers_are_entries_of_a_weaker_kind(program):
    text = "app.post('/run', async (req, res) => { eval(req.body.x); });"
    (path,) = program(server_dot_ts=text).paths
    assert (path.entry.reach, path.parameter) == (Reach.HTTP, "x")
