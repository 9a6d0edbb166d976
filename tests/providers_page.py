"""The tables of docs/providers.md, made from the rows of the providers and by the code that books costs.

`python -m tests.providers_page` writes them; a test compares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge_agent.billing.ledger import cost
from edge_agent.billing.use import Use
from edge_agent.config.known_prices import guessed, prices_of
from edge_agent.config.model import Config, ServiceSettings, TurnTaking
from edge_agent.config.providers import PROVIDERS, Provider, ProviderName
from edge_agent.config.rules import check
from edge_agent.config.turn_settings import TurnMode
from edge_agent.conversation.presence import Presence
from edge_agent.conversation.settings import TurnSettings
from edge_agent.realtime.wire.dialects import DIALECTS
from edge_agent.realtime.wire.encode import Encoder, no_server
from edge_agent.simulator.usage import MS_PER_SPOKEN_TOKEN
from edge_agent.vocabulary.events import ResponseDone, Usage

from .markdown import DOCS

PAGE = DOCS / "providers.md"
MODES: tuple[TurnMode, ...] = ("button", "hands-free", "wake-word")
MS_PER_HEARD_TOKEN = 100  # of the user (OpenAI's page on costs of the Realtime API)
QUESTION_S, ANSWER_S, PAUSE_S = 5, 8, 4
INSTRUCTIONS = 150  # tokens
DEPLOYMENTS = {"full": "gpt-realtime-2.1", "mini": "gpt-realtime-2.1-mini"}


# ---- what works where -----------------------------------------------------------------
def _modes(name: ProviderName) -> str:
    def fits(mode: TurnMode) -> bool:
        turns = TurnTaking(mode=mode)
        config = Config(service=ServiceSettings(provider=name), turns=turns)
        return not any(key == ("turns", "mode") for key, _ in check(config))

    return ", ".join(mode for mode in MODES if fits(mode))


def _ends(row: Provider) -> str:
    return "the model" if row.is_duplex else ", ".join(("local", *row.ends_turns))


def _signs_in(row: Provider) -> str:
    ways = ["key"] * row.takes_keys + ["Entra ID"] * bool(row.scope)
    return ", ".join(ways)


def _mcp(row: Provider) -> str:
    encoder = DIALECTS[row.dialect].encoder
    by_service = isinstance(encoder, Encoder) and encoder.server is not no_server and not row.is_agent
    ways = ["the device"] * (not row.is_agent) + ["the service"] * by_service
    return " or ".join(ways) or "the agent's own"


ROWS: dict[str, Callable[[Provider], str]] = {
    "where": lambda row: "your resource in Azure" if row.in_azure else "OpenAI",
    "signs in with": _signs_in,
    "`deployment` names": lambda row: (
        "–" if row.is_agent else "a model" if not row.in_azure or row.has_azure_hearing else "a deployment"
    ),
    "persona and voice": lambda row: "the agent's version" if row.is_agent else "`[assistant]`",
    "voices": lambda row: (
        "any of the agent's"
        if row.is_agent
        else f"{len(row.voices)}" + (", Azure Speech" if row.has_azure_voices else "")
    ),
    "end of a turn": _ends,
    "listens while it speaks": lambda row: "yes" if row.is_duplex else "no",
    "functions": lambda row: (
        "of its version" if row.is_agent else "with `[assistant] backend`" if row.is_duplex else "yes"
    ),
    "MCP is called by": _mcp,
    "words of the user": lambda row: (
        "if its version says so"
        if row.is_agent
        else "always, with times"
        if row.is_duplex
        else "`[assistant] transcription`"
    ),
    "is told what was heard": lambda row: "in the next session" if row.is_duplex else "yes, at once",
    "removes echo, too": lambda row: "yes, `service_echo`" if row.has_azure_hearing else "no",
    "speaks first": lambda row: "yes" if row.is_agent else "no",
    "longest session": lambda row: f"{row.session_s / 60:.0f} min",
    "paid for by": lambda row: (
        "the minute" if row.is_duplex else "tokens" + ("" if row.has_known_prices else ", prices not known")
    ),
}


def works() -> str:
    lines = [f"| | {' | '.join(f'`{name}`' for name in PROVIDERS)} |", "|---" * (len(PROVIDERS) + 1) + "|"]
    named: dict[str, list[str]] = {"modes": [_modes(name) for name in PROVIDERS]}  # type: ignore[arg-type]
    for what, cell in ROWS.items():
        named[what] = [cell(row) for row in PROVIDERS.values()]
    return "\n".join([*lines, *(f"| {what} | {' | '.join(cells)} |" for what, cells in named.items())])


# ---- what three days cost -------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Day:
    about: str
    mode: TurnMode
    visits: int
    questions: int  # in each

    @property
    def talk_s(self) -> float:
        """Of a visit, from its first word to its last."""
        return self.questions * (QUESTION_S + ANSWER_S) + (self.questions - 1) * PAUSE_S


DAYS = (
    Day("button: 20 questions, one by one", "button", 20, 1),
    Day("kiosk: 8 h hands-free, 60 visits of three questions", "hands-free", 60, 3),
    Day("kitchen: 15 questions by wake word", "wake-word", 15, 1),
)


def _tokens(visit: Day) -> Use:
    """Each response reads what was said before, which is cached by then."""
    heard, spoken = QUESTION_S * 1000 // MS_PER_HEARD_TOKEN, ANSWER_S * 1000 // MS_PER_SPOKEN_TOKEN
    use, before = Use(), 0
    for number in range(visit.questions):
        text_cached = INSTRUCTIONS if number else 0
        usage = Usage(
            input_text=INSTRUCTIONS,
            input_audio=before + heard,
            cached_text=text_cached,
            cached_audio=before,
            output_audio=spoken,
        )
        use += Use.of(ResponseDone("r", "completed", usage=usage))
        before += heard + spoken
    return use


def _minutes(visit: Day, config: Config) -> Use:
    """A session is open until nobody has spoken for so long."""
    closes_s = Presence.begin(TurnSettings.of(config)).close_s
    return Use(live_s=visit.talk_s + closes_s)


def price(day: Day, provider: ProviderName, deployment: str = "") -> tuple[float, bool]:
    """(what the day costs, whether that is a guess)"""
    service = ServiceSettings(provider=provider, deployment=deployment, model=deployment)
    config = Config(service=service, turns=TurnTaking(mode=day.mode))
    use = _minutes(day, config) if PROVIDERS[provider].is_duplex else _tokens(day)
    return cost(use, prices_of(config)) * day.visits, any(guessed(config))


def costs() -> str:
    offers: list[tuple[str, ProviderName, str]] = []
    for name, row in PROVIDERS.items():
        provider: ProviderName = name  # type: ignore[assignment]
        if row.is_duplex:
            offers.append((f"`{name}`", provider, ""))
        elif row.dialect != "preview":
            offers += [(f"`{name}`, `{model}`", provider, model) for model in DEPLOYMENTS.values()]
    lines = [f"| | {' | '.join(day.about for day in DAYS)} |", "|---" + "|---:" * len(DAYS) + "|"]
    for about, provider, model in offers:
        cells = []
        for day in DAYS:
            dollars, is_guess = price(day, provider, model)
            cells.append(f"{dollars:.2f}" + (" (a guess)" if is_guess else ""))
        lines.append(f"| {about} | {' | '.join(cells)} |")
    return "\n".join(lines)


# ---- the page -------------------------------------------------------------------------
TABLES = {"works": works, "costs": costs}


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


def shown(name: str) -> str:
    """As the page has it."""
    begin, end = _marks(name)
    return PAGE.read_text("utf-8").split(begin)[1].split(end)[0].strip()


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    for name, table in TABLES.items():
        begin, end = _marks(name)
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{table()}\n{end}{rest.split(end)[1]}"
    PAGE.write_text(text, "utf-8")
