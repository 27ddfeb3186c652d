import pytest

from yett.auditor.image import Image, parse_image

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("python", Image(name="python", tag="", digest="")),
        ("node:20", Image(name="node", tag="20", digest="")),
        ("node:20-slim", Image(name="node", tag="20-slim", digest="")),
        ("host:5000/team/app", Image(name="host:5000/team/app", tag="", digest="")),
        ("host:5000/team/app:1.2", Image(name="host:5000/team/app", tag="1.2", digest="")),
        (f"ghcr.io/a/b@{DIGEST}", Image(name="ghcr.io/a/b", tag="", digest=DIGEST)),
        (f"a/b:1@{DIGEST}", Image(name="a/b", tag="1", digest=DIGEST)),
        ("${IMAGE}", None),
        ("IMAGE_NAME", None),
        ("Registry.example/a", Image(name="Registry.example/a", tag="", digest="")),
        ("a b", None),
        ("", None),
    ],
)
def test_a_reference_is_read_in_its_parts(text, image):
    assert parse_image(text) == image


@pytest.mark.parametrize(("text", "floating"), [("a", True), ("a:latest", True), ("a:3", True), ("a:3.12-slim", False)])
def test_a_tag_that_names_no_release_floats(text, floating):
    assert parse_image(text).floating is floating
