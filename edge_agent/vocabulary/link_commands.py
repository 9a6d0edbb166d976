"""What the link is to do, which keeps a session with the service. A part of `commands`. Pure."""

from __future__ import annotations

from typing import TypeAlias

from .frozen import frozen


@frozen
class OpenLink:
    """Somebody wants to talk: connect, and do not wait any longer with it."""


@frozen
class CloseLink:
    """Nobody talks: have no link until `OpenLink`."""


@frozen
class RenewLink:
    """Leave this session, with all that it knows, for a new one."""


@frozen
class ChoosePersona:
    """Who answers in the sessions that begin from now on: the one of this word in `[[wake]]`; empty: [assistant]."""

    word: str


@frozen
class WithdrawQuestion:
    """A question was given up: what waits of it to be sent is not sent. `Withdrawn` answers, if anything was."""


@frozen
class SwitchLink:
    """Move to the session that is prepared: what is sent from now on goes there."""


@frozen
class UpdateTools:
    """Nobody talks, and the tools are not what they were: the session is told."""


@frozen
class DivideAnswer:
    """What is said from now on is another answer. Of the one that was stopped, nobody hears the rest."""


LinkCommand: TypeAlias = (
    OpenLink
    | CloseLink
    | RenewLink
    | SwitchLink
    | ChoosePersona
    | WithdrawQuestion
    | UpdateTools
    | DivideAnswer
)
