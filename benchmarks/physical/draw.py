"""Draws what differs from room to room: to train in many of them, and a table of rooms to be judged in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_agent.vocabulary.sound import MIC_RATE_HZ

from .geometry import Place, Random, Responses, responses
from .loudspeakers import TEST, TRAINING, Kind
from .material import Material, Signal, Voice
from .scene import Conditions, Scene, make

TRAINING_SCENE_S = 60


def place(random: Random) -> Place:
    """A room of 6 to 220 m², whose walls and furniture make a T60 of 0.2 to 1.2 s."""
    t60_s = random.uniform(0.2, 1.2)
    wide = random.uniform(2.5, 5.5) * (1 + max(0.0, t60_s - 0.4) * random.uniform(0.2, 1.5))
    size = (wide * random.uniform(1, 1.6), wide, random.uniform(2.3, 3.0) * (1 + 0.4 * max(0.0, t60_s - 0.6)))
    speaker_m = float(np.exp(random.uniform(np.log(0.06), np.log(0.8))))
    return Place(size, t60_s, min(speaker_m, 0.24 * wide), min(random.uniform(0.7, 3.0), 0.45 * wide))


def conditions(random: Random, kinds: Sequence[Kind] = TRAINING) -> Conditions:
    return Conditions(
        name="drawn",
        place=place(random),
        kind=kinds[int(random.integers(len(kinds)))],
        drive=random.uniform(0, 1),
        lowest_hz=random.uniform(80, 350),
        answer_db=random.uniform(62, 77),
        voice_db=random.uniform(59, 67),
        noise_db=random.uniform(29, 43),
        sensitivity_dbfs=random.uniform(-27, -4),
        answer_peak=float(np.exp(random.uniform(np.log(0.15), 0.0))),
        delay_ms=random.uniform(0, 60),
        drift_ppm=random.uniform(-100, 100) if random.random() < 0.3 else 0.0,
        moving_hz=random.uniform(0.05, 0.6) if random.random() < 0.4 else 0.0,
        babble=random.uniform(0.2, 1) if random.random() < 0.2 else 0.0,
        knocks_a_minute=random.uniform(2, 15) if random.random() < 0.25 else 0.0,
    )


def paced(clip: Signal, pace: float) -> Signal:
    """Quicker, and higher, by so much."""
    if pace == 1.0:
        return clip
    return np.asarray(np.interp(np.arange(0, len(clip) - 1, pace), np.arange(len(clip)), clip))


def answer(
    voice: Voice, seconds: float, peak: float, random: Random, *, pace: float = 1.0, dense: bool = False
) -> Signal:
    """Its clips one after another, in another order each time, now and then with a pause of a second or two.

    `dense`: without any pause between them.
    """
    wanted = int(seconds * MIC_RATE_HZ)
    parts: list[Signal] = [np.zeros(MIC_RATE_HZ // 2)]
    length = len(parts[0])
    while length < wanted:
        clip = voice.clips[int(random.integers(len(voice.clips)))]
        clip = paced(clip, pace)
        gap_s = random.uniform(0.8, 2.5) if random.random() < 0.06 else random.uniform(0.02, 0.35)
        if dense:
            gap_s = random.uniform(0.0, 0.06)
        parts += [clip * 10 ** (random.uniform(-2, 2) / 20), np.zeros(int(gap_s * MIC_RATE_HZ))]
        length += len(clip) + len(parts[-1])
    sound = np.concatenate(parts)[:wanted]
    return np.asarray(np.clip(sound * (peak / float(np.quantile(np.abs(sound), 0.9998))), -peak, peak))


def one_of(voices: Sequence[Voice], random: Random) -> Voice:
    """The more of it there is, the more often."""
    seconds = np.array([voice.seconds for voice in voices])
    return voices[int(random.choice(len(voices), p=seconds / seconds.sum()))]


def mixed(words: Sequence[tuple[str, Signal]], random: Random) -> Voice:
    """An answer of many people."""
    chosen = random.choice(len(words), 60, replace=False)
    return Voice("people", tuple(words[n][1] for n in chosen))


def excerpts(voice: Voice, count: int, random: Random) -> list[tuple[str, Signal]]:
    """Half a second to two of what a voice says, from anywhere."""
    found = []
    for _ in range(count):
        clip = voice.clips[int(random.integers(len(voice.clips)))]
        length = int(random.uniform(0.5, 2.0) * MIC_RATE_HZ)
        start = int(random.integers(max(1, len(clip) - length)))
        found.append((voice.name, clip[start : start + length]))
    return found


def spoken(
    words: Sequence[tuple[str, Signal]],
    seconds: float,
    between_s: tuple[float, float],
    random: Random,
    first_s: float,
) -> list[tuple[int, Signal]]:
    """When somebody says what: single words, and some in a row."""
    said: list[tuple[int, Signal]] = []
    at_s = first_s + random.uniform(0, between_s[1])
    while True:
        for _ in range(1 if random.random() < 0.7 else random.integers(2, 5)):
            word = words[int(random.integers(len(words)))][1]
            start, at_s = int(at_s * MIC_RATE_HZ), at_s + len(word) / MIC_RATE_HZ + random.uniform(0, 0.3)
            if at_s > seconds - 0.5:
                return said
            said.append((start, word))
        at_s += random.uniform(*between_s)


def training_scene(material: Material, seed: int) -> tuple[Conditions, Scene]:
    random = np.random.default_rng(seed)
    at = conditions(random)
    rooms = responses(at.place, random, moved_m=random.uniform(0.02, 0.4))
    voice = one_of(material.voices, random)
    if random.random() < 0.2:
        voice = mixed(material.words, random)
    pace, dense = random.uniform(0.8, 1.25), random.random() < 0.5
    reference = answer(voice, TRAINING_SCENE_S, at.answer_peak, random, pace=pace, dense=dense)
    person = (
        excerpts(one_of(material.voices, random), 20, random) if random.random() < 0.35 else material.words
    )
    higher = random.uniform(0.8, 1.25)
    words = (
        spoken(person, TRAINING_SCENE_S, (0.8, 5.0), random, random.choice([0.3, 2.0, 8.0]))
        if random.random() < 0.75
        else []
    )
    words = [
        (start, paced(word, higher)) for start, word in words if start + len(word) / higher < len(reference)
    ]
    return at, make(at, rooms, reference, words, [word for _, word in material.words], random)


@dataclass(frozen=True, slots=True)
class Judged:
    at: Conditions
    rooms: Responses
    seed: int


# name, size in m, T60 in s, loudspeaker and person in m
TABLE = (
    ("office", (4.2, 3.4, 2.6), 0.45, 0.15, 1.2),
    ("office, far", (5.5, 4.5, 2.8), 0.6, 0.2, 2.4),
    ("living room", (5.8, 4.2, 2.5), 0.5, 0.35, 1.8),
    ("kitchen", (3.6, 2.9, 2.5), 0.7, 0.5, 1.0),
    ("hall", (11.0, 8.0, 3.6), 1.1, 0.25, 1.5),
    ("kiosk in a hall", (13.0, 9.0, 4.2), 1.2, 0.12, 1.0),
    ("speaker apart", (4.8, 4.4, 2.6), 0.35, 1.0, 1.5),
    ("one small case", (4.0, 3.6, 2.5), 0.4, 0.08, 1.2),
)
LOUDNESS = (66.0, 74.0)
SENSITIVITIES = (-26.0, -14.0, -10.0)


def judged(sensitivity_dbfs: float | None = None) -> list[Judged]:
    """Each room at two levels of the answer. None: another microphone in each."""
    found = []
    for number, (name, size, t60_s, speaker_m, person_m) in enumerate(TABLE):
        for loud, answer_db in enumerate(LOUDNESS):
            seed = 90_000 + 10 * number + loud
            random = np.random.default_rng(seed)
            at = Conditions(
                f"{name}, {answer_db:.0f} dB",
                Place(size, t60_s, speaker_m, person_m),
                TEST[(number + loud) % len(TEST)],
                drive=0.35 + 0.45 * loud,
                lowest_hz=150 + 20 * number,
                answer_db=answer_db,
                voice_db=random.uniform(60, 66),
                noise_db=random.uniform(30, 40),
                sensitivity_dbfs=sensitivity_dbfs or SENSITIVITIES[(number + loud) % len(SENSITIVITIES)],
                delay_ms=random.uniform(5, 40),
                drift_ppm=(0.0, 60.0, -100.0)[number % 3] if loud else 0.0,
                moving_hz=0.2 if number % 3 == 1 else 0.0,
                babble=1.0 if number == 5 else 0.0,
            )
            found.append(Judged(at, responses(at.place, random, moved_m=0.15), seed))
    return found


def alone(judge: Judged, voice: Voice, seconds: float) -> Scene:
    random = np.random.default_rng(judge.seed)
    reference = answer(voice, seconds, judge.at.answer_peak, random)
    return make(judge.at, judge.rooms, reference, [], [voice.clips[0]], random)


def spoken_over(judge: Judged, voice: Voice, words: Sequence[Signal]) -> Scene:
    """Each of these words once over an answer, two to four seconds apart, after it has sounded for ten."""
    random = np.random.default_rng(judge.seed + 1)
    said, at_s = [], 10.0
    for word in words:
        said.append((int(at_s * MIC_RATE_HZ), word))
        at_s += len(word) / MIC_RATE_HZ + random.uniform(2, 4)
    reference = answer(voice, at_s, judge.at.answer_peak, random)
    return make(judge.at, judge.rooms, reference, said, list(words), random)
