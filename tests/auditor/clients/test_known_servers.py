import pytest

from yett.auditor.clients.known_servers import KNOWN, taken_for


@pytest.mark.parametrize(
    ("ecosystem", "name", "known"),
    [
        ("npm", "@modelcontextprotocol/server-filesytem", "@modelcontextprotocol/server-filesystem"),
        ("npm", "@modelcontextprotocol/server-filesystems", "@modelcontextprotocol/server-filesystem"),
        ("npm", "@modelcontextprotocol/server-flielsystem", ""),
        ("npm", "@modelcontextprotocol/server-fielsystem", "@modelcontextprotocol/server-filesystem"),
        ("npm", "@modelcontextprotcol/server-memory", "@modelcontextprotocol/server-memory"),
        ("npm", "@modelcontextprot\u043ecol/server-memory", "@modelcontextprotocol/server-memory"),
        ("npm", "modelcontextprotocol-server-github", "@modelcontextprotocol/server-github"),
        ("npm", "mcpremote", "mcp-remote"),
        ("npm", "mcp-remotes", "mcp-remote"),
        ("npm", "@acme/mcp-remote", ""),
        ("npm", "mcp-server-kubernetes2", ""),
        ("npm", "@modelcontextprotocol/server-gitlab", ""),
        ("pypi", "MCP.server_git", ""),
        ("pypi", "mcp-server-got", ""),
        ("pypi", "mcp-server-sqllite", "mcp-server-sqlite"),
        ("pypi", "", ""),
    ],
)
def test_a_name_is_taken_for_the_one_that_it_misspells(ecosystem, name, known):
    assert taken_for(ecosystem, name) == known


def test_no_known_name_is_taken_for_another():
    assert not [name for ecosystem, names in KNOWN.items() for name in names if taken_for(ecosystem, name)]
