"""Somebody sets a device up by clicks: a real browser, real PortAudio on a virtual card, the simulated service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from edge_agent.audio.convert import convert
from edge_agent.audio.sounds import spoken_lines
from edge_agent.config import load
from edge_agent.config.boards import bundled
from edge_agent.files.whole import contents
from edge_agent.setup.choices import Choices
from edge_agent.setup.door import TRIES
from edge_agent.setup.fitting import NO_SIGN_IN
from edge_agent.setup.hand_over import for_user
from edge_agent.setup.own_wifi import OwnWifi
from edge_agent.setup.pages import HERE
from edge_agent.setup.setting_up import SettingUp
from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.web.static_files import static_files

from ..browser import PROGRAM, Browser, browser
from ..person_entra import PENDING, PERSON, PersonEntra, signed_in
from ..ports import free_port
from ..sound import rms
from ..test_auth_person import DECLINED
from ..test_metrics import until_it
from ..virtual_card import VirtualCard, eventually
from ..web.axe import violations
from ..web.keyboard import fill

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(not PROGRAM, reason="chromium is not installed"),
]
pytest.importorskip("pyaudio")

ENOUGH = 40  # pieces of sound
KEY = "the-key-of-the-service"
QUESTION = convert(spoken_lines()[0].pcm, 24_000, 16_000)


class Bench:
    """A device that is not set up, somebody's browser, and where the choices go."""

    def __init__(self, folder: Path, card: VirtualCard, own_wifi: OwnWifi | None) -> None:
        self.config, self.card = folder / "edge-agent.toml", card
        self.port = free_port()
        self.setting_up = SettingUp(f"127.0.0.1:{self.port}", None, self._keep, own_wifi)
        self.kept: list[Choices] = []
        self.page: Browser

    def _keep(self, choices: Choices) -> None:
        self.kept.append(choices)
        for_user(self.config, choices)

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}/setup"

    async def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            await fill(self.page, name, value)

    async def act(self, name: str, event: str) -> None:
        await self.page.run(
            f"document.getElementById({json.dumps(name)}).dispatchEvent(new Event({json.dumps(event)}))"
        )

    async def enter(self) -> None:
        await self.page.open(f"{self.site}?lang=en#{self.setting_up.door.code}")
        await self.page.until('!document.getElementById("choices").hidden')


@pytest.fixture
async def bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Bench]:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    card = VirtualCard(tmp_path)
    card.install(monkeypatch)
    made = Bench(tmp_path, card, getattr(request, "param", None))
    running = asyncio.create_task(made.setting_up.run())
    await until_it(made.port, wanted=True)
    try:
        async with browser(tmp_path / "profile") as made.page:
            yield made
            assert made.page.complaints == []
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_from_an_empty_configuration_to_a_first_answer(bench: Bench) -> None:
    heard = 0

    def record(entry: WireRecord) -> None:
        nonlocal heard
        heard += entry.event["type"] == "input_audio_buffer.append"

    async with SimulatedService(key=KEY, record=record) as service:
        await eventually(lambda: rms(bench.card.played()) > 100)  # it says its code
        await bench.page.open(f"{bench.site}?lang=en")
        await bench.fill(code="nothing")
        await bench.page.click("#enter button")
        await bench.page.until('document.getElementById("code-wrong").textContent')
        await bench.fill(code=bench.setting_up.door.code)
        await bench.page.click("#enter button")
        await bench.page.until('!document.getElementById("choices").hidden')

        endpoint = service.url
        await bench.fill(endpoint=endpoint, key=KEY)
        await bench.page.click("#check")
        await bench.page.until('document.getElementById("checked").textContent.includes("accepts")')

        await bench.fill(microphone="vmic", speaker="vspk", turns="button")
        bench.card.say(QUESTION)
        await bench.page.click("#listen")
        await bench.page.until('document.getElementById("level").value > -50')
        before = len(bench.card.played())
        await bench.page.click("#play")
        await bench.page.until('document.getElementById("played").textContent.includes("vspk")')
        assert rms(bench.card.played()[before:]) > 100

        await bench.page.click("#talk")
        await bench.page.until('document.getElementById("mode").textContent === "ready"')
        await bench.page.until('!document.getElementById("hold").disabled')
        await bench.act("hold", "pointerdown")
        await bench.page.until('document.getElementById("mode").textContent === "listening"')
        bench.card.say(QUESTION)
        await eventually(lambda: heard > ENOUGH, 20)
        await bench.act("hold", "pointerup")
        await bench.page.until('document.querySelector("#said .user")')
        await bench.page.until('document.querySelector("#said .assistant")')
        assert await bench.page.run('document.querySelector("#said .user .away").offsetWidth > 1')

        await bench.page.click("#choices button[data-word=keep]")
        await bench.page.until('!document.getElementById("end").hidden')
        await until_it(bench.port, wanted=False)
    config, problems = load(bench.config, environ={})
    assert problems == []
    assert config.service.endpoint == endpoint
    assert (config.audio.microphone, config.audio.speaker) == ("vmic", "vspk")
    assert contents(Path(config.service.api_key_file)) == f"{KEY}\n"
    assert not (bench.config.parent / "setup-key").exists()


