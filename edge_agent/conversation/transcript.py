"""What both sides have said, as far as it was heard: bounded, and forgotten when a visit ends."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace

from ..vocabulary.commands import Role
from ..vocabulary.frozen import frozen
from ..vocabulary.text import LONGEST_ITEM
from ..vocabulary.words import SpeechPace, WordTimes
from .answer import CutOff

MOST_ITEMS = 200
PLACE = "(the next)"  # the id of an item whose words have not come
TOLD_LESS = 4
MOST_RESTORED = (40, 8000)  # items, characters: long histories make a new session write, not speak


@frozen
class Said:
    role: Role
    text: str
    cut: bool = False  # the rest of it was never heard
    sounded: bool = False  # of an answer: its sound has come, and not its words alone


@dataclass(slots=True)
class Transcript:
    items: OrderedDict[str, Said] = field(default_factory=OrderedDict)
    answered: frozenset[str] = frozenset()  # items that belong to no open question
    pace: SpeechPace = field(default_factory=SpeechPace)
    notes: int = 0
    doubtful: frozenset[str] | None = None  # items that are answered if the answer was heard
    rewound: bool = False  # while that is not known: the question will be asked again
    most_told: int = MOST_RESTORED[0]  # items that a new session is told
    times: WordTimes = field(default_factory=WordTimes)

    def __iter__(self) -> Iterator[Said]:
        return iter([said for said in self.items.values() if _counts(said)])

    @property
    def recent(self) -> list[tuple[str, Said]]:
        """As much of the end as a new session is told, with the ids of the items."""
        kept: list[tuple[str, Said]] = []
        most_items, most_chars = MOST_RESTORED
        for item_id, said in reversed(list(self._telling(self.items.keys() - self.withheld))):
            most_chars -= len(said.text)
            if len(kept) >= min(most_items, self.most_told) or most_chars < 0:
                break
            kept.append((item_id, said))
        return kept[::-1]

    def tell_less(self) -> None:
        """What was told made a session write instead of speak: until the visit is over, tell new ones less."""
        self.most_told = TOLD_LESS if self.most_told > TOLD_LESS else 0

    def _telling(self, item_ids: Container[str]) -> Iterator[tuple[str, Said]]:
        """Those of these items with something to tell, in order."""
        return ((id_, said) for id_, said in self.items.items() if id_ in item_ids and _counts(said))

    def telling(self, item_ids: Container[str]) -> list[Said]:
        """What there is to tell of these items, in order."""
        return [said for _, said in self._telling(item_ids)]

    def begin(self, item_id: str, role: Role) -> None:
        """Keep this item's place; its words may come later, and after those of its answer."""
        self.items.setdefault(item_id, Said(role, ""))
        while len(self.items) > MOST_ITEMS:
            self.items.popitem(last=False)

    def keep_place(self) -> None:
        """For the words of whoever speaks now: they may come after those of the answer, and under an id that nobody
        knows yet."""
        self.items.pop(PLACE, None)
        self.begin(PLACE, "user")

    def _take_place(self, item_id: str) -> None:
        named = {PLACE: item_id}
        self.items = OrderedDict((named.get(kept_id, kept_id), said) for kept_id, said in self.items.items())
        self.answered = frozenset(named.get(kept_id, kept_id) for kept_id in self.answered)

    def add(self, item_id: str, role: Role, text: str) -> None:
        """More words of an item; those of one that was cut come too late."""
        if role == "user" and item_id not in self.items and PLACE in self.items:
            self._take_place(item_id)
        self._add(item_id, role, text)

    def _add(self, item_id: str, role: Role, text: str) -> None:
        self.begin(item_id, role)
        said = self.items[item_id]
        if not said.cut:
            self.items[item_id] = replace(said, text=(said.text + text)[:LONGEST_ITEM])

    def time(self, item_id: str, word: str, end_ms: int) -> None:
        """The next word of an item has been spoken at `end_ms` of its sound."""
        said = self.items.get(item_id)
        if said is None or not said.cut:
            self.times.add(item_id, word, end_ms)

    def sounds(self, item_id: str) -> None:
        """The sound of an answer has come: its words may have been ahead of it."""
        self.begin(item_id, "assistant")
        if not (said := self.items[item_id]).sounded:
            self.items[item_id] = replace(said, sounded=True)

    def note(self, role: Role, text: str) -> None:
        """Something that is not an item of the service's."""
        self.notes += 1
        self._add(f"note {self.notes}", role, text)

    def note_done(self, text: str) -> None:
        """Something that stays done, whatever is asked again."""
        self.note("system", text)
        self.answered |= {f"note {self.notes}"}

    def heard(self, item_id: str, ms: int) -> None:
        """All of an item was heard, and it took so long: that is how quickly the assistant speaks."""
        self.times.take(item_id)
        if said := self.items.get(item_id):
            self.pace.learn(said.text, ms)

    def cut(self, cut: CutOff) -> None:
        """Keep the words that were heard."""
        said = self.items.get(cut.item_id)
        if said is None:
            return
        timed = self.times.of(
            cut.item_id
        )  # it may be cut again: where the link was lost, then where it was heard
        chars = self.pace.heard_chars(said.text, cut.heard_ms, cut.received_ms, whole=cut.whole, timed=timed)
        self.items[cut.item_id] = replace(said, text=said.text[:chars], cut=True)

    def close(self, item_id: str) -> None:
        """Nobody hears more of an item: words that are still told do not count."""
        self.begin(item_id, "assistant")
        self.items[item_id] = replace(self.items[item_id], cut=True)

    def mark(self) -> None:
        """What is there now stays; what comes next belongs to a question that is not answered yet."""
        self.answered = frozenset(self.items)
        self._settle()

    def doubt(self) -> None:
        """What is there now stays if the answer was heard: `decide`."""
        self.doubtful = frozenset(self.items)

    def decide(self, *, heard: bool) -> None:
        """It is told whether the answer was heard."""
        if heard and self.doubtful is not None:
            self.answered = self.doubtful
        for item_id in self.items.keys() & self.withheld:
            del self.items[item_id]
        self._settle()

    def rewind(self) -> None:
        """Drop what has come since the mark: the question will be asked again. What is doubtful is withheld."""
        for item_id in self.items.keys() - self.answered - (self.doubtful or frozenset()):
            del self.items[item_id]
        self.rewound = self.doubtful is not None

    @property
    def withheld(self) -> frozenset[str]:
        """Items that are asked again if the answer was not heard: no session is told of them before that is known."""
        return self.doubtful - self.answered if self.rewound and self.doubtful else frozenset()

    def _settle(self) -> None:
        self.doubtful, self.rewound = None, False

    def forget(self) -> None:
        self.items.clear()
        self._settle()
        self.most_told = MOST_RESTORED[0]
        self.times = WordTimes()
        self.pace = SpeechPace()


def _counts(said: Said) -> bool:
    """Whether anybody said, or heard, any of it: words of an answer that never sounded do not count."""
    return bool(said.text) and (said.sounded or said.role != "assistant")
