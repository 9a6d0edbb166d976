from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edge_agent.config import Config, load, show
from edge_agent.config.addresses import endpoint_complaint, is_loopback, is_name, proxy_complaint
from edge_agent.config.load import variable
from edge_agent.config.model import AudioSettings
from edge_agent.config.rules import parse_echo
from edge_agent.config.sections import sections, settings_of
from edge_agent.config.toml_lines import key_lines

ROOT = Path(__file__).parent.parent


def problems_of(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    path = tmp_path / "c.toml"
    path.write_text(text)
    return [str(p).replace(str(path), "c.toml") for p in load(path, environ=environ or {})[1]]


def loaded(text: str, tmp_path: Path, **environ: str) -> Config:
    path = tmp_path / "c.toml"
    path.write_text(text)
    config, problems = load(path, environ=environ)
    assert problems == []
    return config


def test_no_file_is_all_defaults() -> None:
    config, problems = load(None, environ={})
    assert (config, problems) == (Config(), [])
    assert not config.has_service


def test_flags_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        '[turns]\nmode = "hands-free"\nbutton = "tap"\n[gate]\nstart_ms = 100\n[limits]\nanswer_s = 5\n'
    )
    environ = {"EDGE_AGENT_TURNS_BUTTON": "hold", "EDGE_AGENT_GATE_START_MS": "120"}
    config, problems = load(path, environ=environ, flags={("gate", "start_ms"): 60})
    assert problems == []
    assert (config.turns.mode, config.turns.button, config.gate.start_ms) == ("hands-free", "hold", 60)
    assert config.limits.answer_s == 5.0
    assert config.path == path


def test_the_names_that_users_of_azure_know(tmp_path: Path) -> None:
    environ = {
        "AZURE_OPENAI_ENDPOINT": "https://a.openai.azure.com",
        "AZURE_OPENAI_DEPLOYMENT_NAME": "mine",
        "OPENAI_API_VERSION": "2025-04-01-preview",
    }
    text = '[service]\nprovider = "azure-preview"\n'
    service = loaded(text, tmp_path, **environ).service
    assert (service.endpoint, service.deployment) == ("https://a.openai.azure.com", "mine")
    assert service.api_version == "2025-04-01-preview"
    ids = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client"}
    service = loaded('[service]\ntenant_id = "other"', tmp_path, **ids).service
    assert (service.tenant_id, service.client_id) == ("tenant", "client")
    own = environ | {"EDGE_AGENT_SERVICE_DEPLOYMENT": "own"}
    assert loaded(text, tmp_path, **own).service.deployment == "own"
    openai = loaded('[service]\nprovider = "openai"\n', tmp_path, **environ)
    assert openai.service.endpoint == ""
    assert openai.has_service


def test_an_openai_key_alone_means_openai(tmp_path: Path) -> None:
    assert loaded("", tmp_path, OPENAI_API_KEY="k").service.provider == "openai"
    azure = {"OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://a.openai.azure.com"}
    assert loaded("", tmp_path, **azure).service.provider == "azure"
    assert loaded('[service]\nprovider = "azure"\n', tmp_path, OPENAI_API_KEY="k").service.provider == "azure"


def test_the_file_that_the_environment_names(tmp_path: Path) -> None:
    path = tmp_path / "named.toml"
    path.write_text("[audio]\ncues = false\n")
    config, problems = load(None, environ={"EDGE_AGENT_CONFIG": str(path)})
    assert problems == []
    assert config.audio.cues is False


@pytest.mark.parametrize(("text", "value"), [("true", True), ("0", False), ("yes", True)])
def test_switches_in_the_environment(tmp_path: Path, text: str, value: bool) -> None:
    assert loaded("", tmp_path, EDGE_AGENT_AUDIO_CUES=text).audio.cues is value


