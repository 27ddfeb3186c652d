"""Finds descriptions that steer the use of other tools: before, after or instead of them, or with other arguments.

A server may say in which order its own tools belong together. What it says about the tools of others, which it does
not know, is no description of its own. So names of its own tools are spared, and everything that means "all others".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from msgspec import Struct

from yett.detect.disguise import MAX_LENGTH, undisguise

_QUOTED: Final = 160
_TELLING: Final = 4
"""Letters: `get` and `run` are part of every tool's name."""

_KIND: Final = r"(?:tools?|functions?|operations?|commands?|servers?|plugins?|connectors?|integrations?)"
_THIS: Final = r"(?:this|the present)\W+(?:\w+\W+)?(?:tool|function|operation|command|server|one|service)\b"
_CALL: Final = r"(?:use|call|run|execute|invoke|choose|select|prefer|pick|trigger|pass|send|route|forward|consult)"
_CALLING: Final = r"(?:us(?:e|ing)|call(?:ing)?|run(?:ning)?|execut(?:e|ing)|invok(?:e|ing)|perform(?:ing)?|do(?:ing)?|trigger(?:ing)?|any|operation is|request for)"
_WHEN: Final = (
    r"(?:before|prior to|after|whenever|when|if|every time|each time|instead of|rather than|in place of|once)"
)
_OTHERS: Final = (
    rf"(?:any|every|each|all|other|another|any of the)\W+(?:of\W+the\W+)?(?:other\W+)?(?:\w+\W+){{0,2}}?{_KIND}"
)
_MUST: Final = r"(?:must|should|has to|have to|needs? to|shall|is to|required to)"
_G: Final = r"(?:[^\w.]+\w+){0,9}?[^\w.]+"
_ORDER: Final = rf"(?:(?:{_CALL})\W+(?:\w+\W+){{0,2}}?{_THIS}|{_THIS}\W+{_MUST}\W+(?:\w+\W+){{0,2}}?be\b)"
_NAME: Final = r"[`\"'“‘*]*(?P<other>[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)+)[`\"'”’*]*(?:\W+(?:mcp\W+)?tool\b)?"
_PLAIN: Final = rf"[`\"'“‘*]*(?P<other>[A-Za-z][\w-]*)[`\"'”’*]*\W+(?:mcp\W+)?{_KIND}\b"
_PART: Final = r"(?:recipients?|bcc|cc|amount|address|url|paths?|arguments?|parameters?|payload|headers?|destination|proxy|subject|body|account|input|output|results?|response)"
_NO_NAMES: Final = frozenset(
    {
        "this",
        "the",
        "a",
        "an",
        "any",
        "all",
        "every",
        "each",
        "other",
        "another",
        "same",
        "such",
        "that",
        "these",
        "those",
    }
    | {"its", "your", "our", "following", "available", "right", "appropriate", "correct", "mcp", "external", "specific"}
    | {"relevant", "suitable", "first", "next", "previous", "more", "read", "write", "search", "existing", "built-in"}
    | {
        "native",
        "individual",
        "separate",
        "dedicated",
        "multiple",
        "two",
        "several",
        "one",
        "which",
        "what",
        "no",
        "file",
    }
    | {"shell", "cli", "bash"}
)
"""What stands before `tool` without being a name."""


class Steering(Struct, frozen=True):
    """One thing a text says about tools that are not its own."""

    says: str
    quote: str
    other: str = ""


