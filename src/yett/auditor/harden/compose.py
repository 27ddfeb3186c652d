"""A hardened Compose service."""

from __future__ import annotations

from yett.auditor.harden.facts import Facts
from yett.auditor.harden.image import USER


def compose(facts: Facts) -> str:
    """The file: reached from this machine only, with nothing to write, no privileges, and limits."""
    return f"""\
services:
  {facts.name}:
    build: .
    image: {facts.name}:local
    user: "{USER}"
    read_only: true
    tmpfs: ["/tmp:size=16m,mode=1777"]
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    mem_limit: 256m
    pids_limit: 128
    ports:
      - "127.0.0.1:{facts.port}:{facts.port}"  # the gateway or proxy on this machine, and nobody else
    restart: unless-stopped
"""
