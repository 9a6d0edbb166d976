"""The first conversation: the whole device, as it was chosen, before any of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

from ..app.device import Device
from ..config import Config
from ..config.providers import PROVIDERS
from ..panel import open_panel
from ..realtime.failure import LinkFailure
from ..vocabulary import events as e
from ..vocabulary.state import State
from ..web.caption_feed import CaptionFeed
from ..web.mailbox import Letter

TRANSCRIPTION = "whisper-1"  # a service that does not have it goes on without the user's words


class FirstTalk:
    """To be made inside an event loop. `tell` takes what the page shows: light, words, and what goes wrong."""

    def __init__(self, config: Config, tell: Callable[[Iterable[Letter]], None]) -> None:
        self._tell = tell
        self.device = Device(_with_words(config), watchers=(self._watch,))
        self._panel = open_panel(config, self.device.post, asyncio.get_running_loop())
        self._feed = CaptionFeed(self.device.state.mode, captions=True)

    async def run(self) -> None:
        """Until it is cancelled."""
        self._tell(self._feed.snapshot())
        running = asyncio.create_task(self.device.run(), name="first talk")
        try:
            await asyncio.shield(running)
        except LinkFailure as failure:
            self._tell([Letter({"trouble": failure.message})])
        finally:
            self.device.stop()
            await asyncio.wait({running})
            self._panel.close()

    def _watch(self, event: e.Event, state: State) -> None:
        self._panel.show(state.mode)
        self._tell(self._feed.feed(event, state, self.device.visits))
        match event:
            case e.LinkFailed(_, message) | e.AudioLost(_, message):
                self._tell([Letter({"trouble": message})])


def _with_words(config: Config) -> Config:
    """So that the page can show what was heard, where that costs no setting of its own."""
    provider = PROVIDERS[config.service.provider]
    hears_by_itself = provider.is_duplex or provider.is_agent or provider.has_azure_hearing
    if config.assistant.transcription or hears_by_itself:
        return config
    return replace(config, assistant=replace(config.assistant, transcription=TRANSCRIPTION))
