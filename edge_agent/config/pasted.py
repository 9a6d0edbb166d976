"""Settings as people paste them: with quotes and blanks around, and whole addresses instead of their parts. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

from ..vocabulary.frozen import frozen
from .providers import KEY_VARIABLES, PROVIDERS

QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u201e": "\u201c", "\u2018": "\u2019", "<": ">"}
BLANKS = "\ufeff \t\r\n\u00a0\u200b"
UNDERSTOOD = {"api-version", "deployment", "model"}  # of a query; anything else may be a key
ASSIGNED = re.compile(r"(export\s+)?[A-Za-z_]+\s*=\s*(?=[\"']?[a-z]+://)")  # as in a file of variables
KEY_ASSIGNED = re.compile(rf"(export\s+)?({'|'.join(KEY_VARIABLES)})\s*=\s*")


@frozen
class Pasted:
    """What an address says. Empty: nothing."""

    endpoint: str
    provider: str = ""
    deployment: str = ""
    api_version: str = ""
    project: str = ""
    agent: str = ""


def unwrapped(text: str) -> str:
    """Without the blanks, line ends and quotes around it; angle brackets go where they hold an address: else it is a
    placeholder."""
    text = text.strip(BLANKS)
    while len(text) > 1 and QUOTES.get(text[0]) == text[-1]:
        inner = text[1:-1].strip()
        if text[0] == "<" and "://" not in inner:
            return text
        text = inner
    return text


def key_in(line: str) -> str:
    """The key in a line of a file, or in a variable, as people paste it."""
    return unwrapped(KEY_ASSIGNED.sub("", unwrapped(line), count=1))


def parts_of(address: str) -> Pasted:
    """An address as portals and samples show it, taken apart; one that is not understood stays as it is.

    `/openai/v1/realtime?model=D`, `/openai/realtime?api-version=V&deployment=D`,
    `/voice-live/realtime?api-version=V&model=M`, `/openai/deployments/D/...`, `/api/projects/P`,
    `/api/projects/P/agents/A/...`.
    """
    if assigned := ASSIGNED.match(address):
        address = unwrapped(address[assigned.end() :])
    scheme, has_scheme, rest = address.partition("://")
    if has_scheme and "//" in rest.partition("?")[0]:
        before, question, query_text = rest.partition("?")
        address = f"{scheme}://{re.sub('//+', '/', before)}{question}{query_text}"
    try:
        url = urlsplit(address)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    except ValueError:
        return Pasted(address)
    if not url.netloc or "@" in url.netloc or url.fragment or query.keys() - UNDERSTOOD:
        return Pasted(address)
    host, path = f"{url.scheme}://{url.netloc}", url.path.rstrip("/")
    before, deployments, rest = path.partition("/openai/deployments/")
    if deployments:
        name = rest.split("/")[0]
        return Pasted(host + before, "", query.get("deployment") or name, query.get("api-version", ""))
    before, projects, rest = path.partition("/api/projects/")
    if projects:
        project, agents, rest = rest.partition("/agents/")
        agent = rest.split("/")[0] if agents else ""
        return Pasted(host + before, project=unquote(project.split("/")[0]), agent=unquote(agent))
    named = query.get("deployment") or query.get("model") or ""
    for name, provider in PROVIDERS.items():
        if named and provider.api_version and path.endswith(provider.path):
            return Pasted(f"{host}{path}", name, named, query.get("api-version", ""))
    if url.query and path.endswith("/v1/realtime"):
        return Pasted(f"{host}{path}", "", named)
    return Pasted(address)
