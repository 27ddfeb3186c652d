"""M-11 to M-21: names of methods, tools and resources that are not, or not yours."""

from __future__ import annotations

from collections.abc import Iterator

from siege.cases import Talk, act, case, hidden, no, talk, yes
from siege.speech import ABSENT, Say, call, named, resource
from siege.stories.mcp_messages import (
    long_templates,
)

REFUSED = no(200, 400, 404)


NOT_A_NAME = no(200, 400, codes=frozenset({-32602, -32700}))
"""Not yours, or no name at all; a document that cannot be read names nothing."""


UNKNOWN_METHODS = (
    "tools/call ",
    "TOOLS/CALL",
    "Tools/call",
    "tools//call",
    "tools/call/",
    "/tools/call",
    "tools.call",
    "tools\\call",
    "tools/call\u200b",
    "tools/\u0441all",
    "rpc.discover",
    "__init__",
    "constructor",
    "call",
    "tools/delete_all",
    "tools/call;x",
    "tools/call?x",
    "tools%2fcall",
    "system.listMethods",
    "notifications/tools/call",
    "$/cancelRequest",
)


CLOSED_METHODS = (
    "skills/list",
    "skills/run",
    "vendor.example/run",
    "tasks/list",
    "tasks/result",
    "roots/list",
    "elicitation/create",
    "sampling/createMessage",
)


NAMES = (
    ("upper case", "DELETE_ALL"),
    ("capital", "Delete_all"),
    ("a space behind", "delete_all "),
    ("a space before", " delete_all"),
    ("a dot behind", "delete_all."),
    ("a line feed behind", "delete_all\n"),
    ("a zero-width space", "delete\u200b_all"),
    ("a soft hyphen", "delete\u00ad_all"),
    ("a Cyrillic a", "delete_\u0430ll"),
    ("a bidi override", "\u202edelete_all"),
    ("full-width", "\uff44elete_all"),
    ("a percent escape", "delete%5fall"),
    ("another escape", "delete%255fall"),
    ("%2e", "web%2edelete_all"),
    ("a slash", "delete/all"),
    ("quotes", '"delete_all"'),
    ("129 characters", "d" * 129),
    ("512 characters", "d" * 512),
    ("a NUL", "delete_all\x00"),
    ("a server's name before", "web.delete_all"),
    ("another server's", "proc.delete_all"),
    ("two names", "echo,delete_all"),
    ("a star", "*"),
    ("a pattern", "delete_*"),
    ("empty", ""),
    ("a path", "../delete_all"),
    ("__proto__", "__proto__"),
    ("constructor", "constructor"),
    ("NFD", "de\u0301lete_all"),
    ("a tag character", "delete_all\U000e0041"),
    ("a Kelvin sign", "\u212aill"),
    ("a template", "{{delete_all}}"),
)


URIS = (
    "note://public/../secret/b",
    "note://public/%2e%2e/secret/b",
    "note://public/%2E%2E/secret/b",
    "note://public/%252e%252e/secret/b",
    "note://public/..%2fsecret/b",
    "note://public/..\\secret\\b",
    "note://public/a/../../secret/b",
    "NOTE://secret/b",
    "note://secret/b#public",
    "note://public/a#x",
    "note://public@secret/b",
    "note:/public/a",
    "note:public/a",
    "note://public//a",
    "note://public/./a",
    "note://public/a/.",
    "note://PUBLIC/../secret/b",
    "note://public/%00",
    "note://public/a%00b",
    "note://public/a\x00",
    "note://public/\u2024\u2024/secret",
    "note://public/\uff0e\uff0e/secret",
    "file:///srv/public/../../etc/passwd",
    "file:///srv/public/%2e%2e/secret",
    "FILE:///srv/public/a",
    "file://localhost/srv/public/a",
    "file://evil.example/srv/public/a",
    "file:/srv/public/a",
    "file:///srv/public/a.",
    "file:///srv/public/a%20",
    "file:///srv/public/..",
    "file:///srv//public/a",
    "file:///SRV/public/a",
    "file:///srv/public/c%3a/x",
    "file:///srv/public/a?x=../../y#z",
    "http://169.254.169.254/latest",
    "http://[fe80::1%25eth0]/",
    "http://xn--e1afmkfd/",
    "http://host./",
    "note://secret/b",
    "",
    "secret/b",
    "note://public/\u0430",
    "note://public/a\n",
    " note://public/a",
    "note://public/a ",
    "note://public/" + "a" * 3000,
    "javascript:alert(1)",
    "data:,x",
)


