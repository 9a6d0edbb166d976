"""A name means the same device after every start: cards as real boards have them, met in every order."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import pytest

from edge_agent.audio.cards.alsa_cards import alsa_cards, alsa_devices
from edge_agent.audio.cards.automatic_ids import automatic_id
from edge_agent.audio.cards.devices import CLOSED, SoundDevice, find, listed, naming
from edge_agent.audio.cards.errors import SoundFailed
from edge_agent.audio.cards.numbered import numbered

PI_4, PI_5 = "0000:01:00.0", "xhci-hcd.0"


class Real(NamedTuple):
    """A card that the kernel finds: its name, what it is made of, and its recorders."""

    name: str
    place: str
    pcms: tuple[str, ...]
    card_id: str = ""  # from a udev rule


PNP = tuple(Real("USB PnP Sound Device", f"usb-{PI_4}-1.{port}", ("USB Audio",)) for port in (2, 3, 4))
CMEDIA = Real("USB Audio Device", f"usb-{PI_4}-1.1", ("USB Audio",))
EYE = Real("USB Camera-B4.09.24.1", f"usb-{PI_5}-2", ("USB Audio",))
TWO_RECORDERS = Real("HDA Intel PCH", "pci-0000:00:1f.3", ("ALC892 Analog", "ALC892 Alt Analog"))
SAME_RECORDERS = Real("Line 6 HX", f"usb-{PI_4}-1.3", ("USB Audio", "USB Audio"))
I2S = tuple(
    Real("seeed-4mic-voicecard", f"platform-soc:sound@{n}", ("bcm2835-i2s-ac10x-codec0",)) for n in (0, 1)
)
ARRAY = Real("ReSpeaker 4 Mic Array (UAC1.0)", f"usb-{PI_5}-1", ("USB Audio",))
LEFT = Real("USB PnP Sound Device", f"usb-{PI_5}-1.1", ("USB Audio",), "left-mic")
RIGHT = Real("USB PnP Sound Device", f"usb-{PI_5}-1.2", ("USB Audio",), "right-mic")
JACK = Real("bcm2835 Headphones", "platform-bcm2835_audio", ("bcm2835 Headphones",))


def met(order: Iterable[Real]) -> list[SoundDevice]:
    """As PortAudio lists them when the kernel met them so; ids as ALSA gives them."""
    found: list[SoundDevice] = []
    ids: set[str] = set()
    for number, card in enumerate(order):
        first = card.card_id or automatic_id(card.name)
        candidates = [first, *(first[: 15 - len(sfx)] + sfx for sfx in (f"_{n:X}" for n in range(1, 20)))]
        card_id = next(name for name in candidates if name not in ids)
        ids.add(card_id)
        for device, pcm in enumerate(card.pcms):
            shown = " ".join(pcm.removeprefix(card.name).removeprefix("USB ").split()) or "-"
            name = f"{card.name}: {shown} (hw:{number},{device})"
            found.append(SoundDevice(len(found), name, 2, 0, 48_000, card_id, "", card.place))
    return found


@pytest.mark.parametrize(
    "real",
    [
        PNP,
        (PNP[0], CMEDIA, EYE),
        (CMEDIA, PNP[1], PNP[2]),
        (TWO_RECORDERS, EYE),
        (SAME_RECORDERS, ARRAY),
        (SAME_RECORDERS, SAME_RECORDERS._replace(place=f"usb-{PI_4}-1.4")),
        I2S,
        (LEFT, RIGHT, PNP[0]),
        (JACK, ARRAY),
    ],
)
def test_a_name_that_is_shown_finds_the_same_device_after_every_start(real: tuple[Real, ...]) -> None:
    for now in permutations(real):
        for device in met(now):
            name = naming(met(now), device, "microphone")
            for then in permutations(real):
                meant = find(met(then), name, "microphone")
                assert (meant.place, meant.number) == (device.place, device.number), name


@pytest.mark.parametrize(
    "real", [PNP, (PNP[0], CMEDIA, EYE), (SAME_RECORDERS, ARRAY), I2S, (TWO_RECORDERS, EYE)]
)
def test_a_device_that_is_missing_is_not_another_one(real: tuple[Real, ...]) -> None:
    for device in met(real):
        name = naming(met(real), device, "microphone")
        others = met([card for card in real if card.place != device.place])
        with pytest.raises(SoundFailed):
            find(others, name, "microphone")


def test_names_are_as_readable_as_they_can_be() -> None:
    assert [naming(met(PNP), device, "microphone") for device in met(PNP)] == [card.place for card in PNP]
    (jack,) = met([JACK])
    assert naming([jack], jack, "microphone") == "bcm2835 Headphones"
    assert find([jack], "bcm2835 Headphones: -", "microphone") is jack  # as it was written before
    named = met([LEFT, RIGHT])
    assert [naming(named, device, "microphone") for device in named] == ["left-mic", "right-mic"]
    both = met([SAME_RECORDERS])
    assert [naming(both, device, "microphone") for device in both] == ["HX,0", "HX,1"]


def test_an_id_that_goes_by_order_is_refused_with_the_names_to_write() -> None:
    for name in ("Device", "Device_1"):
        with pytest.raises(SoundFailed) as failed:
            find(met(PNP[:2]), name, "microphone")
        assert f"matches '{PNP[0].place}', '{PNP[1].place}'; set audio.microphone" in failed.value.reason
    alone = met([CMEDIA])
    assert find(alone, "Device", "microphone") is alone[0]


def test_where_nothing_else_tells_cards_apart_their_ids_do() -> None:
    twins = [card._replace(place="") for card in I2S]
    devices = met(twins)
    names = [naming(devices, device, "microphone") for device in devices]
    assert names == ["seeed4micvoicec", "seeed4micvoic_1"]
    assert [find(devices, name, "microphone") for name in names] == devices


NUMBERS = (
    *("1", "card 1", "1,0", "hw:1", "hw:1,0", "plughw:1,0", "HW:1,0", "sysdefault:CARD=1", "dsnoop:1,0"),
    *("hw:CARD=1,DEV=0", "front:CARD=1,DEV=0", "USB Camera-B4.09.24.1: Audio (hw:1,0)"),
    *("hw:CARD=CameraB409241,DEV=0", "plughw:CameraB409241"),
)


@pytest.mark.parametrize("wanted", NUMBERS)
def test_numbers_are_refused_with_the_name_to_write(wanted: str) -> None:
    devices = met([PNP[0], EYE])
    with pytest.raises(SoundFailed) as failed:
        find(devices, wanted, "microphone")
    assert failed.value.reason.endswith("; set audio.microphone to 'USB Camera-B4.09.24.1: Audio'")
    assert repr(wanted) in failed.value.reason


def test_a_number_that_nothing_has_names_what_is_there() -> None:
    with pytest.raises(SoundFailed) as failed:
        find(met([PNP[0], EYE]), "hw:7,0", "microphone")
    assert "'USB PnP Sound Device: Audio' or 'USB Camera-B4.09.24.1: Audio'" in failed.value.reason
    with pytest.raises(SoundFailed) as failed:
        find([], "hw:7,0", "microphone")
    assert failed.value.reason.endswith("; connect it, and use its name")


NAMES = (
    *(
        "pulse",
        "default",
        "vmic",
        "usb-0000:01:00.0-1.3",
        "usb-1-1.2",
        "platform-soc:sound",
        "Array_1",
        "mic2",
    ),
    *("USB PnP Sound Device: Audio", "HX,1", "vc4-hdmi-0: MAI PCM i2s-hifi-0", "pci-0000:00:1f.3"),
)


@pytest.mark.parametrize("name", NAMES)
def test_other_names_are_not_numbers(name: str) -> None:
    assert numbered(name) is None


@pytest.mark.parametrize(
    ("name", "card_id"),
    [
        ("USB PnP Sound Device", "Device"),
        ("ReSpeaker 4 Mic Array (UAC1.0)", "ArrayUAC10"),
        ("vc4-hdmi-0", "vc4hdmi0"),
        ("bcm2835 Headphones", "Headphones"),
        ("snd_rpi_hifiberry_dac", "sndrpihifiberry"),
        ("Jabra SPEAK 510 USB", "USB"),
        ("Scarlett 2i2", "S2i2"),
        ("1 2i2", "D2i2"),
    ],
)
def test_the_id_that_alsa_gives(name: str, card_id: str) -> None:
    assert automatic_id(name) == card_id


CARDS = """\
 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones
                      bcm2835 Headphones
 1 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0
                      vc4-hdmi-0
 2 [Device         ]: USB-Audio - USB PnP Sound Device
                      C-Media Electronics Inc. USB PnP Sound Device at usb-0000:01:00.0-1.3, full spe
