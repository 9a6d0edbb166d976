"""What the model is told of the tools, in the language of `[assistant]`: where there is no translation, in English."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..definition import ToolDefinition

JAPANESE = {
    "Sets a timer.": "タイマーを設定します。",
    "Sets an alarm for a time of day.": "指定した時刻にアラームを設定します。",
    "Sets a reminder, after some seconds or at a time of day.": (
        "数秒後、または指定した時刻のリマインダーを設定します。"
    ),
    "Lists timers, alarms and reminders, with the time left.": (
        "タイマー、アラーム、リマインダーと残り時間を一覧にします。"
    ),
    "Cancels a timer, an alarm or a reminder.": "タイマー、アラーム、リマインダーを取り消します。",
    "Adds time to a timer; a negative number takes some away.": "タイマーの時間を延ばします。負の数なら短くします。",
    "What it is for, if the user has said it.": "何のためか。利用者が言った場合だけ。",
    "How long, in seconds.": "長さ（秒）。",
    "Local time: HH:MM, or YYYY-MM-DDTHH:MM for another day.": "現地時刻。HH:MM、別の日なら YYYY-MM-DDTHH:MM。",
    "What to remind the user of.": "知らせる内容。",
    "Its name or number; all: each of them.": "名前または番号。all はすべて。",
    "Tells the local time, date and weekday.": "現地の時刻、日付、曜日を知らせます。",
    "Sets the volume of this device, or makes it louder or softer.": "この装置の音量を設定、または上げ下げします。",
    "The volume, in percent.": "音量（パーセント）。",
    "Steps of 10 percent: positive for louder, negative for softer.": "10パーセント単位。正なら大きく、負なら小さく。",
    "Switches the microphone off for some minutes, after your answer.": "答えのあと、数分間マイクを切ります。",
    "How long, in minutes.": "長さ（分）。",
    "Ends the conversation, when the user says goodbye. Say a short goodbye after it.": (
        "利用者が別れを告げたら会話を終えます。そのあと短くあいさつしてください。"
    ),
    "Stay silent: call it alone, with no words, when nobody was speaking to you.": (
        "黙っています。誰もあなたに話しかけていないとき、言葉なしでこれだけを呼びます。"
    ),
    "Gives the words of your last answer, to say them again.": "直前の答えの言葉を返します。もう一度言うためです。",
    "Changes how fast you speak: slower, normal or faster.": "話す速さを変えます。",
    "How to speak from now on.": "これからの話し方。",
    "Tells how this device is: what it is doing, what is wrong with it, and what to do about that.": (
        "この装置の状態、問題、その対処を知らせます。"
    ),
    "Controls the home and tells about it: lights, heating, doors, sensors, through Home Assistant.": (
        "家の照明、暖房、ドア、センサーを Home Assistant で操作し、様子を知らせます。"
    ),
    "A command or question about the home, in the user's language, as in: turn on the kitchen light": (
        "家への指示または質問。利用者の言葉で。例：台所の明かりをつけて"
    ),
}
TRANSLATIONS = {"ja": JAPANESE}


def translated(tool: ToolDefinition, language: str) -> ToolDefinition:
    """`language`: a code, as in ja or ja-JP."""
    words = TRANSLATIONS.get(language.partition("-")[0].lower(), {})
    description = words.get(tool.description, tool.description)
    return replace(tool, description=description, parameters=_translated(tool.parameters, words))


def _translated(node: Any, words: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _translated(value, words) for key, value in node.items()}
    return words.get(node, node) if isinstance(node, str) else node
