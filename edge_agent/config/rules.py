"""Rules between settings, and between settings and the machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from .addresses import endpoint_complaint, host_and_port, is_regional, proxy_complaint
from .agent_rules import AGENT_RULES
from .changes import unchangeable_names
from .fleet_settings import repository_complaint, unknown_names
from .headers import parse_headers
from .media_addresses import complaint as media_complaint
from .model import Config
from .mqtt_rules import MQTT_RULES
from .packages import to_install
from .panel_settings import LIGHTS, PanelSettings
from .price_settings import PRICES, TEXT_PRICES
from .providers import FOR_OLDER_DEPLOYMENTS, KNOWN_VOICES, PROVIDERS, is_azure_voice, names
from .sections import all_settings
from .web_settings import LOCAL, ON

Key = tuple[str, str]  # section, key
NO_SOCKS = f"a SOCKS proxy needs python-socks; {to_install('python-socks')}"
Rule = Callable[[Config], str]  # what is wrong and what to do; empty: nothing


def check(config: Config, unsure: Collection[Key] = ()) -> Iterator[tuple[Key, str]]:
    """(key, what is wrong and what to do) for each rule that is broken.

    `unsure`: keys whose values may not be what was meant; rules that depend on one of them are skipped.
    """
    for inputs, rule in RULES.items():
        if not any(key in unsure for key in inputs) and (complaint := rule(config)):
            yield inputs[0], complaint
    if not any(section == "panel" for section, _ in unsure):
        yield from check_pins(config.panel)


def check_pins(panel: PanelSettings) -> Iterator[tuple[Key, str]]:
    """What is wrong with the pins that are in use."""
    pins = panel.pins
    missing = [name for name in LIGHTS[panel.light] if name not in pins]
    if missing and panel.backend == "gpio":
        yield (
            ("panel", "light"),
            f'{panel.light!r} needs {" and ".join(missing)}; set that, or light = "none"',
        )
    taken: dict[int, str] = {}
    for name, pin in pins.items():
        if pin in taken:
            yield ("panel", name), f"pin {pin} is already used by {taken[pin]}; give each its own pin"
        taken.setdefault(pin, name)


def parse_echo(text: str) -> tuple[float, int]:
    """GAIN@DELAY_MS to (gain, delay in ms). Raises ValueError."""
    gain_text, at, delay_text = text.partition("@")
    try:
        gain, delay_ms = float(gain_text), int(delay_text) if at else 0
    except ValueError:
        gain, delay_ms = -1.0, 0
    if not 0 <= gain <= 10 or not 0 <= delay_ms <= 1000:
        raise ValueError(f"{text!r} must be GAIN@DELAY_MS, as in 0.3@40 (gain 0 to 10, delay 0 to 1000)")
    return gain, delay_ms


def _endpoint(config: Config) -> str:
    service = config.service
    return endpoint_complaint(service.endpoint, service.provider) if service.endpoint else ""


def _api_version(config: Config) -> str:
    service = config.service
    if not service.api_version or PROVIDERS[service.provider].api_version:
        return ""
    return (
        f"{service.api_version!r}: the {service.provider} endpoint does not use api_version; remove it,"
        f' or set provider = "{FOR_OLDER_DEPLOYMENTS}" for an older deployment'
    )


def _turn_end(config: Config) -> str:
    end, provider = config.turns.end, config.service.provider
    ways = (*PROVIDERS[provider].ends_turns, "local")
    if end not in ways:
        return f"{end!r} is not supported by {provider}; use {' or '.join(map(repr, ways))}"
    return ""


def _semantic_languages(config: Config) -> str:
    turns = config.turns
    if turns.semantic_languages and turns.semantic_vad.endswith("_en"):
        only_english = f"{turns.semantic_vad} knows only English"
        return f"{turns.semantic_languages!r}: {only_english}; remove it, or change semantic_vad"
    return ""


def _idle_timeout(config: Config) -> str:
    wait_ms = config.turns.idle_timeout_ms
    return f"{wait_ms} ms is too short for the service; use 5000 to 30000, or 0" if 0 < wait_ms < 5000 else ""


def _voice(config: Config) -> str:
    voice, provider = config.assistant.voice, config.service.provider
    voices = PROVIDERS[provider].voices
    if is_azure_voice(voice) and not PROVIDERS[provider].has_azure_voices:
        with_them = " or ".join(names(lambda known: known.has_azure_voices))
        return f"{voice!r} is a voice of Azure Speech, for {with_them}; with {provider} use one of {', '.join(voices)}"
    if voice in KNOWN_VOICES and voice not in voices:
        return f"{voice!r} is not available with {provider}; use one of {', '.join(voices)}"
    return ""


def _wake_mode(config: Config) -> str:
    if config.turns.mode == "hands-free" and config.wake:
        return "'hands-free' listens to every voice, so [[wake]] has no use; set mode = \"wake-word\", or remove it"
    return ""


def _wake_voices(config: Config) -> str:
    for word in config.wake:
        if word.voice and (complaint := _voice(config.answered_by(word.name))):
            return f"of [[wake]] {word.name}: {complaint}"
    return ""


def _proxy(config: Config) -> str:
    proxy = config.service.proxy
    if complaint := proxy_complaint(proxy):
        return complaint
    if proxy.startswith("socks") and find_spec("python_socks") is None:
        return NO_SOCKS
    return ""


def _headers(config: Config) -> str:
    try:
        parse_headers(config.service.headers)
    except ValueError as error:
        return str(error)
    return ""


def _mic_wav(config: Config) -> str:
    name = config.audio.mic_wav
    if not name or config.audio.backend != "simulated":
        return ""
    try:
        with Path(name).open("rb") as file:
            is_wav = file.read(4) == b"RIFF"
    except OSError as error:
        return f"{name!r} cannot be read ({error.strerror}); it must be the path of a WAV file"
    return "" if is_wav else f"{name!r} is not a WAV file; convert it to 16-bit PCM"


def _speaker_wav(config: Config) -> str:
    name = config.audio.speaker_wav
    if not name or config.audio.backend != "simulated" or Path(name).parent.is_dir():
        return ""
    return f"{name!r} cannot be written: there is no folder {str(Path(name).parent)!r}"


def _deployment(config: Config) -> str:
    name = config.service.deployment
    if re.search(r"[<>{}]|^your[-_ ]|^my[-_]?deployment|deployment[-_ ]name", name, re.IGNORECASE):
        return f"{name!r} is only a placeholder; set it to the name of your deployment"
    return ""


def _truncation_tokens(config: Config) -> str:
    assistant = config.assistant
    if assistant.truncation_tokens and not assistant.truncation_ratio:
        return "works only with truncation_ratio; set that too, as in 0.8"
    return ""


def _api_key_file(config: Config) -> str:
    path = config.service.api_key_file
    try:
        if not path or Path(path).read_text("utf-8").strip():
            return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        return f"cannot be read ({reason}); it must be the path of a file that contains the key"
    return "the file is empty; put the key in it"


def _credential(config: Config) -> str:
    service = config.service
    if service.credential == "api-key" and not PROVIDERS[service.provider].takes_keys and service.endpoint:
        only = "takes no keys, only Microsoft Entra ID"
        return (
            f"'api-key': {service.provider} {only}; set it to 'default', or to another of docs/credentials.md"
        )
    if service.credential in ("api-key", "command"):
        return ""
    if not PROVIDERS[service.provider].scope:
        unsupported = f"{service.provider} does not support Microsoft Entra ID"
        return f"{service.credential!r}: {unsupported}; use 'api-key' or 'command'"
    if is_regional(urlsplit(service.endpoint).hostname or ""):
        return (
            f"{service.credential!r}: Microsoft Entra ID does not work with the address of a region; set endpoint to"
            " the resource's own, https://NAME.openai.azure.com"
        )
    if service.proxy.startswith("socks") and service.credential != "managed-identity":
        return f"{service.credential!r}: Microsoft Entra ID works only through HTTP proxies; change proxy"
    return ""


def _credential_command(config: Config) -> str:
    service = config.service
    try:
        argv = shlex.split(service.credential_command)
    except ValueError:
        return "has an unmatched quote"
    if not argv and service.credential == "command":
        return 'is empty, and credential = "command" needs the program that prints a token'
    return ""


def _currency(config: Config) -> str:
    prices = config.prices
    if not re.fullmatch(r"\S{1,8}", prices.currency):
        return f"{prices.currency!r} is not a currency; use a code such as USD"
    unset = prices.unset
    if PROVIDERS[config.service.provider].is_duplex:
        by_token = [name for name in unset if name in TEXT_PRICES and config.assistant.backend]
        unset = [*([] if prices.live_min >= 0 else ["live_min"]), *by_token]
    if prices.currency != "USD" and unset:
        return f"the built-in prices are in USD; set {', '.join(unset)} in {prices.currency} too"
    return ""


def _echo_path(config: Config) -> str:
    try:
        if config.audio.echo_path:
            parse_echo(config.audio.echo_path)
    except ValueError as error:
        return str(error)
    return ""


_PROVIDER = "service", "provider"
_BACKEND = "audio", "backend"


def _metrics_address(config: Config) -> str:
    if config.metrics.address:
        try:
            host_and_port(config.metrics.address)
        except ValueError:
            return f"{config.metrics.address!r} is not a valid address; use HOST:PORT, as in 127.0.0.1:9464"
    return ""


def _repository(config: Config) -> str:
    if not config.fleet.repository:
        return ""
    if complaint := repository_complaint(config.fleet.repository):
        return complaint
    return "" if find_spec("tuf") else f"a fleet needs tuf; {to_install('tuf')}"


def _may_set(config: Config) -> str:
    known = ((section, item.name) for section, item, _ in all_settings())
    if unknown := unknown_names(config.fleet.may_set, known):
        return f"{unknown[0]!r} is not what a fleet may set; name sections, or settings as in audio.volume"
    return ""


def _changeable(config: Config) -> str:
    known = ((section, item.name) for section, item, _ in all_settings())
    if unknown := unchangeable_names(config.web.may_set, known):
        return f"{unknown[0]!r} cannot be changed there; name sections, or settings as in assistant.voice"
    return ""


def _web_address(config: Config) -> str:
    try:
        if config.web.address:
            host_and_port(config.web.listens_at)
    except ValueError:
        return f'{config.web.address!r} is not a valid address; use "{ON}", or HOST:PORT, as in {LOCAL}'
    if config.web.address and config.web.listens_at == config.metrics.address:
        return "is the address of [metrics] too; remove that one: /metrics is among the pages"
    return ""


def _captions_qr(config: Config) -> str:
    web = config.web
    if not web.captions_qr:
        return ""
    if not (web.captions and web.address):
        return "needs the captions; set web.address and web.captions too"
    if not web.needs_link:
        return f"no telephone reaches {web.listens_at}; set web.address for the network, or web.names behind a proxy"
    return "" if find_spec("segno") else f"a QR code needs segno; {to_install('segno')}"


def _certificate(config: Config) -> str:
    web = config.web
    if bool(web.certificate) == bool(web.private_key):
        return ""
    missing = "private_key" if web.certificate else "certificate"
    return f"TLS needs certificate and private_key; set web.{missing} too"


RULES: dict[tuple[Key, ...], Rule] = {  # by what they look at; a complaint is about the first of it
    (("service", "endpoint"),): _endpoint,
    (("service", "api_version"), _PROVIDER): _api_version,
    (("turns", "end"), _PROVIDER): _turn_end,
    (("announce", "media"),): lambda config: media_complaint(config.announce.media),
    (("turns", "semantic_languages"), ("turns", "semantic_vad")): _semantic_languages,
    (("turns", "idle_timeout_ms"),): _idle_timeout,
    (("service", "deployment"),): _deployment,
    (("service", "api_key_file"),): _api_key_file,
    (("service", "credential"), _PROVIDER, ("service", "proxy"), ("service", "endpoint")): _credential,
    (("service", "credential_command"), ("service", "credential")): _credential_command,
    (("service", "proxy"),): _proxy,
    (("service", "headers"),): _headers,
    (("assistant", "voice"), _PROVIDER): _voice,
    (_PROVIDER,): _wake_voices,
    (("turns", "mode"), _PROVIDER): _wake_mode,
    (("assistant", "truncation_tokens"), ("assistant", "truncation_ratio")): _truncation_tokens,
    (("audio", "mic_wav"), _BACKEND): _mic_wav,
    (("audio", "speaker_wav"), _BACKEND): _speaker_wav,
    (("audio", "echo_path"),): _echo_path,
    (("metrics", "address"),): _metrics_address,
    (("fleet", "repository"),): _repository,
    (("fleet", "may_set"),): _may_set,
    (("web", "may_set"),): _changeable,
    (("web", "address"), ("metrics", "address")): _web_address,
    (("web", "captions_qr"), ("web", "captions"), ("web", "address"), ("web", "names")): _captions_qr,
    (("web", "certificate"), ("web", "private_key")): _certificate,
    (
        ("prices", "currency"),
        _PROVIDER,
        ("prices", "live_min"),
        *(("prices", name) for name in PRICES),
    ): _currency,
    **AGENT_RULES,
    **MQTT_RULES,
}
INPUTS = frozenset(key for inputs in RULES for key in inputs)
