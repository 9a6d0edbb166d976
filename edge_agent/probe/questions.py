"""The questions that descriptions of GPT-Live leave open, what the device takes for their answers, and what to change
where it is another. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..vocabulary.frozen import frozen


@frozen
class OpenQuestion:
    """`assumed`: answers that the device is right for; none: any. `change`: what to do about another one."""

    text: str
    assumed: tuple[str, ...] = ()
    change: str = ""


@frozen
class Lesson:
    """`question`: a key of `QUESTIONS`. `evidence`: times and events, in a sentence."""

    question: str
    answer: str
    evidence: str

    @property
    def differs(self) -> bool:
        """Whether the device takes something else for true."""
        assumed = QUESTIONS[self.question].assumed
        return bool(assumed) and self.answer not in assumed


_REPORT = "no setting: please report it, with this file"
QUESTIONS: Mapping[str, OpenQuestion] = {
    "start": OpenQuestion("How long does it take until a session stands?"),
    "lifetime": OpenQuestion("How long may a session last?"),
    "refusal": OpenQuestion("How is a wrong key refused?"),
    "event-ids": OpenQuestion("Do acknowledgements name the event that they answer?"),
    "placed": OpenQuestion("How long does a text take to find its place?"),
    "silence": OpenQuestion("Is silence sent in the output?"),
    "ahead": OpenQuestion("Does sound come ahead of real time?", ("no",), _REPORT),
    "frozen-billed": OpenQuestion("Is the time billed in which no sound is sent?"),
    "frozen-lasts": OpenQuestion(
        "How long does a session stand without sound, once it had some?", ("at least 20 s",), _REPORT
    ),
    "unheard": OpenQuestion("When is a session ended that never gets any sound?"),
    "two-sessions": OpenQuestion(
        "May there be two sessions at once?",
        ("yes",),
        "give each device a project or resource of its own, or keep [limits] idle_close_s short",
    ),
    "mute": OpenQuestion("Does the clock go on while the input is muted?", ("yes",), _REPORT),
    "burst": OpenQuestion(
        "When does the model hear what is sent faster than real time?", ("at real time",), _REPORT
    ),
    "large-append": OpenQuestion("Are 10 s of sound taken in one message?", ("yes",), _REPORT),
    "first-seconds": OpenQuestion(
        "What is billed of a session of one second?",
        ("the second", "15 s"),
        "set [prices] live_least_s to it",
    ),
    "uplink": OpenQuestion(
        "Does the model answer later where silence is digital, and not a room's?", ("no",), _REPORT
    ),
    "own-voice": OpenQuestion(
        "What does the model do when it hears itself, 20 dB softer?",
        ("nothing",),
        'where an answer breaks off by itself, set [audio] echo = "half-duplex"',
    ),
    "fixture": OpenQuestion("Does sound that the client has it play stop the model?"),
    "stop": OpenQuestion(
        "Does the model stop when it is told to?", ("yes",), "the device leaves the session 3 s later"
    ),
    "16-khz": OpenQuestion("Is sound at 16 kHz taken?"),
    "history": OpenQuestion("Is history taken at the start?", ("yes",), _REPORT),
    "acknowledgement-delay": OpenQuestion("Is a delay of acknowledgements taken?"),
    "close-code": OpenQuestion("How does the service close the connection?"),
    "billed": OpenQuestion("How much is billed?"),
}
