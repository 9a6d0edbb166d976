"""What goes to the broker: of each state what is newest, and only if it has changed; all that happens. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from ..config.mqtt_settings import MqttSettings
from ..vocabulary.frozen import frozen
from ..vocabulary.state import State
from .entities import ENTITIES, LONGEST_STATE, Entity, StatusTold, attributes
from .topics import Topics

MOST_EVENTS = 64  # that wait; then the oldest go


@frozen
class TopicMessage:
    """`lasts`: the broker keeps it for those who come later."""

    topic: str
    payload: str
    lasts: bool = True


def of_state(state: State, settings: MqttSettings, topics: Topics) -> Iterator[TopicMessage]:
    """What is known without asking for the whole status."""
    told = {"mode": state.mode.value, "muted": state.muted, "volume": state.volume}
    return _states((entity for entity in ENTITIES if entity.quick), told, settings, topics)


def of_status(status: StatusTold, settings: MqttSettings, topics: Topics) -> Iterator[TopicMessage]:
    yield from _states(ENTITIES, status, settings, topics)
    for entity in ENTITIES:
        if entity.details:
            yield TopicMessage(topics.attributes(entity.key), attributes(entity.details(status)))


def _states(
    entities: Iterable[Entity], told: StatusTold, settings: MqttSettings, topics: Topics
) -> Iterator[TopicMessage]:
    for entity in entities:
        if entity.state and entity.is_shown(settings):
            yield TopicMessage(topics.state(entity.topic or entity.key), entity.state(told)[:LONGEST_STATE])


class NewestMessages:
    """What is not sent yet. Of what lasts one message for each topic, and of what happens a limited number: a broker
    that is slow or away costs no memory."""

    def __init__(self) -> None:
        self._waiting: dict[str, TopicMessage] = {}  # what lasts, by topic
        self._sent: dict[str, str] = {}  # of it
        self._events: deque[TopicMessage] = deque(maxlen=MOST_EVENTS)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._events)

    def put(self, message: TopicMessage) -> None:
        if not message.lasts:
            self._events.append(message)
        elif self._sent.get(message.topic) == message.payload:
            self._waiting.pop(message.topic, None)  # it has changed back
        else:
            self._waiting[message.topic] = message

    def take(self) -> TopicMessage | None:
        """The next to send, states before events; None: there is none."""
        if not self._waiting:
            return self._events.popleft() if self._events else None
        message = self._waiting.pop(next(iter(self._waiting)))
        self._sent[message.topic] = message.payload
        return message

    def forget(self, topic: str) -> None:
        """Its state is to be sent again, though it is the same."""
        self._sent.pop(topic, None)

    def begin(self) -> None:
        """With another connection: nobody knows what of the last one has arrived."""
        self.repeat()
        self._events.clear()

    def repeat(self) -> None:
        """All that lasts is to be sent again."""
        self._waiting.clear()
        self._sent.clear()
