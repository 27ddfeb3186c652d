"""The faults, by what is broken. Importing a module registers its faults, in the order of the table."""

from storm.fault import FAULTS, Fault


def everything() -> dict[str, Fault]:
    """All faults by their keys."""
    from storm.faults import servers, stores, pipes, disks, fsyncs, processes, changes, clients, issuers, nemesis  # noqa: F401, I001 - importing registers, in the order of the table

    return FAULTS
