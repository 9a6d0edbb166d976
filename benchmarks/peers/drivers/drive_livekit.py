"""livekit-agents: an agent session with the realtime model of its OpenAI plugin, without a room.

Hands-free: its Silero plugin decides whose turn it is.
"""

import asyncio
import time

from conversation import Speaker, hold_by_frames, mark, plan
from livekit import rtc
from livekit.agents import Agent, AgentSession, utils
from livekit.agents.voice import io
from livekit.plugins import openai, silero

mark("imported")


class Microphone(io.AudioInput):
    def __init__(self) -> None:
        super().__init__(label="microphone")
        self.frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()

    async def __anext__(self) -> rtc.AudioFrame:
        return await self.frames.get()


class NullSpeaker(io.AudioOutput):
    def __init__(self) -> None:
        capabilities = io.AudioOutputCapabilities(pause=False)
        super().__init__(label="speaker", capabilities=capabilities, sample_rate=24_000)
        self._speaker, self._given_s = Speaker(), 0.0
        self.ended = asyncio.Event()
        self._playing: set[asyncio.Task[None]] = set()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._given_s:
            self.on_playback_started(created_at=time.time())
        self._given_s += frame.duration
        self._speaker.play(frame.samples_per_channel * 2)

    def flush(self) -> None:
        super().flush()
        if self._given_s:
            self._playing.add(asyncio.create_task(self._play_out(self._given_s)))
            self._given_s = 0.0

    def clear_buffer(self) -> None: ...

    async def _play_out(self, given_s: float) -> None:
        self._speaker.finish()
        await self._speaker.over()
        self.on_playback_finished(playback_position=given_s, interrupted=False)
        self.ended.set()


async def main() -> None:
    todo, microphone, speaker = plan(), Microphone(), NullSpeaker()
    model = openai.realtime.RealtimeModel(
        model="gpt-realtime",
        base_url=f"https://{todo.service}/v1",
        api_key="local",
        turn_detection=None,
        input_audio_transcription=None,
    )
    session = AgentSession(
        llm=model,
        vad=silero.VAD.load() if todo.hands_free else None,
        turn_handling={"turn_detection": "vad" if todo.hands_free else "manual"},
    )
    session.input.audio, session.output.audio = microphone, speaker
    await session.start(agent=Agent(instructions="Answer briefly."))

    async def hear(pcm: bytes) -> None:
        microphone.frames.put_nowait(rtc.AudioFrame(pcm, todo.rate_hz, 1, len(pcm) // 2))

    async def press() -> None:
        session.input.set_audio_enabled(True)

    async def release() -> None:
        session.input.set_audio_enabled(False)
        session.commit_user_turn()

    async def over() -> None:
        await speaker.ended.wait()
        speaker.ended.clear()

    await hold_by_frames(todo, hear=hear, press=press, release=release, over=over)


async def run() -> None:
    async with utils.http_context.open():
        await main()


asyncio.run(run())
