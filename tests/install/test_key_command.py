"""edge-agent key set, where no service is installed: with one, tests/system has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_agent.cli import key, main


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the key goes; the machine has no systemctl."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("EDGE_AGENT_CONFIG", str(tmp_path / "edge-agent.toml"))
    (tmp_path / "edge-agent.toml").touch()
    monkeypatch.setattr(key, "SYSTEM_FILE", tmp_path / "credstore" / "key")
    monkeypatch.setattr(key, "MQTT_PASSWORD_FILE", tmp_path / "credstore" / "password")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path / "credstore" / "key"


def test_from_a_file(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "given").write_text("AZURE_OPENAI_API_KEY='one'\n\ntwo\n")
    assert main(["key", "set", str(tmp_path / "given")]) == 0
    assert file.read_text() == "one\ntwo\n"
    assert capsys.readouterr().out == f"the key is in {file}\n"


def test_a_key_as_an_argument_is_not_repeated(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "set", "sk-secret"]) == 1
    said = capsys.readouterr().err
    assert "there is no such file; the key itself is asked for, or read from standard input" in said
    assert "sk-secret" not in said
    assert not file.exists()


def test_it_is_roots(file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["key", "set"]) == 1
    assert capsys.readouterr().err == f"edge-agent: {file} is root's: sudo edge-agent key set\n"


def test_another_place_that_the_configuration_names(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "edge-agent.toml").write_text('[service]\napi_key_file = "/srv/key"\n')
    assert main(["key", "set"]) == 78
    assert "names the file of the key: put it into /srv/key" in capsys.readouterr().err


def test_the_password_of_the_broker(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "given").write_text("a word, with spaces \n")
    assert main(["key", "set-mqtt", str(tmp_path / "given")]) == 0
    assert file.with_name("password").read_text() == "a word, with spaces \n"
    assert capsys.readouterr().out == f"the password is in {file.with_name('password')}\n"
    assert not file.exists()
    (tmp_path / "given").write_text("two\nlines\n")
    assert main(["key", "set-mqtt", str(tmp_path / "given")]) == 1
    assert "must contain one line, the password" in capsys.readouterr().err
    assert main(["key", "set-mqtt", "a word"]) == 1
    assert "there is no such file; the password itself is asked for" in capsys.readouterr().err
    (tmp_path / "edge-agent.toml").write_text('[mqtt]\nuser = "me"\npassword_file = "/srv/word"\n')
    assert main(["key", "set-mqtt"]) == 78
    assert "names the file of the password: put it into /srv/word" in capsys.readouterr().err
