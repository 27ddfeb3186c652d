from yett.auditor.gather import gather
from yett.auditor.harden.facts import Facts
from yett.auditor.harden.proxy import caddy, nginx
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules

FACTS = Facts(name="weather", language="node", command=("node",), port=3000)


def test_the_blocks_pass_their_own_rules():
    files = {
        "mcp.conf": nginx(FACTS, "mcp.example.com").encode(),
        "Caddyfile": caddy(FACTS, "mcp.example.com").encode(),
    }
    gathered = gather(files)
    assert [type(subject).__name__ for subject in gathered.subjects] == ["Caddyfile", "Nginx"]
    assert judge(gathered.subjects, all_rules()).findings == ()
