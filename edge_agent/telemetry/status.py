"""What a technician sees: what the device is doing, and what is wrong with what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from .. import __version__
from ..billing.ledger import Costs
from ..config.fitting import model_of
from ..config.model import Config
from ..config.providers import PROVIDERS
from ..vocabulary import events as e
from ..vocabulary.account import account_trouble
from ..vocabulary.frozen import frozen
from ..vocabulary.models import end_of
from ..vocabulary.state import State
from .flapping import Flapping
from .status_shape import (
    BrokerStatus,
    DeviceStatus,
    HourStatus,
    LinkState,
    ProcessUse,
    SoundCounters,
    ToolsStatus,
    TurnLatencies,
)
from .voice_level import VoiceLevel
from .wake_counts import WakeCounts


@frozen
class Finding:
    """Something that is wrong now: a stable code, what it is, and the one thing to do."""

    code: str
    what: str
    todo: str


REMEDIES = {
    "microphone": "plug it in, or check audio.microphone ('edge-agent devices' lists the devices)",
    "speaker": "plug it in, or check audio.speaker ('edge-agent devices' lists the devices)",
    "sound": "it is being restarted; if this persists, unplug the devices and plug them in again",
}


BUDGET = Finding(
    "daily-cost-reached",
    "today's cost has reached limits.daily_cost: nothing more is sent",
    "raise limits.daily_cost, or wait until midnight",
)
STEADY_SOUND_S = 10.0  # sound that is lost before that was not put right
RETRIED = "it is retried automatically every few seconds"
PUT_RIGHT = "fix the cause; it is retried every few minutes, and whenever somebody wants to talk"


LEFT_OUT = "correct or remove the setting, then 'sudo systemctl reload edge-agent'; answers do not need it"
TRANSCRIPTION = "check assistant.transcription: on Azure, the name of a transcription deployment that exists"
FLAPPING = Finding(
    "link-flapping",
    "the connection to the service is lost again and again, soon after it is made",
    "check the network: Wi-Fi, a firewall or proxy that cuts connections; the log has each reason",
)
OF_A_CONFIGURATION = ("sound", "voice level", "echo", "link", "panel", "account", "transcription", "flapping")


class StatusBoard:
    """Watches the agent; `clock` in seconds. `told` of each finding that is there now, or not any more."""

    def __init__(
        self, clock: Callable[[], float], told: Callable[[Finding, bool], None] = lambda *_: None
    ) -> None:
        self._clock, self._told = clock, told
        self._began = clock()
        self._state = State()
        self._config = Config()
        self._model = ""  # as the service calls it
        self._mode_since = self._began
        self._findings: dict[str, Finding] = {}  # by what they are about
        self._sound = ""
        self._notes: dict[str, None] = {}
        self._link_since: float | None = None
        self._expires = 0.0  # the session
        self._connections = self._switches = 0
        self._echo: tuple[bool, float] | None = None
        self._flapping = Flapping()
        self._voice_level = VoiceLevel()
        self._wake = WakeCounts()
        self._sound_since = self._began
        self._sound_flapping, self._sound_flaps = Flapping(short_s=STEADY_SOUND_S), False

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._findings.values())

    def find(self, about: str, finding: Finding | None, *, each_cause: bool = False) -> None:
        """What is wrong with something; None: nothing any more. `each_cause`: other words are told too."""
        before = self._findings.pop(about, None)
        if finding is not None:
            self._findings[about] = finding
        if before and (finding is None or finding.code != before.code):
            self._told(before, False)
        is_new = before is None or finding is None or finding.code != before.code
        if finding and (is_new or (each_cause and finding != before)):
            self._told(finding, True)

    def remind(self, about: str) -> None:
        """Tell again what is wrong with something."""
        if finding := self._findings.get(about):
            self._told(finding, True)

    def watch(self, event: e.Event, state: State) -> None:
        """After each event."""
        now = self._clock()
        if state is not self._state:
            if state.mode is not self._state.mode:
                self._mode_since = now
            self._state = state
        self._wake.watch(event, state, now)
        self._look()
        match event:
            case e.AudioStarted(device):
                self._sound, self._sound_since = device, now
                if not self._sound_flaps:
                    self.find("sound", None)
            case e.AudioLost(part, reason):
                if self._sound:
                    self._sound_flaps = self._sound_flapping.dropped(now - self._sound_since, now)
                self._sound = ""
                self.find("sound", sound_finding(part, reason), each_cause=True)
            case e.AudioNoted(text) | e.ServiceNoted(_, text):
                self._notes[text] = None
            case e.UplinkClosed():
                self._voice_level.heard(event)
                self.find("voice level", _level_finding(self._voice_level, self._sound))
            case e.EchoJudged(full_duplex, erle_db):
                self._echo = full_duplex, erle_db
                self.find("echo", None if full_duplex else _echo_finding(erle_db))
            case e.Connected(lasts_s=lasts_s, model=model):
                self._model = model
                self._link_since, self._expires = now, now + lasts_s
                self._connections += 1
                self.find("link", None)
            case e.LinkSwitched(lasts_s=lasts_s, model=model):
                self._model = model
                self._expires = now + lasts_s
                self._switches += 1
            case e.Disconnected():
                if self._link_since is not None and not state.standby:
                    flaps = self._flapping.dropped(now - self._link_since, now)
                    self.find("flapping", FLAPPING if flaps else None)
                self._link_since = None
            case e.BudgetSpent(spent):
                self.find("budget", BUDGET if spent else None)
            case e.ServiceErred(code, message) | e.ResponseDone(_, "failed", code, message):
                if trouble := account_trouble(code, message):
                    self.find("account", Finding(f"link-{code}", trouble, PUT_RIGHT))
            case e.ResponseDone(_, "completed"):
                self.find("account", None)
            case e.SettingRefused(setting, message):
                self.find(f"setting {setting}", Finding("link-setting-refused", message, LEFT_OUT))
            case e.TranscriptionFailed(_, message):
                what = f"what the user says cannot be transcribed ({message})"
                self.find("transcription", Finding("transcription-failed", what, TRANSCRIPTION))
            case e.UserTranscribed():
                self.find("transcription", None)
            case e.LinkFailed(code, message, told=told):
                if account_trouble(code, message):
                    self.find("account", None)  # the link says it
                self.find("link", Finding(f"link-{code}", message, PUT_RIGHT if told else RETRIED))

    def begin(self, config: Config) -> None:
        """With a configuration: what is known of devices and link is of the one before."""
        self._config, self._model = config, ""
        for about in tuple(self._findings):
            if about in OF_A_CONFIGURATION or about.startswith("setting "):
                self.find(about, None)
        self._sound, self._echo, self._link_since = "", None, None
        self._notes.clear()
        self._voice_level = VoiceLevel()
        self._sound_flapping, self._sound_flaps = Flapping(short_s=STEADY_SOUND_S), False

    def sentence(self, underruns: int) -> str:
        """The state of everything in a line, as in "listening; link up for 2 h; 0 underruns"."""
        self._look()
        mode = "muted" if self._state.muted else self._state.mode.value
        if self._findings:
            return f"{mode}; " + "; ".join(f"{found.code}: {found.what}" for found in self.findings)
        since = self._link_since
        link = self._link if since is None else f"up for {lasting(self._clock() - since)}"
        return f"{mode}; link {link}; {underruns} underruns"

    def _look(self) -> None:
        """At what changes without an event."""
        if self._sound and self._sound_flapping.lasting(self._clock() - self._sound_since):
            if self._sound_flaps:
                self.find("sound", None)
            self._sound_flaps = False
        if self._link_since is not None and self._flapping.lasting(self._clock() - self._link_since):
            self.find("flapping", None)

    @property
    def _link(self) -> LinkState:
        if self._link_since is not None:
            return "up"
        return "resting" if self._state.standby else "down"

    def report(
        self,
        *,
        counters: SoundCounters,
        costs: Costs,
        turns: int,
        processes: dict[str, ProcessUse],
        saved: bool | None,
        reload_waits: bool,
        latency: TurnLatencies,
        hours: list[HourStatus],
        tools: ToolsStatus,
        broker: BrokerStatus,
    ) -> DeviceStatus:
        """All of it, for `edge-agent status`: what is known here, and what others count."""
        self._look()
        now = self._clock()
        state, service = self._state, self._config.service
        provider = PROVIDERS[service.provider]
        model = model_of(self._config, self._model)
        end = end_of(model, provider.vendor)
        return {
            "mode": state.mode.value,
            "mode_s": round(now - self._mode_since, 1),
            "turn": state.turn.value,
            "muted": state.muted,
            "volume": state.volume,
            "saved": saved,
            "reload_waits": reload_waits,
            "up_s": round(now - self._began, 1),
            "version": __version__,
            "link": {
                "provider": service.provider,
                "deployment": service.deployed,
                "model": model.name if model else "",
                "model_ends": end.day.isoformat() if end else None,
                "dialect": provider.dialect,
                "state": self._link,
                "up": self._link_since is not None,
                "up_s": None if self._link_since is None else round(now - self._link_since, 1),
                "expires_s": None if self._link_since is None else round(self._expires - now),
                "reconnects": max(0, self._connections - 1),
                "moves": self._switches,
            },
            "sound": {
                "up": bool(self._sound),
                "devices": self._sound,
                "missing": state.lost,
                "full_duplex": self._echo[0] if self._echo else None,
                "erle_db": round(self._echo[1], 1) if self._echo else None,
                "notes": list(self._notes),
                "counters": counters,
            },
            "findings": [
                {"code": finding.code, "what": finding.what, "todo": finding.todo}
                for finding in self.findings
            ],
            "costs": costs,
            "turns": turns,
            "processes": processes,
            "latency": latency,
            "hours": hours,
            "tools": tools,
            "wake": self._wake.report(now),
            "broker": broker,
        }


def sound_finding(part: e.SoundSide, reason: str) -> Finding:
    """What is missing; what to do is in the reason, if it is not the usual."""
    what, _, todo = reason.partition("; ")
    if not todo or todo.startswith("found "):
        return Finding(f"{part}-missing", reason, REMEDIES[part])
    return Finding(f"{part}-missing", what, todo)


def _echo_finding(erle_db: float) -> Finding:
    return Finding(
        "echo-too-strong",
        f"the microphone hears the speaker (only {erle_db:.0f} dB of echo removed): no interrupting by voice",
        "lower the volume, move the microphone away from the speaker, or run 'edge-agent doctor'",
    )


def _level_finding(voices: VoiceLevel, devices: str) -> Finding | None:
    heard = f"at {voices.loudest_dbfs:.0f} dBFS at most ({devices})"
    if voices.verdict == "quiet":
        return Finding(
            "microphone-quiet",
            f"voices are heard, but {heard}: the service may not understand them",
            "raise the microphone's gain ('alsamixer', F6 its card, F4 Capture); if it has none, set audio.mic_gain_db",
        )
    if voices.verdict == "loud":
        return Finding(
            "microphone-loud",
            f"voices are cut off at full scale, {heard}: the service may not understand them",
            "lower the microphone's gain ('alsamixer', F6 its card, F4 Capture), and switch off its boost",
        )
    return None


def lasting(seconds: float) -> str:
    """A duration in the two units that matter."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86_400:
        return f"{whole // 3600} h {whole // 60 % 60} min"
    return f"{whole // 86_400} d {whole // 3600 % 24} h"
