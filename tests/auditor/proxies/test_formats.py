from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.proxies.formats import FORMATS
from yett.auditor.registry import all_rules


def test_rules_do_not_break_on_odd_files():
    files = {
        "mcp.conf": b"server { listen; proxy_pass; location { proxy_pass; proxy_set_header; ssl_protocols; } }",
        "Caddyfile": b"{\n}\n:80 {\nreverse_proxy\nheader\n}\n",
    }
    gathered = gather(files, FORMATS)
    assert [type(subject).__name__ for subject in gathered.subjects] == ["Caddyfile", "Nginx"]
    assert not judge(gathered.subjects, all_rules()).broken
