"""What the product's cancellers make of a scene, frame by frame: what they send, and where they believe a voice."""

from __future__ import annotations

import numpy as np

from edge_agent.audio.build import trained
from edge_agent.audio.dtln import Dtln, find_files
from edge_agent.audio.echo.aec3 import LAG_SAMPLES, Aec3
from edge_agent.audio.echo.canceller import Canceller, Cleaned
from edge_agent.audio.echo.dtln_echo import DtlnEcho
from edge_agent.audio.echo.linear_echo import LinearEcho
from edge_agent.audio.echo.samples import floats
from edge_agent.audio.echo.second_opinion import SecondOpinion
from edge_agent.audio.silero import Silero
from edge_agent.config.model import Echo
from edge_agent.vocabulary.sound import FRAME_MS, MIC_RATE_HZ

from .material import FRAME, Signal
from .scene import Scene

APART = 1000 // FRAME_MS
LATE_SAMPLES = {"linear": FRAME, "aec3": LAG_SAMPLES}


def canceller_of(echo: Echo) -> Canceller:
    """For what is played at MIC_RATE_HZ. Raises DtlnUnavailable, EchoUnavailable, and ValueError for others."""
    match echo:
        case "aec3":
            return Aec3(MIC_RATE_HZ)
        case "linear":
            return LinearEcho(trained(), played_rate_hz=MIC_RATE_HZ)
        case "dtln":
            second = SecondOpinion(Dtln(find_files()), Silero())
            return DtlnEcho(LinearEcho(trained(), played_rate_hz=MIC_RATE_HZ), second)
    raise ValueError(f"{echo} is not a canceller")


def heard_by(echo: Echo, scene: Scene) -> list[Cleaned]:
    """Frame by frame."""
    canceller = canceller_of(echo)
    near, far = (
        [signal[at : at + FRAME].tobytes() for at in range(0, len(scene.microphone) // FRAME * FRAME, FRAME)]
        for signal in (scene.microphone, scene.reference)
    )
    begins = [(near[0], far[0])]
    return [canceller.cancel(mic, played, begins) for mic, played in zip(near, far, strict=True)]


def sent(echo: Echo, scene: Scene) -> Signal:
    """What it sends, in time with the microphone. `off`: the microphone as it is."""
    if echo == "off":
        return scene.microphone / np.float32(32768)
    sound = floats(b"".join(cleaned.sent for cleaned in heard_by(echo, scene)))
    late = LATE_SAMPLES[echo]
    return np.concatenate([sound[late:], np.zeros(late, np.float32)])


def opened(echo: Echo, scene: Scene) -> list[int]:
    """The frames in which it believes a voice, a second apart at least."""
    found: list[int] = []
    for number, cleaned in enumerate(heard_by(echo, scene)):
        if cleaned.voice and (not found or number - found[-1] > APART):
            found.append(number)
    return found
