import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.clients.package import from_command, npm, program_at, pypi, split

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("npx -y @scope/a", ("npm", "@scope/a", "", False, 2)),
        ("npx -y @scope/a@1.2.3 /srv", ("npm", "@scope/a", "1.2.3", True, 2)),
        ("npx a@latest", ("npm", "a", "latest", False, 1)),
        ("npx --package=a@1.0.0 b", ("npm", "a", "1.0.0", True, 1)),
        ("npx -p a b", ("npm", "a", "", False, 2)),
        ("pnpm dlx a@^1.0.0", ("npm", "a", "^1.0.0", False, 2)),
        ("npm exec -- a@1.0.0", ("npm", "a", "1.0.0", True, 3)),
        ("cmd /c npx -y a", ("npm", "a", "", False, 4)),
        ("env A=b npx a", ("npm", "a", "", False, 3)),
        ("/usr/bin/npx a", ("npm", "a", "", False, 1)),
        ("npx github:acme/a", ("npm", "github:acme/a", "", False, 1)),
        ("uvx a", ("pypi", "a", "", False, 1)),
        ("uvx a==1.2", ("pypi", "a", "1.2", True, 1)),
        ("uvx --python 3.12 a@1.2.0", ("pypi", "a", "1.2.0", True, 3)),
        ("uvx --from a>=1 b", ("pypi", "a", ">=1", False, 2)),
        ("uvx a[cli]==2.0.0", ("pypi", "a", "2.0.0", True, 1)),
        ("uv tool run a", ("pypi", "a", "", False, 3)),
        ("pipx run --spec a==1.0 b", ("pypi", "a", "1.0", True, 3)),
        ("docker run -i --rm -e A=b -v /x:/y acme/a:1.2 serve", ("image", "acme/a", "1.2", False, 8)),
        (f"podman run acme/a@{DIGEST}", ("image", "acme/a", "", True, 2)),
        ("docker run --memory=1g -p3000:3000 acme/a", ("image", "acme/a", "", False, 4)),
        ("npx ./local", None),
        ("node server.js", None),
        ("docker compose up", None),
        ("docker exec -i box server", None),
        ("uvx ${workspaceFolder}", None),
        ("", None),
    ],
)
def test_a_command_line_says_what_it_fetches(line, expected):
    found = from_command(line.split())
    assert (found and (found.ecosystem, found.name, found.version, found.pinned, found.position)) == expected


@given(
    st.lists(
        st.sampled_from(["npx", "uvx", "docker", "run", "-y", "--from", "-e", "env", "A=b", "cmd", "/c", "a@1", ""])
    )
)
def test_any_command_line_is_read_within_its_words(words):
    found = from_command(words)
    assert found is None or 0 <= found.position < len(words)
    assert 0 <= program_at(words) <= len(words)


@given(st.text())
def test_any_specification_is_read(text):
    assert npm(text, 0) is None or npm(text, 0).position == 0
    assert pypi(text, 0) is None or pypi(text, 0).position == 0


def test_a_commit_is_a_pin():
    commit = "0123456789abcdef0123456789abcdef01234567"
    assert pypi(f"git+https://github.com/a/b@{commit}", 0).pinned
    assert npm(f"github:a/b#{commit}", 0).pinned


def test_a_line_with_an_open_quote_is_one_word():
    assert split("a 'b c' d") == ["a", "b c", "d"]
    assert split("a 'b") == ["a 'b"]