def test_every_error_at_once_with_its_line_and_what_to_do(tmp_path: Path) -> None:
    said = problems_of(
        tmp_path,
        """
[service]
endpiont = "https://a.openai.azure.com"
provider = "azur"
deployment = 5

[turns]
mode = "handsfree"
threshold = 3
silence_duration_ms = "long"

[audoi]
cues = true
""",
        {"EDGE_AGENT_GATE_START_MS": "soon", "EDGE_AGENT_GATE_STRAT_MS": "5"},
    )
    assert said == [
        "c.toml:3: [service] 'endpiont' is not a known setting; did you mean 'endpoint'?",
        "c.toml:12: there is no section [audoi]; did you mean 'audio'?",
        "EDGE_AGENT_GATE_STRAT_MS: is not a known setting; did you mean 'EDGE_AGENT_GATE_START_MS'?",
        "c.toml:4: [service] provider: 'azur' must be one of 'azure', 'azure-preview', 'azure-voice-live', 'openai',"
        " 'openai-live', 'azure-live', 'azure-agent';"
        " did you mean 'azure'?",
        "c.toml:5: [service] deployment: 5 must be text in quotes",
        "c.toml:8: [turns] mode: 'handsfree' must be one of 'button', 'hands-free', 'wake-word';"
        " did you mean 'hands-free'?",
        "c.toml:9: [turns] threshold: 3 is out of range: 0 to 1",
        "c.toml:10: [turns] silence_duration_ms: 'long' must be a whole number",
        "EDGE_AGENT_GATE_START_MS: 'soon' must be a whole number",
    ]


@pytest.mark.parametrize(("wait_ms", "is_right"), [(0, True), (4999, False), (5000, True), (30000, True)])
def test_how_long_the_service_may_wait_for_a_word(tmp_path: Path, wait_ms: int, is_right: bool) -> None:
    said = problems_of(tmp_path, f"[turns]\nidle_timeout_ms = {wait_ms}")
    assert [line for line in said if "use 5000 to 30000, or 0" in line] == ([] if is_right else said)
    assert bool(said) is not is_right


def test_a_bad_value_hides_no_broken_rule(tmp_path: Path) -> None:
    said = problems_of(
        tmp_path,
        """
[service]
endpoint = "http://a.openai.azure.com"
proxy = "a:b"
[turns]
mode = "x"
""",
    )
    assert [problem.split(": ")[0] for problem in said] == ["c.toml:6", "c.toml:3", "c.toml:4"]


@pytest.mark.parametrize(
    "text",
    [
        '[service]\nprovder = "azure-preview"\napi_version = "2024-10-01-preview"',
        '[service]\nprovider = "preview"\napi_version = "2024-10-01-preview"',
    ],
)
def test_what_follows_from_a_mistake_is_no_second_one(tmp_path: Path, text: str) -> None:
    assert len(problems_of(tmp_path, text)) == 1


PASTED = "sk-SECRET0123456789"


@pytest.mark.parametrize("key", ["credential", "api_key_file", "endpoint"])
def test_a_key_in_the_wrong_place_is_not_repeated(tmp_path: Path, key: str) -> None:
    for said in (
        problems_of(tmp_path, f'[service]\n{key} = "{PASTED}"'),
        problems_of(tmp_path, "", {f"EDGE_AGENT_SERVICE_{key.upper()}": PASTED}),
    ):
        assert len(said) == 1
        assert "SECRET" not in said[0]
        assert key.upper() in said[0].upper()


def test_a_proxy_is_shown_without_its_password(tmp_path: Path) -> None:
    shown = show.show(loaded('[service]\nproxy = "http://me:SECRET@proxy:8080"', tmp_path))
    assert 'proxy = "http://***@proxy:8080"' in shown


@pytest.mark.parametrize(
    ("proxy", "good"),
    [
        ("env", True),
        ("none", True),
        ("http://proxy:8080", True),
        ("socks5h://me:SECRET@proxy", True),
        ("proxy:8080", True),
        ("htp://me:SECRET@proxy:1", False),
        ("http://proxy:port", False),
        ("http://[proxy", False),
        ("http://proxy:8080/SECRET", False),
        ("http://SECRET@proxy", False),
    ],
)
def test_proxies(proxy: str, good: bool) -> None:
    complaint = proxy_complaint(proxy)
    assert (complaint == "") == good
    assert "SECRET" not in complaint


