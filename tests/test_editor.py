"""The configuration as it is changed on the running device: over the control socket, and with the command."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from edge_agent.app import desk as desk_module
from edge_agent.app.editor import Editor
from edge_agent.cli import main
from edge_agent.config import load
from edge_agent.host.control.requests import RequestRefused
from edge_agent.host.kept_changes import KeptChanges
from edge_agent.simulator.server import SimulatedService

from .run_process import RunProcess
from .test_daemon import daemon


class Desk:
    """An editor whose owner's file is `file`. `reloads`: how often the device was told to use what is kept."""

    def __init__(self, folder: Path) -> None:
        self.file, self.state = folder / "edge-agent.toml", folder / "state"
        self.file.write_text("")
        self.reloads = 0
        self.kept = KeptChanges(self.state)
        self.editor = Editor(
            self.kept,
            lambda text: load(self.file, environ={}, changes=lambda: text),
            self._reload,
        )

    def _reload(self) -> None:
        self.reloads += 1


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_it_is_kept_and_undone(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "edge_agent")
    first = desk.editor.read()
    assert (first["text"], first["problems"], first["can_undo"]) == ("", [], False)
    with pytest.raises(RequestRefused, match="nothing was changed yet"):
        await desk.editor.undo(None)
    text = "# ours\n[assistant]\nvoice = 'marin'  # nicer\n"
    second = await desk.editor.write(text, {"limits.daily_cost": 2}, first["revision"])
    assert second["text"] == f"{text}\n[limits]\ndaily_cost = 2\n"
    assert second["values"]["limits.daily_cost"]["value"] == 2
    third = await desk.editor.write(None, {"assistant.voice": None}, None)
    assert "nicer" in third["text"]
    assert third["values"]["assistant.voice"]["source"] == "default"
    assert (await desk.editor.undo(third["revision"]))["text"] == second["text"]
    later = Editor(KeptChanges(desk.state), lambda _: load(desk.file, environ={}), lambda: None)
    assert (await later.undo(None))["text"] == third["text"]
    assert desk.reloads == 3
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "assistant.voice, limits.daily_cost",
        *("assistant.voice",) * 3,
    ]
    assert (desk.state / "changes.toml").stat().st_mode & 0o777 == 0o600


async def test_who_was_slower_is_refused(desk: Desk) -> None:
    seen = desk.editor.read()["revision"]
    both = [desk.editor.write(None, {"assistant.speed": speed}, seen) for speed in (1.1, 1.2)]
    done = await asyncio.gather(*both, return_exceptions=True)
    assert [isinstance(outcome, RequestRefused) for outcome in done] == [False, True]
    with pytest.raises(RequestRefused, match="changed meanwhile"):
        await desk.editor.undo(seen)
    assert "1.1" in desk.kept.text


@pytest.mark.parametrize(
    ("text", "changes", "told"),
    [
        ("", {"turns.mode": "tap"}, [("turns.mode", 2, "must be one of")]),
        ("", {"limits.daily_cost": "many"}, [("limits.daily_cost", 2, "must be a number")]),
        ("[turns]\nmod = 1", {}, [("turns.mod", 2, "did you mean 'mode'?")]),
        ("[turns]\nmode = tap", {"audio.cues": True}, [("", 2, "is not valid TOML")]),
        ("[turnip]\nx = 1", {}, [("", 1, "there is no section [turnip]")]),
        ("[assistant]\napi_key = 'x'", {}, [("assistant.api_key", 2, "keys do not belong here")]),
        ("a." * 600, {}, [("", 1, "has more than 500 dots")]),
        ("[web]\naddress = 'on'", {}, [("web.address", 2, "cannot be changed here")]),
        ("[[tools]]\nname = 'x'", {}, [("tools", None, "cannot be changed here")]),
        (
            "[assistant]\ntruncation_tokens = 9",
            {"audio.volume": 101},
            [("audio.volume", 5, "out of range"), ("assistant.truncation_tokens", 2, "truncation_ratio")],
        ),
    ],
)
async def test_what_is_wrong_is_told_at_its_key_and_not_kept(
    desk: Desk, text: str, changes: dict[str, Any], told: list[tuple[str, int | None, str]]
) -> None:
    answer = desk.editor.check(text, changes)
    found = [(problem["key"], problem["line"]) for problem in answer["problems"]]
    assert found == [(key, line) for key, line, _ in told]
    for problem, (_, _, words) in zip(answer["problems"], told, strict=True):
        assert words in problem["what"]
    with pytest.raises(RequestRefused) as refused:
        await desk.editor.write(text, changes, None)
    assert told[0][2] in str(refused.value)
    assert (desk.kept.text, desk.reloads) == ("", 0)


