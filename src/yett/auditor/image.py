"""Image: a container image as it is referred to (OCI distribution, "reference")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_REFERENCE: Final = re.compile(
    r"(?P<name>[a-zA-Z0-9][\w.-]*(?::[0-9]+)?(?:/[\w.-]+)*)(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_VERSION: Final = re.compile(r"v?[0-9]+\.[0-9]+.*|.*[0-9]{8}.*|[0-9a-f]{40}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A name with its registry, a tag, a digest; empty where there is none."""

    name: str
    tag: str
    digest: str

    @property
    def floating(self) -> bool:
        """Whether the tag is made to move (none, `latest`, `3`); a version moves only when it is pushed anew."""
        return not self.digest and not _VERSION.fullmatch(self.tag)


def parse_image(text: str) -> Image | None:
    """Read a reference; None for what is none, and for what a variable fills in."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return None
    name, tag = found["name"], found["tag"] or ""
    host, _, rest = name.partition("/")
    repository = rest if "." in host or ":" in host else name
    if repository != repository.lower():
        # Only a host may have capitals: `IMAGE_NAME` stands for a name.
        return None
    if not tag and "/" not in name and re.search(r":[0-9]+\Z", name):
        # `redis:7` reads as a host with a port: a host is followed by a path.
        name, _, tag = name.rpartition(":")
    return Image(name=name, tag=tag, digest=found["digest"] or "")
