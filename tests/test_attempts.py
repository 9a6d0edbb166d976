"""What the chain of azure-identity says, and what of it is told. The texts are those of azure-identity 1.27."""

from __future__ import annotations

import pytest

from edge_agent.realtime.auth.attempts import LONGEST, own_complaint

HEAD = "DefaultAzureCredential failed to retrieve a token from the included credentials.\nAttempted credentials:\n"
TAIL = "\nTo mitigate this issue, please refer to the troubleshooting guidelines here at https://aka.ms/x."
ENVIRONMENT = (
    "\tEnvironmentCredential: EnvironmentCredential unavailable. Environment variables are not fully configured."
    "\nVisit https://aka.ms/e to troubleshoot."
)
IMDS = "\tManagedIdentityCredential: ManagedIdentityCredential authentication unavailable, no response from IMDS."
CLI = "\tAzureCliCredential: ERROR: AADSTS70043: The refresh token has expired.\nPlease run: az login"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"{HEAD}{CLI}{TAIL}",
            "AzureCliCredential: ERROR: AADSTS70043: The refresh token has expired. Please run: az login",
        ),
        (
            f"{HEAD}{IMDS}\n{CLI}",
            "AzureCliCredential: ERROR: AADSTS70043: The refresh token has expired. Please run: az login",
        ),
        (
            f"{HEAD}{IMDS}\n\tAzureCliCredential: Please run 'az login' to set up an account{TAIL}",
            "AzureCliCredential: Please run 'az login' to set up an account",
        ),
        (f"{HEAD}{IMDS}\n\tAzureCliCredential: Azure CLI not found on path{TAIL}", ""),
        (
            f"{HEAD}\tAzureCliCredential: Azure CLI not found on path",
            "AzureCliCredential: Azure CLI not found on path",
        ),
        (
            f"{HEAD}{ENVIRONMENT}",
            "EnvironmentCredential: EnvironmentCredential unavailable. Environment variables are not fully configured.",
        ),
        (
            f"{HEAD}{IMDS}\n\tWorkloadIdentityCredential: The tenant is odd",
            "WorkloadIdentityCredential: The tenant is odd",
        ),
        ("AADSTS7000215: Invalid client secret provided.", ""),
    ],
)
def test_who_was_tried_and_what_it_said(text: str, told: str) -> None:
    assert own_complaint(text) == told


def test_the_number_is_told_however_late_it_comes() -> None:
    said = own_complaint(
        f"{HEAD}\tAzureCliCredential: {'words ' * 60}AADSTS50173: The grant was revoked. {'x' * 400}"
    )
    assert said.startswith("AzureCliCredential: AADSTS50173: The grant was revoked.")
    assert len(said) == LONGEST
    assert own_complaint(f"{HEAD}\tAzureCliCredential: AADSTS1: {'x' * 400}").startswith(
        "AzureCliCredential: AADSTS1"
    )
