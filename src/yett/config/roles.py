"""Who may do what: roles, and the tests that say what they must mean."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, field_validator, model_validator

from yett.config.fields import Items, Section, wrong
from yett.config.wording import kind, suggestion
from yett.errors import PolicyError
from yett.identity.entry import check_scope
from yett.policy import pattern as patterns
from yett.policy.membership import SUBJECTS, split_member
from yett.policy.role import EVERYONE

ANONYMOUS: Final = "anonymous"
_ROLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z")


def _role_name(name: str) -> str:
    if _ROLE.match(name):
        return name
    raise wrong(f"`{name}` cannot be a role's name", "letters, digits, `_`, `.` and `-`, 63 at most")


def _who(text: str) -> str:
    _, subject, name = split_member(text)
    if not subject:
        raise wrong(f"`{text}` is not a member", f"say what it is: `user:{text}`, `role:{text}` or `group:{text}`")
    if subject not in SUBJECTS:
        raise wrong(
            f"unknown kind of member `{subject}` in `{text}`",
            suggestion(subject, SUBJECTS) or f"write one of {', '.join(f'`{known}:`' for known in SUBJECTS)}",
        )
    if not name or name != name.strip() or not name.isprintable() or len(name) > 256:  # noqa: PLR2004 - fits every identity provider
        raise wrong(f"`{text}` names nobody", f"write `{subject}:name`")
    if "*" in name:
        raise wrong(f"`*` has no meaning in `{text}`", "the role `everyone` is for all who are signed in")
    return text


def _tested(text: str) -> str:
    return text if text in {ANONYMOUS, EVERYONE} else _who(text)


def _rule(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        tool = next(iter(value))
        raise wrong("conditions on arguments are not part of this version", f"write `{tool}` alone, or leave it out")
    return value


def _pattern(text: str) -> str:
    return _parsed(text).text


def _parsed(text: str) -> patterns.Pattern:
    try:
        return patterns.parse(text)
    except PolicyError as error:
        # The policy says what is wrong and, behind the last colon that is not the user's, what to do.
        message, _, hint = str(error).rpartition(": ")
        split = message != "" and message.count("`") % 2 == 0
        raise (wrong(message, hint) if split else wrong(str(error))) from None


def _scope(text: str) -> str:
    try:
        return check_scope(text)
    except ValueError as error:
        raise wrong(f"`{text}` is not a scope", str(error)) from None


Scope = Annotated[str, AfterValidator(_scope)]
RoleName = Annotated[str, AfterValidator(_role_name)]
Member = Annotated[str, AfterValidator(_who)]
Rule = Annotated[str, AfterValidator(_pattern), BeforeValidator(_rule)]


class Role(Section):
    """What its members may do. `deny` wins over every `allow`, of other roles too."""

    members: Items[Member] = ()
    """Who has the role: `user:alice`, `group:...`, `role:...`, `scope:...` or `client:...`, as their tokens say it.
    With several ways to sign in, each line says whose: `keycloak:group:/eng`. Whose token was made with `yett token new
    NAME --role ROLE` has it without being listed."""
    scopes: Items[Scope] = ()
    """Scopes that a token must have for what `allow` lists here. Without them a call is answered with what to ask for;
    `deny` holds with and without."""
    include: Items[str] = ()
    """Roles whose `allow` and `deny` belong to this one too."""
    allow: Items[Rule] = ()
    """What it may use: `server.tool`, `server.prompt:name`, `server.resource:uri`; `*` stands for any characters."""
    deny: Items[Rule] = ()
    """What it may not use, whatever allows it."""


class Probe(Section):
    """One call that a test asks about: `server.tool`, or `{ server.tool: { argument: value } }`."""

    pattern: Annotated[str, AfterValidator(_pattern)]
    """What is called. `*` only in `deny`: nothing of all that may be allowed."""
    arguments: dict[str, Any] | None = None
    """The arguments of the call."""

    @property
    def target(self) -> patterns.Pattern:
        """The pattern in its parts: `server`, `kind` and `name` (a glob)."""
        return _parsed(self.pattern)


def _probe(value: Any) -> Any:
    if isinstance(value, Probe):
        return value
    if isinstance(value, str):
        return {"pattern": value}
    if isinstance(value, dict) and len(value) == 1:
        [(pattern, arguments)] = value.items()
        if not isinstance(arguments, dict):
            raise wrong(
                f"expected the arguments of `{pattern}`, found {kind(arguments)}",
                f"write {{ {pattern}: {{ name: value }} }}",
            )
        return {"pattern": pattern, "arguments": arguments}
    if isinstance(value, dict):
        raise wrong(f"expected one call, found {len(value)}", "write one `- { server.tool: { name: value } }` for each")
    raise wrong(f"expected a call, found {kind(value)}", "write `server.tool`")


_CALL_SCHEMA: Final = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": {"type": "object"}},
    ],
    "description": "A call: `server.tool`, or `{ server.tool: { argument: value } }`.",
}
Call = Annotated[Probe, BeforeValidator(_probe), WithJsonSchema(_CALL_SCHEMA)]


class PolicyTest(Section):
    """What the policy must say about one caller."""

    who: Annotated[str, AfterValidator(_tested)]
    """A line as in `members`, `role:...` of ours too, `everyone` (only signed in), or `anonymous`."""
    allow: Items[Call] = ()
    """Calls that must be allowed."""
    deny: Items[Call] = ()
    """Calls that must be denied."""

    @field_validator("allow", mode="after")
    @classmethod
    def _one_by_one(cls, calls: tuple[Probe, ...]) -> tuple[Probe, ...]:
        for call in calls:
            if not call.target.exact:
                raise wrong(f"`{call.pattern}` is not one call", "name them one by one; only `deny` takes `*`")
        return calls

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.allow and not self.deny:
            raise wrong("a test that asks nothing", "add `allow:` or `deny:` with calls like `server.tool`")
        return self
