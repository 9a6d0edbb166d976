"""What the model is told of a run: short, and true. Pure."""

from __future__ import annotations

import json

CUT = " ... (cut here: too long)"


def failure(why: str) -> str:
    return json.dumps({"error": why}, ensure_ascii=False)


def cut(output: str, most: int) -> str:
    """No more than `most` characters: tokens cost money."""
    return output if len(output) <= most else output[: max(0, most - len(CUT))] + CUT