async def test_what_is_wrong_elsewhere_is_told_too(desk: Desk) -> None:
    desk.file.write_text("[audio]\nvolume = 101\n")
    (problem,) = desk.editor.read()["problems"]
    assert (problem["key"], problem["line"]) == ("audio.volume", None)
    assert problem["where"].startswith(f"{desk.file}:2: ")


async def test_what_cannot_be_done(desk: Desk) -> None:
    with pytest.raises(RequestRefused, match="edit the text"):
        desk.editor.check('assistant = { voice = "ash" }', {"assistant.speed": 1.1})
    with pytest.raises(RequestRefused, match="of 8000 at most"):
        desk.editor.check("#" * 7990, {"assistant.voice": "marin"})
    desk.state.mkdir()
    (desk.state / "changes.toml").write_bytes(b"\xff")
    for asked in (desk.editor.read, partial(desk.editor.check, None, {})):
        with pytest.raises(RequestRefused, match="cannot be read"):
            asked()
    (desk.state / "changes.toml").unlink()
    (desk.state / "before-changes.new").mkdir()
    with pytest.raises(RequestRefused, match="cannot be saved"):
        await desk.editor.write(None, {"assistant.voice": "marin"}, None)


@pytest.mark.realtime
async def test_who_looks_too_often_has_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "STATE_DIRECTORY", "RUNTIME_DIRECTORY":
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(desk_module, "LOOKS", (1, 1e9))
    asked = desk_module.Desk(daemon())
    for words in "has no configuration of its own", "too often":
        with pytest.raises(RequestRefused, match=words):
            asked.do({"do": "config-read"})


@pytest.mark.realtime
async def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def call(*arguments: str) -> tuple[int, list[str]]:
        code = await asyncio.to_thread(partial(main, ["config", *arguments]))
        out, err = capfd.readouterr()
        return code, (out + err).splitlines()

    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    saved = "saved; it is used when the conversation is idle"
    async with SimulatedService() as service:
        async with RunProcess(tmp_path, service.url):
            assert await call("set", "assistant.voice=marin", "audio.cues=no", "limits.daily_cost=2") == (
                0,
                [saved],
            )
            assert await call("unset", "audio.cues") == (0, [saved])
            changed = ["[assistant]", 'voice = "marin"', "", "[limits]", "daily_cost = 2.0"]
            assert await call("changes") == (0, changed)
            code, (line,) = await call("set", "turns.mode=handsfree")
            assert (code, line[:46]) == (1, "edge-agent: changes.toml:8: [turns] mode: 'han")
            assert (await call("set", "web.address=on"))[0] == 1
            assert (await call("set", "turns.mode"))[0] == 2
            assert (await call("undo", "now"))[0] == 2
            assert (await call("check", "turns.mode"))[0] == 2
        async with RunProcess(tmp_path, service.url) as device:
            assert "marin" in (await device.ask("report"))["configuration"]
            assert (await call("undo"))[1][-2:] == ["daily_cost = 2.0", saved]
            assert "cues = false" in "".join((await call("changes"))[1])
