"""Duties: what a tool does with data, by the words of its name."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from yett.auditor.catalogues.catalogue import Listed
from yett.auditor.documents.document import get, truth


class Duty(Enum):
    """One side of what must not come together: who can make a model read, take and send."""

    BRINGS = "brings text of strangers"
    READS = "reads what is private"
    SENDS = "sends to others"


_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LOOK: Final = frozenset(
    {"browse", "check", "crawl", "download", "fetch", "get", "list", "load", "navigate", "open", "query", "read"}
    | {"retrieve", "scrape", "search", "view", "visit"}
)
_STRANGERS: Final = frozenset(
    {"article", "browser", "comment", "comments", "email", "emails", "feed", "inbox", "internet", "issue", "issues"}
    | {"mail", "mails", "page", "reviews", "rss", "site", "ticket", "tickets", "tweets", "url", "web", "webpage"}
    | {"website"}
)
_PRIVATE: Final = frozenset(
    {"calendar", "clipboard", "contacts", "credentials", "customer", "customers", "database", "db", "document"}
    | {"documents", "drive", "email", "emails", "env", "environment", "file", "files", "inbox", "mail", "mails"}
    | {"message", "messages", "notes", "passwords", "patient", "patients", "secret", "secrets", "sql", "vault"}
)
_SEND: Final = frozenset({"email", "forward", "post", "publish", "reply", "send", "share", "tweet", "upload"})
_MAKE: Final = frozenset({"add", "create", "open", "submit", "write"})
_PUBLIC: Final = frozenset({"comment", "gist", "issue", "paste", "pr", "pull", "tweet", "webhook"})


def duties_of(tool: Listed) -> frozenset[Duty]:
    """By the words of its name; a tool whose annotations say that it only reads does not send."""
    words = {word.lower() for word in _WORDS.findall(tool.name)}
    found = set()
    looks = bool(words & _LOOK)
    if (looks and words & _STRANGERS) or words & {"browse", "crawl", "scrape", "navigate"}:
        found.add(Duty.BRINGS)
    if looks and words & _PRIVATE:
        found.add(Duty.READS)
    sends = bool(words & _SEND and not words & _LOOK) or bool(words & _MAKE and words & _PUBLIC)
    if sends and truth(get(tool.node, "annotations", "readOnlyHint")) is not True:
        found.add(Duty.SENDS)
    return frozenset(found)
