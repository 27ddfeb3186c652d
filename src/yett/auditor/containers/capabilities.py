"""Capabilities and folders that make a container no boundary."""

from __future__ import annotations

import re
from typing import Final

DANGEROUS: Final = frozenset(
    {"ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "SYS_BOOT", "NET_ADMIN", "NET_RAW", "DAC_OVERRIDE"}
    | {"DAC_READ_SEARCH", "BPF", "PERFMON", "MKNOD", "SETUID", "SETGID", "SYS_CHROOT", "SYS_TIME"}
)
"""Names without `CAP_`, as Compose and Kubernetes write them."""

HOST_FOLDERS: Final = re.compile(
    r"/|~/?|/(?:etc|root|home|var|usr|boot|dev|proc|sys|run|opt|lib)/?|/home/[^/]+/?|(?:~|/root|/home/[^/]+)/\.(?:ssh|aws|kube|docker|gnupg)/?.*"
    r"|\$\{?HOME\}?/?|(?:/var)?/run/(?:docker|podman/podman|containerd/containerd|crio/crio)\.sock|/var/lib/(?:docker|kubelet)/?.*"
)
"""Folders of a machine from which it can be taken over, and the sockets of container runtimes."""
