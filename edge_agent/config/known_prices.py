"""What is paid for the model of a configuration: what is set, and for the rest what is known. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

from ..vocabulary.models import DATA_ZONE, GUESS, LIVE_MINUTE, TRANSCRIPTION_GUESS, transcription_model
from .fitting import model_of
from .model import Config
from .price_settings import Prices
from .providers import PROVIDERS

TRANSCRIBED = "transcribed_min"


def prices_of(config: Config, told: str = "") -> Prices:
    """`told`: what the service calls the model, if it says so. A model that nothing names is priced by guess."""
    model = model_of(config, told) or GUESS
    writes = transcription_model(config.assistant.transcription) or TRANSCRIPTION_GUESS
    known = asdict(model.prices) | {TRANSCRIBED: writes.minute}
    times = DATA_ZONE if config.prices.data_zone else 1.0
    live_min = config.prices.live_min if config.prices.live_min >= 0 else LIVE_MINUTE * times
    fitted = {name: known[name] * times for name in config.prices.unset}
    return replace(config.prices, live_min=live_min, **fitted)


def guessed(config: Config, told: str = "") -> Iterator[str]:
    """Why prices are a guess, where not all of them are set."""
    if PROVIDERS[config.service.provider].is_duplex:
        return
    unset = set(config.prices.unset)
    service, writes = config.service, config.assistant.transcription
    if unset and not PROVIDERS[service.provider].has_known_prices:
        yield f"what {service.provider} costs is not known"
    elif unset - {TRANSCRIBED} and model_of(config, told) is None:
        yield f"{service.deployed!r} is not a known model"
    if writes and TRANSCRIBED in unset and transcription_model(writes) is None:
        yield f"{writes!r} is not a known model of transcription"