@pytest.mark.parametrize("text", ["a\0b", "caf\udce9"])
def test_text_that_is_none(text: str) -> None:
    _, (problem,) = load(None, environ={"EDGE_AGENT_SERVICE_API_KEY_FILE": text})
    assert str(problem) == ("EDGE_AGENT_SERVICE_API_KEY_FILE: contains invalid characters; retype it")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[service", "c.toml: is not valid TOML:"),
        ("mode = 5", "c.toml:1: 'mode' is outside any section"),
        ("turns = 5", "c.toml:1: 'turns' must be a section: [turns]"),
        (
            "[service]\napi_key = 'x'",
            "c.toml:2: [service] api_key: others may read this file, so keys do not belong here",
        ),
        ("[panel]\ncolour = 1", "c.toml:2: [panel] 'colour' is not a known setting; choose from backend"),
        ("[audio]\ncues = 1", "c.toml:2: [audio] cues: 1 must be true or false"),
        ("[limits]\nlisten_s = true", "c.toml:2: [limits] listen_s: True must be a number"),
        ("[limits]\nlisten_s = 500", "c.toml:2: [limits] listen_s: 500 is out of range: 1 to 60 s"),
        (
            "[service]\nendpoint = 'a.openai.azure.com'",
            "must start with https://, as in https://a.openai.azure.com",
        ),
        ("[service]\nendpoint = 'http://a.openai.azure.com'", "is not encrypted"),
        (
            "[assistant]\ntruncation_tokens = 4000",
            "c.toml:2: [assistant] truncation_tokens: works only with truncation_ratio; set that too, as in 0.8",
        ),
        ("[service]\napi_version = '2024-10-01-preview'", 'provider = "azure-preview"'),
        (
            "[service]\nprovider = 'azure-preview'\n[turns]\nend = 'semantic'",
            "c.toml:4: [turns] end: 'semantic'",
        ),
        (
            "[service]\napi_key_file = '/no/such/key'",
            "c.toml:2: [service] api_key_file: cannot be read (No such file or directory)",
        ),
        (
            "[panel]\nlight = 'led'",
            "c.toml:2: [panel] light: 'led' needs light_pin; set that, or light = \"none\"",
        ),
        (
            "[panel]\nlight = 'rgb'\ngreen_pin = 6",
            "c.toml:2: [panel] light: 'rgb' needs red_pin and blue_pin; set that,",
        ),
        (
            "[panel]\nbutton_pin = 17\nmute_pin = 17",
            "c.toml:3: [panel] mute_pin: pin 17 is already used by button_pin; give each its own pin",
        ),
        ("[panel]\nbutton_pin = 28", "c.toml:2: [panel] button_pin: 28 is out of range: -1 to 27"),
        ("[service]\napi_key_file = '/dev/null'", "api_key_file: the file is empty"),
        ("[audio]\necho_path = 'loud'", "c.toml:2: [audio] echo_path: 'loud' must be GAIN@DELAY_MS"),
        ("[limits]\ndaily_cost = -1", "c.toml:2: [limits] daily_cost: -1 is out of range: 0 to 10000000"),
        (
            "[prices]\ncurrency = 'US dollars'",
            "c.toml:2: [prices] currency: 'US dollars' is not a currency",
        ),
        (
            "[prices]\ntext_in = 1\ntext_cached = 1\ntext_out = 1\naudio_in = 1\naudio_out = 1\ncurrency = 'EUR'",
            "c.toml:7: [prices] currency: the built-in prices are in USD; set audio_cached, transcribed_min in EUR too",
        ),
        ("[service]\ncredential = 'entra'", "this value must be one of 'api-key', 'default',"),
        ("[service]\ncredential = 'entra'", "; did you mean 'default'?"),
        ("[service]\ncredential = 'manged-identity'", "; did you mean 'managed-identity'?"),
        (
            "[service]\nprovider = 'openai'\ncredential = 'client-secret'",
            "c.toml:3: [service] credential: 'client-secret': openai does not support Microsoft Entra ID",
        ),
        (
            "[service]\ncredential = 'command'",
            'credential_command: is empty, and credential = "command" needs the program that prints a token',
        ),
        (
            "[service]\ncredential_command = 'broker \"open'",
            "c.toml:2: [service] credential_command: has an unmatched quote",
        ),
    ],
)
def test_bad_input(tmp_path: Path, text: str, said: str) -> None:
    problems = problems_of(tmp_path, text)
    assert len(problems) == 1
    assert said in problems[0]
    assert "\n" not in problems[0]


