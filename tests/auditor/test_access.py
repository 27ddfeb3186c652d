from yett.auditor.access import access_of

CONFIG = b"""\
servers: { git: { command: git-mcp }, docs: "http://127.0.0.1:1/mcp" }
roles:
  everyone: { allow: [docs.get_*] }
  engineer:
    include: [everyone, lead]
    allow: [git.*, { git.push: 'args.branch != "main"' }]
    deny: [git.delete_*]
  lead: { include: [engineer], allow: ["*.admin"] }
"""


def test_a_cell_holds_what_a_role_has_on_a_server_inherited_or_not():
    (matrix,), notes = access_of({"deploy/yett.yaml": CONFIG, "other.yaml": CONFIG})
    assert notes == ()
    assert (matrix.path, matrix.servers) == ("deploy/yett.yaml", ("git", "docs"))
    assert dict(matrix.rows) == {
        "everyone": ("", "get_*"),
        "engineer": ('*, push if args.branch != "main", admin; but not delete_*', "get_*, admin"),
        "lead": ('admin, *, push if args.branch != "main"; but not delete_*', "admin, get_*"),
    }


def test_no_reference_is_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    config = f"servers: {{ a: http://127.0.0.1:1/mcp }}\nroles: {{ r: {{ allow: ['a.${{file:{secret}}}'] }} }}\n"
    (matrix,), _ = access_of({"yett.yaml": config.encode()})
    assert "hunter2" not in repr(matrix)


def test_what_cannot_be_read_is_noted():
    for content in (b"a: [", b"\xff", b"roles: 3\nservers: {}\n", b"a: &x b\n", b""):
        found, notes = access_of({"yett.yaml": content})
        assert found == ()
        assert notes[0].text.startswith("no access matrix: ")


def test_what_is_no_list_allows_nothing():
    (matrix,), _ = access_of({"yett.yaml": b"servers: { a: x }\nroles: { r: { allow: 'a.*' }, s: 3 }\n"})
    assert matrix.rows == (("r", ("",)), ("s", ("",)))
