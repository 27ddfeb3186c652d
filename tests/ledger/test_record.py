from pathlib import Path

import msgspec

from yett.core.exchange import Entrance
from yett.ledger.record import (
    Asked,
    Damaged,
    Gap,
    Happened,
    KeyChange,
    Outcome,
    Previous,
    Said,
    SegmentStart,
    Torn,
    Who,
)

WHO = Who(issuer="yett", subject="alice")


def asked(**more):
    return Asked(
        kind="intent", at="t", mono=1, exchange="e", server="s", peer="p", entrance=Entrance.GATEWAY, who=WHO, **more
    )


def test_what_is_not_known_is_not_written():
    assert msgspec.json.decode(msgspec.json.encode(asked())) == {
        "kind": "intent",
        "at": "t",
        "mono": 1,
        "exchange": "e",
        "server": "s",
        "peer": "p",
        "entrance": "gateway",
        "who": {"issuer": "yett", "subject": "alice"},
    }


def test_every_record_begins_with_its_kind_and_its_times():
    records = [
        asked(),
        Outcome(at="t", mono=1, exchange="e", server="s", status="allowed"),
        Happened(at="t", mono=1, event="start"),
        Gap(at="t", mono=1, since="s", why="w", refused=1),
        SegmentStart(at="t", mono=1, instance="i", host="h", pid=1, key="k", key_kept="beside"),
        Torn(at="t", mono=1, file="f", offset=0, bytes=1, sha256="0"),
    ]
    for record in records:
        assert list(msgspec.json.decode(msgspec.json.encode(record)))[:3] == ["kind", "at", "mono"]


def test_remarks_are_written_without_empty_fields():
    assert msgspec.json.encode(Said(guard="access", verdict="allow")) == b'{"guard":"access","verdict":"allow"}'


def test_the_reference_page_names_every_field():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "ledger-records.md").read_text()
    for shape in (Asked, Damaged, Gap, Happened, KeyChange, Outcome, Previous, Said, SegmentStart, Torn, Who):
        for field in shape.__struct_fields__:
            assert f"`{field}`" in page, (shape.__name__, field)