def test_pins_that_are_not_used_may_be_anything(tmp_path: Path) -> None:
    loaded("[panel]\nlight = 'led'\nlight_pin = 18\nred_pin = 18\nbutton_pin = 17", tmp_path)
    loaded("[panel]\nbackend = 'none'\nlight = 'rgb'\nbutton_pin = 17\nmute_pin = 17", tmp_path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    _, (problem,) = load(tmp_path / "missing.toml", environ={})
    assert "cannot be read (No such file or directory)" in str(problem)
    _, (problem,) = load(tmp_path, environ={})
    assert "cannot be read (Is a directory)" in str(problem)
    (tmp_path / "latin.toml").write_bytes(b"# \xfc")
    _, (problem,) = load(tmp_path / "latin.toml", environ={})
    assert "UTF-8" in str(problem)


def test_an_api_version_from_the_environment_is_named_by_it(tmp_path: Path) -> None:
    (said,) = problems_of(tmp_path, "", {"OPENAI_API_VERSION": "2024-10-01-preview"})
    assert said.startswith("OPENAI_API_VERSION: ")


@pytest.mark.parametrize(
    ("endpoint", "provider", "words"),
    [
        ("https://a.openai.azure.com", "azure", ""),
        ("https://a.openai.azure.com/", "azure", ""),
        ("https://a.openai.azure.com/openai/v1/", "azure", ""),
        ("https://a.openai.azure.com/openai/v1/realtime", "azure", ""),
        ("https://a.openai.azure.com/openai/realtime", "azure-preview", ""),
        ("wss://a.openai.azure.com", "azure", ""),
        ("http://127.0.0.1:8000", "azure", ""),
        ("ws://localhost:8000", "azure", ""),
        ("http://[::1]:8000", "azure", ""),
        ("http://10.0.0.1", "azure", "not encrypted"),
        ("https:/a.openai.azure.com", "azure", "https://a.openai.azure.com"),
        ("ftp://a", "azure", "https://"),
        ("https://user:secret@a", "azure", "user name or password"),
        ("http://user:secret@a", "azure", "user name or password"),
        ("user:secret@a", "azure", "user name or password"),
        ("https://[abc", "azure", "is not a valid address"),
        ("https://a:port", "azure", "is not a valid address"),
        ("https://a:99999", "azure", "is not a valid address"),
        ("https://a:0", "azure", "is not a valid address"),
        (f"https://{'a' * 64}.b", "azure", "is not a valid address"),
        ("https://a/openai/realtime?api-version=x&deployment=y", "azure", 'provider = "azure-preview"'),
        ("https://a.openai.azure.com/some/where", "azure", "only scheme and host: https://a"),
        ("https://gateway.example/some/where", "azure", ""),
        ("https://gateway.example/aoai/openai/v1/", "azure", ""),
        ("https://<your-resource>.openai.azure.com", "azure", "only an example"),
        ("https://YOUR-RESOURCE.openai.azure.com", "azure", "only an example"),
        ("https://YOUR_RESOURCE_NAME.openai.azure.com", "azure", "only an example"),
        ("https://{resource}.openai.azure.com", "azure", "only an example"),
        ("https://my-resource.openai.azure.com", "azure", "only an example"),
        ("https://yourresource.openai.azure.com", "azure", "only an example"),
        ("https://myhome.openai.azure.com", "azure", ""),
        ("https://a?api-key=secret", "azure", "only scheme and host: https://a"),
    ],
)
def test_endpoints(endpoint: str, provider: str, words: str) -> None:
    complaint = endpoint_complaint(endpoint, provider)
    assert (words in complaint) if words else complaint == ""
    assert "secret" not in complaint


def test_what_is_looked_up_may_have_several_addresses() -> None:
    assert [is_name(host) for host in ("localhost", "x.openai.azure.com", "127.0.0.1", "::1", "")] == [
        *(True, True, False, False, True)
    ]


def test_loopback() -> None:
    assert [is_loopback(host) for host in ("127.9.9.9", "::1", "localhost", "a.localhost")] == [True] * 4
    assert not is_loopback("127.example.com")
    assert not is_loopback("")


def test_echo_paths() -> None:
    assert parse_echo("0.3@40") == (0.3, 40)
    assert parse_echo("1") == (1.0, 0)
    for text in ("", "a@b", "0.3@", "-1@5", "0.3@5000", "11@5"):
        with pytest.raises(ValueError, match="GAIN@DELAY_MS"):
            parse_echo(text)


def test_lines_of_keys() -> None:
    text = '[a]\n"x" = 1\nlong = """\n[b]\ny = 2\n"""\n[b]\n# y = 3\ny = 4\n[c.d]\nz.w = 5\n'
    assert key_lines(text) == {
        ("a", ""): 1,
        ("a", "x"): 2,
        ("a", "long"): 3,
        ("b", ""): 7,
        ("b", "y"): 9,
        ("c.d", ""): 10,
        ("c", "d"): 10,
        ("c", "d.z.w"): 11,
    }


def test_the_example_is_every_setting_at_its_default() -> None:
    text = (ROOT / "edge-agent.example.toml").read_text()
    assert text == show.example()
    document = tomllib.loads(text)
    assert document.pop("board") == Config().board
    assert {name: set(table) for name, table in document.items()} == {
        name: {item.name for item, _ in settings_of(cls)} for name, cls in sections().items()
    }


def test_the_example_is_a_good_configuration(tmp_path: Path) -> None:
    assert loaded(show.example(), tmp_path).service == Config().service


def test_what_is_shown_can_be_read_again(tmp_path: Path) -> None:
    config = loaded('[assistant]\ninstructions = "Say \\"hi\\".\\nAlways."\n', tmp_path)
    again = loaded(show.show(config), tmp_path)
    assert again.assistant == config.assistant
    assert show.show(Config()).startswith("# no configuration file")


def test_the_schema_takes_the_example_and_refuses_what_we_refuse() -> None:
    schema = show.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(tomllib.loads(show.example()), schema)
    bad: list[Any] = [
        {"turns": {"mode": "x"}},
        {"gate": {"start_ms": 5}},
        {"nothing": {}},
        {"audio": {"x": 1}},
    ]
    for document in bad:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, schema)
    assert json.loads(json.dumps(schema)) == schema


