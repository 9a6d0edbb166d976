from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.cli import main

ENDPOINT = "endpoint = 'https://x.openai.azure.com'\n"


@pytest.mark.parametrize(
    ("service", "key", "note"),
    [
        (ENDPOINT, "k", ""),
        (ENDPOINT + "api_key_file = '{folder}/key'", "", ""),
        (ENDPOINT + "credential = 'managed-identity'", "", ""),
        ("endpoint = 'http://127.0.0.1:1'", "", ""),
        (
            ENDPOINT,
            "",
            "note: for this user, there is no API key: set AZURE_OPENAI_API_KEY, or set [service] api_key_file",
        ),
        (ENDPOINT, "two words", "note: for this user, the API key contains spaces"),
        ("", "", "note: no service is configured"),
    ],
)
def test_check_says_why_there_is_no_key(
    service: str,
    key: str,
    note: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", key)
    (tmp_path / "key").write_text("k")
    path = tmp_path / "c.toml"
    path.write_text(f"[service]\n{service.format(folder=tmp_path)}\n")
    assert main(["config", "check", "--config", str(path)]) == 0
    first, *notes = capsys.readouterr().out.splitlines()
    assert first == f"{path}: ok"
    assert len(notes) == bool(note)
    assert "".join(notes).startswith(note)
