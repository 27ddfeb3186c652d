from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.gateways.gateway import Gateway, claims, parse
from yett.auditor.subject import Skipped

TEXT = """auth: { tokens: t.yaml }
mcpServers:
  a: http://127.0.0.1:1/mcp
  b: { command: npx, args: [x], env: { A: b } }
roles:
  reader: { allow: ["a.get_*", { "b.put": args.x == 1 }] }
"""


def test_servers_and_rules_are_read():
    found = parse("yett.yaml", TEXT)
    assert [launch.name for launch in found.launches] == ["a", "b"]
    assert [name for name, _ in found.servers()] == ["a", "b"]
    assert [(role, pattern) for role, pattern, _ in found.allowed()] == [("reader", "a.get_*"), ("reader", "b.put")]


def test_a_config_is_told_by_its_name_or_its_sections():
    assert claims("yett.yaml", TEXT)
    assert claims("prod.yaml", TEXT)
    assert not claims("prod.yaml", "servers: {}\n")


def test_what_the_gateway_would_not_read_is_skipped_with_its_reason():
    found = parse("yett.yaml", "servers: [\n")
    assert isinstance(found, Skipped)
    assert found.why.startswith("not a config that the gateway reads: ")


@given(st.text() | st.text(alphabet="servers:roles auth{}[]\n &*-"))
def test_any_text_is_read_or_skipped(text):
    found = parse("yett.yaml", text)
    assert isinstance(found, Gateway | Skipped)
    if isinstance(found, Gateway):
        list(found.allowed())
