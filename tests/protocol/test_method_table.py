from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from mcp_types import methods as sdk

from yett.core.exchange import Era
from yett.protocol.method_table import METHODS

# Beyond the SDK's maps: tasks of 2025-11-25 (which it leaves out on purpose) and the tasks extension, SEP-2663.
TASKS = {
    "tasks/get",
    "tasks/cancel",
    "tasks/result",
    "tasks/list",
    "tasks/update",
    "notifications/tasks/status",
    "notifications/tasks",
}


def of_sdk(*maps: Mapping[tuple[str, str], object], era: Era) -> set[str]:
    """The SDK's methods of one direction, in the versions of one era."""
    modern = {"2026-07-28"}
    return {method for table in maps for method, version in table if (version in modern) is (era is Era.MODERN)}


@pytest.mark.parametrize("era", list(Era))
def test_clients_may_send_what_the_official_schema_lists_and_nothing_else(era):
    ours = {name for name, method in METHODS.items() if era in method.client} - TASKS
    assert ours == of_sdk(sdk.CLIENT_REQUESTS, sdk.CLIENT_NOTIFICATIONS, era=era)


@pytest.mark.parametrize("era", list(Era))
def test_servers_may_send_what_the_official_schema_lists_and_nothing_else(era):
    ours = {name for name, method in METHODS.items() if era in method.server} - TASKS
    assert ours == of_sdk(sdk.SERVER_REQUESTS, sdk.SERVER_NOTIFICATIONS, era=era)


def test_modern_servers_send_no_requests():
    assert [m.name for m in METHODS.values() if Era.MODERN in m.server and not m.notification] == []


def test_the_params_of_every_client_request_are_known():
    for (name, _), model in sdk.CLIENT_REQUESTS.items():
        params = model.model_fields["params"].annotation
        fields = {
            field.alias or key
            for candidate in (params, *getattr(params, "__args__", ()))
            for key, field in getattr(candidate, "model_fields", {}).items()
        }
        assert fields <= METHODS[name].known, name


def test_names_are_carried_in_headers_where_the_specification_says_so():
    assert {m.name: (m.header, m.header_required) for m in METHODS.values() if m.header} == {
        "tools/call": ("name", True),
        "prompts/get": ("name", True),
        "resources/read": ("uri", True),
        "tasks/get": ("taskId", False),
        "tasks/update": ("taskId", False),
        "tasks/cancel": ("taskId", False),
    }


def test_direction_and_eras_are_told():
    def told(name: str) -> tuple[str, tuple[Era, ...]]:
        return METHODS[name].direction, METHODS[name].eras

    assert told("tools/call") == ("client", (Era.LEGACY, Era.MODERN))
    assert told("ping") == ("both", (Era.LEGACY,))
    assert told("sampling/createMessage") == ("server", (Era.LEGACY,))
    assert told("notifications/progress") == ("both", (Era.LEGACY, Era.MODERN))


def test_the_page_lists_the_same_methods():
    page = Path(__file__).parents[2].joinpath("docs/reference/protocol.md").read_text()
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| `")
    ]
    told = {row[0]: (row[1], row[2], row[3].replace("`", "")) for row in rows if len(row) == 5}

    def eras(which: tuple[Era, ...]) -> str:
        return " ".join(era.value for era in which) or "-"

    assert told == {
        name: (eras(method.client), eras(method.server), ", ".join(method.required) or "-")
        for name, method in METHODS.items()
    }


def test_a_notification_is_one_by_its_name():
    assert all(method.notification is name.startswith("notifications/") for name, method in METHODS.items())