def test_every_setting_has_words_and_a_variable() -> None:
    for name, cls in sections().items():
        assert cls.__doc__
        for item, _ in settings_of(cls):
            assert item.metadata["doc"].endswith((".", "NAME.openai.azure.com"))
            assert variable(name, item.name).isupper()


WITH_BACKEND = "[service]\nprovider = 'openai-live'\n[assistant]\nbackend = 'gpt-5.5'\n"


def test_what_gpt_live_has_no_use_for_is_told(tmp_path: Path) -> None:
    text = """
[service]
provider = "{}"
deployment = "x"
endpoint = "https://x.openai.azure.com"
[assistant]
transcription = "whisper-1"
[limits]
idle_close_s = 0
[[tools]]
name = "lamp"
description = "The lamp"
command = ["true"]
[[mcp]]
name = "home"
url = "https://example.com/mcp"
tools = ["x"]
[[wake]]
word = "alexa"
"""
    said = "\n".join(show.hints(loaded(text.format("azure-live"), tmp_path)))
    for setting in ("[[tools]]", "[[mcp]]", "[assistant] transcription", "[limits] idle_close_s"):
        assert said.count(setting) == 1
    (alone,) = show.hints(loaded("[service]\nprovider = 'openai-live'", tmp_path))
    assert alone.startswith("there are no tools")
    assert list(show.hints(loaded(WITH_BACKEND, tmp_path))) == []
    by_service = """
        [[mcp]]
        name = "library"
        url = "https://example.com/mcp"
        caller = "service"
        tools = ["x"]
    """
    (ignored,) = show.hints(loaded(WITH_BACKEND + by_service, tmp_path))
    assert ignored.startswith('[[mcp]] with caller = "service" is ignored')
    assert "idle_close_s" not in "".join(show.hints(loaded(text.format("azure"), tmp_path)))


