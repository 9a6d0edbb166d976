"""edge-agent: the whole daemon on its simulated card, as configured by the environment; its microphone is open
all the time, also where a button begins an utterance."""

import asyncio
from collections.abc import Callable

from conversation import Room, hold, mark, plan

from edge_agent.app.daemon import Daemon
from edge_agent.audio.cards.simulated import SimulatedCard
from edge_agent.config import load
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State, Turn

mark("imported")
QUICKLY_S = 5.0  # a link that is closed after so long is meant to be closed


class Watched(Daemon):
    """Tells what it is doing."""

    state = State()

    def _watch(self, event: e.Event, state: State) -> None:
        super()._watch(event, state)
        if state != self.state:
            self.state = state
            self.changed.set()

    async def until(self, holds: Callable[[State], bool]) -> None:
        while not holds(self.state):
            self.changed.clear()
            await self.changed.wait()

    changed = asyncio.Event()


class Microphone(Room):
    over = False

    def next(self, size: int) -> bytes:
        """For the card; any number of frames."""
        return b"".join(self.frame() for _ in range(size // self._size))


async def main() -> None:
    todo = plan()
    config, problems = load(None)
    assert not problems, problems
    microphone = Microphone(todo.noise, todo.frame)
    card = SimulatedCard(microphone, rate_hz=todo.rate_hz, out_rate_hz=24_000)
    device = Watched(config, read=lambda: config, open_card=lambda _: card)
    running = asyncio.create_task(device.run())
    closes = 0 < config.limits.idle_close_s <= QUICKLY_S
    await device.until(lambda state: state.standby if closes else state.online)

    async def say(speech: bytes) -> None:
        if not todo.hands_free:
            device.device.post(e.ButtonPressed())
        await microphone.say(speech)
        if not todo.hands_free:
            device.device.post(e.ButtonReleased())

    async def over() -> None:
        await device.until(lambda state: state.turn is Turn.SPEAKING)
        await device.until(lambda state: state.turn is Turn.IDLE)

    await hold(todo, say, over)
    await running


asyncio.run(main())
