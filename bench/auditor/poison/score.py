"""Scores the detection of poisoned descriptions: our own poisoned texts, and what published servers say.

    python bench/auditor/poison/score.py [FOLDER] [--write]

FOLDER receives the published packages (default: a temporary one); nothing of them is run or kept in the project.
`--write` renews docs/reference/poisoned-descriptions.md.
"""

from __future__ import annotations

import argparse
import base64
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import published

from yett.auditor.catalogues.catalogue import Catalogue, parse
from yett.auditor.registry import rule

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[2] / "docs" / "reference" / "poisoned-descriptions.md"
ORDERS = ("poisoned-description", "steers-other-tools")
CHARACTERS = ("hidden-characters", "terminal-controls", "encoded-text")
HOMOGLYPHS = str.maketrans("aeopcxy", "аеорсху")  # noqa: RUF001 - the disguise
FEWEST = 5
"""Spaces of a text that can be split into three."""
LATIN = frozenset(["en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "id", "vi"])


def poisoned() -> Iterator[tuple[str, str, str]]:
    """Class, language and text of each of our own."""
    for line in (HERE / "poisoned.tsv").read_text(encoding="utf-8").splitlines():
        kind, language, text = line.split("\t")
        yield kind, language, text


def plain(text: str) -> list[str]:
    return [text]


def zero_width(text: str) -> list[str]:
    return [" ".join(word[: len(word) // 2] + "\u200b" + word[len(word) // 2 :] for word in text.split(" "))]


def tags(text: str) -> list[str]:
    first, rest = halves(text)
    return [first + "".join(chr(0xE0000 + ord(char)) for char in rest if char.isascii())]


def encoded(text: str) -> list[str]:
    first, rest = halves(text)
    return [f"{first} {base64.b64encode(rest.encode()).decode()}"]


def homoglyphs(text: str) -> list[str]:
    """Every other word in letters that look alike."""
    return [" ".join(word.translate(HOMOGLYPHS) if n % 2 else word for n, word in enumerate(text.split(" ")))]


def split(text: str) -> list[str]:
    """The text in three pieces, as the descriptions of three parameters."""
    words = text.split(" ")
    third = max(len(words) // 3, 1)
    return [" ".join(words[:third]), " ".join(words[third : 2 * third]), " ".join(words[2 * third :])]


def halves(text: str) -> tuple[str, str]:
    """The innocent first sentence, and the rest."""
    for end in (". ", "。", ": "):
        first, found, rest = text.partition(end)
        if found and rest:
            return first + end, rest
    return "", text


DISGUISES: dict[str, Callable[[str], list[str]]] = {
    "none": plain,
    "zero-width characters": zero_width,
    "tag characters": tags,
    "base64": encoded,
    "look-alike letters": homoglyphs,
    "split over parameters": split,
}


def fits(disguise: str, language: str, text: str) -> bool:
    """Whether a text can wear a disguise: tag characters are ASCII, look-alikes replace Latin letters, words part."""
    if disguise == "tag characters":
        return language == "en"
    if disguise == "look-alike letters":
        return language in LATIN
    return disguise != "split over parameters" or text.count(" ") >= FEWEST


def catalogue(descriptions: list[str], names: list[str]) -> Catalogue:
    parameters = {f"p{n}": {"type": "string", "description": text} for n, text in enumerate(descriptions[1:])}
    tool = {
        "name": "own_tool",
        "description": descriptions[0],
        "inputSchema": {"type": "object", "properties": parameters},
    }
    others = [{"name": name, "inputSchema": {"type": "object", "properties": {}}} for name in names]
    found = parse("tools.json", json.dumps({"tools": [tool, *others]}, ensure_ascii=False))
    if not isinstance(found, Catalogue):
        raise TypeError(str(found))
    return found


def fired(subject: Catalogue, rules: tuple[str, ...]) -> set[str]:
    judges = [each for each in map(rule, rules) if each is not None]
    return {finding.rule for each in judges for finding in each.check(subject)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        lines = [*found_of_ours(), "", *alarms(arguments.folder or Path(temporary))]
    print("\n".join(lines))
    if arguments.write:
        head = (HERE / "page.md").read_text(encoding="utf-8")
        PAGE.write_text(head.replace("RESULTS\n", "\n".join(lines) + "\n"), encoding="utf-8")


def alarmed(text: str, names: list[str]) -> set[str]:
    """The rules that see something in a description; names of a package are looked at only where they matter."""
    found = fired(catalogue([text], []), (*ORDERS, *CHARACTERS))
    return found and fired(catalogue([text], names), (*ORDERS, *CHARACTERS))


def found_of_ours() -> Iterator[str]:
    total: Counter[str] = Counter()
    found: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    kinds: dict[str, list[bool]] = defaultdict(list)
    missed: list[str] = []
    for kind, language, text in poisoned():
        for disguise, wear in DISGUISES.items():
            if not fits(disguise, language, text):
                continue
            subject = catalogue(wear(text), [])
            hit = bool(fired(subject, ORDERS))
            total[disguise] += 1
            found[disguise] += hit
            seen[disguise] += hit or bool(fired(subject, CHARACTERS))
            if disguise == "none":
                kinds[kind].append(hit)
            if not hit:
                missed.append(f"{disguise}: {text}")
    yield "| disguise | texts | order found | order or disguise found |"
    yield "|---|---|---|---|"
    for disguise, count in total.items():
        yield f"| {disguise} | {count} | {found[disguise]} | {seen[disguise]} |"
    yield f"| **all** | **{total.total()}** | **{found.total()}** | **{seen.total()}** |"
    yield ""
    yield "| class (undisguised) | texts | found |"
    yield "|---|---|---|"
    for kind, hits in kinds.items():
        yield f"| {kind} | {len(hits)} | {sum(hits)} |"
    for line in missed:
        print("missed:", line)


def alarms(folder: Path) -> Iterator[str]:
    published.fetch(folder)
    names = published.names(folder)
    texts = list(published.texts(folder))
    servers = {package for package, _ in texts}
    false: list[str] = []
    started = time.process_time()
    for package, text in texts:
        for rule_id in alarmed(text, names[package]):
            false.append(f"{package}: {rule_id}")
            print("alarm:", package, rule_id, text[:300].replace("\n", " "))
    spent = time.process_time() - started
    yield "| published servers read | descriptions | alarms | share | CPU a description |"
    yield "|---|---|---|---|---|"
    yield (
        f"| {len(servers)} | {len(texts)} | {len(false)} | {100 * len(false) / len(texts):.2f} % "
        f"| {1000 * spent / len(texts):.1f} ms |"
    )
    yield ""
    yield f"Alarms: {', '.join(f'`{each}`' for each in false) or 'none'}."


if __name__ == "__main__":
    main()
