"""What opens the product's voice gate behind AEC3, with its meter, in a scene: to compare with."""

from __future__ import annotations

from edge_agent.audio.build import build_confirmer, build_duplex
from edge_agent.audio.convert import convert
from edge_agent.audio.gate import Edge, Gate, webrtc_detector
from edge_agent.config import Config
from edge_agent.config.model import TurnTaking
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES, MIC_RATE_HZ, SERVICE_FRAME_BYTES, SERVICE_RATE_HZ

from .scene import Scene


def openings(scene: Scene) -> list[int]:
    """The frames in which it opens."""
    config = Config(turns=TurnTaking(mode="hands-free"))
    settings = config.gate
    gate = Gate(
        webrtc_detector(settings.aggressiveness),
        build_confirmer(config),
        start_ms=settings.start_ms,
        hangover_ms=settings.hangover_ms,
    )
    duplex = build_duplex("aec3", print)
    heard = scene.microphone.tobytes()
    played = convert(scene.reference.tobytes(), MIC_RATE_HZ, SERVICE_RATE_HZ)
    found = []
    for frame in range(min(len(heard) // MIC_FRAME_BYTES, len(played) // SERVICE_FRAME_BYTES)):
        duplex.played(played[frame * SERVICE_FRAME_BYTES : (frame + 1) * SERVICE_FRAME_BYTES])
        microphone = heard[frame * MIC_FRAME_BYTES : (frame + 1) * MIC_FRAME_BYTES]
        clean, judged = duplex.hear(microphone, measured=not gate.is_open)
        if judged:
            gate.reset()
        if duplex.is_deaf(speaking=True) and not gate.is_open:
            continue
        if gate.feed(clean.heard) is Edge.OPENED:
            found.append(frame)
    return found
