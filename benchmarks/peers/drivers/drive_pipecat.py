"""pipecat: a pipeline with its OpenAI realtime service, between a microphone and a speaker that are not devices.

Hands-free: its Silero analyzer and its speech timeout decide whose turn it is.
"""

import asyncio
import sys

from conversation import hold_by_frames, mark, plan
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    BotStoppedSpeakingFrame,
    Frame,
    InputAudioRawFrame,
    OutputAudioRawFrame,
    StartFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.realtime.events import AudioConfiguration, AudioInput, SessionProperties
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies, UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

mark("imported")
logger.remove()
logger.add(sys.stderr, level="ERROR")


class Microphone(BaseInputTransport):
    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)


class NullSpeaker(BaseOutputTransport):
    """Takes sound as fast as it would play."""

    due = 0.0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        now = asyncio.get_running_loop().time()
        self.due = max(self.due, now) + len(frame.audio) / 2 / frame.sample_rate
        await asyncio.sleep(self.due - now)
        return True


class Ears(FrameProcessor):
    """Notices that the answer has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, BotStoppedSpeakingFrame):
            self.ended.set()
        await self.push_frame(frame, direction)


async def main() -> None:
    todo = plan()
    params = TransportParams(audio_in_enabled=True, audio_out_enabled=True)
    microphone, speaker, ears = Microphone(params), NullSpeaker(params), Ears()
    properties = SessionProperties(audio=AudioConfiguration(input=AudioInput(turn_detection=False)))
    llm = OpenAIRealtimeLLMService(
        api_key="local",
        base_url=f"wss://{todo.service}/v1/realtime",
        settings=OpenAIRealtimeLLMService.Settings(
            model="gpt-realtime", system_instruction="Answer briefly.", session_properties=properties
        ),
    )
    turns = UserTurnStrategies(
        start=[VADUserTurnStartStrategy()],
        stop=[SpeechTimeoutUserTurnStopStrategy(wait_for_transcript=False)],
    )
    user, assistant = LLMContextAggregatorPair(
        LLMContext(),
        user_params=LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer() if todo.hands_free else None,
            user_turn_strategies=turns if todo.hands_free else ExternalUserTurnStrategies(),
        ),
    )
    worker = PipelineWorker(
        Pipeline([microphone, user, llm, speaker, ears, assistant]),
        params=PipelineParams(audio_in_sample_rate=todo.rate_hz, audio_out_sample_rate=24_000),
        idle_timeout_secs=None,
    )
    started = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def on_started(*_: object) -> None:
        started.set()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    await started.wait()

    async def hear(pcm: bytes) -> None:
        await microphone.push_audio_frame(
            InputAudioRawFrame(audio=pcm, sample_rate=todo.rate_hz, num_channels=1)
        )

    async def press() -> None:
        await worker.queue_frame(UserStartedSpeakingFrame())

    async def release() -> None:
        await worker.queue_frame(UserStoppedSpeakingFrame())

    async def over() -> None:
        await ears.ended.wait()
        ears.ended.clear()

    await hold_by_frames(todo, hear=hear, press=press, release=release, over=over)
    await running


asyncio.run(main())
