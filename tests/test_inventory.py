from __future__ import annotations

from pathlib import Path
from typing import Any

from edge_agent.audio.cards.device_users import Holder, holders, user_of
from edge_agent.audio.cards.devices import SoundDevice, find, listed, naming
from edge_agent.audio.cards.inventory import Inventory, ListedDevice
from edge_agent.cli.devices import as_json, lines

USB = "USB PnP Sound Device: Audio (hw:{},0)"
ONE = SoundDevice(0, "ReSpeaker 4 Mic Array: USB Audio (hw:1,0)", 6, 2, 16_000, "ArrayUAC10", "usb-1-1.2")
TWINS = [
    SoundDevice(1, USB.format(2), 1, 2, 48_000, "Device", "usb-1-1.3"),
    SoundDevice(2, USB.format(3), 1, 2, 48_000, "Device_1", "usb-1-1.4"),
]


def test_every_device_has_a_name_that_finds_it_alone() -> None:
    devices = [ONE, *TWINS]
    assert naming(devices, ONE, "microphone") == "ReSpeaker 4 Mic Array: USB Audio"
    assert [naming(devices, twin, "speaker") for twin in TWINS] == ["usb-1-1.3", "usb-1-1.4"]
    same = [SoundDevice(3, "a", 1, 0, 48_000), SoundDevice(4, "a", 1, 0, 48_000)]
    assert naming(same, same[0], "microphone") == "a"


class HostilePortAudio:
    """As PyAudio, with a device that somebody has made to do harm."""

    def get_default_host_api_info(self) -> dict[str, int]:
        return {"index": 0, "deviceCount": 1}

    def get_device_info_by_host_api_device_index(self, _: int, number: int) -> dict[str, Any]:
        channels = {"maxInputChannels": 1, "maxOutputChannels": 0, "defaultSampleRate": 48_000.0}
        return {"index": number, "name": "Mic\x1b]0;title\x07\nforged (hw:9,0)", **channels}


def test_no_device_controls_the_terminal(tmp_path: Path) -> None:
    """Its name is in the log, in the status and in every list."""
    (device,) = listed(HostilePortAudio())
    assert device.label == "Mic ]0;title  forged"
    assert find([device], device.label, "microphone") is device
    (tmp_path / "asound/card1/pcm0c/sub0").mkdir(parents=True)
    (tmp_path / "asound/card1/id").write_text("\x1b[31mid\n")
    (tmp_path / "asound/card1/pcm0c/sub0/info").write_text("stream: CAPTURE\nname: \x9b2J\n")
    (tmp_path / "asound/card1/pcm0c/sub0/status").write_text("owner_pid   : 77\n")
    (tmp_path / "77").mkdir()
    (tmp_path / "77/comm").write_text("\x1b[2Jsh\n")
    (holder,) = holders(tmp_path)
    assert (holder.device + holder.process).isprintable()


def test_who_holds_a_device(tmp_path: Path) -> None:
    for name, text in (
        ("asound/card1/id", "ArrayUAC10\n"),
        ("asound/card1/pcm0c/sub0/info", "card: 1\nstream: CAPTURE\nname: USB Audio\n"),
        ("asound/card1/pcm0c/sub0/status", "state: RUNNING\nowner_pid   : 77\n"),
        ("asound/card1/pcm0p/sub0/status", "closed\n"),
        ("asound/card2/pcm3p/sub0/status", "state: RUNNING\nowner_pid   : 78\n"),
        ("77/comm", "python3\n"),
        ("77/cmdline", "python3\0-m\0edge_agent.audio.process.child\0"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert holders(tmp_path) == [
        Holder("microphone", "ArrayUAC10: USB Audio", 77, "python3", True, "ArrayUAC10", 0),
        Holder("speaker", "card2", 78, "a process", False, "", 3),
    ]


def test_only_who_holds_this_card_is_blamed(tmp_path: Path) -> None:
    folder = tmp_path / "asound/card2"
    (folder / "pcm1c/sub0").mkdir(parents=True)
    (folder / "id").write_text("Device_1\n")
    (folder / "pcm1c/sub0/info").write_text("stream: CAPTURE\nname: USB Audio\n")
    (folder / "pcm1c/sub0/status").write_text("state: RUNNING\nowner_pid   : 77\n")
    assert user_of("Device", "microphone", tmp_path) == ""
    assert user_of("", "microphone", tmp_path) == ""
    assert user_of("Device_1", "speaker", tmp_path) == ""
    assert user_of("Device_1", "microphone", tmp_path, number=0) == ""
    assert user_of("Device_1", "microphone", tmp_path, number=1) == "a process (pid 77)"


def test_what_is_shown() -> None:
    entry = ListedDevice(
        "microphone", ONE.name, ONE.card_id, "ReSpeaker", 16_000, 6, True, "python3 (pid 77)"
    )
    held = Holder("microphone", "ArrayUAC10", 77, "python3", is_ours=True)
    told = lines(Inventory((entry,), ()), [held])
    assert told[1] == (
        '* microphone = "ReSpeaker"  ReSpeaker 4 Mic Array: USB Audio (hw:1,0), 16000 Hz, 6 ch,'
        " in use by python3 (pid 77)"
    )
    assert "speakers: none; is one plugged in?" in told
    assert told[-1] == "in use: ArrayUAC10 (microphone) by python3 (pid 77)"
    assert not any(line.startswith("*") for line in lines(Inventory((), ()), []))
    assert as_json(Inventory((entry,), ("x",)), [held])["troubles"] == ["x"]
