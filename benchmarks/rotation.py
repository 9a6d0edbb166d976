"""Sessions that end while people talk, over and over: python -m benchmarks.rotation [--rotations N] [--devices N]

Real devices with simulated cards talk to a service on loopback whose sessions live 6 to 8 s. An utterance is a tone
of its own pitch, an answer a tone without a pause: so the service can tell how much of which utterance an answer is
to, and the speaker whether it came without a gap.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import numpy as np

from edge_agent.app.device import Device
from edge_agent.audio.cards.simulated import SimulatedCard, SpokenSource
from edge_agent.config import Config
from edge_agent.simulator.reply import Pace
from edge_agent.simulator.server import SimulatedService
from edge_agent.telemetry import facts as f
from edge_agent.telemetry.records import Record
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import FRAME_MS
from edge_agent.vocabulary.state import State, Turn
from tests.faults.rig import ANSWER_MS, Ear, Given, pitch_hz
from tests.sound import tone

from .bench import RATE_HZ, percentiles

UTTERANCE_MS = 1200
PITCHES = 20  # then they come again
REACH_S, LAG_S = 0.2, 0.3  # before the first word; from the last word to the release
PAUSES_S = (0.3, 0.3, 1.0, 2.5)  # in the longest the link may move before anybody talks
MISSING_MS = 60  # an utterance without so much of it was cut
PACE = Pace(think_ms=300, delta_ms=200, speed=8)
TIRED_S = 30.0


class Speaker:
    """How long each stretch of sound was, without a break of a frame."""

    def __init__(self) -> None:
        self.runs_ms: list[int] = []
        self._loud = False

    def write(self, pcm: bytes) -> None:
        size = RATE_HZ * FRAME_MS // 1000 * 2
        for at in range(0, len(pcm), size):
            loud = bool((np.abs(np.frombuffer(pcm[at : at + size], np.int16).astype(int)) > 300).any())
            if loud and not self._loud:
                self.runs_ms.append(0)
            if loud:
                self.runs_ms[-1] += FRAME_MS
            self._loud = loud

    def close(self) -> None: ...


@dataclass
class Tally:
    """Of all devices."""

    asked: int = 0
    answered: int = 0
    lost: list[str] = field(default_factory=list)
    twice: int = 0
    cut_ms: list[int] = field(default_factory=list)  # utterances of which so much did not arrive
    repeated: int = 0  # answers that were begun in a session that was left, and not heard
    switched: Counter[str] = field(default_factory=Counter)  # by turn
    expired: Counter[str] = field(default_factory=Counter)  # by turn: not moved in time
    without_ms: list[float] = field(default_factory=list)
    starved: int = 0
    gaps: list[str] = field(default_factory=list)
    cues: Counter[str] = field(default_factory=Counter)


class Talker:
    """A device, the service it talks to, and who talks."""

    def __init__(self, number: int, tally: Tally) -> None:
        self._random = Random(number)
        self._number, self._tally = number, tally
        self._given: list[Given] = []
        self._texts: dict[str, str] = {}
        self._heard_ms: defaultdict[str, int] = defaultdict(int)
        self._state, self._down_at = State(), 0.0
        self._changed = asyncio.Event()
        self._speaker, self._source = Speaker(), SpokenSource()
        self.device: Device

    async def talk(self, rotations: int) -> None:
        """Until all devices together have had so many."""
        lifetime_s = self._random.uniform(6, 8)
        ears = lambda: Ear(self._given)  # noqa: E731
        async with SimulatedService(lifetime_s=lifetime_s, answers=ears, pace=PACE) as service:
            card = SimulatedCard(self._source, rate_hz=RATE_HZ, speaker=[self._speaker])
            self.device = Device(self._config(service.url), card, records=self._note, watchers=(self._watch,))
            running = asyncio.create_task(self.device.run())
            await self._until(lambda: self._state.online)
            tally, spoken = self._tally, 0
            while tally.switched.total() + tally.expired.total() < rotations:
                spoken += 1
                await self._say(spoken)
                await asyncio.sleep(self._random.choice(PAUSES_S) + self._random.random() / 10)
            self.device.stop()
            await running
        self._tally_gaps()

    def _config(self, url: str) -> Config:
        config = Config()
        return replace(
            config,
            service=replace(config.service, endpoint=url),
            audio=replace(config.audio, cues=False, echo="off"),
            gate=replace(config.gate, confirm="off"),
        )

    async def _say(self, spoken: int) -> None:
        """One utterance, and its answer."""
        tally, utterance, given_before = self._tally, spoken % PITCHES + 1, len(self._given)
        self.device.post(e.ButtonPressed())
        await asyncio.sleep(REACH_S)
        self._source.say(tone(RATE_HZ, UTTERANCE_MS, frequency_hz=pitch_hz(utterance)))
        await asyncio.sleep(UTTERANCE_MS / 1000 + LAG_S)
        self.device.post(e.ButtonReleased())
        tally.asked += 1
        await self._until(lambda: self._state.turn is Turn.SPEAKING)
        await self._until(lambda: self._state.turn is Turn.IDLE)
        answers = [given for given in self._given[given_before:] if utterance in given.asked]
        heard = [given for given in answers if self._heard_ms[given.text]]
        tally.answered += bool(heard)
        tally.twice += len(heard) > 1
        tally.repeated += len(answers) - len(heard)
        if not heard:
            tally.lost.append(
                f"device {self._number}, utterance {spoken}: answers {self._given[given_before:]}"
            )
        for given in heard[:1]:
            if given.asked[utterance] < UTTERANCE_MS - MISSING_MS:
                tally.cut_ms.append(UTTERANCE_MS - given.asked[utterance])

    def _watch(self, event: e.Event, state: State) -> None:
        match event:
            case e.TranscriptDelta(_, item_id, text):
                self._texts[item_id] = self._texts.get(item_id, "") + text
            case e.PlaybackDrained(heard) | e.PlaybackStopped(heard):
                for item in heard:
                    self._heard_ms[self._texts.get(item.item_id, "").partition(" ")[0]] = item.heard_ms
        self._state = state
        self._changed.set()

    def _note(self, record: Record) -> None:
        tally, turn = self._tally, self._state.turn.value
        match record.fact:
            case f.LinkMoved():
                tally.switched[turn] += 1
                tally.without_ms.append(0.0)
            case e.Disconnected(_, reason):
                self._down_at = record.t
                tally.expired[f"{turn} ({reason[:40]})"] += 1
            case f.LinkUp() if self._down_at:
                tally.without_ms.append(1000 * (record.t - self._down_at))
            case e.PlaybackStarved():
                tally.starved += 1
            case f.CuePlayed(name):
                tally.cues[name] += 1

    def _tally_gaps(self) -> None:
        """An answer is one stretch of sound, as long as it was given."""
        for run_ms in self._speaker.runs_ms:
            if abs(run_ms - ANSWER_MS) > 2 * FRAME_MS:
                self._tally.gaps.append(f"device {self._number}: {run_ms} ms at a stretch")

    async def _until(self, holds: Any) -> None:
        try:
            async with asyncio.timeout(TIRED_S):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return  # it shows in the tally


async def main(rotations: int, devices: int) -> None:
    began, tally = time.monotonic(), Tally()
    await asyncio.gather(*(Talker(number, tally).talk(rotations) for number in range(1, devices + 1)))
    moved, expired = tally.switched.total(), tally.expired.total()
    print(f"{devices} devices, {time.monotonic() - began:.0f} s; turn in which it happened in brackets")
    print(f"rotations                            {moved + expired}")
    print(f"  moved in time                      {moved}  {dict(tally.switched)}")
    print(f"  the session ended first            {expired}  {dict(tally.expired)}")
    print(
        f"time without a link, ms              {percentiles(tally.without_ms)}, most {max(tally.without_ms):.1f}"
    )
    print(f"utterances                           {tally.asked}")
    print(f"  answered                           {tally.answered}")
    print(f"  lost                               {len(tally.lost)}  {tally.lost[:5]}")
    print(f"  answered twice                     {tally.twice}")
    print(f"  cut                                {len(tally.cut_ms)}  {tally.cut_ms[:9]}")
    print(f"answers asked for again, unheard     {tally.repeated}")
    print(f"answers that ran dry                 {tally.starved}")
    print(f"answers with a gap, or cut off       {len(tally.gaps)}  {tally.gaps[:5]}")
    print(f"cues                                 {dict(tally.cues)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rotation", description=__doc__)
    parser.add_argument("--rotations", type=int, default=200)
    parser.add_argument("--devices", type=int, default=4)
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    os.environ.setdefault("AZURE_OPENAI_API_KEY", "local")
    asyncio.run(main(args.rotations, args.devices))