AROUND_ALL: Final = "orders its own use around all other tools"
_GENERAL: Final = tuple(
    (says, re.compile("|".join(alternatives), re.IGNORECASE))
    for says, alternatives in (
        (
            AROUND_ALL,
            (
                rf"\b{_WHEN}\W+(?:you\W+)?(?:{_CALLING}\W+)?{_OTHERS}{_G}{_ORDER}",
                rf"\b{_ORDER}{_G}(?:before|prior to|after|instead of|rather than|over|ahead of|in place of)\W+(?:you\W+)?(?:{_CALLING}\W+)?{_OTHERS}",
                rf"\b{_CALL}\W+{_THIS}\W+(?:\w+\W+){{0,4}}?(?:over|instead of|rather than|and not)\W+(?:\w+\W+){{0,2}}?(?:any|all|every|others?|another|alternatives?)\b",
                rf"\b(?:when|whenever|if)\W+(?:the\W+)?(?:operation|request|task|function|command)\W+is\W+(?:an?\W+)?\w+{_G}{_ORDER}",
                rf"\b(?:for|on|with|in)\W+(?:any|every|each|all)\W+(?:user\W+)?(?:requests?|questions?|messages?|quer(?:y|ies)|tasks?|turns?|conversations?|prompts?|interactions?)\b{_G}(?:{_ORDER}|\b(?:call|use|invoke|run)\W+(?:it|this)\b)",
                rf"\b(?:always\W+|first\W+|must\W+)(?:\w+\W+){{0,2}}?{_CALL}\W+{_THIS}\W+(?:first\W+)?(?:\w+\W+){{0,3}}?(?:for|on|with|in|before)\W+(?:any|every|each|all)\W+(?:user\W+|single\W+|other\W+)?(?:requests?|questions?|messages?|quer(?:y|ies)|turns?|conversations?|prompts?|interactions?|responses?|repl(?:y|ies)|answers?)\b",
                r"\b(?:vor|nach|statt|anstatt|anstelle)\W+(?:\w+\W+){0,2}?(?:jede[mnrs]?|alle[nr]?|andere[nmrs]?)\W+(?:\w+\W+){0,2}?(?:tools?|werkzeuge?n?s?|funktion(?:en)?|aufrufs?)\b(?:\W+\w+){0,9}?\W+(?:dieses|diese)\W+(?:tool|werkzeug|funktion)",
                r"\b(?:dieses)\W+(?:tool|werkzeug)\W+(?:\w+\W+){0,6}?(?:vor|statt|anstelle|anstatt)\W+(?:\w+\W+){0,2}?(?:jede[mnrs]?|alle[nr]?|andere[nmrs]?)\W+(?:\w+\W+){0,2}?(?:tools?|werkzeuge?n?s?)\b",
                r"\b(?:avant|après|au lieu)\W+(?:\w+\W+){0,3}?(?:tout|toute|tous|toutes|chaque|autres?)\W+(?:\w+\W+){0,2}?(?:outils?|fonctions?)\b(?:\W+\w+){0,9}?\W+cet\W+outil|\bcet\W+outil\b(?:\W+\w+){0,8}?\W+(?:avant|à la place|au lieu)\W+(?:\w+\W+){0,3}?(?:tout|toute|tous|chaque|autres?)\W+(?:\w+\W+){0,2}?outils?\b",
                r"\b(?:antes|después|en lugar|en vez|antes)\W+de\W+(?:\w+\W+){0,3}?(?:cualquier|todas?|otras?|cada|qualquer|outras?)\W+(?:\w+\W+){0,2}?(?:herramientas?|funciones|función|ferramentas?)\b(?:\W+\w+){0,9}?\W+est[ae]\W+(?:herramienta|ferramenta)|\best[ae]\W+(?:herramienta|ferramenta)\b(?:\W+\w+){0,8}?\W+(?:antes|lugar|vez)\W+de\W+(?:\w+\W+){0,3}?(?:cualquier|todas?|otras?|qualquer|outras?)\b",
                r"(?:перед|до|после|вместо)\W+(?:\w+\W+){0,2}?(?:люб\w+|кажд\w+|всех|други\w+|друго\w+)\W+(?:\w+\W+){0,2}?(?:инструмент\w*|функци\w*)(?:\W+\w+){0,9}?\W+этот\W+инструмент|этот\W+инструмент(?:\W+\w+){0,8}?\W+(?:перед|до|вместо)\W+(?:\w+\W+){0,2}?(?:люб\w+|кажд\w+|всех|други\w+)",
                r"(?:在|使用|调用|呼叫){0,2}(?:任何|所有|其他|每个|其它).{0,6}(?:工具|函数|功能).{0,12}(?:之前|以前|前|后).{0,14}(?:本工具|此工具|这个工具|該工具|该工具)", r"(?:本工具|此工具|这个工具).{0,14}(?:代替|优先于|替代|而不是|取代).{0,8}(?:其他|任何|所有|其它).{0,6}(?:工具|功能)",
                r"(?:他の|すべての|あらゆる|全ての).{0,6}ツール.{0,12}(?:前|代わり|後).{0,20}この(?:ツール|関数)", r"この(?:ツール|関数).{0,20}(?:他の|すべての|あらゆる).{0,6}ツール.{0,8}(?:代わり|より|優先|前)", r"(?:다른|모든|어떤).{0,6}(?:도구|툴).{0,14}(?:전에|대신|후에).{0,16}이\s?(?:도구|툴)|이\s?(?:도구|툴).{0,14}(?:다른|모든).{0,6}(?:도구|툴).{0,6}(?:대신|보다|전에)",
            ),
        ),
        (
            "tells the model not to use other tools",
            (
                rf"\b(?:do not|don['’]?t|never|avoid|stop|refrain from|must not|should not|cease)\W+(?:ever\W+)?(?:{_CALLING}|rely(?:ing)? on|trust(?:ing)?)\W+(?:any\W+|the\W+|an?\W+)?(?:other|another|alternative|similar|different|competing|third.party)\W+(?:\w+\W+){{0,3}}?{_KIND}\b",
                r"\b(?:verwende|benutze|nutze|rufe)\W+(?:\w+\W+){0,2}?kein\w*\W+andere\w*\W+(?:tool|werkzeug|funktion)\w*|\bn['’](?:utilise[zr]?|appelle[zr]?)\W+(?:\w+\W+){0,2}?autres?\W+outils?|\bno\W+(?:uses|utilices|use|utilice|llames)\W+(?:\w+\W+){0,2}?(?:otras?|ninguna otra)\W+herramientas?|не\W+используй\w*\W+(?:\w+\W+){0,2}?други\w+\W+инструмент\w*|(?:不要|禁止|请勿|切勿)(?:再)?(?:使用|调用)(?:任何)?(?:其他|其它|别的)(?:的)?(?:\w{0,4})?工具|他の.{0,4}ツール.{0,4}(?:使わ|使用し|呼び出さ)な|다른.{0,4}(?:도구|툴).{0,4}(?:사용하지|쓰지)",
            ),
        ),
        (
            "claims precedence over other tools",
            (
                rf"\b(?:{_THIS}|it)\W+(?:\w+\W+)?(?:replaces|supersedes|overrides|takes (?:precedence|priority) over|has (?:precedence|priority) over|outranks|shadows)\W+(?:\w+\W+){{0,4}}?{_KIND}\b",
                rf"\b{_THIS}\W+(?:\w+\W+)?(?:intercepts|hijacks|captures|impersonates|redirects)\W+(?:\w+\W+){{0,3}}?(?:requests|calls|messages|traffic|{_KIND})\b",
                rf"\b{_THIS}\W+(?:\w+\W+)?has\W+(?:the\W+)?(?:highest|top|absolute|maximum)\W+(?:priority|precedence)\b", r"\b(?:highest|top|absolute|maximum)\W+(?:priority|precedence)\W+(?:among|over|of)\W+(?:all\W+)?(?:\w+\W+){0,2}?tools?\b",
            ),
        ),
        (
            "speaks ill of other tools",
            (
                rf"\b(?:other|alternative|competing|existing|built.in|standard|official|original|remaining)\W+(?:\w+\W+){{0,3}}?{_KIND}\W+(?:\w+\W+){{0,2}}?(?:is|are|has been|have been|was|were|may be|contain)\W+(?:\w+\W+){{0,2}}?(?:deprecated|broken|unsafe|insecure|unreliable|disabled|compromised|outdated|malicious|obsolete|removed|inaccurate|vulnerable|dangerous|malware|not (?:be )?(?:used|trusted|safe))\b",
            ),
        ),
    )
)  # fmt: skip

