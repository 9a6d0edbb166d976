"""Voice Live: whole conversations of a device in audio time, what it sends, and what the simulated service refuses."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge_agent.audio.sounds import spoken_lines
from edge_agent.config import Config, load
from edge_agent.config.model import AssistantSettings, AudioSettings, ServiceSettings, TurnTaking
from edge_agent.config.show import hints
from edge_agent.conversation.transcript import Said
from edge_agent.realtime.connection import session_url
from edge_agent.realtime.wire.dialects import VOICE_LIVE
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.dialects import VOICE_LIVE_SERVICE
from edge_agent.simulator.intake import Intake
from edge_agent.simulator.published import published
from edge_agent.simulator.speech import recognise
from edge_agent.simulator.values import check_session
from edge_agent.simulator.voice_live import check, completed, settings
from edge_agent.telemetry import facts as f
from edge_agent.telemetry.captions import Captions
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .sound import rms, tone
from .test_scenarios import finish, hold
from .test_simulator import Bench, kinds
from .world import LINES, World

AVA = "en-US-Ava:DragonHDLatestNeural"
SERVICE = ServiceSettings(provider="azure-voice-live", endpoint="https://a.services.ai.azure.com")
TEN = Speech("one two three four five six seven eight nine ten.", tone(24_000, 10_000, 300))  # a second each
SHORT = Speech("Yes.", tone(24_000, 600, 300))


def config_of(
    *, audio: AudioSettings | None = None, turns: TurnTaking | None = None, **assistant: Any
) -> Config:
    assistant.setdefault("voice", AVA)
    return Config(
        service=SERVICE,
        assistant=AssistantSettings(**assistant),
        turns=turns or TurnTaking(),
        audio=audio or AudioSettings(),
    )


def world_of(*answers: Any, config: Config | None = None, **options: Any) -> World:
    return World(config or config_of(), dialect="voice-live", answers=Script(*answers), **options)


def captioned() -> tuple[Captions, Any]:
    captions = Captions()
    return captions, lambda event, _: captions.feed(event)


# ---- a device ---------------------------------------------------------------------
def test_text_in_sound_out() -> None:
    world = world_of([SHORT])
    world.post(e.TextEntered("hello"))
    finish(world)
    assert rms(bytes(world.heard)) > 1000
    assert [said.text for said in world.conversation.said] == ["hello", "Yes."]
    assert world.refusals == []


def test_hold_and_talk_at_the_rate_of_the_microphone() -> None:
    world = world_of([SHORT], config=config_of(transcription="azure-speech"))
    world.wait(500)
    hold(world, LINES[0])
    finish(world)
    assert world.refusals == []
    assert world.session is not None
    assert world.session.config["input_audio_sampling_rate"] == 16_000
    assert LINES[0][:3200] in world.appended  # as the microphone heard it
    assert [said.text for said in world.conversation.said] == [spoken_lines()[0].text, "Yes."]
    committed_ms = next(item.tokens for item in world.session.items.order if item.body.get("role") == "user")
    assert committed_ms * 100 == pytest.approx(len(world.appended) // 32, abs=100)


@pytest.mark.parametrize(
    "kind", ["azure_semantic_vad", "azure_semantic_vad_en", "azure_semantic_vad_multilingual"]
)
def test_the_service_ends_what_is_said_hands_free(kind: Any) -> None:
    turns = TurnTaking(mode="hands-free", end="semantic", semantic_vad=kind, end_of_utterance="medium")
    world = world_of([SHORT], config=config_of(turns=turns))
    world.wait(1000)
    for line in LINES:
        world.say(line)
        world.until(lambda: world.turn == "speaking", 5000)
        finish(world)
        world.wait(500)
    answers = [event for event in world.events if isinstance(event, e.ResponseDone)]
    assert [answer.status for answer in answers] == ["completed"] * 3
    assert world.sent_of(c.CommitInput) == []
    assert world.refusals == []


@pytest.mark.parametrize("end", ["local", "server", "semantic"])
def test_a_voice_over_the_answer_cuts_it_and_its_words_where_they_were_heard(end: Any) -> None:
    captions, feed = captioned()
    world = world_of(
        [TEN],
        [SHORT],
        config=config_of(turns=TurnTaking(mode="hands-free", end=end)),
        watchers=[feed],
    )
    world.wait(1000)
    world.say(LINES[0])
    world.until(lambda: world.turn == "speaking", 5000)
    world.wait(3300)
    world.say(LINES[2])
    (heard,) = world.fact(e.PlaybackStopped).heard
    assert 3000 < heard.heard_ms < 4000
    assert [(cut.item_id, cut.audio_end_ms) for cut in world.sent_of(c.TruncateItem)] == [
        (heard.item_id, heard.heard_ms)
    ]
    said = next(said for said in world.conversation.said if said.role == "assistant")
    assert said == Said("assistant", "one two three", cut=True, sounded=True)
    assert next(it.heard for it in captions if it.who == "assistant") == "one two three"
    world.until(lambda: world.turn == "speaking", 8000)
    finish(world)
    assert world.refusals == []


def test_um_does_not_interrupt() -> None:
    heard = []
    for removes in (False, True):
        wanted = {"type": "azure_semantic_vad", "remove_filler_words": removes}
        bench = Bench("voice-live")
        bench.update(turn_detection=wanted)
        bench.append(tone(24_000, 240, 300) + bytes(48_000))
        heard.append("input_audio_buffer.speech_started" in kinds(bench.outputs))
    assert heard == [True, False]


def test_a_function_call_is_answered() -> None:
    world = world_of([Call("light_on", '{"room": 1}')], [SHORT])
    hold(world, LINES[0])
    finish(world)
    assert len(world.sent_of(c.CreateFunctionOutput)) == 1
    assert len(world.sent_of(c.CreateResponse)) == 2
    assert world.refusals == []


def test_a_dropped_session_is_told_what_was_heard() -> None:
    world = world_of([TEN], [SHORT])
    hold(world, LINES[0])
    world.until(lambda: world.turn == "speaking", 5000)
    world.wait(2500)
    world.press()  # interrupts
    world.release()
    world.wait(500)
    world.inject("drop")
    world.wait(500)
    world.connect()
    hold(world, LINES[0])
    finish(world)
    assert world.refusals == []
    assert [told.text for told in world.sent_of(c.RestoreMessage)] == ["one two"]
    assert world.session is not None
    assert world.session.items.order[0].body["content"] == [{"type": "text", "text": "one two"}]


def test_what_is_forgotten_is_told_to_no_session() -> None:
    world = world_of([TEN], [SHORT])
    hold(world, LINES[0])
    world.until(lambda: world.turn == "speaking", 5000)
    world.wait(1500)
    world.post(e.ForgetRequested())
    world.wait(500)
    assert world.conversation.said == []
    assert world.conversation.keeper.exchange.transcript.times.items == {}
    hold(world, LINES[0])
    finish(world)
    assert len(world.sessions) == 2
    assert world.sent_of(c.RestoreMessage) == []


def test_a_transcript_that_comes_again_empty_takes_no_words_away() -> None:
    captions, feed = captioned()
    world = world_of(
        [SHORT],
        config=config_of(transcription="azure-speech"),
        watchers=[feed],
    )
    for line in LINES[:2]:
        world.wait(500)
        hold(world, line)
        finish(world)
    world.wait(500)
    expected = [line.text for line in spoken_lines()[:2]]
    assert [event.transcript for event in world.events if isinstance(event, e.UserTranscribed)] == expected
    assert [said.text for said in world.conversation.said if said.role == "user"] == expected
    assert [caption.text for caption in captions if caption.who == "user"] == expected


def test_a_warning_is_a_note() -> None:
    world = world_of([SHORT])
    assert world.facts(f.ServiceRemarked) == [f.ServiceRemarked("simulated_service")]
    assert world.facts(f.ServiceComplained) == []
    assert world.turn == "idle"


def test_the_speaker_goes_beside_the_microphone_to_a_service_that_takes_the_echo_out() -> None:
    audio = AudioSettings(echo="off", service_echo="client", cues=False)
    turns = TurnTaking(mode="button", button="tap")
    world = world_of([TEN], config=config_of(audio=audio, turns=turns))
    world.wait(500)
    world.press()
    world.say(LINES[0])
    world.press()
    world.until(lambda: world.turn == "speaking", 5000)
    world.wait(1000)
    before = len(world.appended)
    world.press()  # interrupts, and listens: the pre-roll is of while it spoke
    world.say(LINES[1])
    world.press()
    world.until(lambda: world.turn == "speaking", 8000)
    assert world.refusals == []
    first, second = (
        np.frombuffer(part, np.int16).reshape(-1, 2)
        for part in (world.appended[:before], world.appended[before:])
    )
    assert rms(first[:, 0].tobytes()) > 300
    assert not first[:, 1].any()
    assert rms(second[:4800, 1].tobytes()) > 300  # 300 ms
    assert recognise(Intake(16_000, 2).feed(first.tobytes())) == spoken_lines()[0].text
    assert session_url(world.config).endswith("&features=client_ec_reference:true")


# ---- what a device sends ----------------------------------------------------------
def session_of(config: Config) -> Any:
    event = json.loads(VOICE_LIVE.encoder.encode_session(config))
    assert published("voice-live").complaint(event) is None
    session, model = event["session"], config.service.deployed
    assert list(check_session(session, VOICE_LIVE_SERVICE, model)) == []
    before = settings() | {"model": model}
    assert list(check(session, before, sounded=False)) == []
    return session


def test_what_is_not_set_is_not_sent() -> None:
    assert session_of(Config(service=SERVICE)) == {
        "modalities": ["text", "audio"],
        "instructions": Config().assistant.instructions,
        "voice": {"type": "openai", "name": "alloy"},
        "input_audio_format": "pcm16",
        "input_audio_sampling_rate": 16000,
        "output_audio_format": "pcm16",
        "input_audio_transcription": None,
        "turn_detection": None,
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
    }


@pytest.mark.parametrize(
    ("assistant", "voice"),
    [
        ({"voice": "marin"}, {"type": "openai", "name": "marin"}),
        ({"voice": "ja-JP-NanamiNeural"}, {"type": "azure-standard", "name": "ja-JP-NanamiNeural"}),
        (
            {"voice": "Shop", "voice_endpoint_id": "e-1"},
            {"type": "azure-custom", "name": "Shop", "endpoint_id": "e-1"},
        ),
    ],
)
def test_voices(assistant: dict[str, Any], voice: dict[str, str]) -> None:
    session = session_of(config_of(**assistant))
    assert session["voice"] == voice
    assert ("output_audio_timestamp_types" in session) == (voice["type"] != "openai")


def test_a_native_voice_is_for_its_model() -> None:
    config = replace(config_of(voice="ava"), service=replace(SERVICE, deployment="azure-realtime"))
    assert session_of(config)["voice"] == {"type": "azure-realtime-native", "name": "ava"}


def test_the_hearing_of_azure_speech() -> None:
    turns = TurnTaking(
        mode="hands-free",
        end="semantic",
        semantic_vad="azure_semantic_vad_multilingual",
        remove_filler_words=True,
        semantic_languages="en, ja,",
        end_of_utterance="low",
    )
    audio = AudioSettings(service_echo="client", service_noise_suppression=True)
    session = session_of(config_of(audio=audio, turns=turns, temperature=1.2))
    assert session["temperature"] == 1.0
    assert session["turn_detection"] == {
        "type": "azure_semantic_vad_multilingual",
        "remove_filler_words": True,
        "languages": ["en", "ja"],
        "end_of_utterance_detection": {
            "model": "semantic_detection_v1_multilingual",
            "threshold_level": "low",
        },
    }
    assert session["input_audio_noise_reduction"] == {"type": "azure_deep_noise_suppression"}
    assert session["input_audio_echo_cancellation"] == {
        "type": "server_echo_cancellation",
        "reference_source": "client",
        "channels": 2,
    }
    server = session_of(config_of(audio=AudioSettings(service_echo="server")))
    assert server["input_audio_echo_cancellation"] == {"type": "server_echo_cancellation"}
    assert session_of(config_of(turns=TurnTaking(mode="hands-free", end="server")))["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
    }


def test_detection_alone() -> None:
    turns = TurnTaking(mode="hands-free", end="semantic")
    off, on = (
        json.loads(VOICE_LIVE.encoder.encode(c.DetectTurns(on), turns))["session"] for on in (False, True)
    )
    assert off == {"turn_detection": None}
    assert on == {"turn_detection": {"type": "azure_semantic_vad"}}


def test_the_address() -> None:
    assert session_url(Config(service=replace(SERVICE, deployment="gpt-realtime-2.1"))) == (
        "wss://a.services.ai.azure.com/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime-2.1"
    )


# ---- settings ---------------------------------------------------------------------
def loaded(tmp_path: Any, text: str) -> tuple[Config, list[str]]:
    path = tmp_path / "c.toml"
    path.write_text(text)
    config, problems = load(path, environ={})
    return config, [f"{problem.where}: {problem.what}" for problem in problems]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"[assistant]\nvoice = '{AVA}'",
            "is a voice of Azure Speech, for azure-voice-live; with azure use one of",
        ),
        ("[service]\nendpoint = 'https://a/voice-live/realtime'", 'provider = "azure-voice-live"'),
        (
            "[turns]\nsemantic_vad = 'azure_semantic_vad_en'\nsemantic_languages = 'ja'",
            "azure_semantic_vad_en knows only English",
        ),
    ],
)
def test_what_is_wrong(tmp_path: Any, text: str, said: str) -> None:
    _, (problem,) = loaded(tmp_path, text)
    assert said in problem


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "[audio]\nservice_echo = 'server'",
            "[audio] service_echo is ignored: only azure-voice-live supports it",
        ),
        (
            "[service]\nprovider = 'azure-voice-live'\n[turns]\neagerness = 'low'",
            "[turns] eagerness is ignored: azure-voice-live does not support it",
        ),
        (
            "[service]\nprovider = 'azure-voice-live'\nendpoint = 'https://a'",
            "what azure-voice-live costs is not known: the costs are a guess; set [prices], or [service] model",
        ),
    ],
)
def test_what_may_be_unintended(tmp_path: Any, text: str, hint: str) -> None:
    config, problems = loaded(tmp_path, text)
    assert problems == []
    assert hint in hints(config)


# ---- what the simulated service refuses --------------------------------------------
@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"model": "gpt-realtime"}, "unknown_parameter", "session.model"),
        ({"type": "realtime"}, "unknown_parameter", "session.type"),
        ({"audio": {}}, "unknown_parameter", "session.audio"),
        ({"modalities": ["audio"]}, "invalid_value", "session.modalities"),
        ({"input_audio_sampling_rate": 44100}, "invalid_value", "session.input_audio_sampling_rate"),
        ({"turn_detection": {"type": "magic"}}, "invalid_value", "session.turn_detection.type"),
        (
            {"turn_detection": {"type": "azure_semantic_vad_en", "languages": ["ja"]}},
            "unknown_parameter",
            "session.turn_detection.languages",
        ),
        ({"voice": {"type": "openai", "name": "ava"}}, "invalid_value", "session.voice.name"),
        (
            {"voice": {"type": "azure-custom", "name": "x"}},
            "missing_required_parameter",
            "session.voice.endpoint_id",
        ),
        ({"voice": {"type": "azure-realtime-native", "name": "ava"}}, "invalid_value", "session.voice.type"),
        ({"output_audio_format": "mp3"}, "invalid_value", "session.output_audio_format"),
        (
            {
                "input_audio_format": "g711_ulaw",
                "input_audio_echo_cancellation": {
                    "type": "server_echo_cancellation",
                    "reference_source": "client",
                    "channels": 2,
                },
            },
            "invalid_value",
            "session.input_audio_format",
        ),
        (
            {"input_audio_transcription": {"model": "magic"}},
            "invalid_input_audio_transcription_model",
            "session.input_audio_transcription.model",
        ),
        (
            {"input_audio_echo_cancellation": {"type": "server_echo_cancellation", "channels": 2}},
            "invalid_ec_channels_requires_client",
            "session.input_audio_echo_cancellation.channels",
        ),
        (
            {
                "input_audio_echo_cancellation": {
                    "type": "server_echo_cancellation",
                    "reference_source": "client",
                }
            },
            "invalid_ec_reference_channels",
            "session.input_audio_echo_cancellation.channels",
        ),
        (
            {
                "input_audio_echo_cancellation": {
                    "type": "server_echo_cancellation",
                    "reference_source": "client",
                    "channels": 3,
                }
            },
            "invalid_value",
            "session.input_audio_echo_cancellation.channels",
        ),
    ],
)
def test_sessions_that_are_refused(session: dict[str, Any], code: str, param: str) -> None:
    assert Bench("voice-live").refused("session.update", session=session) == (code, param)


@pytest.mark.parametrize(
    ("session", "param"),
    [
        ({"voice": {"type": "openai", "name": "alloy"}}, "session.voice"),
        ({"voice": "alloy"}, "session.voice"),
        ({"input_audio_transcription": {"model": "whisper-1"}}, "session.input_audio_transcription.model"),
        ({"turn_detection": {"type": "semantic_vad"}}, "session.turn_detection.type"),
        ({"input_audio_noise_reduction": {"type": "near_field"}}, "session.input_audio_noise_reduction.type"),
    ],
)
def test_what_a_model_that_only_reads_does_not_have(session: dict[str, Any], param: str) -> None:
    bench = Bench("voice-live", model="gpt-4.1")
    assert bench.refused("session.update", session=session)[1] == param
    bench.update(voice={"type": "azure-standard", "name": AVA})
    assert bench.session.config["input_audio_transcription"] == {"model": "azure-speech"}


def test_the_format_of_sound_is_for_the_whole_session() -> None:
    bench = Bench("voice-live")
    bench.update(input_audio_sampling_rate=16_000, turn_detection=None)
    bench.append(tone(16_000, 500, 300))
    update = {"input_audio_sampling_rate": 24_000}
    assert bench.refused("session.update", session=update)[1] == "session.input_audio_sampling_rate"
    echo = {"type": "server_echo_cancellation", "reference_source": "client", "channels": 2}
    _, param = bench.refused("session.update", session={"input_audio_echo_cancellation": echo})
    assert param == "session.input_audio_echo_cancellation.channels"
    assert kinds(bench.update(instructions="Be brief.")) == ["session.updated"]


def test_stereo_comes_in_whole_samples() -> None:
    bench = Bench("voice-live")
    echo = {"type": "server_echo_cancellation", "reference_source": "client", "channels": 2}
    bench.update(input_audio_echo_cancellation=echo, turn_detection=None)
    audio = b64encode(bytes(6)).decode()
    assert bench.refused("input_audio_buffer.append", audio=audio) == ("invalid_value", "audio")


@pytest.mark.parametrize("event", ["input_text.done", "input_audio.clear", "session.avatar.connect"])
def test_what_the_types_have_and_the_simulated_service_has_not(event: str) -> None:
    fields = {"input_text.done": {"id": "x"}, "session.avatar.connect": {"client_sdp": "x"}}.get(event, {})
    assert Bench("voice-live").refused(event, **fields) == ("invalid_value", "type")


def test_one_answer_at_a_time_and_what_was_made_of_it_comes_after_a_cancel() -> None:
    bench = Bench("voice-live")
    bench.update(turn_detection=None, voice="alloy")
    bench("response.create")
    assert bench.refused("response.create")[0] == "conversation_already_has_active_response"
    bench.wait(0.4)
    assert "response.audio.delta" in kinds(bench("response.cancel"))
    assert "rate_limits.updated" not in kinds(bench.outputs)
    assert kinds(bench.outputs).count("warning") == 1


@pytest.mark.parametrize(
    ("rate_hz", "channels"), [(8000, 1), (16_000, 1), (24_000, 1), (16_000, 2), (24_000, 2)]
)
def test_sound_of_every_kind_is_taken_in_whole(rate_hz: int, channels: int) -> None:
    mono = np.frombuffer(tone(rate_hz, 1000, 300), np.int16)
    pcm = np.repeat(mono, channels).tobytes()
    intake = Intake(rate_hz, channels)
    came = b"".join(intake.feed(pcm[at : at + 1234]) for at in range(0, len(pcm), 1234))
    assert len(came) == 48_000
    assert rms(came) == pytest.approx(rms(mono.tobytes()), rel=0.05)


def test_a_session_says_what_it_took() -> None:
    assert "expires_at" not in Bench("voice-live", expires_at=None).session.config
    update = completed({"turn_detection": {"type": "azure_semantic_vad"}}, "gpt-realtime")
    assert update["turn_detection"]["silence_duration_ms"] == 500
