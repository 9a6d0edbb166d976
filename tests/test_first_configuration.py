from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.cli import main
from edge_agent.config import Config, load
from edge_agent.config.boards import bundled
from edge_agent.config.first_configuration import Found, first_configuration, recognised

ARRAY = "reSpeaker XVF3800 4-Mic Array: USB Audio (hw:3,0)"
USB = "USB PnP Sound Device: Audio (hw:1,0)"
HDMI = "vc4-hdmi-0: MAI PCM i2s-hifi-0 (hw:0,0)"


def mic(name: str, card_id: str = "Card") -> Found:
    return Found("microphone", name, card_id, name.partition(":")[0])


def speaker(name: str, card_id: str = "Card") -> Found:
    return Found("speaker", name, card_id, name.partition(":")[0])


@pytest.mark.parametrize(
    ("devices", "board"),
    [
        ([], ""),
        ([mic(ARRAY), speaker(ARRAY)], "respeaker-xvf3800"),
        ([mic(ARRAY), speaker(ARRAY), mic(USB), speaker(HDMI)], "respeaker-xvf3800"),
        ([mic(ARRAY), speaker(USB)], ""),  # the array's own output is part of the profile
        ([mic("other", "seeed2micvoicec"), speaker("other", "seeed2micvoicec")], "respeaker-2mics-hat"),
        ([mic(USB), speaker("MAX98357A")], "i2s-amp-usb-mic"),
        ([mic(ARRAY), speaker(ARRAY), speaker("MAX98357A")], ""),  # it could be either
        ([mic(USB), speaker(USB)], ""),
    ],
)
def test_a_board_is_recognised_by_its_devices(devices: list[Found], board: str) -> None:
    assert recognised(devices, bundled()) == board


def made(tmp_path: Path, devices: list[Found], **environ: str) -> tuple[str, Config]:
    """The first configuration, and what it is read as."""
    said, problems = load(Path("/dev/null"), environ=environ)
    assert problems == []
    path = tmp_path / "c.toml"
    path.write_text(first_configuration(said, devices, bundled()))
    config, problems = load(path, environ={})
    assert problems == []
    return path.read_text(), config


def test_what_the_environment_says_is_written_but_never_a_key(tmp_path: Path) -> None:
    text, config = made(
        tmp_path,
        [],
        AZURE_OPENAI_ENDPOINT="https://x.openai.azure.com",
        AZURE_OPENAI_DEPLOYMENT_NAME="mine",
        AZURE_OPENAI_API_KEY="s3cr3t",
        EDGE_AGENT_TURNS_MODE="hands-free",
    )
    assert (config.service.endpoint, config.service.deployment) == ("https://x.openai.azure.com", "mine")
    assert config.turns.mode == "hands-free"
    assert "s3cr3t" not in text


JACK = "bcm2835 Headphones: - (hw:0,0)"
OLD_HDMI = "bcm2835 HDMI 1: - (hw:0,0)"
PC_HDMI = "HDA Intel PCH: HDMI 0 (hw:0,3)"
HIFI = "snd_rpi_hifiberry_dac: HifiBerry DAC HiFi pcm5102a-hifi-0 (hw:2,0)"


@pytest.mark.parametrize(
    ("speakers", "chosen"),
    [
        ([USB], USB),
        ([HDMI, HDMI.replace("hdmi-0", "hdmi-1"), USB], USB),
        ([JACK, HDMI, HDMI.replace("hdmi-0", "hdmi-1"), USB], USB),
        ([HDMI, JACK], JACK),
        ([OLD_HDMI, JACK, HIFI], HIFI),
        ([PC_HDMI, USB], USB),
        ([HDMI], ""),
        ([USB, HIFI], ""),
        ([USB, HIFI, HDMI, JACK], ""),
        ([], ""),
    ],
)
def test_the_only_speaker_that_was_plugged_in_is_named(
    tmp_path: Path, speakers: list[str], chosen: str
) -> None:
    text, config = made(tmp_path, [mic(USB), *map(speaker, speakers)])
    assert config.audio.microphone == "USB PnP Sound Device"
    assert config.audio.speaker == chosen.partition(":")[0]
    assert all(f'speaker = "{name.partition(":")[0]}"' in text for name in speakers)


def test_what_was_chosen_already_is_not_named_again(tmp_path: Path) -> None:
    chosen = {"EDGE_AGENT_AUDIO_MICROPHONE": "Desk"}
    text, config = made(tmp_path, [mic(USB), speaker(USB)], **chosen)
    assert (config.audio.microphone, config.audio.speaker) == ("Desk", "USB PnP Sound Device")
    assert text.count("microphone") == 1


def test_of_several_none_is_chosen(tmp_path: Path) -> None:
    text, _ = made(tmp_path, [mic(USB), speaker(USB), speaker(HIFI)])
    assert '# speaker = "USB PnP Sound Device"\n# speaker = "snd_rpi_hifiberry_dac"' in text


def test_a_recognised_board_names_its_devices_itself(tmp_path: Path) -> None:
    text, config = made(tmp_path, [mic(ARRAY), speaker(ARRAY), mic(USB)])
    assert config.board == "respeaker-xvf3800"
    assert "[audio]" not in text


def test_without_a_service_the_place_for_it_is_there(tmp_path: Path) -> None:
    text, config = made(tmp_path, [])
    assert "\n[service]\n# endpoint = " in text
    assert not config.has_service


@pytest.mark.realtime
def test_the_command_needs_no_sound_and_reads_no_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "old.toml").write_text("nonsense")
    monkeypatch.setenv("EDGE_AGENT_CONFIG", str(tmp_path / "old.toml"))
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://x.openai.azure.com")
    assert main(["config", "new"]) == 0
    assert 'endpoint = "https://x.openai.azure.com"' in capsys.readouterr().out


def test_an_environment_that_is_wrong_makes_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "x.openai.azure.com")
    assert main(["config", "new"]) == 78
    assert "AZURE_OPENAI_ENDPOINT" in capsys.readouterr().err
