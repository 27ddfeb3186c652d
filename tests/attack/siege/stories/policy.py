"""What a caller may do, and when that changes."""

from __future__ import annotations

import time

from siege import matrix
from siege.campaign import Campaign, Lane
from siege.castle import Castle
from siege.speech import ABSENT, Say, call
from yett.identity.token_file import TokenFile


def everything_is_denied(campaign: Campaign) -> list[str]:
    """Who has no rule has nothing: no name, no entry in any list."""
    problems = []
    for caller in ("mallory",):
        for era in ("modern", "legacy"):
            for name in ("echo", "get_issue", "delete_all", "typed"):
                answer = campaign.say(call(name, caller=caller), Lane(era))
                if answer.document.get("error", {}).get("code") != -32602:
                    problems.append(f"{caller} calls {name}: {answer.body[:80]!r}")
            for method, key in (
                ("tools/list", "tools"),
                ("prompts/list", "prompts"),
                ("resources/list", "resources"),
                ("resources/templates/list", "resourceTemplates"),
            ):
                found = campaign.say(Say(method=method, caller=caller), Lane(era)).document["result"][key]
                if found:
                    problems.append(f"{caller} sees {found}")
    return problems


def matrix_agrees(campaign: Campaign) -> list[str]:
    """Six callers, forty tools, random roles: the gateway decides as an oracle does that never saw its code."""
    return matrix.through_a_gateway(campaign.castle.folder / "matrix", seed=20260728, callers=6, tools=40)


def reloaded(campaign: Campaign) -> list[str]:
    """What a reload takes away is gone at once, a revoked token within a second; a bad reload changes nothing."""
    problems = []
    with Castle(campaign.castle.folder / "reload") as castle:
        mine = Campaign(castle)
        if mine.say(call("get_issue", caller="carol")).document.get("result") is None:
            problems.append("carol could not call at first")
        castle.write_config(old="allow: [web.get_issue, proc.get_issue]", new="allow: [proc.get_issue]")
        if castle.reload()[0] != 200:
            problems.append("the reload failed")
        if mine.say(call("get_issue", caller="carol")).document.get("error", {}).get("code") != -32602:
            problems.append("a rule outlived its reload")
        listed = mine.say(Say(method="tools/list", caller="carol")).document["result"]["tools"]
        if listed:
            problems.append("a list outlived the reload of its rule")
        (castle.folder / "yett.yaml").write_text("listen: [", "utf-8")
        status, _ = castle.reload()
        if status != 409 or mine.say(call("echo", {"text": "x"})).status != 200:
            problems.append(f"a broken config: {status}")
        # The token's own role goes with the token.
        if mine.say(call("echo", {"text": "x"}, caller="olga")).document.get("result") is None:
            problems.append("olga could not call at first")
        TokenFile(castle.folder / "tokens.yaml").revoke("olga")
        time.sleep(1.0)
        if mine.say(call("echo", {"text": "x"}, caller="olga")).status != 401:
            problems.append("a revoked token outlived a second")
    return problems


def admin_is_apart(campaign: Campaign) -> list[str]:
    """The data listener has nothing of the admin's, the admin's nothing of the data's; a page can reach neither."""
    castle = campaign.castle
    problems = []
    for path in ("/metrics", "/readyz", "/livez", "/reload", "/admin", "/web/mcp/../metrics", "/debug"):
        answer = campaign.say(Say(verb=b"GET", path=path, head={"mcp-session-id": ABSENT, "mcp-name": ABSENT}))
        if answer.status != 404:
            problems.append(f"{path} on the data listener: {answer.status}")
    for headers, wanted in (({}, 200), ({"Host": "evil.example"}, 421), ({"Origin": "http://127.0.0.1"}, 421)):
        status, _ = castle.admin("/metrics", **headers)
        if status != wanted:
            problems.append(f"/metrics with {headers}: {status}")
    for path in ("/web/mcp", "/mcp"):
        status, _ = castle.admin(path, method="POST")
        if status != 404:
            problems.append(f"{path} on the admin listener: {status}")
    status, _ = castle.admin("/reload", method="POST")
    if status != 403:
        problems.append(f"a reload that was not meant: {status}")
    status, _ = castle.admin("/reload", method="GET", X_Yett_Reload="1")
    if status != 405:
        problems.append(f"a reload by GET: {status}")
    return problems
