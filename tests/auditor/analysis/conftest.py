import pytest

from yett.auditor.analysis.files import parse
from yett.auditor.analysis.program import Program

TOOL = "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\n"


def program_of(**files):
    subjects = [parse(name.replace("__", "/").replace("_dot_", "."), text) for name, text in files.items()]
    return Program(path=".", modules=tuple(subject.module for subject in subjects))


def reached_in(**files):
    return {(path.flow.sink.kind, path.flow.sink.spot.line) for path in program_of(**files).paths}


@pytest.fixture
def program():
    return program_of


@pytest.fixture
def reached():
    return reached_in


@pytest.fixture
def tool():
    """What a Python tool with one text parameter `x` does with it: the kinds of sinks that are reached."""

    def kinds(*body, parameters="x: str", before=""):
        text = TOOL + before + f"\n@mcp.tool()\ndef tool({parameters}):\n" + "".join(f"    {line}\n" for line in body)
        return {kind for kind, _ in reached_in(server_dot_py=text)}

    return kinds


@pytest.fixture
def script():
    """The same in TypeScript; the tool's arguments are `args`."""

    def kinds(*body, before="", schema="{ x: z.string() }"):
        text = "import { z } from 'zod';\n" + before + f"\nserver.tool('t', {schema}, async (args) => {{\n"
        return {kind for kind, _ in reached_in(server_dot_ts=text + "\n".join(body) + "\n});\n")}

    return kinds
