"""Makes the scenes to train with, once, and keeps them: they take longer to make than to learn from.

python -m benchmarks.physical.scenes DIR [--minutes M] [--first SEED] [--processes N]

Reads the recordings of `fetch` and `voices` in DIR, writes DIR/scenes/SEED.npz, one minute each.
"""

from __future__ import annotations

import argparse
import time
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from .draw import training_scene
from .material import Material, load
from .scene import Scene

material: Material


def begin(directory: Path) -> None:
    global material
    material = load(directory, "train")


def save(path: Path, scene: Scene, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".part").open("wb") as file:
        np.savez(file, microphone=scene.microphone, reference=scene.reference, labels=scene.labels, name=name)
    path.with_suffix(".part").rename(path)


def make(work: tuple[Path, int]) -> None:
    directory, seed = work
    path = directory / "scenes" / f"{seed:05}.npz"
    if not path.exists():
        at, scene = training_scene(material, seed)
        save(path, scene, repr(at))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--minutes", type=int, default=240)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    work = [(args.directory, seed) for seed in range(args.first, args.first + args.minutes)]
    began = time.monotonic()
    with Pool(args.processes, begin, (args.directory,)) as pool:
        for done, _ in enumerate(pool.imap_unordered(make, work), 1):
            if done % 20 == 0:
                print(f"{done} of {args.minutes} minutes, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
