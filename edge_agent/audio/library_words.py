"""What ALSA, PortAudio and Python have written to standard error, as a reason for people. Pure.

They write dozens of lines that mean nothing on every machine, and the one that matters among them. Source of the forms:
alsa-lib, src/error.c (SNDERR), src/conf.c.
"""

from __future__ import annotations

import re

from ..vocabulary.text import harmless

_LINE = re.compile(r"^ALSA lib \S+:\d+:\(\w+\) (.*)$", re.MULTILINE)
_FILE = re.compile(r"(\S+) may be old or corrupted")
_WHERE = re.compile(r"^(\S+?):(\d+):\d+:(.+)$")
_NO_FILE = re.compile(r"Cannot access file (\S+)")
_NO_CARD = re.compile(r"(?:cannot find card '(?!0')|Cannot get card index for (?!0$))([^'\s]+)", re.MULTILINE)
_NO_PLUGIN = re.compile(r"Cannot open shared library (?:\S*_pcm_)?(\S+?)(?:\.so)?[ :\n]")
# not those that PortAudio tries on every machine
_NO_PCM = re.compile(
    r"Unknown PCM (?!cards\.|(?:(?:sys)?default|d(?:mix|snoop)|front|rear|center_lfe|side|surround\d+|iec958|s?pdif"
    r"|hdmi|modem|phoneline|usbstream)(?::|$))(\S+)",
    re.MULTILINE,
)
# consequences of another line, or said on every machine
_NOISE = re.compile(
    r"Cannot get card index|/dev/dsp|Invalid (field card|card 'card')|is only for playback|Unknown parameters"
    r"|returned error|rror evaluating|Evaluate error|Unknown PCM|Unable to find definition|cannot find card"
    r"|hooks failed|supports only (playback|capture) stream|unable to open slave|Unable to find an address"
)
_LAST = re.compile(
    r"^(?:.*Assertion .* failed\.|[\w.]+(?:Error|Exception|Interrupt)(?:: .*)?|.*free\(\).*)$", re.MULTILINE
)


def broken_file(text: str) -> str:
    """Which file of ALSA's configuration cannot be used, why, and what to do; empty: none."""
    lines = _LINE.findall(text)
    where = next((found for line in lines if (found := _WHERE.match(line))), None)
    missing = next((found[1] for line in lines if (found := _NO_FILE.search(line))), "")
    file = next((found[1] for line in lines if (found := _FILE.search(line))), "")
    if where and not file and not where[1].startswith("_"):
        file = where[1]
    if file:
        why = (
            f"{missing} is missing"
            if missing
            else f"line {where[2]}: {where[3].strip()}"
            if where
            else "damaged"
        )
        return harmless(f"ALSA cannot read {file} ({why}); correct that file, or move it away")
    if missing:
        return harmless(
            f"ALSA cannot read {missing}; it is named by ALSA_CONFIG_PATH, or alsa-lib is not installed"
        )
    return ""


def wrong_name(text: str) -> str:
    """What ALSA's configuration names that is not there; empty: nothing."""
    for pattern, what in ((_NO_CARD, "card"), (_NO_PLUGIN, "plugin"), (_NO_PCM, "device")):
        if found := pattern.search(text):
            named = f"ALSA's configuration names the {what} {found[1]!r}, which is not there"
            return harmless(f"{named}; correct /etc/asound.conf or .asoundrc, or move it away")
    return ""


def last_line(text: str) -> str:
    """Of ALSA, without its noise; empty: there is none."""
    lines = [harmless(line).strip() for line in _LINE.findall(text) if not _NOISE.search(line)]
    return lines[-1] if lines else ""


def last_words(text: str) -> str:
    """Of a process that ended: why. Empty: it did not say."""
    ends = _LAST.findall(text)
    return broken_file(text) or (harmless(ends[-1]) if ends else last_line(text))
