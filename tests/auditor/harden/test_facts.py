import json

from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.harden.facts import Facts, facts_of


def of(**files):
    return facts_of({name.replace("__", "."): text.encode() for name, text in files.items()}, "/srv/My Server")


def test_a_python_project_is_read():
    found = of(pyproject__toml='[project]\nname = "Weather MCP"\n[project.scripts]\nweather = "w:main"\n', uv__lock="")
    assert found == Facts(name="weather-mcp", language="python", command=("weather",), lock="uv.lock")


def test_a_node_project_is_read():
    npm = json.dumps({"name": "@acme/crm-mcp", "bin": {"crm": "dist/index.js"}})
    found = facts_of({"package.json": npm.encode(), "package-lock.json": b"{}"}, "x")
    assert found == Facts(name="crm-mcp", language="node", command=("node", "dist/index.js"), lock="package-lock.json")


def test_a_dockerfile_says_command_and_port():
    found = of(Dockerfile='FROM a\nEXPOSE 3000/tcp\nENTRYPOINT ["python"]\nCMD ["-m", "x"]\n')
    assert (found.command, found.port, found.name) == (("python", "-m", "x"), 3000, "my-server")


def test_what_is_missing_is_said():
    assert of(README__md="hello").startswith("it holds no pyproject.toml")
    assert of(requirements__txt="mcp").startswith("it does not say how it is started")


@given(st.text(), st.text(), st.text())
def test_any_files_are_read(npm, toml, docker):
    files = {"package.json": npm.encode(), "pyproject.toml": toml.encode(), "Dockerfile": f"FROM {docker}".encode()}
    assert isinstance(facts_of(files, "x"), Facts | str)
