from yett.auditor.documents.document import (
    Document,
    get,
    items,
    pairs,
    read_document,
    text,
    text_lines,
    texts,
    truth,
)
from yett.auditor.documents.flaw import Flaw
from yett.config.node import Span

CONTENT = (
    '{ "env": { "GITHUB_TOKEN": "ghp_Zk81mQw93nXc72LpRt65vBy48HsJd20FgA17", "DB_PASSWORD": "rosebud" }, "on": true }'
)


def document(content=CONTENT, path="mcp.json"):
    roots, blots = read_document(path, content)
    return Document(path=path, lines=text_lines(content), roots=roots, blots=blots)


def test_an_excerpt_shows_no_secret_and_keeps_its_columns():
    place = document().spot(Span(1, 3, 1, 8))
    assert "ghp_" not in place.text
    assert "rosebud" not in place.text
    assert len(place.text) == len(CONTENT)
    assert (place.path, place.line, place.column, place.end_column) == ("mcp.json", 1, 3, 8)


def test_a_secret_in_a_comment_is_blotted_out_too():
    content = "a: 1 # ghp_Zk81mQw93nXc72LpRt65vBy48HsJd20FgA17\n"
    assert "ghp_" not in document(content, "a.yaml").spot(Span(1, 1, 1, 2)).text


def test_the_reader_follows_the_name():
    assert isinstance(read_document("a.toml", "a = 1"), tuple)
    assert isinstance(read_document("a.yml", "a: 1\n---\nb: 2"), tuple)
    assert isinstance(read_document("a.json", "a: 1"), Flaw)


def test_a_tree_is_asked_without_surprises():
    root = document().root
    assert text(get(root, "env", "DB_PASSWORD")) == "rosebud"
    assert get(root, "env", "DB_PASSWORD", "x") is None
    assert get(None, "x") is None
    assert truth(get(root, "on")) is True
    assert truth(get(root, "env")) is None
    assert [key for key, _, _ in pairs(root)] == ["env", "on"]
    assert items(root) == []
    assert texts(get(root, "on")) == []
