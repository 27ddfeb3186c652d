import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.proxies.proxy import Caddyfile, Nginx, claims_caddy, claims_nginx, parse_caddy, parse_nginx
from yett.auditor.subject import Skipped

NGINX = """http {
  proxy_buffering off;
  server {
    listen 443 ssl; # why
    location ~ ^/mcp {
      proxy_pass http://a;
      proxy_set_header Connection "";
    }
    location / { proxy_pass http://b; }
  }
}
"""


def test_directives_are_read_with_their_lines_and_blocks():
    found = parse_nginx("mcp.conf.d/site.conf", NGINX)
    assert [(each.path, each.directive.line) for each in found.proxied()] == [("~ ^/mcp", 6), ("/", 9)]
    (first, _) = found.proxied()
    assert [each.value for each in first.effective("proxy_buffering")] == ["off"]
    assert first.effective("proxy_set_header")[0].arguments == ("Connection", "")
    assert first.server.line == 3
    assert found.at(first.directive).column == 7


def test_only_places_of_mcp_servers_are_looked_at():
    assert [each.path for each in parse_nginx("site.conf", NGINX).proxied()] == ["~ ^/mcp"]


def test_a_caddyfile_ends_directives_with_their_line():
    found = parse_caddy("Caddyfile", "a.example, b.example {\n  encode gzip\n  reverse_proxy 127.0.0.1:3000\n}\n")
    (site,) = found.sites()
    assert (site.name, site.arguments) == ("a.example,", ("b.example",))
    assert [each.name for each in site.block] == ["encode", "reverse_proxy"]


def test_files_are_told_by_name_and_content():
    assert claims_nginx("x.conf", NGINX)
    assert not claims_nginx("x.conf", "key = value")
    assert claims_caddy("Caddyfile", "reverse_proxy a")
    assert not claims_caddy("x.txt", "reverse_proxy a")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a {\n b;\n", "a block that is not closed, line 1"),
        ("a;\n}\n", "a `}` that closes nothing, line 2"),
        ("a { " * 100, "nested more than 32 levels deep, line 1"),
    ],
)
def test_what_cannot_be_read_is_said(text, why):
    assert parse_nginx("a.conf", text) == Skipped(path="a.conf", why=why)


@given(st.text() | st.text(alphabet="a {};\n\"'#\\$"))
def test_any_text_is_read_or_skipped(text):
    assert isinstance(parse_nginx("a.conf", text), Nginx | Skipped)
    assert isinstance(parse_caddy("Caddyfile", text), Caddyfile | Skipped)
