"""Write docs/reference/python.md from the signatures and docstrings of the public names. `--check` only compares."""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "python.md"
MODULES = ("yett", "yett.adapters.fastapi", "yett.adapters.fastmcp", "yett.adapters.mcp", "yett.safe")
START = """\
# Python reference

The public names, generated from the code by `make docs`. Everything else may change without notice.
"""


def page() -> str:
    """The whole page."""
    return START + "".join(part for name in MODULES for part in described(name))


def described(name: str) -> Iterator[str]:
    """A module and its public names."""
    module = import_module(name)
    yield f"\n## `{name}`\n\n{inspect.getdoc(module)}\n"
    for public in getattr(module, "__all__", ()):
        thing = getattr(module, public)
        if callable(thing):
            yield f"\n### `{name}.{public}`\n\n{signature(public, thing)}{inspect.getdoc(thing)}\n"
            yield from methods(thing)


def methods(thing: Any) -> Iterator[str]:
    """The public methods of a class that is ours."""
    if not inspect.isclass(thing):
        return
    for name, member in vars(thing).items():
        if not name.startswith("_") and inspect.isfunction(member):
            yield f"\n{signature(f'{thing.__name__}.{name}', member)}{inspect.getdoc(member)}\n"


def signature(name: str, thing: Any) -> str:
    """How it is called; nothing for exceptions, whose arguments are our own business."""
    if inspect.isclass(thing) and issubclass(thing, BaseException):
        return ""
    parameters = [shown(one) for one in inspect.signature(thing).parameters.values() if one.name != "self"]
    stars = [one.kind for one in inspect.signature(thing).parameters.values() if one.name != "self"]
    if inspect.Parameter.KEYWORD_ONLY in stars and inspect.Parameter.VAR_POSITIONAL not in stars:
        parameters.insert(stars.index(inspect.Parameter.KEYWORD_ONLY), "*")
    begin = "async " if inspect.iscoroutinefunction(thing) else ""
    if not parameters:
        return f"```python\n{begin}{name}()\n```\n\n"
    return "```python\n" + begin + name + "(\n" + "".join(f"    {one},\n" for one in parameters) + ")\n```\n\n"


def shown(parameter: inspect.Parameter) -> str:
    """One parameter, with the default that a caller would write."""
    stars = {parameter.VAR_KEYWORD: "**", parameter.VAR_POSITIONAL: "*"}
    star = next((mark for kind, mark in stars.items() if parameter.kind is kind), "")
    annotation = "" if parameter.annotation is parameter.empty else f": {parameter.annotation}"
    value = parameter.default
    if value is parameter.empty:
        return f"{star}{parameter.name}{annotation}"
    # The repr of an object may hold its address, or the whole of it: then its type says enough.
    plain = repr(value) if isinstance(value, str | bytes | int | float | tuple | bool) or value is None else "..."
    return f"{star}{parameter.name}{annotation} = {plain}"


def main() -> int:
    """Return 1 when the page is not current and was only to be checked."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true")
    mode.add_argument("--check", action="store_true")
    text = page()
    if parser.parse_args().write:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        print(f"`{PAGE.relative_to(ROOT)}` is not current: run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