async def test_a_person_signs_in_with_a_code_on_another_screen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    entra = PersonEntra(PENDING, DECLINED, PENDING, signed_in(KEY), interval_s=1)
    async with SimulatedService(key=KEY) as service, entra.use(monkeypatch):
        await bench.enter()
        await bench.fill(endpoint=service.url, sign_in="device-code")
        await bench.page.click("#check")
        await bench.page.until(f'document.getElementById("key-wrong").textContent === "{NO_SIGN_IN}"')
        await bench.page.click("#sign-in")
        await bench.page.until('document.getElementById("user-code").textContent === "ABC-123"')
        link = "https://login.example/device"
        assert await bench.page.run('document.getElementById("sign-in-link").href') == link
        await bench.page.until('document.getElementById("sign-in-picture").naturalWidth > 100')
        assert await violations(bench.page) == []
        await bench.page.until('document.getElementById("key-wrong").textContent.includes("declined")')
        await bench.page.click("#sign-in")
        await bench.page.until(f'document.getElementById("signed-in").textContent === "Signed in: {PERSON}"')
        await bench.page.click("#check")
        await bench.page.until('document.getElementById("checked").textContent.includes("accepts")')
        state = bench.config.parent / "sign-in.json"
        assert not contents(state)
        await bench.page.click("#choices button[data-word=keep]")
        await until_it(bench.port, wanted=False)
    assert KEY in contents(state)
    assert not contents(bench.config.parent / "setup-sign-in.json")
    config, problems = load(bench.config, environ={})
    assert (config.service.credential, problems) == ("device-code", [])


def signing_in() -> bool:
    """Whether anybody is waited for."""
    return any("SigningIn.run" in repr(task) for task in asyncio.all_tasks())


