"""What is to be known of the model in use: that it ends, that its price is a guess, that it does not take a setting.
Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ..config.fitting import fit, model_of
from ..config.known_prices import guessed
from ..config.model import Config
from ..config.providers import PROVIDERS
from ..vocabulary.models import End, Model, Vendor, end_of, transcription_model
from .status import Finding

WARNED_DAYS = 60  # before a model ends
ABOUT = ("model", "transcription-model", "model-price", "settings")


def model_findings(config: Config, told: str, today: date | None) -> dict[str, Finding | None]:
    """By what they are about, all of `ABOUT`; None: nothing is wrong. `told`: what the service
    calls its model. `today`: None where the clock cannot be trusted."""
    vendor = PROVIDERS[config.service.provider].vendor
    speaks, writes = model_of(config, told), transcription_model(config.assistant.transcription)
    return {
        "model": _ending(speaks, vendor, "service.deployment", today),
        "transcription-model": _ending(writes, vendor, "assistant.transcription", today),
        "model-price": _price(guessed(config, told)),
        "settings": _settings(fit(config, told).sentences),
    }


def ending(model: str, end: End | None, setting: str, today: date | None) -> Finding | None:
    """From 60 days before its end on. `setting`: which names the model."""
    if end is None or today is None or (left := (end.day - today).days) > WARNED_DAYS:
        return None
    when = f"ends on {end.day}, in {left} days" if left > 0 else f"was announced to end on {end.day}"
    return Finding("model-ends", f"{model} {when} ({end.source})", f"deploy a newer model, and set {setting}")


def _ending(model: Model | None, vendor: Vendor, setting: str, today: date | None) -> Finding | None:
    return ending(model.name, end_of(model, vendor), setting, today) if model else None


def _price(reasons: Iterator[str]) -> Finding | None:
    if not (why := "; ".join(reasons)):
        return None
    return Finding("model-unknown-price", f"{why}: the costs are a guess", "set [prices], or service.model")


def _settings(sentences: Iterator[str]) -> Finding | None:
    if not (ignored := "; ".join(sentences)):
        return None
    return Finding("setting-not-taken", ignored, "set it to its default, or use a model that takes it")
