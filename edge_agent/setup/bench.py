"""What the set-up page may ask, once its code was given."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..audio.cards.errors import SoundFailed
from ..audio.process.probe import inventory
from ..config import Config
from ..config.boards import bundled, load_board, names
from ..config.first_configuration import Found, recognised
from ..config.model import AudioSettings
from ..config.providers import PROVIDERS
from ..host.control.requests import Request, RequestRefused
from ..vocabulary import events as e
from ..web.attendance import Attendance
from ..web.mailbox import Letter, PageMessage
from .choices import Choices, Wrong, choices_in
from .door import Door
from .first_talk import FirstTalk
from .fitting import BY_PERSON, TriedProofs, configuration_of, forget_sign_in, refusal, with_service
from .own_wifi import OwnWifi
from .signing_in import SigningIn
from .trials import HardwareTrial, Trials, play, show_level, watch_button

UNKNOWN = "this cannot be asked here"
NOT_YET = "enter the code first"
WRONG_CODE = "this is not the code; have the device say it once more"
LOCKED = "too many wrong codes: switch the device off and on"
OF_HARDWARE = ("board", "microphone", "speaker", "mode", "language")

HandOver = Callable[[Choices], None]


class SetupBench:
    """`present`: what is chosen already. `own_wifi`: None: it is in a network of others. `announce` has the device say
    its code. `hand_over` takes what was chosen; raises OSError where that cannot be kept."""

    def __init__(
        self,
        door: Door,
        present: Choices,
        own_wifi: OwnWifi | None,
        *,
        trials: Trials,
        announce: Callable[[], None],
        hand_over: HandOver,
    ) -> None:
        self._door, self._present, self._own_wifi, self._trials = door, present, own_wifi, trials
        self._announce, self._hand_over = announce, hand_over
        self._proofs = TriedProofs(present)
        self.signing_in = SigningIn(self._proofs.sign_in_file)
        self._sign_ins = Trials(_nothing)
        self._talk: FirstTalk | None = None
        self.at_work: set[Attendance] = set()  # those who gave the code

    async def take(self, said: bytes, page: Attendance) -> None:
        await page.answer(said, lambda request: self._answer(request, page))

    async def leave(self, page: Attendance) -> None:
        if page not in self.at_work:
            return
        self.at_work.discard(page)
        if not self.at_work:
            self._proofs.remove()
            await self._sign_ins.rest()
            await self._trials.rest()

    async def _answer(self, request: Request, page: Attendance) -> PageMessage:
        """Raises RequestRefused."""
        match request:
            case {"do": "enter"}:
                return self._enter(request.get("code"), page)
            case {"do": "say code"}:
                if not self.at_work:
                    self._announce()
                return {}
        if page not in self.at_work:
            raise RequestRefused(NOT_YET)
        choices, wrong = choices_in(request.get("values", {}))
        if wrong:
            return {"wrong": wrong}
        match request:
            case {"do": "offer"}:
                # as a trial, since it asks the devices too
                await self._trials.begin(partial(self._offer, page))
                return {}
            case {"do": "join"}:
                return self._join(choices)
            case {"do": "check"}:
                return {"wrong": await self._check(choices)}
            case {"do": "sign in"}:
                return await self._sign_in(choices, page)
            case {"do": "keep"}:
                return await self._keep(choices)
            case {"do": "press" | "release" as gesture}:
                if self._talk:
                    self._talk.device.post(e.ButtonPressed() if gesture == "press" else e.ButtonReleased())
                return {}
            case {"do": str(what)}:
                return await self._try(what, choices, page)
        raise RequestRefused(UNKNOWN)

    def _enter(self, code: object, page: Attendance) -> PageMessage:
        if not self._door.opens(code):
            raise RequestRefused(LOCKED if self._door.is_locked else WRONG_CODE)
        self.at_work.add(page)
        return {}

    async def _offer(self, page: Attendance) -> None:
        networks = self._own_wifi.networks if self._own_wifi else None
        offered = await offer() | {"present": self._present, "networks": networks}
        page.put([Letter({"offer": offered})])

    def _join(self, choices: Choices) -> PageMessage:
        """Another network than its own."""
        network = {name: value for name, value in choices.items() if name.startswith("wifi")}
        if "wifi_name" not in network:
            return {"wrong": {"wifi_name": "is missing"}}
        return self._handed_over(network)

    async def _check(self, choices: Choices) -> Wrong:
        config, wrong = self._proofs.configuration_of(choices)
        return wrong or await refusal(config)

    async def _sign_in(self, choices: Choices, page: Attendance) -> PageMessage:
        config, wrong = with_service(choices)
        if wrong:
            return {"wrong": wrong}
        await self._sign_ins.begin(partial(self.signing_in.run, config, page.put))
        return {}

    async def _keep(self, choices: Choices) -> PageMessage:
        """Only what the service takes."""
        await self._trials.rest()
        if wrong := await self._check(choices):
            return {"wrong": wrong}
        return self._handed_over(choices)

    def _handed_over(self, choices: Choices) -> PageMessage:
        by_person = choices.get("sign_in") == BY_PERSON
        try:
            if by_person:
                self._proofs.keep()
            self._hand_over(choices)
            if "provider" in choices and not by_person:
                forget_sign_in()
        except OSError as error:
            raise RequestRefused(f"it cannot be kept ({error.strerror})") from None
        return {"kept": True}

    async def _try(self, what: str, choices: Choices, page: Attendance) -> PageMessage:
        """The sound and the button need no service."""
        of_hardware = {name: value for name, value in choices.items() if name in OF_HARDWARE}
        config, wrong = (
            self._proofs.configuration_of(choices) if what == "talk" else configuration_of(of_hardware)
        )
        if wrong:
            return {"wrong": wrong}
        trial: HardwareTrial
        match what:
            case "listen":
                trial = partial(show_level, config, page.put)
            case "play":
                trial = partial(play, config, page.put, "heard-well")
            case "watch button":
                trial = partial(watch_button, config, page.put)
            case "talk":
                trial = partial(self._converse, config, page)
            case _:
                raise RequestRefused(UNKNOWN)
        await self._trials.begin(trial)
        return {}

    async def _converse(self, config: Config, page: Attendance) -> None:
        self._talk = FirstTalk(config, page.put)
        try:
            await self._talk.run()
        finally:
            self._talk = None


async def _nothing() -> None: ...


async def sound_devices() -> tuple[list[Found], str]:
    """And why there are none."""
    try:
        found = await inventory(AudioSettings())
    except SoundFailed as failure:
        return [], failure.reason
    return [Found(entry.direction, entry.name, entry.card_id, entry.setting) for entry in found.entries], ""


async def offer() -> PageMessage:
    """What there is to choose from."""
    found, trouble = await sound_devices()
    devices = [
        {"direction": device.direction, "name": device.name, "setting": device.setting} for device in found
    ]
    return {
        # an agent needs more than this page asks for
        "providers": [_provider(name) for name, row in PROVIDERS.items() if not row.is_agent],
        "boards": [_board(name) for name in names()],
        "board": recognised(found, bundled()),
        "devices": devices,
        "sound": trouble,
    }


def _provider(name: str) -> dict[str, Any]:
    provider = PROVIDERS[name]
    return {
        "name": name,
        "about": provider.about,
        "has_endpoint": provider.in_azure,
        "deployment": provider.deployment,
        "has_identity": bool(provider.scope),
    }


def _board(name: str) -> dict[str, Any]:
    board, values = load_board(name, "", [])
    return {
        "name": name,
        "about": board.name,
        "has_button": ("panel", "button_pin") in values,
        "has_sound": ("audio", "microphone") in values,
    }