"""
PCMS = {
    "card0/pcm0p": "bcm2835 Headphones",
    "card1/pcm0p": "MAI PCM i2s-hifi-0",
    "card2/pcm0c": "USB Audio",
    "card2/pcm0p": "USB Audio",
}
PLACES = {
    0: "platform/bcm2835_audio",
    1: "platform/soc/fef00700.hdmi",
    2: "platform/scb/fd500000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0/usb1/1-1/1-1.3/1-1.3:1.0",
}


@pytest.fixture
def pi_4(tmp_path: Path) -> tuple[Path, Path]:
    """(/proc, /sys/class/sound) of a Raspberry Pi 4 with a USB adapter."""
    proc, sound = tmp_path / "proc", tmp_path / "sys/class/sound"
    files = {"cards": CARDS, "card0/id": "Headphones\n", "card1/id": "vc4hdmi0\n", "card2/id": "Device\n"}
    files |= {f"{pcm}/info": f"card: 0\nid: x\nname: {name}\n" for pcm, name in PCMS.items()}
    for name, text in files.items():
        (proc / "asound" / name).parent.mkdir(parents=True, exist_ok=True)
        (proc / "asound" / name).write_text(text)
    for number, place in PLACES.items():
        device = tmp_path / "sys/devices" / place
        device.mkdir(parents=True)
        (sound / f"card{number}").mkdir(parents=True)
        (sound / f"card{number}/device").symlink_to(device)
    return proc, sound


def test_the_cards_of_the_kernel(pi_4: tuple[Path, Path]) -> None:
    assert [(card.id, card.place, card.usb_port) for card in alsa_cards(*pi_4).values()] == [
        ("Headphones", "platform-bcm2835_audio", ""),
        ("vc4hdmi0", "platform-fef00700.hdmi", ""),
        ("Device", "usb-0000:01:00.0-1.3", "usb-1-1.3"),
    ]
    assert [(device.listed_name, device.direction) for device in alsa_devices(*pi_4)] == [
        ("bcm2835 Headphones: - (hw:0,0)", "speaker"),
        ("vc4-hdmi-0: MAI PCM i2s-hifi-0 (hw:1,0)", "speaker"),
        ("USB PnP Sound Device: Audio (hw:2,0)", "microphone"),
        ("USB PnP Sound Device: Audio (hw:2,0)", "speaker"),
    ]


class ListsOnly:
    """As PyAudio, where somebody else holds the recorder of the adapter: a name is not valid text, too."""

    def get_default_host_api_info(self) -> dict[str, int]:
        return {"index": 0, "deviceCount": 2}

    def get_device_info_by_host_api_device_index(self, _: int, number: int) -> dict[str, object]:
        name: object = (b"caf\xe9", "USB PnP Sound Device: Audio (hw:2,0)")[number]
        channels = {"maxInputChannels": 0, "maxOutputChannels": 2, "defaultSampleRate": 48_000.0}
        return {"index": number, "name": name, **channels}


def test_a_device_that_is_in_use_is_still_known(pi_4: tuple[Path, Path]) -> None:
    found = listed(ListsOnly(), *pi_4)
    held = find(found, "usb-0000:01:00.0-1.3", "microphone")
    assert (held.index, held.in_channels, held.out_channels) == (CLOSED, 1, 0)
    assert find(found, "usb-1-1.3", "speaker").index == 1
    assert find(found, "caf", "speaker").name == "caf\ufffd"
    assert [device.name for device in found if device.index == CLOSED] == [
        "bcm2835 Headphones: - (hw:0,0)",
        "vc4-hdmi-0: MAI PCM i2s-hifi-0 (hw:1,0)",
        "USB PnP Sound Device: Audio (hw:2,0)",
    ]
