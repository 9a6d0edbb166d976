"""Settings that are changed in a text of TOML: each as it was wanted, and the rest as it was written."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.edited import CannotEdit, edited

KEPT = """\
# ours
[assistant]  # who
voice = "alloy"  # the "usual" one

# more
instructions = '''
Be kind # always.
[turns]
'''

[limits]
daily_cost = 2
"""


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        ((("assistant", "voice"), "marin"), 'voice = "alloy"  # the', 'voice = "marin"  # the'),
        ((("assistant", "voice"), None), 'voice = "alloy"  # the "usual" one', '# the "usual" one'),
        ((("limits", "daily_cost"), None), "\n[limits]\ndaily_cost = 2\n", ""),
        ((("limits", "daily_cost"), 2.5), "daily_cost = 2\n", "daily_cost = 2.5\n"),
        ((("limits", "listen_s"), 9), "daily_cost = 2\n", "daily_cost = 2\nlisten_s = 9\n"),
        ((("limits", "listen_s"), None), "", ""),
        ((("assistant", "speed"), 1.1), "[turns]\n'''\n", "[turns]\n'''\nspeed = 1.1\n"),
        ((("turns", "mode"), "tap"), "daily_cost = 2\n", 'daily_cost = 2\n\n[turns]\nmode = "tap"\n'),
        (
            (("assistant", "instructions"), 'Be "kind",\nalways.'),
            "instructions = '''\nBe kind # always.\n[turns]\n'''",
            'instructions = """\nBe \\"kind\\",\nalways."""',
        ),
    ],
)
def test_the_rest_stays_as_it_was(
    change: tuple[tuple[str, str], str | float | None], before: str, after: str
) -> None:
    assert before in KEPT
    assert edited(KEPT, dict([change])) == KEPT.replace(before, after, 1)


def test_a_text_begins_with_its_first_setting() -> None:
    assert edited("", {("turns", "mode"): "tap"}) == '[turns]\nmode = "tap"\n'
    assert edited("# ours\r\n", {("audio", "cues"): False}) == "# ours\n\n[audio]\ncues = false\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("[audio]\ncues = true\n", ""),
        ("[audio]\ncues = true\n\n[turns]\nmode = 'tap'\n", "[turns]\nmode = 'tap'\n"),
        ("# ours\n[audio]\n\ncues = true\n\n[turns]\n", "# ours\n\n[turns]\n"),
        ("[audio]  # ours\ncues = true\n", "[audio]  # ours\n"),
        ("[audio]\ncues = true  # loud\n", "[audio]\n# loud\n"),
        ("[audio]\ncues = true\nvolume = 3\n", "[audio]\nvolume = 3\n"),
        ("audio.cues = true\n", ""),
    ],
)
def test_a_section_goes_with_its_last_setting(text: str, left: str) -> None:
    assert edited(text, {("audio", "cues"): None}) == left


@pytest.mark.parametrize(
    "text",
    [
        'assistant = { voice = "alloy" }',
        'assistant.voice = "alloy"\nlimits = 3',
        'assistant.voice = "alloy"\nlimits.daily_cost = 3',
    ],
)
def test_what_cannot_be_changed_line_by_line_is_told(text: str) -> None:
    with pytest.raises(CannotEdit):
        edited(text, {("assistant", "voice"): "marin", ("limits", "listen_s"): 3})


NAMES = st.sampled_from(["voice", "speed", "cues"])
VALUES = st.text(alphabet="ab\"\\#\n'=[] \t\r\x7fü", max_size=12) | st.integers() | st.booleans() | st.none()


@given(
    st.lists(st.tuples(st.sampled_from(["assistant", "audio"]), NAMES, VALUES), max_size=8),
    st.sampled_from(["", KEPT]),
)
def test_whatever_is_wanted_is_read_again(changes: list[tuple[str, str, str | None]], text: str) -> None:
    wanted = tomllib.loads(text)
    for section, key, value in changes:
        try:
            text = edited(text, {(section, key): value})
        except CannotEdit:
            continue
        if value is None:
            wanted.get(section, {}).pop(key, None)
        else:
            wanted.setdefault(section, {})[key] = value
    read = tomllib.loads(text)
    assert {name: table for name, table in read.items() if table} == {n: t for n, t in wanted.items() if t}
