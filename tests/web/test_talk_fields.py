"""What a page may choose for a conversation of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edge_agent.config.model import Config, ServiceSettings
from edge_agent.web.static_files import FOLDER
from edge_agent.web.talk_fields import FIELDS, chosen, described


def fields(config: Config) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in described(config)}


def test_each_kind_is_described() -> None:
    config = replace(Config(), service=ServiceSettings(endpoint="https://x.openai.azure.com"))
    told = fields(config)
    assert len(told) == len(FIELDS)
    assert told["[service] endpoint"]["value"] == "https://x.openai.azure.com"
    assert told["[turns] end"]["choices"] == ("local", "server", "semantic")
    silence = told["[turns] silence_duration_ms"]
    assert [silence[name] for name in ("low", "high", "unit", "step", "only_for")] == [
        100,
        10_000,
        "ms",
        1,
        "server",
    ]
    assert told["[turns] threshold"]["step"] < 1
    assert "cedar" in told["[assistant] voice"]["suggested"]


def test_every_label_is_a_word_of_the_pages() -> None:
    words = (FOLDER / "words.js").read_text("utf-8")
    for field in fields(Config()).values():
        assert words.count(f'"{field["label"]}": "') == 2, field


def test_what_a_page_chooses() -> None:
    assert chosen({"[assistant] voice": "cedar", "[turns] threshold": 0.7}) == {
        ("assistant", "voice"): "cedar",
        ("turns", "threshold"): 0.7,
    }
    assert chosen({"[service] proxy": "http://evil.example"}) is None
    assert chosen(["[assistant] voice"]) is None
