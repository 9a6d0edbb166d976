"""What is known of the models: prices, end dates, and what each takes; a row each. Pure.

Sources, read in 2026-11. Prices, sizes and what a model takes: developers.openai.com/api/docs/models and /pricing, and
the reference of the Realtime API there; Azure charges the same, and more in a data zone. End dates: with each date.
Where two sources disagree, the earlier date stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date
from functools import cache
from typing import Literal, TypeAlias, TypeVar

from .frozen import frozen

Vendor: TypeAlias = Literal["OpenAI", "Azure"]

DATA_ZONE = (
    1.1  # times the price, for deployments of the type Data Zone (azure.microsoft.com/pricing, 2026-11)
)
LIVE_MINUTE = 0.05  # USD, gpt-live-1 and gpt-live-1.1; the same in Azure
VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")
GA_VOICES = ("marin", "cedar")

_OPENAI = "developers.openai.com/api/docs/deprecations, 2026-11"
_AZURE = "learn.microsoft.com/azure/foundry/openai/concepts/model-retirement-schedule, 2026-07-07"
_AZURE_LATER = "learn.microsoft.com/azure/foundry/openai/concepts/model-retirement-schedule, 2026-11"
_AZURE_RETIRED = "learn.microsoft.com/azure/ai-foundry/openai/concepts/legacy-models, 2025"


@frozen
class End:
    """When a model ends, as its vendor has announced. `source`: a page, and when it was read or is dated."""

    day: date
    source: str


Ends: TypeAlias = Mapping[Vendor, End]


@frozen
class TokenPrices:
    """USD for a million tokens."""

    text_in: float
    text_cached: float
    text_out: float
    audio_in: float
    audio_cached: float
    audio_out: float


@frozen
class RealtimeModel:
    """`reasons`: it takes reasoning.effort; others refuse the whole session for it. `spellings`: what the name of a
    deployment has in it, besides `name`. Sizes in tokens; Azure documents smaller ones for some."""

    name: str
    prices: TokenPrices
    context_tokens: int
    output_tokens: int
    reasons: bool = False
    voices: tuple[str, ...] = (*VOICES, *GA_VOICES)
    ends: Ends = field(default_factory=dict)
    spellings: tuple[str, ...] = ()


@frozen
class TranscriptionModel:
    """`minute`: USD for a minute of speech, as its vendor states or estimates it. `hints`: it takes several languages
    and keywords."""

    name: str
    minute: float
    hints: bool = False
    ends: Ends = field(default_factory=dict)
    spellings: tuple[str, ...] = ()


Model: TypeAlias = RealtimeModel | TranscriptionModel
M = TypeVar("M", RealtimeModel, TranscriptionModel)


def _ends(openai: str = "", azure: str = "", azure_source: str = _AZURE) -> Ends:
    """Days as in 2027-01-20; empty: none is announced."""
    told: dict[Vendor, tuple[str, str]] = {"OpenAI": (openai, _OPENAI), "Azure": (azure, azure_source)}
    return {vendor: End(date.fromisoformat(day), source) for vendor, (day, source) in told.items() if day}


_FULL = TokenPrices(4.00, 0.40, 16.00, 32.00, 0.40, 64.00)
_FULL_2 = TokenPrices(4.00, 0.40, 24.00, 32.00, 0.40, 64.00)
_MINI = TokenPrices(0.60, 0.06, 2.40, 10.00, 0.30, 20.00)
_PREVIEW = TokenPrices(5.00, 2.50, 20.00, 40.00, 2.50, 80.00)
_FIRST_PREVIEW = TokenPrices(5.00, 2.50, 20.00, 100.00, 20.00, 200.00)
_MINI_PREVIEW = TokenPrices(0.60, 0.30, 2.40, 10.00, 0.30, 20.00)

REALTIME: tuple[RealtimeModel, ...] = (
    RealtimeModel("gpt-realtime-2.1", _FULL_2, 128_000, 32_000, reasons=True, ends=_ends(azure="2027-06-25")),
    RealtimeModel(
        "gpt-realtime-2.1-mini", _MINI, 128_000, 32_000, reasons=True, ends=_ends(azure="2027-06-25")
    ),
    RealtimeModel(
        "gpt-realtime-2",
        _FULL_2,
        128_000,
        32_000,
        reasons=True,
        ends=_ends(azure="2027-01-20", azure_source=_AZURE_LATER),
    ),
    RealtimeModel("gpt-realtime-1.5", _FULL, 32_000, 4_096, ends=_ends(azure="2027-02-23")),
    RealtimeModel("gpt-realtime", _FULL, 32_000, 4_096, ends=_ends("2027-01-20", "2027-02-28")),
    RealtimeModel("gpt-realtime-mini", _MINI, 32_000, 4_096, ends=_ends("2027-01-20", "2026-12-15")),
    RealtimeModel(
        "gpt-4o-realtime-preview",
        _PREVIEW,
        128_000,
        4_096,
        voices=VOICES,
        ends=_ends("2027-01-20"),
        spellings=("gpt-4o-realtime",),
    ),
    RealtimeModel(
        "gpt-4o-realtime-preview-2024-10-01",
        _FIRST_PREVIEW,
        128_000,
        4_096,
        voices=VOICES,
        ends=_ends(azure="2025-03-26", azure_source=_AZURE_RETIRED),
    ),
    RealtimeModel(
        "gpt-4o-mini-realtime-preview",
        _MINI_PREVIEW,
        128_000,
        4_096,
        voices=VOICES,
        ends=_ends("2027-01-20"),
        spellings=("gpt-4o-mini-realtime",),
    ),
)
TRANSCRIPTION: tuple[TranscriptionModel, ...] = (
    TranscriptionModel("gpt-transcribe", 0.0045, True, _ends(azure="2028-02-01", azure_source=_AZURE_LATER)),
    TranscriptionModel(
        "gpt-live-transcribe", 0.017, True, _ends(azure="2028-02-01", azure_source=_AZURE_LATER)
    ),
    TranscriptionModel(
        "gpt-realtime-whisper", 0.017, ends=_ends(azure="2027-05-06", azure_source=_AZURE_LATER)
    ),
    TranscriptionModel("gpt-4o-transcribe", 0.006, ends=_ends("2027-02-26", "2026-10-15")),
    TranscriptionModel("gpt-4o-transcribe-diarize", 0.006, ends=_ends("2027-02-26", "2026-10-15")),
    TranscriptionModel("gpt-4o-mini-transcribe", 0.003, ends=_ends("2027-02-26", "2026-12-15")),
    TranscriptionModel("whisper-1", 0.006, ends=_ends("2027-02-26", "2026-12-15"), spellings=("whisper",)),
)

GUESS = REALTIME[0]  # what a deployment is priced as whose name says nothing
TRANSCRIPTION_GUESS = max(TRANSCRIPTION, key=lambda model: model.minute)  # never too cheap


def realtime_model(name: str) -> RealtimeModel | None:
    """The model in the name of a deployment, as in `gpt-realtime-2-1-mini`, `my-gpt-realtime-2.1-prod` or
    `gpt4o-realtime`; None: it names none, or one that is not known here, as in `gpt-realtime-3`."""
    return _named(name, REALTIME)


def transcription_model(name: str) -> TranscriptionModel | None:
    """The same for transcription."""
    return _named(name, TRANSCRIPTION)


def end_of(model: Model | None, vendor: Vendor) -> End | None:
    """What is announced; None: nothing is."""
    return model.ends.get(vendor) if model else None


def _named(name: str, models: Sequence[M]) -> M | None:
    name = name.lower()
    fitting = [model for model in models if any(_is_in(name, it) for it in _spellings(model))]
    found = max(fitting, key=lambda model: len(model.name), default=None)
    # small wherever it says so, but then it is another model
    return None if found and _SMALL.search(name) and "mini" not in found.name else found


def _spellings(model: Model) -> tuple[str, ...]:
    return model.name, *model.spellings


def _is_in(name: str, spelling: str) -> bool:
    # most are told apart without an expression, which takes long to compile
    return _joined(spelling) in _joined(name) and bool(_expression(spelling).search(name))


def _joined(name: str) -> str:
    return _SEPARATORS.sub("", name)


@cache
def _expression(spelling: str) -> re.Pattern[str]:
    """Its words, however they are joined, and nothing behind them that makes it another model."""
    words = re.findall(r"[a-z]+|\d+", spelling)
    others = "mini|whisper|translate|transcribe"
    if sum(word.isdigit() for word in words) < 2:
        others += r"|\d{1,2}(?!\d)"  # a newer version; four digits begin a date
    return re.compile(r"[\W_]?".join(words) + rf"(?!\d|[\W_]?(?:{others}))")


_SEPARATORS = re.compile(r"[\W_]")
_SMALL = re.compile(r"(?<![a-z])mini(?![a-z])")
