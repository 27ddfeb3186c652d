"""For authors of MCP servers: commands without a shell, files that stay below their root, URLs that are what they say.

Needs nothing but the standard library, and knows nothing of the gateway. Each name is imported when it is first used.
"""

from importlib import import_module

TYPE_CHECKING = False  # `typing` itself costs more than all of this
if TYPE_CHECKING:
    from yett.errors import CommandFailed, FetchFailed, SafeError, UnsafeInput
    from yett.safe.command import Command, Finished, run, run_async
    from yett.safe.fetch import Fetched, fetch_url, fetch_url_async
    from yett.safe.files import confine, entries
    from yett.safe.url import Reach, Target, check_url

__all__ = [
    "Command",
    "CommandFailed",
    "FetchFailed",
    "Fetched",
    "Finished",
    "Reach",
    "SafeError",
    "Target",
    "UnsafeInput",
    "check_url",
    "confine",
    "entries",
    "fetch_url",
    "fetch_url_async",
    "run",
    "run_async",
]

_PLACES = {
    "yett.errors": ("CommandFailed", "FetchFailed", "SafeError", "UnsafeInput"),
    "yett.safe.command": ("Command", "Finished", "run", "run_async"),
    "yett.safe.files": ("confine", "entries"),
    "yett.safe.fetch": ("Fetched", "fetch_url", "fetch_url_async"),
    "yett.safe.url": ("Reach", "Target", "check_url"),
}


def __getattr__(name: str) -> object:
    place = next((module for module, names in _PLACES.items() if name in names), None)
    if place is None:
        raise AttributeError(f"module `yett.safe` has no attribute `{name}`")
    found = globals()[name] = getattr(import_module(place), name)
    return found
