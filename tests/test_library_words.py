"""What ALSA writes where something is wrong: as a reason, and without what it writes everywhere."""

from __future__ import annotations

import os

import pytest

from edge_agent.audio.cards import standard_error
from edge_agent.audio.library_words import broken_file, last_line, last_words, wrong_name

# as alsa-lib 1.2 writes it, on any machine
NOISE = """\
ALSA lib confmisc.c:855:(parse_card) cannot find card '0'
ALSA lib conf.c:5180:(_snd_config_evaluate) function snd_func_card_inum returned error: No such file or directory
ALSA lib confmisc.c:422:(snd_func_concat) error evaluating strings
ALSA lib conf.c:5703:(snd_config_expand) Evaluate error: No such file or directory
ALSA lib pcm.c:2666:(snd_pcm_open_noupdate) Unknown PCM dmix
ALSA lib pcm.c:2666:(snd_pcm_open_noupdate) Unknown PCM cards.pcm.rear
ALSA lib confmisc.c:1369:(snd_func_refer) Unable to find definition 'cards.0.pcm.hdmi.0:CARD=0,AES0=4'
ALSA lib pcm_dmix.c:999:(snd_pcm_dmix_open) The dmix plugin supports only playback stream
Cannot connect to server socket err = No such file or directory
ALSA lib confmisc.c:165:(snd_config_get_card) Cannot get card index for 0
ALSA lib pcm_oss.c:397:(_snd_pcm_oss_open) Cannot open device /dev/dsp
ALSA lib pcm_a52.c:1001:(_snd_pcm_a52_open) a52 is only for playback
ALSA lib conf.c:5670:(snd_config_expand) Unknown parameters {AES0 0x6 AES1 0x82 AES2 0x0 AES3 0x2 CARD 0}
ALSA lib confmisc.c:160:(snd_config_get_card) Invalid field card
ALSA lib pcm_usb_stream.c:482:(_snd_pcm_usb_stream_open) Invalid card 'card'
jack server is not running or cannot be started
"""
SYNTAX = """\
ALSA lib conf.c:2007:(_snd_config_load_with_include) _toplevel_:9:0:Unexpected char
ALSA lib conf.c:4096:(config_file_open) /home/kiosk/.asoundrc may be old or corrupted: consider to remove or fix it
ALSA lib conf.c:4018:(snd_config_hooks_call) function snd_config_hook_load returned error: Invalid argument
ALSA lib conf.c:4625:(snd_config_update_r) hooks failed, removing configuration
Expression 'alsa_snd_config_update()' failed in 'src/hostapi/alsa/pa_linux_alsa.c', line: 1354
"""
INCLUDE = """\
ALSA lib conf.c:838:(get_char_skip_comments) Cannot access file /home/kiosk/extra.conf
ALSA lib conf.c:2007:(_snd_config_load_with_include) _toplevel_:1:22:No such file or directory
ALSA lib conf.c:4096:(config_file_open) /etc/asound.conf may be old or corrupted: consider to remove or fix it
"""
INCLUDED = (
    "ALSA lib conf.c:2007:(_snd_config_load_with_include) /etc/alsa/conf.d/99-x.conf:3:1:Unexpected char\n"
)
NO_CONFIGURATION = "ALSA lib conf.c:4555:(snd_config_update_r) Cannot access file /nonexistent\n"
FIX = "; correct that file, or move it away"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SYNTAX, f"ALSA cannot read /home/kiosk/.asoundrc (line 9: Unexpected char){FIX}"),
        (NOISE + INCLUDE, f"ALSA cannot read /etc/asound.conf (/home/kiosk/extra.conf is missing){FIX}"),
        (INCLUDED, f"ALSA cannot read /etc/alsa/conf.d/99-x.conf (line 3: Unexpected char){FIX}"),
        (SYNTAX.split("\n", 1)[1], f"ALSA cannot read /home/kiosk/.asoundrc (damaged){FIX}"),
        (
            NO_CONFIGURATION,
            "ALSA cannot read /nonexistent; it is named by ALSA_CONFIG_PATH, or alsa-lib is not installed",
        ),
        (NOISE, ""),
        ("", ""),
    ],
)
def test_the_file_that_is_broken(text: str, reason: str) -> None:
    assert broken_file(text) == reason
    assert last_words(text) == reason


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("ALSA lib confmisc.c:855:(parse_card) cannot find card '7'", "the card '7'"),
        ("ALSA lib confmisc.c:855:(parse_card) cannot find card 'Headset'", "the card 'Headset'"),
        ("ALSA lib confmisc.c:165:(snd_config_get_card) Cannot get card index for Nope", "the card 'Nope'"),
        (
            "ALSA lib dlmisc.c:337:(snd_dlobj_cache_get0) Cannot open shared library libasound_module_pcm_foo.so"
            " (/lib/alsa-lib/libasound_module_pcm_foo.so: cannot open shared object file)",
            "the plugin 'foo'",
        ),
        ("ALSA lib pcm.c:2666:(snd_pcm_open_noupdate) Unknown PCM speakr", "the device 'speakr'"),
    ],
)
def test_what_is_named_and_not_there(line: str, named: str) -> None:
    assert named in wrong_name(f"{NOISE}{line}\n")
    assert wrong_name(NOISE) == ""


def test_its_last_line() -> None:
    busy = "ALSA lib pcm_hw.c:1713:(snd_pcm_hw_open) open '/dev/snd/pcmC1D0c' failed (-16): Device or resource busy"
    assert last_line(NOISE + busy + "\n" + NOISE).startswith("open '/dev/snd/pcmC1D0c' failed (-16)")
    assert last_line(NOISE) == ""
    assert last_line("ALSA lib x.c:1:(f) \x1b[2Jred\x07\n") == "[2Jred"


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (
            "Traceback (most recent call last):\n  File x\nIndexError: index 5 is out of bounds",
            "IndexError: index 5 is out of bounds",
        ),
        (
            "python3: src/hostapi/alsa/pa_linux_alsa.c:1454: BuildDeviceList: Assertion `devIdx < n' failed.",
            "BuildDeviceList: Assertion `devIdx < n' failed.",
        ),
        ("double free or corruption (out)\nfree(): invalid pointer", "free(): invalid pointer"),
        ("MemoryError", "MemoryError"),
        ("", ""),
    ],
)
def test_the_last_words_of_a_process(end: str, words: str) -> None:
    said = last_words(f"{NOISE}{end}\n")
    assert said.endswith(words)
    assert bool(said) is bool(words)


def test_what_is_written_is_read_once_and_never_waited_for() -> None:
    reader, writer = standard_error.pipe()
    os.write(writer, b"one \xff\n")
    assert standard_error.drained(reader) == "one \ufffd\n"
    assert standard_error.drained(reader) == ""
    os.set_blocking(writer, False)
    assert os.write(writer, bytes(standard_error.MOST)) > 65_536  # the noise of a board with many plugins
    assert len(standard_error.drained(reader)) > 65_536
    os.close(writer)
    assert standard_error.drained(reader) == ""
    os.close(reader)
    assert standard_error.written() == ""  # nobody listens here
