"""Endpoints, names and headers as people paste them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.config import Config, load
from edge_agent.config.addresses import path_before, proxy_complaint
from edge_agent.config.headers import masked_headers, parse_headers
from edge_agent.config.pasted import Pasted, parts_of, unwrapped
from edge_agent.config.show import show
from edge_agent.realtime.connection import session_url
from edge_agent.realtime.errors import LinkFailure
from edge_agent.realtime.extra_headers import extra_headers
from edge_agent.report.secrets import known_secrets


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (' "https://a.b" \r', "https://a.b"),
        ("'x'", "x"),
        ("\u201cx\u201d", "x"),
        ("<https://a.b>", "https://a.b"),
        ("<deployment>", "<deployment>"),
        ("\ufeffx\r\n", "x"),
        ('"', '"'),
        ("", ""),
    ],
)
def test_what_stands_around_a_value(text: str, meant: str) -> None:
    assert unwrapped(text) == meant


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("https://a", Pasted("https://a")),
        ("https://a/openai/v1/realtime?model=D", Pasted("https://a/openai/v1/realtime", "", "D")),
        (
            "wss://a/openai/realtime?api-version=2025-04-01-preview&deployment=D",
            Pasted("wss://a/openai/realtime", "azure-preview", "D", "2025-04-01-preview"),
        ),
        (
            "https://a/openai/deployments/D/chat/completions?api-version=V",
            Pasted("https://a", "", "D", "V"),
        ),
        ("https://a/gate/openai/deployments/D", Pasted("https://a/gate", "", "D")),
        ("https://a/api/projects/P", Pasted("https://a", project="P")),
        (
            "https://a/api/projects/P/agents/A%20B/endpoint/protocols/voice?api-version=v1",
            Pasted("https://a", project="P", agent="A B"),
        ),
        ("https://a/x?model=D", Pasted("https://a/x?model=D")),
        ("https://a?api-key=secret", Pasted("https://a?api-key=secret")),
        ("https://u:p@a/api/projects/P", Pasted("https://u:p@a/api/projects/P")),
        ("https://[a", Pasted("https://[a")),
        ("words", Pasted("words")),
        (
            "https://a/voice-live/realtime?api-version=V&model=M",
            Pasted("https://a/voice-live/realtime", "azure-voice-live", "M", "V"),
        ),
        ("AZURE_OPENAI_ENDPOINT=https://a", Pasted("https://a")),
        ('export endpoint = "https://a"', Pasted("https://a")),
        ("https://a//openai//v1", Pasted("https://a/openai/v1")),
        ("https://a//openai/v1/realtime?model=a//b", Pasted("https://a/openai/v1/realtime", "", "a//b")),
    ],
)
def test_an_address_taken_apart(address: str, parts: Pasted) -> None:
    assert parts_of(address) == parts


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        (
            {
                "AZURE_OPENAI_ENDPOINT": ' "https://a.openai.azure.com/openai/realtime?api-version=V&deployment=D"\r'
            },
            "wss://a.openai.azure.com/openai/realtime?api-version=V&deployment=D",
        ),
        (
            {"AZURE_OPENAI_ENDPOINT": "https://a.services.ai.azure.com/api/projects/P"},
            "wss://a.services.ai.azure.com/openai/v1/realtime?model=gpt-realtime",
        ),
        (
            {
                "AZURE_OPENAI_ENDPOINT": "https://gate.example/aoai/openai/v1",
                "AZURE_OPENAI_DEPLOYMENT_NAME": " 'D' ",
            },
            "wss://gate.example/aoai/openai/v1/realtime?model=D",
        ),
        (
            {
                "AZURE_OPENAI_ENDPOINT": "https://a.services.ai.azure.com/voice-live/realtime"
                "?api-version=2026-07-15&model=gpt-realtime-2.1"
            },
            "wss://a.services.ai.azure.com/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime-2.1",
        ),
        (
            {"AZURE_OPENAI_ENDPOINT": "https://a.openai.azure.com/openai/v1/realtime?model=D"},
            "wss://a.openai.azure.com/openai/v1/realtime?model=D",
        ),
    ],
)
def test_what_is_pasted_is_understood(environ: dict[str, str], url: str) -> None:
    config, problems = load(environ=environ)
    assert problems == []
    assert session_url(config) == url


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        (
            {
                "AZURE_OPENAI_ENDPOINT": "https://a.openai.azure.com/openai/v1/realtime?model=D",
                "AZURE_OPENAI_DEPLOYMENT_NAME": "E",
            },
            "the address names the deployment 'D', and service.deployment is 'E'",
        ),
        (
            {
                "AZURE_OPENAI_ENDPOINT": "https://a.openai.azure.com/openai/realtime?deployment=D",
                "EDGE_AGENT_SERVICE_PROVIDER": "azure",
            },
            'provider = "azure-preview"',
        ),
        ({"AZURE_OPENAI_DEPLOYMENT_NAME": "<your-deployment>"}, "only a placeholder"),
        ({"AZURE_OPENAI_ENDPOINT": "https://ai.azure.com/foundryProject/overview"}, "a page for people"),
        ({"AZURE_OPENAI_ENDPOINT": "https://xxxx.openai.azure.com"}, "only an example"),
        (
            {
                "AZURE_OPENAI_ENDPOINT": "https://eastus.api.cognitive.microsoft.com",
                "EDGE_AGENT_SERVICE_CREDENTIAL": "default",
            },
            "does not work with the address of a region",
        ),
        ({"EDGE_AGENT_SERVICE_HEADERS": "nonsense"}, "entry 1 is not NAME: VALUE"),
    ],
)
def test_what_cannot_be_meant_is_said(environ: dict[str, str], words: str) -> None:
    _, problems = load(environ=environ)
    assert any(words in str(problem) for problem in problems)


def test_the_path_of_a_gateway() -> None:
    paths = "", "/", "/openai/v1", "/openai/v1/realtime/", "/aoai/", "/aoai/openai/v1", "/aoai/openai"
    assert [path_before(path) for path in paths] == ["", "", "", "", "/aoai", "/aoai", "/aoai"]


def test_a_proxy_without_a_scheme() -> None:
    assert proxy_complaint("proxy.example:3128") == proxy_complaint("[::1]:3128") == ""
    assert proxy_complaint("proxy.example")


# ---- headers ---------------------------------------------------------------------------
def test_headers_with_secrets_in_files(tmp_path: Path) -> None:
    key = tmp_path / "gate"
    key.write_text("the-key\n")
    text = f"X-Team: kiosk; Subscription-Key: file:{key}; X-Other: credential:gate"
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    wanted = {"X-Team": "kiosk", "Subscription-Key": "the-key", "X-Other": "the-key"}
    assert extra_headers(text, environ) == wanted
    assert masked_headers(text) == text.replace("kiosk", "***")
    assert masked_headers("key-without-a-name") == "***"
    assert masked_headers("") == ""
    assert extra_headers("") == {}
    config, _ = load(environ={"EDGE_AGENT_SERVICE_HEADERS": "X-Key: very-secret"})
    assert "very-secret" not in show(config)


@pytest.mark.parametrize("text", ["Host: a", "Sec-WebSocket-Key: a", "X:", "X Y: a", "X: \u00e9", "secret"])
def test_headers_that_cannot_be_sent(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        parse_headers(text)
    assert "secret" not in str(caught.value)


def test_secrets_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "two").write_text("a\nb")
    (tmp_path / "odd").write_bytes(b"\xff")
    for name in ("missing", "empty", "two", "odd"):
        with pytest.raises(LinkFailure, match=name) as caught:
            extra_headers(f"X: file:{tmp_path / name}", {})
        assert caught.value.code == "no-header"
    with pytest.raises(LinkFailure, match="no credential 'gate'"):
        extra_headers("X: credential:gate", {})


def test_the_values_of_headers_are_known_as_secrets(tmp_path: Path) -> None:
    (tmp_path / "gate").write_text("the-gate-key\n")
    config = Config()
    headers = f"X-Key: plain-secret; X-Gate: file:{tmp_path / 'gate'}"
    config = replace(config, service=replace(config.service, headers=headers))
    assert {"plain-secret", "the-gate-key"} <= known_secrets(config, {})
    config = replace(config, service=replace(config.service, headers="nonsense"))
    assert known_secrets(config, {}) == set()
