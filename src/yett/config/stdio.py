"""Who the caller of `yett wrap` is: the config says it, because nobody signs in on a pipe."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from yett.config.fields import Items, Section, wrong
from yett.identity.entry import check_scope, check_word


def _word(text: str) -> str:
    try:
        return check_word(text)
    except ValueError as error:
        raise wrong(str(error)) from None


def _scope(text: str) -> str:
    try:
        return check_scope(text)
    except ValueError as error:
        raise wrong(str(error)) from None


Word = Annotated[str, AfterValidator(_word)]


class Stdio(Section):
    """Who the caller of `yett wrap` is. Whoever can start it can change this: it is a name, and no proof."""

    user: Word | None = None
    """A name of your choice: `alice`."""
    os_user: bool = False
    """The name of the operating system's user who started the program, instead of `user`."""
    roles: Items[Word] = ()
    """Roles of this config, beside those that name the user as a member."""
    groups: Items[Word] = ()
    """Groups, for `members: [group:...]`."""
    scopes: Items[Annotated[str, AfterValidator(_scope)]] = ()
    """Scopes, as a token would carry them."""

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if self.user is not None and self.os_user:
            raise wrong("`user` and `os_user` exclude each other", "keep one")
        if self.user is None and not self.os_user:
            raise wrong("`stdio` names nobody", "add `user: alice`, or `os_user: true`")
        return self
