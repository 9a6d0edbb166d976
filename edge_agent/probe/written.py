"""What was learned, as text and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from ..config.model import Config
from ..config.providers import PROVIDERS
from ..realtime.wire import Json
from .inquiry import Inquiry
from .questions import QUESTIONS, Lesson

WIDTH = 110


def document(inquiry: Inquiry, config: Config, made_at: str, version: str) -> Json:
    return {
        "format": 1,
        "version": version,
        "made_at": made_at,
        "provider": config.service.provider,
        "model": config.service.deployed,
        "seconds": round(inquiry.seconds, 1),
        "cost": round(inquiry.cost, 4),
        "currency": config.prices.currency,
        "answers": [_written(answer) for answer in inquiry.answers],
        "left_out": [{"probe": name, "why": why} for name, why in inquiry.left_out],
    }


def _written(answer: Lesson) -> Json:
    question = QUESTIONS[answer.question]
    return {
        "name": answer.question,
        "question": question.text,
        "answer": answer.answer,
        "evidence": answer.evidence,
        "assumed": list(question.assumed),
        "differs": answer.differs,
        "change": question.change if answer.differs else "",
    }


def text(inquiry: Inquiry, config: Config, made_at: str) -> Iterator[str]:
    """Lines."""
    service = config.service
    host = "" if PROVIDERS[service.provider].in_azure else " at OpenAI"
    cost = f"{inquiry.cost:.3f} {config.prices.currency}"
    yield f"GPT-Live{host}: {service.provider}, {service.deployed}, {made_at}; {inquiry.seconds:.0f} s, {cost}"
    for answer in inquiry.answers:
        question = QUESTIONS[answer.question]
        yield ""
        yield f"{question.text}  {answer.answer}"
        yield from _indented(answer.evidence)
        if answer.differs:
            yield from _indented(
                f"The device assumes {' or '.join(map(repr, question.assumed))}: {question.change}."
            )
    if inquiry.left_out:
        yield ""
    for name, why in inquiry.left_out:
        yield f"not asked: {name}: {why}"


def _indented(line: str) -> list[str]:
    return wrap(line, WIDTH, initial_indent="    ", subsequent_indent="    ")
