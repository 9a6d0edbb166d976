"""Systems of 32 bits: the packages that this program needs do not exist for them. What counts is what programs are made
for: Raspberry Pi OS of 32 bits may run on a kernel of 64."""

from __future__ import annotations

WRITE_ANOTHER = (
    "write the 64-bit Raspberry Pi OS to the card (Raspberry Pi 3, 4, 5, Zero 2 W; older ones cannot run it)"
)


def too_few_bits(bits: int, architecture: str = "") -> str:
    """What is wrong, and what to do; empty: nothing. `bits`: of an address; `architecture`: as dpkg names it."""
    if bits >= 64:
        return ""
    named = f" ({architecture})" if architecture else ""
    return f"this system is 32 bit{named}, even if its kernel is not; {WRITE_ANOTHER}"