def test_hints() -> None:
    config, _ = load(None, environ={"EDGE_AGENT_ASSISTANT_TEMPERATURE": "0.7"})
    said = list(show.hints(config))
    assert len(said) == 2
    assert "temperature" in said[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[gate]\nstart_ms = " + "9" * 5000, "c.toml: a number is too long"),
        ("x = " + "[" * 3000, "c.toml: a number is too long, or brackets are nested too deeply"),
        (
            "# fine\nx." + "a." * 50_000 + "b = 1",
            "c.toml:2: has more than 500 dots; split it into shorter lines",
        ),
        ("[x." + "a." * 50_000 + "b]", "c.toml:1: has more than 500 dots"),
        ("#" + "é" * 200_000, "c.toml: has more than 256 KiB; is it the right file?"),
        (
            "[service]\nazure_openai_api_key = 'SECRET'",
            "c.toml:2: [service] azure_openai_api_key: others may read this file",
        ),
        (
            "[service]\napikey = 'SECRET'",
            "c.toml:2: [service] apikey: others may read this file, so keys do not belong here",
        ),
        ("api_key = 'SECRET'", "c.toml:1: api_key: others may read this file, so keys do not belong here"),
        ("[service]\nendpoint = 'https://a.b/#api-key=SECRET'", "give only scheme and host: https://a.b"),
        ("[service]\nendpoint = 'https://a b.c'", "contains a space"),
        ("[service]\nendpoint = 'https://NAME.openai.azure.com'", "is only an example"),
        ("[service]\ndeployment = 2020-01-01", "2020-01-01 must be text in quotes"),
        ("[service.foo]\nx = 1", "c.toml:1: [service] 'foo' is not a known setting"),
        ("[['service']]", "c.toml:1: 'service' must be a section"),
        (
            "[audio]\nbackend = 'simulated'\nmic_wav = '/no.wav'",
            "c.toml:3: [audio] mic_wav: '/no.wav' cannot be read",
        ),
        ("[audio]\nbackend = 'simulated'\nmic_wav = '/dev/null'", "'/dev/null' is not a WAV file"),
        (
            "[audio]\nbackend = 'simulated'\nspeaker_wav = '/no/x.wav'",
            "c.toml:3: [audio] speaker_wav: '/no/x.wav' cannot be written",
        ),
        (
            "[service]\nprovider = 'azure-preview'\n[assistant]\nvoice = 'marin'",
            "c.toml:4: [assistant] voice:",
        ),
    ],
)
def test_what_newcomers_write(tmp_path: Path, text: str, said: str) -> None:
    (problem,) = problems_of(tmp_path, text)
    assert said in problem
    assert "SECRET" not in problem


def test_socks_needs_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # what the standard library imports meanwhile, as encodings, is remembered as missing for ever
    monkeypatch.setattr("sys.path", [folder for folder in sys.path if "packages" not in folder])
    (problem,) = problems_of(tmp_path, "[service]\nproxy = 'socks5://h:1'")
    assert "python-socks" in problem


def test_tokens_are_not_fetched_through_socks(tmp_path: Path) -> None:
    said = problems_of(tmp_path, "[service]\nproxy = 'socks5://h:1'\ncredential = 'client-secret'")
    assert (
        "c.toml:3: [service] credential: 'client-secret': Microsoft Entra ID works only through HTTP proxies"
        in said[0]
    )
    said = problems_of(tmp_path, "[service]\nproxy = 'socks5://h:1'\ncredential = 'managed-identity'")
    assert not any("Entra" in problem for problem in said)


def test_a_key_in_a_variable_of_ours(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "", {"EDGE_AGENT_SERVICE_API_KEY": "SECRET"}) == [
        "EDGE_AGENT_SERVICE_API_KEY: is not a setting; put the key in AZURE_OPENAI_API_KEY"
    ]


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    loaded("\ufeff[turns]\nmode = 'button'", tmp_path)


def test_an_unknown_voice_is_only_noted(tmp_path: Path) -> None:
    hints = list(show.hints(loaded("[assistant]\nvoice = 'alloi'", tmp_path)))
    assert hints[-1] == "[assistant] voice: unknown voice 'alloi'; did you mean 'alloy'?"


def test_which_channel_of_the_microphone_is_heard() -> None:
    assert [AudioSettings(mic_channel=channel).heard_channel for channel in (-1, 0, 3)] == [None, 0, 3]
