from yett.auditor.output.github import as_annotations


def test_a_finding_is_one_command(full):
    lines = as_annotations(full).splitlines()
    assert lines[0] == (
        "::error file=src/a.py,line=12,col=5,endColumn=19,title=yett command-from-argument::"
        "parameter `url` of tool `fetch` reaches a shell%0AFix: Pass a list of arguments."
    )
    assert lines[-1] == "3 findings (1 high, 1 medium, 1 low)"


def test_no_target_can_write_a_command(full):
    for line in as_annotations(full).splitlines()[:-1]:
        assert line.startswith(("::error ", "::warning ", "::notice "))
        assert line.isprintable()
        head = line.split("::")[1]
        assert "error::" not in head
