from __future__ import annotations

import asyncio
from typing import Any

from yett.config.credentials import credential_of
from yett.upstream.oauth.exchange import Exchange
from yett.upstream.oauth.service import Service

SERVER = """\
auth: {{ tokens: t }}
servers:
  crm: {{ url: "https://crm.example.com/mcp", oauth: {{ {}, client_id: yett, client_secret: "${{S}}" }} }}
  plain: https://plain.example.com/mcp
roles: {{ a: {{ allow: [crm.x] }} }}
"""
ISSUER = "issuer: https://login.example.com"


def built(config: Any, text: str, server: str = "crm") -> Any:
    read = config(SERVER.format(text), S="hunter2")
    return credential_of(server, read.servers[server], read, 8080)


def test_a_server_without_the_section_needs_no_token(config):
    assert built(config, f"grant: client-credentials, {ISSUER}", "plain") is None


def test_tokens_are_for_the_server_unless_it_calls_itself_otherwise(config):
    service = built(config, f"grant: client-credentials, {ISSUER}")
    assert isinstance(service, Service)
    assert service._wanted.resource == "https://crm.example.com/mcp"
    named = built(config, f"grant: client-credentials, {ISSUER}, resource: urn:crm")
    assert named._wanted.resource == "urn:crm"
    asyncio.run(service.close())


def test_only_callers_of_the_issuer_are_exchanged_unless_others_are_named(config):
    exchange = built(config, f"grant: token-exchange, {ISSUER}")
    assert isinstance(exchange, Exchange)
    assert exchange._issuers == {"https://login.example.com"}
    named = built(config, f"grant: token-exchange, {ISSUER}, callers_of: [https://other.example.com]")
    assert named._issuers == {"https://other.example.com"}
    identity = 'identity: { issuer: https://idp.example.com, client_id: y, client_secret: "${S}" }'
    jag = built(config, f"grant: id-jag, {ISSUER}, {identity}, subject_token: id-token")
    assert jag._issuers == {"https://idp.example.com"}
    assert jag._subject_type == "urn:ietf:params:oauth:token-type:id_token"
