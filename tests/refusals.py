"""Refusals in the services' own words, and the table of what the device says to each: python -m tests.refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from edge_agent.realtime.errors import LinkFailure, refused, session_refused

from .markdown import DOCS

PAGE = DOCS / "refusals.md"
BEGIN, END = "<!-- refusals: begin -->", "<!-- refusals: end -->"


@dataclass(frozen=True)
class Refusal:
    """`source`: a page, or an issue that quotes the answer, and its date."""

    where: str
    code: str
    words: str
    source: str
    failure: Callable[[], LinkFailure]


def http(status: int, code: str, words: str, source: str, kind: str = "") -> Refusal:
    body = json.dumps({"error": {"code": code, "message": words, "type": kind}})
    return Refusal(f"HTTP {status}", code, words, source, lambda: refused(status, body))


def error(
    code: str, words: str, source: str, *, kind: str = "invalid_request_error", param: str = ""
) -> Refusal:
    where = f"`error` event{f' at `{param}`' if param else ''}"
    return Refusal(where, code, words, source, lambda: session_refused(code, words, kind, param or None))


LIMITS = (
    "[OpenAI Help, API usage and spend limits]"
    "(https://help.openai.com/en/articles/6614457-troubleshooting-api-usage-and-spend-limits), 2026-11"
)
QUOTA = "[ShellGPT#23](https://github.com/mattvr/ShellGPT/issues/23)"
KEYS_OFF = (
    "[sample-app-aoai-chatGPT#1000]"
    "(https://github.com/microsoft/sample-app-aoai-chatGPT/issues/1000), 2024-07-12"
)
TENANT = "[vscode-openai#321](https://github.com/arbs-io/vscode-openai/issues/321), 2025-02-17"
SUBDOMAIN = "[azure-sdk-for-net#12789](https://github.com/Azure/azure-sdk-for-net/issues/12789), 2020-08-05"
NETWORK = (
    "[azure-sql-db-chatbot#3](https://github.com/Azure-Samples/azure-sql-db-chatbot/issues/3), 2025-04-23"
)
VNET = "[continue#12547](https://github.com/continuedev/continue/issues/12547), 2026-06-04"
WRONG_KEY = "[openinterpreter#319](https://github.com/openinterpreter/openinterpreter/issues/319), 2023-09-13"
EXCEEDED = "You exceeded your current quota, please check your plan and billing details."

REFUSALS = (
    http(
        403, "AuthenticationTypeDisabled", "Key based authentication is disabled for this resource.", KEYS_OFF
    ),
    http(400, "BadRequest", "Token tenant does not match resource tenant.", TENANT),
    http(
        400,
        "BadRequest",
        "Please provide a custom subdomain for token authentication, otherwise API key is required.",
        SUBDOMAIN,
    ),
    http(403, "403", "Access denied due to Virtual Network/Firewall rules.", NETWORK),
    http(
        403,
        "403",
        "A Virtual Network is configured for this resource. Please use the correct endpoint for making requests.",
        VNET,
    ),
    http(
        401,
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an"
        " active subscription and use a correct regional API endpoint for your resource.",
        WRONG_KEY,
    ),
    http(429, "insufficient_quota", EXCEEDED, QUOTA, "insufficient_quota"),
    http(429, "credit_balance_exhausted", EXCEEDED, LIMITS, "insufficient_quota"),
    http(429, "project_spend_limit_exceeded", EXCEEDED, LIMITS, "insufficient_quota"),
    error("insufficient_quota", EXCEEDED, QUOTA, kind="insufficient_quota"),
)


def table() -> str:
    lines = [
        "| where | code | the service says | the device says | finding | then | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in REFUSALS:
        failure = row.failure()
        cells = (
            row.where,
            f"`{row.code}`",
            row.words,
            failure.message,
            f"`link-{failure.code}`",
            failure.next.value,
            row.source,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def shown() -> str:
    """As the page has it."""
    return PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0].strip()


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}", "utf-8")
