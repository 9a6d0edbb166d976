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
NO_ACCESS = "[aider#604](https://github.com/Aider-AI/aider/issues/604), 2024-05-16"
TOO_NEW = "[chatbox#861](https://github.com/chatboxai/chatbox/issues/861), 2023-07-26"
OTHER_MODEL = "[llama_index#16503](https://github.com/run-llama/llama_index/issues/16503), 2024-10-11"
OTHER_VERSION = "[aider-desk#460](https://github.com/hotovo/aider-desk/issues/460), 2025-11-01"
VOLUME = "[azure-docs#16282](https://github.com/MicrosoftDocs/azure-docs/issues/16282), 2018-10-05"
DISABLED = (
    "[microsoft-foundry-for-vscode#191]"
    "(https://github.com/microsoft/microsoft-foundry-for-vscode/issues/191), 2025-10-15"
)
RATE = "[TinyLLM#17](https://github.com/jasonacox/TinyLLM/issues/17), 2025-02-02"
AUDIENCE = (
    "[azure-search-openai-demo#458]"
    "(https://github.com/Azure-Samples/azure-search-openai-demo/issues/458), 2024-10-02"
)
OLDER = "[pipecat#1324](https://github.com/pipecat-ai/pipecat/pull/1324), 2025-10-06"
NO_BETA = (
    "[asterisk_to_openai_rt_community#4]"
    "(https://github.com/infinitocloud/asterisk_to_openai_rt_community/issues/4), 2026-05-21"
)
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
    http(
        401,
        "",
        "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com/),"
        " or have expired.",
        AUDIENCE,
    ),
    http(
        403,
        "model_not_found",
        "Project `proj_uFBGSkr9FAbFof6HIsCIszAP` does not have access to model `gpt-4o`",
        NO_ACCESS,
        "invalid_request_error",
    ),
    http(403, "", "Out of call volume quota. Quota will be replenished in 5.03:23:11", VOLUME),
    http(
        403,
        "ReadOnlyDisabledSubscription",
        "The subscription 'redacted:id' is disabled and therefore marked as read only. You cannot perform any write"
        " actions on this subscription until it is re-enabled.",
        DISABLED,
    ),
    http(
        404,
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes,"
        " please wait a moment and try again.",
        TOO_NEW,
    ),
    http(
        400,
        "OperationNotSupported",
        "The chatCompletion operation does not work with the specified model, gpt-4o-mini. Please choose different"
        " model and try again.",
        OTHER_MODEL,
    ),
    http(400, "BadRequest", "API version not supported", OTHER_VERSION),
    http(
        429,
        "429",
        "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2023-05-15 have exceeded token"
        " rate limit of your current AIServices S0 pricing tier. Please retry after 86400 seconds.",
        RATE,
    ),
    http(429, "insufficient_quota", EXCEEDED, QUOTA, "insufficient_quota"),
    http(429, "credit_balance_exhausted", EXCEEDED, LIMITS, "insufficient_quota"),
    http(429, "project_spend_limit_exceeded", EXCEEDED, LIMITS, "insufficient_quota"),
    error("insufficient_quota", EXCEEDED, QUOTA, kind="insufficient_quota"),
    error("unknown_parameter", "Unknown parameter: 'session.type'.", OLDER, param="session.type"),
    error(
        "beta_api_shape_disabled",
        "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
        NO_BETA,
    ),
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
            f"`{row.code}`" if row.code else "–",
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
