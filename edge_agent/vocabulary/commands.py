"""What the conversation decides: imperatives that the agent carries out. See `events`."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

from .announcements import AnnouncementOutcome
from .frozen import frozen
from .group import ClaimCall as ClaimCall
from .group import GroupCommand as GroupCommand
from .group import TellEngaged as TellEngaged
from .link_commands import ChoosePersona as ChoosePersona
from .link_commands import CloseLink as CloseLink
from .link_commands import DivideAnswer as DivideAnswer
from .link_commands import LinkCommand as LinkCommand
from .link_commands import OpenLink as OpenLink
from .link_commands import RenewLink as RenewLink
from .link_commands import SwitchLink as SwitchLink
from .link_commands import UpdateTools as UpdateTools
from .link_commands import WithdrawQuestion as WithdrawQuestion
from .live_commands import AppendSilence as AppendSilence
from .live_commands import ContinueWork as ContinueWork
from .live_commands import LiveCommand as LiveCommand
from .live_commands import MuteInput as MuteInput
from .live_commands import Tell as Tell
from .openings import OpeningOutcome
from .sound import ServicePcm, UplinkPcm

Role: TypeAlias = Literal["user", "assistant", "system"]


class Cue(StrEnum):
    """A short sound that tells the user what the device is doing."""

    LISTENING = "listening"
    DONE = "done"
    MUTED = "muted"
    UNMUTED = "unmuted"
    OFFLINE = "offline"
    GAVE_UP = "gave-up"
    CUT_SHORT = "cut-short"
    NOTHING_HEARD = "nothing-heard"
    NO_NETWORK = "no-network"
    CANNOT_SIGN_IN = "cannot-sign-in"
    SERVICE_BUSY = "service-busy"
    SERVICE_PROBLEM = "service-problem"
    MICROPHONE_MISSING = "microphone-missing"
    CLOCK_NOT_SET = "clock-not-set"
    DAILY_COST = "daily-cost"
    LOST_WORDS = "lost-words"
    FORGOTTEN = "forgotten"
    WORKING = "working"
    CONFIRM = "confirm"
    RINGING = "ringing"
    ANNOUNCEMENT = "announcement"
    TIMER = "timer"
    ALARM = "alarm"
    REMINDER = "reminder"
    MISSED_RING = "missed-ring"

    @property
    def is_spoken(self) -> bool:
        """Whether it is a message in words."""
        return self in SPOKEN


SPOKEN = frozenset(
    {
        Cue.NO_NETWORK,
        Cue.CANNOT_SIGN_IN,
        Cue.SERVICE_BUSY,
        Cue.SERVICE_PROBLEM,
        Cue.MICROPHONE_MISSING,
        Cue.CLOCK_NOT_SET,
        Cue.DAILY_COST,
        Cue.LOST_WORDS,
        Cue.FORGOTTEN,
        Cue.CONFIRM,
        Cue.TIMER,
        Cue.ALARM,
        Cue.REMINDER,
        Cue.MISSED_RING,
    }
)


# ---- to the sound -------------------------------------------------------
@frozen
class OpenUplink:
    """Record, beginning with the pre-roll, until the gate hears silence or `CloseUplink` comes. `called`: beginning
    with what follows the wake word, which was just heard."""

    until: Literal["silence", "closed"]
    called: bool = False


@frozen
class CloseUplink:
    """`goes_on`: the voice that is heard is for another device, and does not open it again until it has ended."""

    goes_on: bool = False


@frozen
class MuteMicrophone:
    muted: bool


@frozen
class ForgetPreroll:
    """What the microphone heard until now must not leave."""


@frozen
class AcceptVoice:
    """Whether a voice may begin an utterance without the wake word. Where it always may, nobody says so."""

    on: bool


@frozen
class Play:
    item_id: str
    pcm: ServicePcm


@frozen
class FinishPlayback:
    """No more audio is coming: play out even what is shorter than the prebuffer."""


@frozen
class StopPlayback: ...


@frozen
class PlayCue:
    cue: Cue


@frozen
class StartRinging:
    """Over whatever sounds: an answer waits until `StopRinging`."""


@frozen
class StopRinging: ...


@frozen
class PlayWords:
    """Words that were spoken on this device, like a cue."""

    pcm: ServicePcm


@frozen
class Announce:
    """An answer that sounds waits. `AnnouncementPlayed` answers, unless `StopAnnouncing` comes first."""

    number: int
    pcm: ServicePcm
    chime: bool = True


@frozen
class StopAnnouncing: ...


@frozen
class SetVolume:
    percent: int


# ---- to the service -----------------------------------------------------
@frozen
class AppendAudio:
    pcm: UplinkPcm


@frozen
class CommitInput: ...


@frozen
class ClearInput: ...


@frozen
class DetectTurns:
    """Whether the service looks for the ends of utterances in what comes next, where it is configured to."""

    on: bool


@frozen
class CreateUserText:
    text: str


@frozen
class RestoreCall:
    """A function call of a session before this one, whose output follows."""

    call_id: str
    name: str
    arguments: str


@frozen
class CreateFunctionOutput:
    call_id: str
    output: str


@frozen
class AnswerApproval:
    """Whether the service may call a tool of an MCP server. `item_id`: what the answer shall be called."""

    approval_id: str
    approved: bool
    item_id: str


@frozen
class CreateResponse:
    request_id: str


@frozen
class CancelResponse:
    response_id: str


@frozen
class TruncateItem:
    item_id: str
    audio_end_ms: int


@frozen
class DeleteItem:
    item_id: str


@frozen
class RestoreMessage:
    """Something that was said before this session began.

    `item_id`: what the item shall be called. `after`: the item behind which it belongs, "root" for the beginning;
    empty: it is the newest.
    """

    role: Role
    text: str
    item_id: str = ""
    after: str = ""


@frozen
class OfferTools:
    """From now on the session may call these, and no others. `specifications`: JSON, a list, as the service is told of
    them."""

    specifications: str


# ---- to the tools -------------------------------------------------------
@frozen
class RunTool:
    """`ToolReturned` answers, with the number of the run."""

    run: int
    name: str
    arguments: str


@frozen
class CancelTool:
    """Nobody waits for this run any more: end it, if it can be. Nothing answers."""

    run: int
    name: str = ""


# ---- to the shell -------------------------------------------------------
@frozen
class SettleAnnouncement:
    """It is over."""

    number: int
    outcome: AnnouncementOutcome


@frozen
class SettleOpening:
    """The microphone is open; or, of a question, it is over. `text`: what was answered."""

    number: int
    outcome: OpeningOutcome
    text: str = ""


@frozen
class Shutdown:
    """Everything is ended politely: the process may go."""


AudioCommand: TypeAlias = (
    OpenUplink
    | CloseUplink
    | MuteMicrophone
    | ForgetPreroll
    | AcceptVoice
    | Play
    | FinishPlayback
    | StopPlayback
    | PlayCue
    | StartRinging
    | StopRinging
    | PlayWords
    | Announce
    | StopAnnouncing
    | SetVolume
)
ServiceCommand: TypeAlias = (
    AppendAudio
    | CommitInput
    | ClearInput
    | DetectTurns
    | CreateUserText
    | RestoreCall
    | CreateFunctionOutput
    | AnswerApproval
    | CreateResponse
    | CancelResponse
    | TruncateItem
    | DeleteItem
    | RestoreMessage
    | OfferTools
    | LiveCommand
)


@frozen
class SettleRing:
    """A ring is over. `heard`: somebody has stopped it."""

    ring: int
    heard: bool


ToolCommand: TypeAlias = RunTool | CancelTool | SettleRing
Command: TypeAlias = (
    AudioCommand
    | ServiceCommand
    | LinkCommand
    | ToolCommand
    | GroupCommand
    | SettleAnnouncement
    | SettleOpening
    | Shutdown
)
