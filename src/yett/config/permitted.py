"""Which references a config may name: what its section `secrets` permits, or all when it has none."""

from __future__ import annotations

import re
from pathlib import Path

from yett.config.node import Map, find, plain
from yett.secrets.references import Reference


class Permitted:
    """The section `secrets`, read before the schema is. A list that is written wrongly permits nothing."""

    def __init__(self, root: Map, folder: Path) -> None:
        section = plain(find(root, ("secrets",)).node) if "secrets" in root.entries else {}
        self._folder = folder
        names = folders = None
        if isinstance(section, dict):
            names, folders = _texts(section, "env"), _texts(section, "files")
        self._names: list[str] | None = names
        mounts = (_texts(section, "mounts") or []) if isinstance(section, dict) else []
        self.mounts = tuple(folder / name for name in mounts)
        """Folders in which a secret file may be a link."""
        self.vault = isinstance(section, dict) and "vault" in section
        """Whether the config says where Vault is."""
        self._folders = None if folders is None else [(folder / name).resolve() for name in folders]

    def refusal(self, reference: Reference) -> str:
        """Why a reference may not be read, or nothing."""
        if reference.kind == "env" and self._names is not None and not self._lists(self._names, reference.name):
            return f"`secrets.env` does not list `{reference.name}`"
        if reference.kind in {"file", "sops"} and self._folders is not None:
            target = (self._folder / reference.name).resolve()
            if not any(target.is_relative_to(folder) for folder in self._folders):
                return f"`secrets.files` does not list the folder of `{reference.name}`"
        return ""

    @staticmethod
    def _lists(names: list[str], name: str) -> bool:
        return any(re.fullmatch(".*".join(re.escape(part) for part in glob.split("*")), name) for glob in names)


def _texts(section: dict[str, object], key: str) -> list[str] | None:
    if key not in section:
        return None
    value = section[key]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
