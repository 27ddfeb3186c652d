"""How a server process is started: an argument list, never a shell, and an environment without accidents."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from yett.errors import SecretError, UpstreamUnavailable
from yett.secrets.secret import Secret

INHERITED: Final = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    # Where this machine keeps its CA certificates: behind a company's TLS proxy, `uvx` and `npx` fetch nothing without.
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS"),
)
"""All that a server gets of the gateway's own environment: what programs need to find files and write text."""

_KEEPER: Final = Path(__file__).with_name("keeper.py")


@dataclass(frozen=True, kw_only=True)
class Command:
    """`argv` is fixed when the configuration is read; nothing a client says gets into it.

    `env` is added to the inherited few. `cwd` is the directory to start in; empty means the gateway's own.
    """

    argv: tuple[str, ...]
    env: Mapping[str, Secret] = field(default_factory=dict)
    cwd: str = ""

    def environment(self) -> dict[str, str]:
        """Return the whole environment. Secrets are revealed here."""
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        try:
            return inherited | {name: secret.reveal() for name, secret in self.env.items()}
        except SecretError as error:
            raise UpstreamUnavailable(str(error)) from error

    def executable(self, environment: Mapping[str, str]) -> str:
        """Return the program's path, looked up in the `PATH` of the server, not in the gateway's."""
        name = self.argv[0]
        if "/" in name:
            found = shutil.which(str(Path(self.cwd or ".").resolve() / name))
        else:
            found = shutil.which(name, path=environment.get("PATH", os.defpath))
        if found is None:
            raise UpstreamUnavailable(f"there is no program `{name}` to start")
        return str(Path(found).absolute())


def has_keeper() -> bool:
    """Tell whether there can be a keeper: its means are Linux's, and it is a Python program."""
    return sys.platform == "linux" and bool(sys.executable)


def kept(executable: str, argv: tuple[str, ...], seconds: float) -> list[str]:
    """Return the argument list that starts a program under a keeper, where there can be one.

    The keeper (`keeper.py`) ends everything the program started when the program ends, is told to stop, or the gateway
    dies. `seconds` is what the program has between SIGTERM and SIGKILL. Setting PR_SET_PDEATHSIG in a `preexec_fn` is
    no alternative: that runs Python between fork and exec, which can deadlock in a process with threads, and it covers
    neither grandchildren nor what changed its session.
    """
    if not has_keeper():
        return [executable, *argv[1:]]
    # Isolated (-I) and without site (-S): nothing from the environment or the working directory is imported.
    keeper = [sys.executable, "-I", "-S", str(_KEEPER), str(os.getpid()), f"{seconds:g}"]
    return [*keeper, executable, *argv]
