"""Manifest: the resources of one file, and all of a target's together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from yett.auditor.documents.document import Document, get, items, pairs, read_document, text, text_lines
from yett.auditor.documents.flaw import Flaw
from yett.auditor.subject import Skipped, Subject
from yett.config.node import Map, Node, Scalar, Span

_HEAD: Final = re.compile(r"^[ \t-]*[\"']?apiVersion[\"']?\s*:", re.MULTILINE)
_KIND: Final = re.compile(r"^[ \t-]*[\"']?kind[\"']?\s*:", re.MULTILINE)
_TEMPLATE: Final = re.compile(r"\{\{-?\s*(?:[.$\"(]|include|if|range|with|end|define|template|toYaml|/\*)")

# Where each kind keeps the template of its pods.
_PODS: Final = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """One container of a pod."""

    name: str
    span: Span
    node: Map
    main: bool
    """Whether it runs as long as the pod: init containers do not, but for native sidecars."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One resource. `span` is where its name stands."""

    kind: str
    name: str
    namespace: str
    span: Span
    node: Map

    @property
    def pod(self) -> Node | None:
        """The template of its pods, or None."""
        path = _PODS.get(self.kind)
        return None if path is None else get(self.node, *path)

    @property
    def spec(self) -> Node | None:
        """The specification of its pods, or None."""
        return get(self.pod, "spec")

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its pods."""
        labels = get(self.pod, "metadata", "labels")
        return {name: str(node.value) for name, _, node in pairs(labels) if isinstance(node, Scalar)}

    def containers(self) -> Iterator[Container]:
        """Its containers, those that start first included."""
        for key in ("initContainers", "containers"):
            for node in items(get(self.spec, key)):
                name = get(node, "name")
                if isinstance(node, Map):
                    sidecar = text(get(node, "restartPolicy")) == "Always"
                    yield Container(
                        name=text(name) or "unnamed",
                        span=name.span if isinstance(name, Scalar) else node.span,
                        node=node,
                        main=key == "containers" or sidecar,
                    )

    def __str__(self) -> str:
        return f"{self.kind} `{self.name}`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest(Document):
    """The resources of one file."""

    resources: tuple[Resource, ...]

    def workloads(self) -> Iterator[Resource]:
        """Those that run pods."""
        return (each for each in self.resources if isinstance(each.spec, Map))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster(Subject):
    """All manifests of one target: only together do they say which policy selects which pod."""

    manifests: tuple[Manifest, ...]
    policies: tuple[tuple[Manifest, Resource], ...] = ()
    """The network policies among them: every workload asks for them."""

    def of(self, *kinds: str) -> Iterator[tuple[Manifest, Resource]]:
        """Every resource of these kinds, with the file it stands in."""
        for manifest in self.manifests:
            yield from ((manifest, each) for each in manifest.resources if each.kind in kinds)

    def workloads(self) -> Iterator[tuple[Manifest, Resource]]:
        """Every workload, with its file."""
        for manifest in self.manifests:
            yield from ((manifest, each) for each in manifest.workloads())


def claims(path: str, content: str) -> bool:
    """Whether a file holds manifests: YAML or JSON with `apiVersion` and `kind`."""
    if not path.endswith((".yaml", ".yml", ".json")) or path.endswith("kustomization.yaml"):
        return False
    return bool(_HEAD.search(content) and _KIND.search(content))


def parse(path: str, content: str) -> Manifest | Skipped:
    """Read it. A template of Helm is no manifest yet."""
    if path.endswith((".yaml", ".yml")) and _TEMPLATE.search(content):
        return Skipped(path=path, why="a Helm template: run `helm template CHART > rendered.yaml` and audit that")
    read = read_document(path, content)
    if isinstance(read, Flaw):
        return Skipped(path=path, why=str(read))
    roots, blots = read
    resources = tuple(resource for root in roots for resource in _resources(root))
    return Manifest(path=path, lines=text_lines(content), roots=roots, blots=blots, resources=resources)


def cluster(subjects: Sequence[Subject]) -> Iterator[Cluster]:
    """All manifests of a target as one."""
    manifests = tuple(subject for subject in subjects if isinstance(subject, Manifest) and subject.resources)
    if manifests:
        policies = ((each, found) for each in manifests for found in each.resources if found.kind == "NetworkPolicy")
        yield Cluster(path=manifests[0].path, manifests=manifests, policies=tuple(policies))


def _resources(root: Node) -> Iterator[Resource]:
    if not isinstance(root, Map):
        return
    kind = text(get(root, "kind"))
    if kind == "List":
        for item in items(get(root, "items")):
            yield from _resources(item)
        return
    name = get(root, "metadata", "name")
    if kind:
        yield Resource(
            kind=kind,
            name=text(name) or text(get(root, "metadata", "generateName")) or "unnamed",
            namespace=text(get(root, "metadata", "namespace")),
            span=name.span if isinstance(name, Scalar) else root.span,
            node=root,
        )
