"""Audiences of tokens, in the clouds of Azure that stand apart."""

from __future__ import annotations

import pytest

from edge_agent.config.clouds import cloud_of, scope_in, scopes


@pytest.mark.parametrize(
    ("endpoint", "cloud"),
    [
        ("https://x.openai.azure.us", "azure.us"),
        ("https://x.openai.azure.cn", "azure.cn"),
        ("https://x.openai.azure.com", ""),
        ("https://azure.us.example.com", ""),
        ("https://notazure.us", ""),
        ("", ""),
    ],
)
def test_which_cloud_an_endpoint_is_of(endpoint: str, cloud: str) -> None:
    assert cloud_of(endpoint) == cloud


def test_each_audience_has_its_name_in_each_cloud() -> None:
    assert scope_in("", "https://ai.azure.com/.default") == "https://ai.azure.com/.default"
    assert scope_in("azure.us", "https://ai.azure.com/.default") == "https://ai.azure.us/.default"
    assert {"https://ai.azure.com/.default", "https://cognitiveservices.azure.cn/.default"} <= scopes()
    assert all(
        scope.startswith(("https://ai.azure.", "https://cognitiveservices.azure.")) for scope in scopes()
    )