async def test_leaving_the_page_ends_the_sign_in(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    polled = asyncio.Event()
    entra = PersonEntra(PENDING, interval_s=1)
    entra.on_poll = polled.set
    async with entra.use(monkeypatch):
        await bench.enter()
        await bench.fill(endpoint="https://kiosk.openai.azure.com", sign_in="device-code")
        await bench.page.click("#sign-in")
        async with asyncio.timeout(20):
            await polled.wait()
        assert signing_in()
        await bench.page.open("about:blank")
        await eventually(lambda: not signing_in())


async def test_what_the_service_refuses_is_said_at_its_field_and_not_kept(bench: Bench) -> None:
    async with SimulatedService(key=KEY) as service:
        await bench.enter()
        for fields, wrong, why in (
            ({"endpoint": "", "key": KEY}, "endpoint", "is missing"),
            ({"endpoint": "kiosk.openai.azure.com"}, "endpoint", "must start with https://"),
            ({"endpoint": f"http://127.0.0.1:{free_port()}"}, "endpoint", "cannot be reached"),
            ({"endpoint": service.url, "key": ""}, "key", "is missing; type it"),
            ({"key": "<your key>"}, "key", "placeholder"),
            ({"key": "another-key"}, "key", "access denied"),
            ({"key": KEY, "deployment": "gpt-live-1"}, "deployment", "service.deployment"),
        ):
            await bench.fill(**fields)
            for button in "#check", "#choices button[data-word=keep]":
                await bench.page.run('document.getElementById("choices").noValidate = true')
                await bench.page.click(button)
                await bench.page.until(
                    f'document.getElementById("{wrong}-wrong").textContent.includes({json.dumps(why)})'
                )
                assert await bench.page.run("document.activeElement.id") == wrong
                assert await bench.page.run(f'document.getElementById("{wrong}").ariaInvalid') == "true"
                await bench.page.run(f'document.getElementById("{wrong}-wrong").textContent = ""')
        assert not bench.config.exists()
        await bench.fill(deployment="gpt-realtime-2.1")
        await bench.page.click("#check")
        await bench.page.until('document.getElementById("checked").textContent.includes("accepts")')
        assert await bench.page.run('document.querySelectorAll("[aria-invalid=true]").length') == 0


async def test_only_who_has_the_code_may_do_anything(bench: Bench) -> None:
    address = f"ws://127.0.0.1:{bench.port}/socket/setup"
    origin: Any = f"http://127.0.0.1:{bench.port}"
    elsewhere: Any = "https://elsewhere.example"
    with pytest.raises(InvalidStatus):
        await connect(address, origin=elsewhere, proxy=None)
    async with connect(address, origin=origin, proxy=None) as page:

        async def ask(**request: Any) -> dict[str, Any]:
            await page.send(json.dumps(request))
            answer: dict[str, Any] = json.loads(await page.recv())
            return answer

        for do in ("offer", "check", "sign in", "keep", "listen", "play", "watch button", "talk", "press"):
            assert (await ask(do=do))["error"] == "enter the code first"
        for _ in range(TRIES):
            assert not (await ask(do="enter", code="none"))["ok"]
        refused = await ask(do="enter", code=bench.setting_up.door.code)
        assert "switch the device off and on" in refused["error"]


async def test_a_press_of_the_button_is_seen(bench: Bench, mock_pins: Any) -> None:
    await bench.enter()
    assert await bench.page.run('document.getElementById("watch").disabled')
    await bench.fill(board="respeaker-2mics-hat")
    assert await bench.page.run('document.getElementById("turns").value') == "button"
    await bench.page.click("#watch")
    await bench.page.until('document.getElementById("pressed").textContent === "Press it now."')
    button = bundled()["respeaker-2mics-hat"]["panel", "button_pin"][0]
    mock_pins.pin(button).drive_low()
    await bench.page.until('document.getElementById("pressed").textContent === "It is pressed."')
    mock_pins.pin(button).drive_high()
    await bench.page.until('document.getElementById("pressed").textContent === "The button works."')


@pytest.mark.parametrize(
    "bench", [OwnWifi("edge-agent-1a2b", "48213906", ("Home", "Caf\u00e9"))], indirect=True
)
async def test_a_device_with_its_own_wifi_can_be_led_into_another(bench: Bench) -> None:
    await bench.enter()
    assert await bench.page.run("document.activeElement.id") == "wifi_name"
    assert await bench.page.run(
        "[...document.getElementById('networks').options].map(({value}) => value)"
    ) == [
        "Home",
        "Caf\u00e9",
    ]
    assert await violations(bench.page) == []
    await bench.fill(wifi_name="Home", wifi_password="short")
    await bench.page.click("#network button")
    await bench.page.until('document.getElementById("network-wrong").textContent.includes("8 to 63")')
    await bench.fill(wifi_password="hunter22")
    await bench.page.click("#network button")
    await bench.page.until('document.getElementById("ended").textContent.includes("joins your network")')
    await until_it(bench.port, wanted=False)
    assert bench.kept == [{"wifi_name": "Home", "wifi_password": "hunter22"}]


@pytest.mark.parametrize(("width", "dark", "language"), [(320, True, "ja"), (3840, False, "en")])
async def test_everybody_can_use_it(bench: Bench, width: int, dark: bool, language: str) -> None:
    await bench.page.resize(width, width, dark=dark)
    for code in "", bench.setting_up.door.code:
        await bench.page.open("about:blank")
        await bench.page.open(f"{bench.site}?lang={language}#{code}")
        await bench.page.until(f'document.getElementById("choices").hidden === {json.dumps(not code)}')
        assert await bench.page.run("document.documentElement.lang") == language
        assert await bench.page.run("document.documentElement.scrollWidth <= innerWidth")
        assert (
            await bench.page.run(
                "[...document.querySelectorAll('[data-word]')].filter((element) => !element.textContent).length"
            )
            == 0
        )
        assert await violations(bench.page) == []
    assert await bench.page.run("document.activeElement.id") == "provider"  # so the keyboard goes on there


def test_its_files_are_small() -> None:
    assert sum(len(page.body()) for page in static_files(HERE).values()) < 20_000
