from __future__ import annotations

import json

from yett.cli.main import run
from yett.config.json_schema import json_schema


def test_the_schema_is_printed_as_json(capsys):
    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()
