"""What each session is told of its own answers: how much was heard, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output

from .answers import WORD_MS, Response, Spoken
from .service import Session

if TYPE_CHECKING:
    from .world import World

WORD = re.compile(r"(s\d+r\d+i\d+)\.(\d+)")
HEARD_MS = 1000  # that counts as an answer
RECKONED_MS = 1000  # how far words may be from the sound


class Items:
    def __init__(self, world: World, complain: Callable[[str, str], None]) -> None:
        self._world, self._complain = world, complain
        self._stopped: set[str] = set()  # items that were stopped: nothing of them is to be played again
        self._restored_early: list[tuple[str, Session, str, int]] = []
        self._words: set[str] = set()  # of the person, that the device was told in this visit
        self._expected: dict[
            int, frozenset[str]
        ] = {}  # of them, what each session is to know from its beginning
        self._wanted: set[str] = set()  # responses that were played, or cancelled
        self._passed_over: set[str] = set()  # of which sound came, and was not played
        self._told: dict[str, tuple[Spoken, str]] = {}  # known too well when it was asked on
        self._crossed: set[str] = set()  # of these: when it was asked on, nobody could know better
        self._seen: set[str] = set()  # items that the device was told of
        self._settled: dict[str, set[str]] = {}  # those of which nothing sounded, when this was asked for
        self._playing: set[str] = (
            set()
        )  # items whose sound was given to the player, and nothing told of it yet

    def handled(self, event: e.Event, outputs: Sequence[Output]) -> None:
        if isinstance(event, e.PlaybackDrained | e.PlaybackStopped):
            self._playing -= {heard.item_id for heard in event.heard}
        match event:
            case e.InputCommitted(item_id) if session := self._world.link.session:
                if user := session.users.get(item_id):
                    self._words -= set(
                        user.voiced
                    )  # said again: what counts is whether it is transcribed now
            case e.UserTranscribed(_, text):
                self._words |= set(text.split())
            case e.Connected() | e.LinkSwitched() if session := self._world.link.session:
                self._expected[session.number] = self._answered & self._words
            case e.AudioDelta(response_id, item_id, pcm) if pcm:
                self._seen.add(item_id)
                played = any(isinstance(output, c.Play) for output in outputs)
                (self._wanted if played else self._passed_over).add(response_id)
            case e.ResponseDone(response_id, status, item_ids=item_ids):
                self._seen |= set(item_ids)
                if status == "completed" and response_id in self._passed_over - self._wanted:
                    self._complain("not-cancelled", f"{response_id} is made to its end for nobody")
        for output in outputs:
            match output:
                case c.ForgetPreroll():  # the visit is over
                    self._words.clear()
                    self._expected.clear()
                case c.CancelResponse(response_id):
                    self._wanted.add(response_id)
                case c.Play(item_id, _):
                    if item_id in self._stopped:
                        self._complain("plays-again", f"{item_id} was stopped")
                    self._playing.add(item_id)
                case c.StopPlayback():
                    self._stopped |= self._playing
                case c.CreateResponse(request_id):
                    self._settled[request_id] = self._seen - (self._playing - self._stopped)
                case c.TruncateItem(item_id, audio_end_ms):
                    self._truncated(item_id, audio_end_ms)
                case c.DeleteItem(item_id):
                    self._restored_early = [one for one in self._restored_early if one[0] != item_id]
                    if self._heard_ms(item_id):
                        self._complain("deletes-heard", f"{item_id}: {self._heard_ms(item_id)} ms were heard")
                case c.RestoreMessage("assistant", text, told_id):
                    self._restored(text, told_id)

    @property
    def _silent_answers(self) -> bool:
        """Whether there were answers without sound: sessions are told less then."""
        return any(
            one.over and not any(item.sent_ms for item in one.items) for _, one in self._world.responses
        )

    @property
    def _answered(self) -> frozenset[str]:
        """What was known where an answer began of which a second was heard: words before a call do not count."""
        known = [
            response.known
            for _, response in self._world.responses
            if not response.calls and sum(self._heard_ms(item.item_id) for item in response.items) >= HEARD_MS
        ]
        return frozenset[str]().union(*known)

    def _heard_ms(self, item_id: str) -> int:
        return self._world.sound.player.handed[item_id]

    def _truncated(self, item_id: str, audio_end_ms: int) -> None:
        heard_ms = self._heard_ms(item_id)
        if audio_end_ms != heard_ms:
            self._complain("truncates-wrongly", f"{item_id} at {audio_end_ms}, {heard_ms} ms were heard")

    def _restored(self, text: str, told_id: str) -> None:
        """Each item by its last word; an item that is still at the speaker is looked at when it counts."""
        session = self._world.link.session
        for item_id, number in dict(WORD.findall(text)).items():
            if session and (item_id in self._playing or item_id in self._world.sound.player.pushed):
                self._restored_early.append((told_id, session, item_id, int(number)))
            else:
                self._judge(item_id, int(number), "restores-unheard")

    def _judge(self, item_id: str, number: int, kind: str) -> None:
        heard_ms = self._heard_ms(item_id)
        said_ms = number * WORD_MS
        if not heard_ms or said_ms > heard_ms + RECKONED_MS:
            self._complain(
                kind, f"word {number} of {item_id}, which is at {said_ms} ms; {heard_ms} ms were heard"
            )

    def begun(self, session: Session, response: Response) -> None:
        """A response begins: whatever was said before it in this session is known as it was heard."""
        if response.request_id:
            self._check(session, response)
            unknown = self._expected.pop(session.number, frozenset()) - response.known
            if unknown and not self._silent_answers:
                self._complain("forgets", f"{sorted(unknown)} in session {session.number}")
        for _, restored, item_id, number in self._restored_early:
            if restored is session and item_id not in self._playing:
                self._judge(item_id, number, "restores-then-interrupted")

    def over(self) -> None:
        for box in (self._world.link.line,):
            if box and not box.session.dead and not self._world.over:
                self._check(box.session, None)
        for item_id, (item, what) in self._told.items():
            if self._known_ms(item) > self._heard_ms(item_id):
                self._complain("truncation-missing", what)
            elif item_id not in self._crossed:
                self._complain("truncation-late", what)

    def _check(self, session: Session, response: Response | None) -> None:
        for item_id, item in session.items.items():
            if response and any(own.item_id == item_id for own in response.items):
                continue
            if (
                item_id in self._told
                or item_id in self._playing
                or item_id in self._world.sound.player.pushed
            ):
                continue
            known_ms = self._known_ms(item)
            if known_ms > self._heard_ms(item_id):
                what = f"{item_id}: {known_ms} ms known to the service, {self._heard_ms(item_id)} heard"
                self._told[item_id] = item, what
                if response and response.request_id and item_id not in self._settled[response.request_id]:
                    self._crossed.add(item_id)

    @staticmethod
    def _known_ms(item: Spoken) -> int:
        if item.deleted:
            return 0
        return item.sent_ms if item.truncated_ms is None else item.truncated_ms
