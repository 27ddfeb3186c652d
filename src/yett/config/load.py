"""From a file to a frozen `Config`, or to everything that is wrong with it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from yett.config import client_entries, lint, meaning, problems
from yett.config.authorities import authorities
from yett.config.interpolation import Surroundings, interpolate
from yett.config.node import Map, Scalar, plain, walk
from yett.config.node import Path as KeyPath
from yett.config.report import Report
from yett.config.schema import Config, Origin
from yett.config.yaml_reader import SIZE_LIMIT, read


def load(path: Path | str, *, environment: Mapping[str, str] | None = None, secrets: bool = True) -> Config:
    """Read a config file. Raises `InvalidConfig` (a `ConfigError`) with every diagnostic, and nothing else.

    `environment` is what `${NAME}` is looked up in (default: this process's). Without `secrets`, secrets are not read
    and need not be there: right for commands that explain a config and do not run it.
    """
    report = Report(str(path))
    return parse(_content(Path(path), report), Path(path), environment=environment, secrets=secrets)


def parse(content: bytes, path: Path, *, environment: Mapping[str, str] | None = None, secrets: bool = True) -> Config:
    """Read a config from its bytes; `path` says where they come from. Otherwise as `load`."""
    report = Report(str(path), content.decode(errors="replace").removeprefix("\ufeff"))
    folder = path.absolute().parent
    surroundings = Surroundings(
        environment=os.environ if environment is None else environment, folder=folder, secrets=secrets
    )
    root = client_entries.as_config(read(content, report), report)
    root = interpolate(root, surroundings, report)
    _refuse_nulls(root, report)
    config = _validated(root, folder, report)
    report.raise_if_failed()
    meaning.check(config, root, report)
    report.raise_if_failed()
    lint.lint(config, root, report, path)
    return _with_origin(config, root, content, path.absolute(), report)


def _content(path: Path, report: Report) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "not a file name").lower()
        report.error(f"cannot read the config: {reason}", None, help="name another file with `-c FILE`")
        report.raise_if_failed()
        raise


def _refuse_nulls(root: Map, report: Report) -> None:
    for path, span, node in walk(root):
        # Arguments of policy tests are JSON: null is a value there.
        if isinstance(node, Scalar) and node.value is None and path[0] != "tests":
            what = f"`{path[-1]}`" if isinstance(path[-1], str) else "an entry of the list"
            report.error(f"{what} has no value", span, help="give it one, or remove the line")


def _validated(root: Map, folder: Path, report: Report) -> Config:
    try:
        return Config.model_validate(plain(root), context={"folder": folder})
    except ValidationError as error:
        problems.describe(error, root, report)
        report.raise_if_failed()
        raise


def _with_origin(config: Config, root: Map, content: bytes, path: Path, report: Report) -> Config:
    origin = Origin(
        file=path,
        digest=hashlib.sha256(content).hexdigest(),
        places={_as_in_config(key): report.place(span) for key, span, _ in walk(root)},
        warnings=tuple(report.diagnostics()),
        authorities=authorities(config),
    )
    return config.with_origin(origin)


def _as_in_config(path: KeyPath) -> KeyPath:
    match path:
        case ("servers", _, "headers", str(name)):
            return (*path[:-1], name.lower())
        case _:
            return path
