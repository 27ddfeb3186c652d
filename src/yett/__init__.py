"""Yett: the security layer in front of MCP servers. Public names only, each imported when it is first used."""

from importlib import import_module

TYPE_CHECKING = False  # `typing` itself costs more than all of this
if TYPE_CHECKING:
    from yett.core.exchange import Principal
    from yett.enforce.embedded import Embedded, protect
    from yett.errors import YettError

__version__ = "0.1.0"

__all__ = ["Embedded", "Principal", "YettError", "__version__", "protect"]

_PLACES = {
    "Embedded": "yett.enforce.embedded",
    "Principal": "yett.core.exchange",
    "YettError": "yett.errors",
    "protect": "yett.enforce.embedded",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module `yett` has no attribute `{name}`")
    # Importing `yett` costs nothing, for the command line and for `yett.safe`; a gateway is more than they need.
    found = globals()[name] = getattr(import_module(_PLACES[name]), name)
    return found
