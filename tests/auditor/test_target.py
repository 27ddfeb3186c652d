import os
import sys
import zipfile

import pytest

from yett.auditor.installed import Installed
from yett.auditor.target import command_of, is_url, read_installed, read_target
from yett.errors import TargetError


def test_paths_look_as_they_do_from_here(here):
    (here.folder / "src").mkdir()
    (here.folder / "src" / "a.py").write_text("x")
    folder = read_target("src", here)
    assert (folder.kind, folder.prefix, folder.files) == ("folder", "src/", {"a.py": b"x"})
    assert read_target(".", here).prefix == ""
    assert read_target(str(here.folder / "src"), here).prefix == "src/"
    single = read_target("src/a.py", here)
    assert (single.kind, single.prefix, single.files) == ("file", "", {"src/a.py": b"x"})


def test_what_is_below_the_home_never_shows_whose_it_is(here):
    config = here.home / ".cursor" / "mcp.json"
    config.parent.mkdir()
    config.write_text("{}")
    single = read_target(str(config), here)
    assert (single.prefix, single.files) == ("~/", {".cursor/mcp.json": b"{}"})
    assert read_target(str(config.parent), here).prefix == "~/.cursor/"


def test_what_is_elsewhere_keeps_its_own_name_only(here, tmp_path):
    elsewhere = tmp_path / "else" / "server"
    elsewhere.mkdir(parents=True)
    (elsewhere / "a.py").write_text("x")
    assert read_target(str(elsewhere), here).prefix == "server/"
    assert read_target(str(elsewhere / "a.py"), here).files == {"server/a.py": b"x"}


@pytest.mark.parametrize(
    ("name", "inside", "kind"),
    [
        ("a-1-py3-none-any.whl", "a.py", "wheel"),
        ("a.mcpb", "manifest.json", "MCP bundle"),
        ("a.zip", "package.json", "npm package"),
        ("a.zip", "x.py", "archive"),
    ],
)
def test_archives_are_what_they_hold(here, name, inside, kind):
    with zipfile.ZipFile(here.folder / name, "w") as file:
        file.writestr(inside, "x")
    source = read_target(name, here)
    assert (source.kind, source.prefix, source.files) == (kind, f"{name}/", {inside: b"x"})


def test_what_cannot_be_read_is_said(here):
    (here.folder / "a.bin").write_bytes(b"\0")
    (here.folder / "loop").symlink_to("loop")
    (here.folder / "bad.whl").write_bytes(b"x")
    for given, why in (
        ("nowhere", "there is no such file or folder"),
        ("loop", "there is no such file or folder"),
        ("a.bin", "a binary file of no kind that Yett knows"),
        ("bad.whl", "not an archive that can be read (BadZipFile)"),
        ("x" * 5000, "file name too long"),
        ("a\0b", "there is no such file or folder"),
    ):
        with pytest.raises(TargetError, match=why.replace("(", r"\(").replace(")", r"\)")):
            read_target(given, here)


def test_a_file_that_is_named_by_a_link_is_read(here):
    (here.folder / "real.json").write_text("{}")
    (here.folder / "link.json").symlink_to("real.json")
    assert read_target("link.json", here).files == {"link.json": b"{}"}


def test_urls_and_commands_are_told_from_paths(here):
    assert is_url("https://a/mcp")
    assert is_url("HTTP://a")
    assert not is_url("httpserver")
    assert command_of(f"{sys.executable} server.py") == (sys.executable, "server.py")
    (here.folder / "ls -l").write_text("a file with a space")
    assert command_of("ls -l") == ()
    assert command_of("server.py") == ()
    assert command_of("no-such-program --x") == ()
    assert command_of("'unclosed") == ()


def test_configs_of_clients_are_two_targets(here):
    mine, theirs = here.home / ".cursor" / "mcp.json", here.folder / ".mcp.json"
    mine.parent.mkdir()
    mine.write_text("{}")
    theirs.write_text("[]")
    fifo = here.home / "pipe"
    os.mkfifo(fifo)
    found = [Installed("claude-code", theirs), Installed("cursor", mine), Installed("x", fifo)]
    project, user = read_installed(found, here)
    assert (project.given, project.files) == ("here", {".mcp.json": b"[]"})
    assert (user.given, user.prefix, user.files) == ("~/", "~/", {".cursor/mcp.json": b"{}"})
    assert [each.path for each in user.skipped] == ["pipe"]


def test_a_project_cannot_make_us_read_what_lies_outside_of_it(here):
    secret = here.home / ".claude.json"
    secret.write_text("secret")
    link, inside = here.folder / ".mcp.json", here.folder / "opencode.json"
    link.symlink_to(secret)
    (here.folder / "real.json").write_text("{}")
    inside.symlink_to("real.json")
    dots = here.home / ".cursor" / "mcp.json"
    dots.parent.mkdir()
    dots.symlink_to(here.home / ".claude.json")
    found = [Installed("claude-code", link), Installed("opencode", inside), Installed("cursor", dots)]
    project, user = read_installed(found, here)
    assert project.files == {"opencode.json": b"{}"}
    assert [each.why for each in project.skipped] == ["a symbolic link that leads out of the folder, not followed"]
    assert user.files == {".cursor/mcp.json": b"secret"}


def test_a_loop_of_links_is_named(here):
    loop = here.folder / ".mcp.json"
    loop.symlink_to(".mcp.json")
    (project,) = read_installed([Installed("claude-code", loop)], here)
    assert (project.files, len(project.skipped)) == ({}, 1)
