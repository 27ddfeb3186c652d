"""Who may do what: asks the policy about every name a message reaches for, and filters lists by the same answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, ClassVar, Final

from msgspec.structs import replace

from yett.core.exchange import Era, Exchange
from yett.core.guard import Guard, Phase
from yett.core.message import JsonObject, Message, Notification, Reply, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Allow, Deny, Rewrite, Verdict
from yett.policy.grant import NOTHING, Decision
from yett.policy.pattern import RESOURCE, TOOL, template
from yett.policy.policy import Policy
from yett.protocol.methods import Target, check_params, targets
from yett.protocol.results import LISTED_BY, LISTS, caching_made_private, is_plain, may_ask
from yett.protocol.shapes import is_template, is_uri
from yett.protocol.tool_definition import is_sound

NOT_GRANTED = Reason(code="access.not-granted", kind=Kind.HIDDEN, public="unknown name, or not yours to use")
"""The same for what does not exist and for what is forbidden: nobody learns which."""
UNAUTHENTICATED = Reason(code="access.unauthenticated", kind=Kind.UNAUTHENTICATED, public="sign in first")
NO_NAME = Reason(code="access.no-name", kind=Kind.PARAMS, public="the name of what is wanted is missing")
NOT_CANONICAL = Reason(code="access.not-canonical", kind=Kind.PARAMS, public="the URI is not in canonical form")
SCOPE_MISSING = Reason(
    code="access.scope-missing", kind=Kind.SCOPE, public="the token lacks a scope that this needs; sign in again for it"
)
"""A new token can mend this, and the challenge says which scopes to ask for."""
SCOPE_OUT_OF_REACH = Reason(
    code="access.scope-out-of-reach", kind=Kind.DENIED, public="the token lacks a scope that this needs"
)
"""The same of a token that no sign-in gives: whoever made it must make another."""
METHOD_CLOSED = Reason(code="access.method-closed", kind=Kind.METHOD, public="this method is not offered here")
REPLY_UNASKED = Reason(
    code="access.reply-unasked", kind=Kind.ENVELOPE, public="clients send no responses in this protocol version"
)
ERA_UNKNOWN = Reason(
    code="access.era-unknown", kind=Kind.UNAVAILABLE, public="the protocol version was not established"
)
SERVER_OVERSTEPS = Reason(
    code="access.server-oversteps", kind=Kind.UPSTREAM_BROKEN, public="the server sent a message that it may not send"
)
LIST_MALFORMED = Reason(
    code="access.list-malformed", kind=Kind.UPSTREAM_BROKEN, public="the server answered with a list that is none"
)

OPEN: Final = frozenset(
    {
        "initialize",
        "ping",
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "logging/setLevel",
        "notifications/initialized",
        "notifications/cancelled",
        "notifications/progress",
        "notifications/roots/list_changed",
    }
)
"""Open to every authenticated caller: they name nothing, and what they list is filtered."""
NAMING: Final = frozenset(
    {
        "tools/call",
        "prompts/get",
        "resources/read",
        "resources/subscribe",
        "resources/unsubscribe",
        "completion/complete",
        "subscriptions/listen",
        "tasks/get",
        "tasks/cancel",
        "tasks/result",
        "tasks/update",
    }
)
"""Open as far as every name in them is granted. What is in neither set is closed; `tasks/list`, too, knows no owner."""

TASK: Final = "task"

SENT_BY_SERVERS: Final = frozenset(
    {
        "ping",
        "roots/list",
        "sampling/createMessage",
        "elicitation/create",
        "notifications/cancelled",
        "notifications/progress",
        "notifications/message",
        "notifications/tools/list_changed",
        "notifications/prompts/list_changed",
        "notifications/resources/list_changed",
        "notifications/resources/updated",
        "notifications/elicitation/complete",
        "notifications/subscriptions/acknowledged",
        "notifications/tasks",
        "notifications/tasks/status",
    }
)
"""What a server may send beside replies, in the eras that the method table allows."""

# Looking a member up on its class costs more than comparing it.
_MODERN: Final = Era.MODERN
MAX_TEMPLATE: Final = 512
"""Characters of a URI template: comparing two patterns may cost the product of their lengths."""


class Access(Guard):
    """Default deny over an exact table of methods. The policy is asked about the body, never about headers."""

    name: ClassVar[str] = "access"
    phase: ClassVar[Phase] = Phase.AUTHORIZE
    settled: ClassVar[bool] = True

    def __init__(
        self, policy: Policy, *, unsafe_allow_anonymous: bool = False, without_sign_in: Collection[str] = ("tokens",)
    ) -> None:
        self._policy = policy
        self._without_sign_in = frozenset(without_sign_in)
        self._anonymous = unsafe_allow_anonymous

    def check_request(self, exchange: Exchange) -> Verdict[Message]:
        """Refuse strangers, closed methods, and names that are unknown or not granted."""
        message = exchange.request
        if not exchange.principal.issuer and not self._anonymous:
            return Deny(reason=UNAUTHENTICATED)
        if type(message) is Reply:
            return ALLOW if exchange.era is Era.LEGACY else Deny(reason=REPLY_UNASKED)
        if message.method in OPEN:
            return ALLOW
        if message.method not in NAMING:
            return Deny(reason=METHOD_CLOSED, detail=ascii(message.method[:200]))
        wanted = targets(message)
        if wanted is None:
            return Deny(reason=NO_NAME, detail=message.method)
        return self._all_granted(exchange, message.method, wanted)

    def check_reply(self, exchange: Exchange, reply: Message) -> Verdict[Message]:
        """Filter lists, keep caches private, and drop what a server may not send."""
        if type(reply) is Reply:
            return ALLOW if is_plain(exchange, reply) else self._check_result(exchange, reply)
        return self._check_server_message(exchange, reply)

    def _all_granted(self, exchange: Exchange, method: str, wanted: tuple[Target, ...]) -> Verdict[Message]:
        notes = []
        may_be_template = method == "completion/complete"
        for target in wanted:
            if target.kind == RESOURCE and not (is_template if may_be_template else is_uri)(target.name):
                return Deny(reason=NOT_CANONICAL, detail=ascii(target.name[:200]))
            decision = self._decide(exchange, target.kind, target.name, may_be_template=may_be_template)
            if not decision.allowed:
                return Deny(reason=NOT_GRANTED, detail=f"{target.kind} {target.name[:200]!a}: {decision.because}")
            if target.kind == TOOL and not _is_in_catalogue(exchange, target.name):
                return Deny(reason=NOT_GRANTED, detail=f"tool {target.name[:200]!a}: not in the catalogue")
            lacking = self._lacking(exchange, target, decision)
            if lacking is not None:
                return lacking
            notes.append(decision.because)
        return Allow(note="; ".join(notes)) if notes else ALLOW

    def _lacking(self, exchange: Exchange, target: Target, decision: Decision) -> Deny | None:
        """The refusal of somebody who may, with a token that may not."""
        kind, name = target.kind, target.name
        if kind == TASK:
            kind, name = TOOL, _started(exchange, name) or ""
        principal = exchange.principal
        scopes = self._policy.lacking(principal, decision, exchange.server, kind, name)
        if not scopes:
            return None
        detail = f"{target.kind} {target.name[:200]!a} needs {' '.join(scopes)}"
        reason = SCOPE_OUT_OF_REACH if principal.source in self._without_sign_in else SCOPE_MISSING
        return Deny(reason=reason, detail=detail, scopes=scopes)

    def _decide(self, exchange: Exchange, kind: str, name: str, *, may_be_template: bool) -> Decision:
        if kind == TASK:
            return self._decide_task(exchange, name)
        if may_be_template and kind == RESOURCE and "{" in name:
            if len(name) > MAX_TEMPLATE:
                return NOTHING
            return self._policy.decide_any(exchange.principal, template(exchange.server, name))
        return self._policy.decide(exchange.principal, exchange.server, kind, name)

    def _decide_task(self, exchange: Exchange, task: str) -> Decision:
        """A task is its starter's, for as long as the tool is."""
        started = _started(exchange, task)
        if started is None:
            return NOTHING
        return self._policy.decide(exchange.principal, exchange.server, TOOL, started)

    def _check_server_message(self, exchange: Exchange, message: Request | Notification) -> Verdict[Message]:
        if exchange.era is None:
            return Deny(reason=ERA_UNKNOWN)
        if message.method not in SENT_BY_SERVERS:
            return Deny(reason=SERVER_OVERSTEPS, detail=ascii(message.method[:200]))
        malformed = check_params(message, exchange.era, from_server=True)
        if malformed is not None:
            detail = f"{message.method[:200]!a}: {malformed.reason.code} {malformed.detail}"
            return Deny(reason=SERVER_OVERSTEPS, detail=detail)
        for target in targets(message) or ():
            decision = self._decide(exchange, target.kind, target.name, may_be_template=False)
            if not decision.allowed:
                detail = f"{message.method}: {target.kind} {target.name[:200]!a}: {decision.because}"
                return Deny(reason=NOT_GRANTED, detail=detail)
        return ALLOW

    def _check_result(self, exchange: Exchange, reply: Reply) -> Verdict[Message]:
        if reply.error is not None:
            return ALLOW
        method = exchange.request.method if type(exchange.request) is Request else ""
        result = reply.result
        if not isinstance(result, dict):
            return Deny(reason=LIST_MALFORMED, detail="no object") if method in LISTED_BY else ALLOW
        if exchange.era is _MODERN and not may_ask(result):
            return Deny(reason=SERVER_OVERSTEPS, detail="unknown input request")
        changes = self._filtered_lists(exchange, method, result)
        if type(changes) is Deny:
            return changes
        caching = caching_made_private(exchange.era, method, result)
        if not changes and not caching:
            return ALLOW
        notes = [
            f"{len(result[key]) - len(kept)} of {len(result[key])} {key} withheld" for key, kept in changes.items()
        ]
        if caching:
            changes |= caching
            notes.append("caching made private")
        return Rewrite(message=replace(reply, result={**result, **changes}), note=", ".join(notes), count=len(notes))

    def _filtered_lists(self, exchange: Exchange, method: str, result: JsonObject) -> JsonObject | Deny:
        """The lists of a result that must become shorter, by their keys."""
        # By what the result holds, not by what was asked: a reply may come on another stream than its request.
        present = [key for key in LISTS if key in result]
        if method in LISTED_BY and LISTED_BY[method] not in present:
            return Deny(reason=LIST_MALFORMED, detail=f"no `{LISTED_BY[method]}`")
        changes: JsonObject = {}
        for key in present:
            entries = result[key]
            if not isinstance(entries, list):
                return Deny(reason=LIST_MALFORMED, detail=f"`{key}`")
            kept = self._kept(exchange, key, entries)
            if len(kept) < len(entries):
                changes[key] = kept
        return changes

    def _kept(self, exchange: Exchange, key: str, entries: list[Any]) -> list[Any]:
        """The entries whose names are granted; a name that stands there twice is nobody's.

        A tool whose definition no catalogue takes is left out as well: it could not be called.
        """
        kind, field = LISTS[key]
        named = [
            (entry[field], entry) for entry in entries if isinstance(entry, dict) and type(entry.get(field)) is str
        ]
        times = Counter(name for name, _ in named)
        may_be_template = key == "resourceTemplates"
        return [
            entry
            for name, entry in named
            if times[name] == 1
            and (kind != RESOURCE or is_template(name))
            and (kind != TOOL or is_sound(entry))
            and self._decide(exchange, kind, name, may_be_template=may_be_template).allowed
        ]


def _started(exchange: Exchange, task: str) -> str | None:
    """The tool that a task of the caller's was started with."""
    return next((tool for name, tool in exchange.tasks if name == task), None)


def _is_in_catalogue(exchange: Exchange, name: str) -> bool:
    tool = exchange.tool
    return tool is not None and tool.name == name and tool.server == exchange.server
