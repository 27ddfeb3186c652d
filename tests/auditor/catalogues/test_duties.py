import pytest

from yett.auditor.catalogues.catalogue import parse
from yett.auditor.catalogues.duties import Duty, duties_of


def duties(name, annotations="{}"):
    (tool,) = parse("t.json", f'[{{"name": "{name}", "annotations": {annotations}}}]').listed
    return duties_of(tool)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("fetch_url", {Duty.BRINGS}),
        ("browser_navigate", {Duty.BRINGS}),
        ("getIssue", {Duty.BRINGS}),
        ("read_inbox", {Duty.BRINGS, Duty.READS}),
        ("read_text_file", {Duty.READS}),
        ("execute_sql_query", {Duty.READS}),
        ("send_message", {Duty.SENDS}),
        ("createIssue", {Duty.SENDS}),
        ("get_post", set()),
        ("create_directory", set()),
        ("list_files_shared", {Duty.READS}),
        ("forecast", set()),
        ("", set()),
    ],
)
def test_a_name_tells_what_a_tool_does(name, found):
    assert duties(name) == found


def test_what_only_reads_does_not_send():
    assert duties("share_report", '{"readOnlyHint": true}') == set()
