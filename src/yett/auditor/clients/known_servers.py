"""Known servers: names of packages that many people start, and which of them another name would be taken for."""

from __future__ import annotations

import re
from typing import Final, Literal

from yett.detect.lookalike import skeleton

KNOWN: Final[dict[Literal["npm", "pypi"], frozenset[str]]] = {
    "npm": frozenset(
        {
            *(
                f"@modelcontextprotocol/{name}"
                for name in (
                    *("inspector", "sdk", "server-aws-kb-retrieval", "server-brave-search", "server-everart"),
                    *("server-everything", "server-filesystem", "server-gdrive", "server-github", "server-gitlab"),
                    *("server-google-maps", "server-memory", "server-postgres", "server-puppeteer", "server-redis"),
                    *("server-sequential-thinking", "server-slack"),
                )
            ),
            *("@azure/mcp", "@browserbasehq/mcp", "@cloudflare/mcp-server-cloudflare", "@notionhq/notion-mcp-server"),
            *("@playwright/mcp", "@sentry/mcp-server", "@stripe/mcp", "@supabase/mcp-server-supabase"),
            *("@upstash/context7-mcp", "chrome-devtools-mcp", "exa-mcp-server", "figma-developer-mcp"),
            *("firecrawl-mcp", "mcp-remote", "mcp-server-kubernetes", "mongodb-mcp-server", "supergateway"),
            *("tavily-mcp", "@wonderwhy-er/desktop-commander", "@elastic/mcp-server-elasticsearch"),
        }
    ),
    "pypi": frozenset(
        {
            *("arxiv-mcp-server", "basic-memory", "blender-mcp", "duckduckgo-mcp-server", "fastmcp", "markitdown-mcp"),
            *("mcp-atlassian", "mcp-proxy", "mcp-server-fetch", "mcp-server-git", "mcp-server-qdrant"),
            *("mcp-server-sentry", "mcp-server-sqlite", "mcp-server-time", "postgres-mcp"),
        }
    ),
}
"""A name that is missing here is only not looked for; nothing is said of a package because it is not in this list."""

# Letters: `git` and `gis` are two words, `filesystem` and `filesystm` are one and its misspelling.
_LONG: Final = 6
_SEPARATORS: Final = re.compile(r"[-_./@]+")


def taken_for(ecosystem: Literal["npm", "pypi"], name: str) -> str:
    """The known package that somebody who reads `name` would take it for; empty for itself and for all others."""
    written = _normal(ecosystem, name)
    if written in KNOWN[ecosystem]:
        return ""
    looks, words = skeleton(written), _SEPARATORS.split(written)
    for known in sorted(KNOWN[ecosystem]):
        if skeleton(known) == looks or _misspelt(_SEPARATORS.split(known), words):
            return known
    return ""


def _normal(ecosystem: str, name: str) -> str:
    # For PyPI `A_b`, `a.b` and `a-b` are one name (PEP 503).
    return re.sub(r"[-_.]+", "-", name).lower() if ecosystem == "pypi" else name.lower()


def _misspelt(known: list[str], words: list[str]) -> bool:
    """Whether exactly one long word differs, by one slip of the fingers."""
    if len(known) != len(words):
        return False
    different = [(ours, theirs) for ours, theirs in zip(known, words, strict=True) if ours != theirs]
    return len(different) == 1 and len(different[0][0]) >= _LONG and _one_slip(*different[0])


def _one_slip(known: str, word: str) -> bool:
    """One letter more, less or other, or two neighbours exchanged. A number at the end is a version, no slip."""
    if word.rstrip("0123456789") != word and known.isalpha():
        return False
    if len(known) == len(word):
        match [position for position, pair in enumerate(zip(known, word, strict=True)) if pair[0] != pair[1]]:
            case [_]:
                return True
            case [first, second]:
                return second == first + 1 and known[first : second + 1] == word[second] + word[first]
        return False
    short, long = sorted((known, word), key=len)
    return len(long) == len(short) + 1 and any(long[:cut] + long[cut + 1 :] == short for cut in range(len(long)))
