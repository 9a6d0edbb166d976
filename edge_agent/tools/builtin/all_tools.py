"""All that come with the device, as the configuration has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...config import Config
from ...config.providers import PROVIDERS
from ...vocabulary.events import Event
from ...vocabulary.frozen import frozen
from ..definition import Json, ToolDefinition
from ..timers.alarm_clock import AlarmClock
from .clock import clock_tool
from .device import goodbye_tool, health_tool, mute_tool, repeat_tools, silence_tool, volume_tool
from .home import home_tool
from .languages import translated
from .timer_tools import timer_tools


@frozen
class DeviceView:
    """What tools may know of the device and ask of it."""

    post: Callable[[Event], None]
    volume: Callable[[], int]
    last_answer: Callable[[], str]
    health: Callable[[], Json]
    alarm_clock: AlarmClock


NAMES = frozenset(
    name
    for names in (
        "ask_home cancel_timer change_pace change_volume end_conversation extend_timer get_time list_timers",
        "mute_microphone repeat_answer set_alarm set_reminder set_timer stay_silent tell_health",
    )
    for name in names.split()
)


def builtin_tools(config: Config, device: DeviceView) -> list[ToolDefinition]:
    return [translated(tool, config.assistant.language) for tool in _chosen(config, device)]


def _chosen(config: Config, device: DeviceView) -> Iterator[ToolDefinition]:
    wanted = config.abilities
    if wanted.timers:
        yield from timer_tools(device.alarm_clock)
    if wanted.time:
        yield clock_tool()
    if wanted.volume:
        yield volume_tool(device.post, device.volume)
    if wanted.mute:
        yield mute_tool(device.post)
    if wanted.repeat:
        yield from repeat_tools(device.last_answer)
    if wanted.goodbye:
        yield goodbye_tool(device.post)
    if wanted.silence and not PROVIDERS[config.service.provider].is_duplex:  # that decides by itself
        yield silence_tool()
    if wanted.health:
        yield health_tool(device.health)
    if config.home.url:
        yield home_tool(config.home, config.assistant.language)
