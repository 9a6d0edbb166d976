"""The commands as a user runs them: a process of their own, real sockets, real time."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_agent.audio.convert import convert
from edge_agent.audio.sounds import spoken_lines
from edge_agent.audio.wav import WavWriter, load
from edge_agent.cli import main
from edge_agent.simulator.speech import recognise

from .sound import noise, rms

pytestmark = pytest.mark.realtime

SIMULATED = {"EDGE_AGENT_AUDIO_BACKEND": "simulated", "EDGE_AGENT_PANEL_BACKEND": "simulated"}
KEY = "sk-very-secret-0123456789"


def environment(**extra: str) -> dict[str, str]:
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "LANG", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")
        if name in os.environ
    }
    return kept | {"PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1"} | SIMULATED | extra


def command(*args: str | Path) -> list[str]:
    return [sys.executable, "-m", "edge_agent", *map(str, args)]


def edge_agent(*args: str | Path, **extra: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(*args), env=environment(**extra), capture_output=True, text=True, timeout=90
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert KEY not in done.stderr + done.stdout
    return done


@contextmanager
def running(
    *args: str | Path, stdin: int | None = None, errors: bool = False, **extra: str
) -> Iterator[subprocess.Popen[str]]:
    """A process of ours; `errors`: its stderr is read instead of its stdout."""
    pipes = {"stderr" if errors else "stdout": subprocess.PIPE}
    process = subprocess.Popen(command(*args), env=environment(**extra), stdin=stdin, text=True, **pipes)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def line_with(process: subprocess.Popen[str], words: str) -> str:
    """Waits for a line of a process; not for ever."""
    stream = process.stdout or process.stderr
    assert stream
    watchdog = threading.Timer(30, process.kill)
    watchdog.start()
    try:
        for line in stream:
            if words in line:
                return line
    finally:
        watchdog.cancel()
    raise AssertionError(f"{words!r} was not said")


@contextmanager
def simulator(*args: str | Path) -> Iterator[str]:
    """The simulated service alone; its address."""
    with running("simulator", *args) as process:
        yield line_with(process, "http").split(" at ")[1].split(";")[0]


def wav(path: Path, pcm: bytes, rate_hz: int) -> Path:
    writer = WavWriter(path, rate_hz)
    writer.write(pcm)
    writer.close()
    return path


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def holding(key: str, folder: Path) -> Path:
    (folder / "key").write_text(key + "\n")
    return folder / "key"


LINE = convert(spoken_lines()[0].pcm, 24_000, 16_000)


# ---- simulate -----------------------------------------------------------------
def test_hands_free_from_a_file(tmp_path: Path) -> None:
    """The microphone file and the speaker file are on one clock; the timeline tells the same story."""
    mic = wav(tmp_path / "mic.wav", bytes(16_000) + LINE + bytes(16_000), 16_000)
    out, timeline, picture = tmp_path / "out.wav", tmp_path / "t.jsonl", tmp_path / "p.svg"
    done = edge_agent(
        "simulate", "--mode", "hands-free", "--mic", mic, "--speaker", out, "--timeline", timeline,
        "--answer", "parrot", "--picture", picture,
    )  # fmt: skip
    assert done.returncode == 0
    assert spoken_lines()[0].text in done.stdout
    told = records(timeline)
    names = [record["event"] for record in told]
    for name in ("device_started", "gate_opened", "audio_first_sent", "audio_last_sent", "commit_sent"):
        assert name in names
    started = next(record for record in told if record["event"] == "playback_started")
    with wave.open(str(out)) as file:
        assert file.getframerate() == 16_000
        played = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    at = started["audio_ms"] * 16
    assert rms(played[: at - 16_000].tobytes()) == 0
    assert rms(played[at : at + 48_000].tobytes()) > 500
    assert recognise(load(out)) == spoken_lines()[0].text  # the parrot said back what it heard
    assert picture.read_text().startswith("<svg")


def test_a_voice_that_is_too_soft_is_told_with_its_level(tmp_path: Path) -> None:
    soft = (np.frombuffer(LINE, np.int16) / 1500).astype(np.int16).tobytes()
    mic = wav(tmp_path / "mic.wav", bytes(16_000) + soft + bytes(16_000), 16_000)
    done = edge_agent("simulate", "--mode", "hands-free", "--mic", mic)
    assert done.returncode == 0
    assert "no voice was heard: the loudest sound of" in done.stdout
    assert "dBFS, and a voice has about -40 dBFS; turn the gain of the microphone up" in done.stdout
    mic = wav(tmp_path / "noise.wav", noise(16_000, 2000, 0.1), 16_000)
    done = edge_agent("simulate", "--mode", "hands-free", "--mic", mic)
    assert done.stdout.rstrip().endswith("noise.wav is -20 dBFS")


def test_a_channel_that_the_recording_has_not(tmp_path: Path) -> None:
    mic = wav(tmp_path / "mic.wav", bytes(16_000), 16_000)
    done = edge_agent("simulate", "--mode", "hands-free", "--mic", mic, EDGE_AGENT_AUDIO_MIC_CHANNEL="1")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "has one channel, so there is no channel 1; set audio.mic_channel to 0" in done.stderr


def test_a_button_script_and_stereo_at_44100_hz(tmp_path: Path) -> None:
    pcm = np.frombuffer(convert(LINE, 16_000, 44_100), np.int16)
    stereo = np.stack([pcm, pcm], axis=1).tobytes()
    mic = tmp_path / "mic.wav"
    with wave.open(str(mic), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(bytes(44_100 * 2) + stereo)
    timeline = tmp_path / "t.jsonl"
    script = "press@0.2 release@3.6 press@4.5 release@4.6"
    done = edge_agent("simulate", "--mic", mic, "--button", script, "--timeline", timeline)
    assert done.returncode == 0
    told = records(timeline)
    (interrupted,) = [record for record in told if record["event"] == "interrupted"]
    assert 0 < interrupted["heard_ms"] < 1000
    assert "clear_sent" in {record["event"] for record in told[-3:]}  # the short press was not a question


def test_beside_its_own_speaker(tmp_path: Path) -> None:
    """The bundled person speaks over the second answer; nothing else interrupts any."""
    pytest.importorskip("pywebrtc_audio")
    timeline = tmp_path / "t.jsonl"
    done = edge_agent("simulate", "--mode", "hands-free", "--echo", "0.3@80", "--timeline", timeline)
    assert done.returncode == 0
    assert "full duplex" in done.stdout
    told = [record["event"] for record in records(timeline)]
    assert told.count("uplink_opened") == 3
    assert told.count("interrupted") == 1


def test_a_service_that_is_configured_is_used(tmp_path: Path) -> None:
    mic = wav(tmp_path / "mic.wav", LINE, 16_000)
    with simulator("--key-file", holding(KEY, tmp_path)) as url:
        done = edge_agent(
            "simulate", "--mic", mic, "--button", "press@0 release@3.3", "--answer", "parrot", "--fault", "drop@commit",
            AZURE_OPENAI_ENDPOINT=url, AZURE_OPENAI_API_KEY=KEY,
        )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == "edge-agent: ignored, because a service is configured: --fault, --answer\n"
    assert f"talking to {url} (azure)" in done.stdout
    assert "agent" in done.stdout


def test_faults_are_survived(tmp_path: Path) -> None:
    mic = wav(tmp_path / "mic.wav", LINE, 16_000)
    done = edge_agent(
        "simulate",
        "--mic",
        mic,
        "--button",
        "press@0 release@3.3",
        "--fault",
        "drop@commit",
        "--fault",
        "refuse:503@connect#2",
    )
    assert done.returncode == 0
    assert "down: the connection was lost" in done.stdout
    assert "HTTP 503" in done.stdout
    # the first line, unless the service had read the first request too before it dropped the link
    assert any(line.text in done.stdout for line in spoken_lines())


def test_a_question_that_is_not_answered(tmp_path: Path) -> None:
    mic = wav(tmp_path / "mic.wav", LINE[:16_000], 16_000)
    script = "press@0 release@0.6"
    done = edge_agent("simulate", "--mic", mic, "--button", script, "--fault", "fail:content_filter@response")
    assert done.returncode == 1
    assert "not every question was answered" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--mic", "{text}"), 2, "--button"),
        (("--mic", "{text}", "--button", "press@1"), 1, "not a usable WAV"),
        (("--mic", "{missing}", "--mode", "hands-free"), 1, "cannot be read"),
        (("--mic", "{odd}", "--mode", "hands-free"), 1, "44101 Hz"),
        (("--button", "push@1", "--mic", "{text}"), 2, "ACTION@SECONDS"),
        (("--button", " ", "--mic", "{text}"), 2, "is empty; give a value"),
        (("--echo", "loud",), 2, "GAIN@DELAY_MS"),
        (("--fault", "explode@commit"), 2, "not a fault"),
        (("--speaker", "/no/such/place.wav"), 1, "cannot be written"),
        (("--timeline", "/no/such/place"), 1, "/no/such/place: cannot be written (No such file or directory)"),
        (("--timeline", "/dev/full"), 1, "/dev/full: cannot be written (No space left on device)"),
        (("--picture", "{text}/p.svg", "--mic", "{short}", "--mode", "hands-free"), 1, "p.svg: cannot be written"),
        (("--keyboard",), 1, "needs a terminal"),
        (("--config", "/no/such/config"), 78, "cannot be read"),
    ],
)  # fmt: skip
def test_simulate_with_bad_input(tmp_path: Path, args: tuple[str, ...], code: int, words: str) -> None:
    (tmp_path / "text").write_text("no sound")
    names = {"text": tmp_path / "text", "missing": tmp_path / "missing"}
    names["odd"] = wav(tmp_path / "odd.wav", bytes(2000), 44_101)
    names["short"] = wav(tmp_path / "short.wav", bytes(2000), 16_000)
    done = edge_agent("simulate", *[arg.format(**names) for arg in args])
    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_simulate_where_the_service_refuses(tmp_path: Path) -> None:
    mic = wav(tmp_path / "mic.wav", bytes(3200), 16_000)
    with simulator("--key-file", holding("another", tmp_path)) as url:
        done = edge_agent(
            "simulate",
            "--mode",
            "hands-free",
            "--mic",
            mic,
            AZURE_OPENAI_ENDPOINT=url,
            AZURE_OPENAI_API_KEY=KEY,
        )
    assert done.returncode == 1
    assert "check the key" in done.stdout + done.stderr


def test_a_keyboard_for_a_button() -> None:
    """On a terminal: space says the next line with the button held, q ends."""
    try:
        parent, child = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine gives no pseudo terminals ({error})")
    with running("simulate", "--keyboard", stdin=child) as process:
        for keys, words in ((b" ", "space: say the next line"), (b"m", "thinking"), (b"q", "muted")):
            line_with(process, words)
            os.write(parent, keys)
        rest, _ = process.communicate(timeout=10)
        assert process.returncode == 0, rest
    os.close(parent)
    os.close(child)


# ---- ask --------------------------------------------------------------------------
def test_ask_brings_its_own_service(tmp_path: Path) -> None:
    done = edge_agent("ask", "Hello?", "--speaker", tmp_path / "answer.wav")
    assert done.returncode == 0
    assert "transcript: " in done.stdout
    assert re.search(r"audio: \d+ bytes", done.stdout)
    assert done.stdout.splitlines()[-1].startswith("done: ")
    assert rms(load(tmp_path / "answer.wav")) > 500


@pytest.mark.parametrize(
    ("faults", "environ", "code", "words"),
    [
        (["refuse:404@connect"], {}, 1, "service.deployment"),
        (["refuse:401@connect"], {}, 1, "check the key"),
        (["error:unknown_parameter@session.update"], {}, 78, "refused the session"),
        (["fail:content_filter@response"], {}, 1, "no complete answer (failed)"),
        (["error:invalid_value@response"], {}, 1, "the service refused"),
        (["drop@response"], {}, 1, "the connection was lost"),
        (["big:4194305@response"], {}, 1, "4 MiB"),
        ([], {"OPENAI_API_VERSION": "2024-10-01-preview"}, 78, "azure-preview"),
        ([], {"AZURE_OPENAI_API_KEY": "two words"}, 78, "API key"),
        ([], {"EDGE_AGENT_SERVICE_PROVIDER": "azure-live"}, 2, "'edge-agent say'"),
        (
            [],
            {"EDGE_AGENT_SERVICE_PROVIDER": "azure-preview", "EDGE_AGENT_TURNS_END": "semantic"},
            78,
            "semantic",
        ),
    ],
)
def test_ask_with_bad_input(faults: list[str], environ: dict[str, str], code: int, words: str) -> None:
    with simulator(*[arg for fault in faults for arg in ("--fault", fault)]) as url:
        done = edge_agent(
            "ask", "Hello?", **{"AZURE_OPENAI_ENDPOINT": url, "AZURE_OPENAI_API_KEY": KEY} | environ
        )
    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_ask_in_bytes_that_are_no_text() -> None:
    asking: list[str | bytes] = [*command("ask"), b"caf\xe9"]
    done = subprocess.run(asking, env=environment(), capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "edge-agent: argument TEXT: is not UTF-8; check the locale (LANG) of this terminal"
        + " (see edge-agent ask --help)\n"
    )


def test_ask_with_a_full_disk() -> None:
    done = edge_agent("ask", "Hello?", "--speaker", "/dev/full")
    assert done.returncode == 1
    assert done.stderr == "edge-agent: /dev/full: cannot be written (No space left on device)\n"


def test_ask_where_nobody_is() -> None:
    with simulator() as url:
        pass
    done = edge_agent("ask", "Hello?", AZURE_OPENAI_ENDPOINT=url)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr


def test_ask_without_https() -> None:
    done = edge_agent("ask", "Hello?", AZURE_OPENAI_ENDPOINT="res.openai.azure.com", AZURE_OPENAI_API_KEY=KEY)
    assert done.returncode == 78
    assert "AZURE_OPENAI_ENDPOINT: 'res.openai.azure.com' must start with https://" in done.stderr


# ---- run ---------------------------------------------------------------------------
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_ends_when_it_is_told_to(number: int, tmp_path: Path) -> None:
    with simulator("--key-file", holding(KEY, tmp_path)) as url:
        run = running("run", errors=True, AZURE_OPENAI_ENDPOINT=url, AZURE_OPENAI_API_KEY=KEY)
        with run as process:
            line_with(process, " is up")
            process.send_signal(number)
            _, rest = process.communicate(timeout=10)
            assert process.returncode == 0
            assert "Traceback" not in rest
            assert KEY not in rest


def test_run_ends_though_a_name_is_still_being_looked_up(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import socket, sys, time\n"
        "def hang(*_, **__):\n"
        "    print('looking up', file=sys.stderr, flush=True)\n"
        "    time.sleep(30)\n"
        "socket.getaddrinfo = hang\n"
    )
    url = "https://radio.invalid"
    slow: dict[str, Any] = {
        "AZURE_OPENAI_ENDPOINT": url,
        "AZURE_OPENAI_API_KEY": KEY,
        "PYTHONPATH": str(tmp_path),
    }
    with running("run", errors=True, **slow) as process:
        line_with(process, "looking up")
        process.terminate()
        _, rest = process.communicate(timeout=10)
        assert process.returncode == 0, rest


def test_run_truncates_what_was_heard_before_it_ends(tmp_path: Path) -> None:
    mic = wav(tmp_path / "mic.wav", bytes(16_000) + LINE, 16_000)
    (tmp_path / "c.toml").write_text(f'[turns]\nmode = "hands-free"\n[audio]\nmic_wav = "{mic}"\n')
    with running("simulator", "-v") as service:
        url = line_with(service, "http").split(" at ")[1].split(";")[0]
        with running(
            "run", "-v", "--config", tmp_path / "c.toml", errors=True, AZURE_OPENAI_ENDPOINT=url
        ) as process:
            line_with(process, "playback_started")
            process.terminate()
            process.communicate(timeout=10)
            assert process.returncode == 0
        service.terminate()
        said, _ = service.communicate(timeout=5)
    assert "conversation.item.truncate" in said or "conversation.item.delete" in said


def test_run_without_a_service() -> None:
    done = edge_agent("run")
    assert done.returncode == 78
    assert "[service] endpoint is missing" in done.stderr


def test_run_with_a_refused_session() -> None:
    with simulator(
        "--fault", "error:invalid_value:invalid_request_error:session.audio.output.voice@session.update#*"
    ) as url:
        done = edge_agent("run", AZURE_OPENAI_ENDPOINT=url)
    assert done.returncode == 78
    assert "refused the session" in done.stderr


# ---- config, simulator, the rest --------------------------------------------------------
def test_config(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[turns]\nmode = "hands-free"\n')
    done = edge_agent("config", "check", "--config", path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"{path}: ok\n")
    shown = edge_agent("config", "show", "--config", path, AZURE_OPENAI_API_KEY=KEY)
    assert 'mode = "hands-free"' in shown.stdout
    assert json.loads(edge_agent("config", "schema").stdout)["title"]
    path.write_text(edge_agent("config", "example").stdout)
    assert edge_agent("config", "check", "--config", path).returncode == 0
    path.write_text('[turns]\nmode = "x"\nbutton = "y"\n')
    done = edge_agent("config", "check", "--config", path)
    assert done.returncode == 78
    assert len(done.stderr.splitlines()) == 2


def test_a_port_in_use() -> None:
    with simulator() as url:
        done = edge_agent("simulator", "--port", url.rsplit(":", 1)[1])
    assert done.returncode == 1
    assert "--port" in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "key: cannot be read (No such file or directory)"),
        (b"\n", "key: is empty; write the key into it"),
        (b"\xff\xfe", "key: cannot be read (not UTF-8 text)"),
    ],
)
def test_a_key_file_without_a_key(
    content: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    assert main(["simulator", "--key-file", str(tmp_path / "key")]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"edge-agent: {tmp_path}/{words}")
    assert told.count("\n") == 1


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_no_port(port: str) -> None:
    done = edge_agent("simulator", f"--port={port}")
    assert done.returncode == 2
    assert "0 to 65535" in done.stderr


def test_a_terminal_that_knows_only_ascii(tmp_path: Path) -> None:
    mic = wav(tmp_path / "mic.wav", bytes(3200), 16_000)
    done = edge_agent("simulate", "--mode", "hands-free", "--mic", mic, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "idle" in done.stdout


def test_faults_are_listed() -> None:
    done = edge_agent("simulator", "--faults")
    assert done.returncode == 0
    assert "drop" in done.stdout
    assert edge_agent("simulator", "--fault", "nonsense").returncode == 2


@pytest.mark.parametrize("args", [(), ("frobnicate",), ("ask",), ("simulate", "--mode", "x")])
def test_usage(args: tuple[str, ...]) -> None:
    assert edge_agent(*args).returncode == 2


def test_version() -> None:
    assert edge_agent("--version").stdout.startswith("edge-agent 0.")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--mic", ""), "--mic: is empty"),
        (("--answer", ""), "--answer: is empty"),
        (("--echo", "loud"), "GAIN@DELAY_MS"),
        (("--speaker", "x.wav", "--heard", "./x.wav"), "--speaker and --heard are the same file"),
        (("--fault", "drop@commit#0"), "WHAT[:ARGUMENT]@MOMENT[#N]"),
        (("--answer", "caf\udce9"), "--answer: is not UTF-8"),
    ],
)
def test_simulate_with_bad_options(
    args: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["simulate", *args])
    except SystemExit as end:  # argparse ends by itself
        code = int(end.code or 0)
    assert code == 2
    assert words in capsys.readouterr().err


def test_an_output_that_is_full() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("config", "show"), env=environment(), stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr == "edge-agent: the output cannot be written (No space left on device)\n"
