"""The two sound formats inside the agent, and the arithmetic between bytes and milliseconds.

Everything is signed 16-bit little-endian, and mono but for an uplink with a reference. The microphone side runs at
16 kHz (what microphone arrays deliver, what detectors and echo cancellers want), the service side at 24 kHz (what the
Realtime API speaks). Sound cards may run at any rate; `audio.adapter` converts at their door.
"""

from __future__ import annotations

from typing import TypeAlias

MicPcm: TypeAlias = bytes  # 16 kHz
ServicePcm: TypeAlias = bytes  # 24 kHz
UplinkPcm: TypeAlias = (
    bytes  # as the service takes it: 24 or 16 kHz, or microphone and speaker in turn at 16 kHz
)

BYTES_PER_SAMPLE = 2
FRAME_MS = 20
HELD_FRAMES = 2  # that any sound card holds after a write, at least: so many may be heard and played at once
MIC_RATE_HZ = 16_000
SERVICE_RATE_HZ = 24_000
MIC_BYTES_PER_MS = MIC_RATE_HZ * BYTES_PER_SAMPLE // 1000
SERVICE_BYTES_PER_MS = SERVICE_RATE_HZ * BYTES_PER_SAMPLE // 1000
MIC_FRAME_BYTES = MIC_BYTES_PER_MS * FRAME_MS
SERVICE_FRAME_BYTES = SERVICE_BYTES_PER_MS * FRAME_MS

FULL_SCALE_DB = 90.3  # above one unit of s16
SILENT_DBFS = -120.0

NO_SERVER = "no sound server answers"  # in what is said of a device: it is not a plug that is missing


def is_silent(pcm: bytes) -> bool:
    """Whether it is digital silence."""
    return pcm == bytes(len(pcm))  # much quicker than looking for what else is in it


def service_ms(pcm: ServicePcm) -> int:
    """Whole milliseconds of service-side sound in `pcm`."""
    return len(pcm) // SERVICE_BYTES_PER_MS