_ABOUT_NAMES: Final = tuple(
    (says, re.compile(pattern, re.IGNORECASE))
    for name in (_NAME, _PLAIN)
    for says, pattern in (
        ("orders its own use around", rf"\b{_WHEN}\W+(?:\w+\W+){{0,2}}?(?:{_CALLING}\W+)?(?:the\W+|a\W+|an\W+)?{name}{_G}{_ORDER}"),
        ("orders its own use around", rf"\b{_ORDER}\W+(?:\w+\W+){{0,5}}?(?:before|after|instead of|rather than|in place of|whenever|every time|over)\W+(?:you\W+)?(?:{_CALLING}\W+)?(?:the\W+)?{name}"),
        ("changes what is passed to", rf"\b(?:when|whenever|if|every time|each time|before|after)\W+(?:\w+\W+){{0,2}}?{_CALLING}\W+(?:the\W+)?{name}{_G}(?:set|change|replace|add|append|redirect|modify|also|always|must|swap|alter|prepend)\W+(?:\w+\W+){{0,8}}?{_PART}\b"),
        ("changes what is passed to", rf"\b(?:when|whenever|if|every time|each time)\W+(?:the\W+|an?\W+)?{name}\W+(?:is|gets)\W+(?:used|called|run|executed|invoked){_G}(?:set|change|replace|add|append|redirect|modify|also|always|must|swap|alter|prepend)\W+(?:\w+\W+){{0,8}}?{_PART}\b"),
        ("orders the use of", rf"\b(?:must|always|have to|has to|required to)\W+(?:(?:also|first|then|always|immediately|next)\W+){{0,2}}(?:call|invoke|run|execute)\W+(?:the\W+)?{name}"),
        ("speaks ill of", rf"\b(?:the\W+)?{name}\W+(?:is|was|has been)\W+(?:now\W+|currently\W+|no longer\W+)?(?:deprecated|broken|unsafe|insecure|unreliable|disabled|compromised|malicious|obsolete|vulnerable)\b{_G}(?:use|call|prefer|choose)\W+(?:\w+\W+)?(?:this|instead)\b"),
        ("tells the model not to use", rf"\b(?:never|do not|don['’]?t|stop)\W+(?:{_CALLING})\W+(?:the\W+)?{name}{_G}(?:use|call|prefer|choose)\W+{_THIS}"),
    )
)  # fmt: skip


def steers(text: str, own: Collection[str]) -> list[Steering]:
    """What a text says about tools beyond `own`, the names of all tools of its server. At most one of each kind."""
    bare = undisguise(text[:MAX_LENGTH])
    plain = "\n".join((bare.plain, *bare.hidden))
    found: dict[str, Steering] = {}
    for says, pattern in _GENERAL:
        if match := pattern.search(plain):
            found.setdefault(says, Steering(says, _short(match.group())))
    for steering in _about_names(plain, own):
        found.setdefault(steering.says, steering)
    return list(found.values())


def _about_names(plain: str, own: Collection[str]) -> Iterator[Steering]:
    for says, pattern in _ABOUT_NAMES:
        for match in pattern.finditer(plain):
            other = match["other"]
            if other.lower() not in _NO_NAMES and not any(_alike(_bare(other), _bare(name)) for name in own):
                yield Steering(says, _short(match.group()), other)
                break


def _alike(other: str, name: str) -> bool:
    """Whether a name means one of our own tools: written otherwise, with a prefix, or only its last word."""
    telling = len(other) >= _TELLING and (name.endswith(other) or other.endswith(name) or name.startswith(other))
    return other == name or telling


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _short(text: str) -> str:
    return " ".join(text.split())[:_QUOTED]
