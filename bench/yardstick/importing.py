"""Processor milliseconds to import what `yett run` needs: `python -m yardstick.importing` prints them."""

from __future__ import annotations

import gc
import time


def main() -> None:
    """Import, and print."""
    began = time.process_time()
    gc.disable()  # as `yett run` does
    import uvloop  # noqa: F401 - importing is what is measured

    import yett.cli.run
    import yett.config.load
    import yett.enforce.instance  # noqa: F401

    print((time.process_time() - began) * 1000)


if __name__ == "__main__":
    main()
