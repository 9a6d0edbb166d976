"""Exit codes."""

from __future__ import annotations

OK, FAILED, USAGE, CONFIGURATION = 0, 1, 2, 78  # 78: sysexits.h EX_CONFIG
AGAIN = 75  # sysexits.h EX_TEMPFAIL: it is to be started again
NOBODY = 3  # has answered


class Stop(Exception):
    """End with an exit code; the message has already been printed."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code
