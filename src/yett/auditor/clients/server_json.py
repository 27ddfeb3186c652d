"""ServerJson: a `server.json` of the registry, in both its spellings (camelCase today, snake_case before 2025-09)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from yett.auditor.clients import package as packages
from yett.auditor.clients.launch import Launch, Launches, Setting
from yett.auditor.clients.package import Package
from yett.auditor.documents.document import get, items, read_document, text, text_lines, truth
from yett.auditor.documents.flaw import Flaw
from yett.auditor.image import parse_image
from yett.auditor.subject import Skipped
from yett.config.node import Node, Scalar


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerJson(Launches):
    """The packages and remotes that a registry entry offers."""


def claims(path: str, content: str) -> bool:
    """Whether a file is one: by its name or schema, and what it offers."""
    named = PurePosixPath(path).name == "server.json" or "/server.schema.json" in content[:2_000]
    return named and path.endswith(".json") and ('"packages"' in content or '"remotes"' in content)


def parse(path: str, content: str) -> ServerJson | Skipped:
    """Read it."""
    read = read_document(path, content)
    if isinstance(read, Flaw):
        return Skipped(path=path, why=str(read))
    roots, blots = read
    # The registry's own API wraps the entry.
    root = get(roots[0], "server") or roots[0]
    name = text(get(root, "name")) or "server"
    found = (*_packages(name, root), *_remotes(name, root))
    return ServerJson(path=path, lines=text_lines(content), roots=roots, blots=blots, launches=found)


def _either(node: Node | None, camel: str, snake: str) -> Node | None:
    found = get(node, camel)
    return get(node, snake) if found is None else found


def _packages(name: str, root: Node) -> Iterator[Launch]:
    for node in items(get(root, "packages")):
        identifier = get(node, "identifier") or get(node, "name")
        if not isinstance(identifier, Scalar) or not text(identifier):
            continue
        arguments = (
            *_arguments(_either(node, "runtimeArguments", "runtime_arguments")),
            *_arguments(_either(node, "packageArguments", "package_arguments")),
        )
        yield Launch(
            name=name,
            span=identifier.span,
            # The registry's form has no command: what it names stands in its place.
            command=identifier,
            arguments=arguments,
            environment=tuple(_inputs(_either(node, "environmentVariables", "environment_variables"))),
            package=_package(node, text(identifier)),
        )


def _package(node: Node, identifier: str) -> Package | None:
    kind = text(_either(node, "registryType", "registry_type")) or text(get(node, "registry_name"))
    version = text(get(node, "version"))
    if kind == "npm":
        return packages.npm(f"{identifier}@{version}" if version else identifier, 0)
    if kind == "pypi":
        return packages.pypi(f"{identifier}=={version}" if version else identifier, 0)
    if kind in {"oci", "docker"}:
        whole = f"{identifier}:{version}" if version and "@" not in identifier else identifier
        image = parse_image(whole) or parse_image(identifier)
        if image is not None:
            digest = image.digest or (version if version.startswith("sha256:") else "")
            return Package(
                ecosystem="image", name=image.name, version=image.tag, pinned=bool(digest), position=0, image=image
            )
    return None


def _remotes(name: str, root: Node) -> Iterator[Launch]:
    for node in items(get(root, "remotes")):
        url = get(node, "url")
        if isinstance(url, Scalar) and text(url):
            yield Launch(name=name, span=url.span, url=url, headers=tuple(_inputs(get(node, "headers"))))


def _arguments(node: Node | None) -> Iterator[Scalar]:
    for item in items(node):
        option, value = get(item, "name"), get(item, "value")
        for part in (option, value):
            if isinstance(part, Scalar) and text(part):
                yield part


def _inputs(node: Node | None) -> Iterator[Setting]:
    for item in items(node):
        value = _either(item, "value", "default")
        marked = truth(_either(item, "isSecret", "is_secret"))
        name = get(item, "name")
        if isinstance(name, Scalar) and text(name):
            given = value if isinstance(value, Scalar) and text(value) else Scalar("", name.span)
            yield Setting(name=text(name), value=given, secret=bool(marked))
