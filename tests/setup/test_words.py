"""The words of a device that is not set up, in every language."""

from __future__ import annotations

import json
import re
from typing import get_args, get_type_hints

import pytest

from edge_agent.audio.levels import level_dbfs
from edge_agent.config.model import AudioSettings
from edge_agent.setup.pages import HERE as PAGES
from edge_agent.setup.spoken import HERE, spoken
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES, MIC_RATE_HZ

LANGUAGES = get_args(get_type_hints(AudioSettings)["language"])
LONGEST_S = 20  # for the code to be heard by somebody who waits


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_device_can_say_any_code(language: str) -> None:
    words = json.loads((HERE / "messages.json").read_text("utf-8"))[language]
    assert sorted(words) == sorted(["not-set-up", "own-wifi", "heard-well", *"0123456789"])
    for name in words:
        sound = spoken([name], language)
        frames = [
            sound[at : at + MIC_FRAME_BYTES]
            for at in range(0, len(sound) - MIC_FRAME_BYTES + 1, MIC_FRAME_BYTES)
        ]
        assert max(map(level_dbfs, frames)) > -30
    assert len(spoken(["own-wifi", *"77777777"], language)) / 2 / MIC_RATE_HZ < LONGEST_S


def test_the_page_has_each_word_in_each_language() -> None:
    text = (PAGES / "setup_words.js").read_text("utf-8")
    named = {
        language: re.findall(r'"?([a-z-]+)"?: "', re.split(rf"\n  {language}: {{", text)[1].split("\n  }")[0])
        for language in LANGUAGES
    }
    assert len({tuple(names) for names in named.values()}) == 1
    html = (PAGES / "setup.html").read_text("utf-8")
    elsewhere = {"lost", "microphone"}  # in web/static/words.js
    assert set(re.findall(r'data-word="([\w-]+)"', html)) <= elsewhere | set(named["en"])
