"""Somebody signs the device in from the set-up page, with a code on another screen."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from ..config import Config
from ..files import whole
from ..realtime.auth.person import DeviceCode, PersonalSignIn, SignIn
from ..realtime.failure import LinkFailure, Next
from ..web.mailbox import Letter
from ..web.qr_code import qr_code
from .trials import TellPage

LONGEST_S = 15 * 60
PICTURE = "/sign-in.svg"


class SigningIn:
    """`file` keeps the sign-in, until it is the device's."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._picture = b""

    def picture(self) -> bytes:
        """SVG of the link where one signs in; empty: nobody does, or segno is missing."""
        return self._picture

    async def run(self, config: Config, tell: TellPage) -> None:
        """Until it is done, refused or too late, or it is cancelled."""
        service = replace(config.service, sign_in_file=str(self.file))
        person = PersonalSignIn(service, os.environ)
        try:
            code = await asyncio.to_thread(person.begin)
            self._picture = qr_code(code.link) if find_spec("segno") else b""
            shown = {"code": code.code, "link": code.link, "picture": PICTURE if self._picture else ""}
            tell([Letter({"sign_in": shown})])
            async with asyncio.timeout(min(code.lives_s, LONGEST_S)):
                sign_in = await _agreed(person, code)
            whole.replace(self.file, sign_in.text)
        except TimeoutError:
            tell([Letter({"not_signed_in": "nobody has entered the code in time"})])
        except LinkFailure as failure:
            tell([Letter({"not_signed_in": failure.message})])
        except OSError as error:
            tell([Letter({"not_signed_in": f"the sign-in cannot be kept ({error.strerror})"})])
        else:
            tell([Letter({"signed_in": sign_in.name})])


async def _agreed(person: PersonalSignIn, code: DeviceCode) -> SignIn:
    """Raises LinkFailure."""
    while True:
        await asyncio.sleep(code.interval_s)
        try:
            if sign_in := await asyncio.to_thread(person.poll, code):
                return sign_in
        except LinkFailure as failure:
            if failure.next is not Next.RETRY:
                raise
