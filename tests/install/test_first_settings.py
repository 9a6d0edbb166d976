"""What a new device is told: checked first, written whole or not at all, and what was kept is said."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from edge_agent.install import key, settings
from edge_agent.install.process import Refused
from edge_agent.install.settings import differing, given_settings, write_configuration

ENDPOINT = "https://kiosk.openai.azure.com"


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nobody is at the terminal, and the device is new."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    monkeypatch.setattr(settings, "DEFAULT_PATH", tmp_path / "none.toml")
    return tmp_path


def test_a_wrong_address_is_refused_before_anything_is_built(nobody: Path) -> None:
    with pytest.raises(Refused, match="must start with https://"):
        given_settings({}, endpoint="kiosk.openai.azure.com")


def test_a_placeholder_is_not_a_key(nobody: Path) -> None:
    with pytest.raises(Refused, match="OPENAI_API_KEY is only a placeholder"):
        given_settings({"OPENAI_API_KEY": "<your-api-key>"})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ""),
        ({"AZURE_OPENAI_ENDPOINT": ENDPOINT, "AZURE_OPENAI_API_KEY": " abc "}, "abc\n"),
        ({"AZURE_OPENAI_ENDPOINT": ENDPOINT, "OPENAI_API_KEY": "abc"}, ""),
        ({"OPENAI_API_KEY": "'abc'"}, "abc\n"),
    ],
)
def test_the_key_of_the_environment(nobody: Path, environ: dict[str, str], expected: str) -> None:
    assert given_settings(environ).key == expected


def test_a_key_from_a_file_or_from_standard_input(nobody: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (nobody / "key").write_text("one\ntwo\n")
    assert given_settings({}, key_file=str(nobody / "key")).key == "one\ntwo\n"
    monkeypatch.setattr("sys.stdin", io.StringIO("three\n"))
    assert given_settings({}, key_file="-").key == "three\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "there is no key in"),
        (b"a\nb\nc\n", "has 3 lines"),
        (b"\xff\xfe", "cannot be read (not UTF-8 text)"),
        (None, "there is no such file"),
    ],
)
def test_files_without_a_key(nobody: Path, text: bytes | None, words: str) -> None:
    file = nobody / "sk-like-a-key"
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(Refused) as refused:
        key.read_key(str(file))
    assert words in str(refused.value)
    assert text is not None or "sk-like" not in str(refused.value)


def test_a_key_is_written_whole_and_for_root_alone(tmp_path: Path) -> None:
    file = tmp_path / "credstore" / "edge-agent.api-key"
    key.write_key("abc\n", file)
    assert (file.read_text(), file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (
        "abc\n",
        0o600,
        0o700,
    )
    assert [found.name for found in file.parent.iterdir()] == [file.name]


def test_what_a_full_disk_has_left_is_not_a_key(tmp_path: Path) -> None:
    file = tmp_path / "edge-agent.api-key"
    file.touch()
    assert not key.has_key(file)
    file.write_text("abc\n")
    assert key.has_key(file)


def test_a_write_that_fails_leaves_the_key_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "edge-agent.api-key"
    file.write_text("before\n")
    (tmp_path / "edge-agent.new").mkdir()  # in its way
    with pytest.raises(Refused, match=r"cannot be written .*; it is as it was"):
        key.write_key("after\n", file)
    assert file.read_text() == "before\n"


def test_a_configuration_is_replaced_whole_and_the_one_before_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "edge-agent.toml"
    for text in ("one\n", "two\n"):
        write_configuration(text, file)
    assert (file.read_text(), file.with_name("edge-agent.toml.old").read_text()) == ("two\n", "one\n")
    assert file.stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize(
    ("endpoint", "deployment", "expected"),
    [
        ("", "", []),
        (ENDPOINT, "", []),
        ("https://other.openai.azure.com", "", ["endpoint"]),
        ("https://other.openai.azure.com", "mine", ["endpoint", "deployment"]),
    ],
)
def test_what_was_kept_instead_of_taken(
    tmp_path: Path, endpoint: str, deployment: str, expected: list[str]
) -> None:
    file = tmp_path / "edge-agent.toml"
    write_configuration(f'[service]\nendpoint = "{ENDPOINT}"\n', file)
    variables = {"AZURE_OPENAI_ENDPOINT": endpoint, "AZURE_OPENAI_DEPLOYMENT_NAME": deployment}
    assert differing({name: value for name, value in variables.items() if value}, file) == expected