def method(text: str) -> Say:
    """A message with another method, and a header that agrees where it can."""
    return Say(
        method=text,
        params={"name": "delete_all", "arguments": {}},
        head={"mcp-method": text if text.isascii() else ABSENT},
    )


def reaching() -> Iterator[Talk]:
    """Other methods that name something."""
    for what, name, params, eras in (
        ("a prompt", "prompts/get", {"name": "secret_prompt"}, ""),
        (
            "completion of a prompt",
            "completion/complete",
            {"ref": {"type": "ref/prompt", "name": "secret_prompt"}, "argument": {"name": "a", "value": ""}},
            "",
        ),
        (
            "completion of a template",
            "completion/complete",
            {"ref": {"type": "ref/resource", "uri": "note://secret/{name}"}, "argument": {"name": "name", "value": ""}},
            "",
        ),
        (
            "completion of a resource",
            "completion/complete",
            {"ref": {"type": "ref/resource", "uri": "note://secret/b"}, "argument": {"name": "name", "value": ""}},
            "",
        ),
        ("a subscription", "resources/subscribe", {"uri": "note://secret/b"}, "legacy"),
        ("an unsubscription", "resources/unsubscribe", {"uri": "note://secret/b"}, "legacy"),
        (
            "listening",
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": ["note://secret/b"]}},
            "modern",
        ),
        (
            "listening, an allowed one first",
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": ["note://public/a", "note://secret/b"]}},
            "modern",
        ),
        ("listening to a task", "subscriptions/listen", {"notifications": {"taskIds": ["t1"]}}, "modern"),
        ("a task", "tasks/get", {"taskId": "t1"}, ""),
        ("cancelling a task", "tasks/cancel", {"taskId": "t1"}, ""),
        ("a task's result", "tasks/result", {"taskId": "t1"}, "legacy"),
        ("a resource", "resources/read", {"uri": "note://secret/b"}, ""),
    ):
        yield talk(what, Say(method=name, params=params), hidden(), eras=eras)
    for what, name, params, eras in (
        (
            "a reference of an unknown kind",
            "completion/complete",
            {"ref": {"type": "ref/tool", "name": "delete_all"}, "argument": {"name": "a", "value": ""}},
            "",
        ),
        (
            "a reference with two names",
            "completion/complete",
            {
                "ref": {"type": "ref/prompt", "Name": "secret_prompt", "name": "hello"},
                "argument": {"name": "a", "value": ""},
            },
            "",
        ),
        ("a level that is no text", "logging/setLevel", {"level": ["debug"]}, "legacy"),
        (
            "subscriptions that are no list",
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": "note://secret/b"}},
            "modern",
        ),
        (
            "subscriptions under another name",
            "subscriptions/listen",
            {"notifications": {"ResourceSubscriptions": ["note://secret/b"]}},
            "modern",
        ),
        (
            "257 subscriptions",
            "subscriptions/listen",
            {"notifications": {"resourceSubscriptions": ["note://public/a"] * 257}},
            "modern",
        ),
    ):
        yield talk(what, Say(method=name, params=params), NOT_A_NAME, eras=eras)
    yield talk("an allowed prompt", Say(method="prompts/get", params={"name": "hello"}), yes())
    yield talk("an allowed resource", Say(method="resources/read", params={"uri": "note://public/a"}), yes())


ROWS = [
    case("M-11", "unknown methods", [talk(repr(text), method(text), REFUSED) for text in UNKNOWN_METHODS]),
    case(
        "M-12",
        "methods that only servers or extensions know",
        [talk(text, Say(method=text, params={"taskId": "t"}), REFUSED) for text in CLOSED_METHODS],
    ),
    case("M-17", "other spellings of a tool's name", [talk(what, named(name), NOT_A_NAME) for what, name in NAMES]),
    case(
        "M-18",
        "tools of another server by name",
        [
            talk(repr(name), named(name), hidden())
            for name in (
                "web__delete_all",
                "proc.echo",
                "web.web.echo",
                "poison.honest",
                "web/echo",
                "web_echo",
                "honest",
            )
        ],
        talk("collisions of servers are errors of the config", call("no_such_tool"), hidden()),
    ),
    case("M-19", "tricks with URIs", [talk(repr(uri[:60]), resource(uri), NOT_A_NAME) for uri in URIS]),
    case("M-20", "URI templates", act("slow ones", long_templates)),
    case("M-21", "forbidden names by other methods", reaching()),
]
