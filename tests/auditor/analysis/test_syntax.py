from yett.auditor.analysis.syntax import at, parse, text_of


def test_any_text_has_a_tree_with_places():
    root = parse("typescript", "let a = 1;\n%%%\n")
    assert (root.type, at(root.named_children[0])) == ("program", (1, 1))
    assert text_of(root.named_children[0]) == "let a = 1;"
    assert text_of(None) == ""


def test_every_grammar_is_there():
    assert [parse(name, "x").type for name in ("javascript", "typescript", "tsx", "python")] == ["program"] * 3 + [
        "module"
    ]
