"""The plan of a castle: who lives there, and its configuration with places for ports, folders and limits."""

from __future__ import annotations

USERS = ("alice", "bob", "carol", "mallory", "olga", "late", "gone")
"""alice and bob are callers, carol may do one thing, mallory nothing; olga's role is her token's alone, late's token
has expired, gone's was revoked."""

CONFIG = """\
listen: {listen}
auth: {{ tokens: tokens.yaml }}
servers:
  web:
    url: http://127.0.0.1:{web}/mcp
    headers:
      Authorization: Bearer ${{env:CANARY_WEB_TOKEN}}
      X-Api-Key: ${{file:{folder}/web.key}}
  proc:
    command: {python}
    args: [{canary}, {folder}/effects-proc]
    env:
      CANARY_PROC_TOKEN: ${{env:CANARY_PROC_TOKEN}}
      CANARY_PROC_URI: ${{file:{folder}/proc.uri}}
  poison:
    url: http://127.0.0.1:{poison}/mcp
    headers: {{ Authorization: "Bearer ${{env:CANARY_POISON_TOKEN}}" }}
roles:
  caller:
    members: [user:alice, user:bob]
    allow:
      - web.*
      - proc.*
      - poison.*
      - web.prompt:hello
      - proc.prompt:hello
      - web.resource:note://public/*
      - web.resource:file:///srv/public/*
      - proc.resource:note://public/*
    deny: ["*.get_secret", "*.delete_all"]
  reader:
    members: [user:carol]
    allow: [web.get_issue, proc.get_issue]
  borrowed:
    allow: [web.echo]
limits: {limits}
protect: [secrets]
ledger: {{ path: ledger, key: "${{env:CANARY_LEDGER_KEY}}" }}
admin: {{ listen: "127.0.0.1:{admin}" }}
{more}
"""
WIDE = (
    "{ user: 1000000/min, peer: 1000000/min, reply: 1MiB, timeout: 5s, session_idle: 10min, drain: 1s,"
    " head_timeout: 1s, body_timeout: 1s, idle_timeout: 5s }"
)
"""Limits that are in nobody's way: what they refuse has cases of its own."""
