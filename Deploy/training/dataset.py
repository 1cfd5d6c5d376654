"""Picture sets on disk: `images/`, `truth.csv` (image,count) and `points.csv` (image,x,y of every head, pixels)."""

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np


@dataclass(frozen=True)
class Sample:
    """One picture with the heads marked in it; `points` is N x 2 (x, y) in pixels of the decoded picture."""

    name: str
    path: Path
    count: float
    points: np.ndarray

    def picture(self, cache: Path | None) -> np.ndarray:
        """The decoded picture, H x W x 3 bytes RGB; a gray file becomes three equal channels.

        With `cache` the decoded bytes are kept as .npy there and mapped into memory on the next call.
        """
        if cache is None:
            return decode(self.path)
        stored = cache / self.path.parent.parent.name / (self.name + ".npy")
        if not stored.exists():
            stored.parent.mkdir(parents=True, exist_ok=True)
            unfinished = stored.with_suffix(".partial.npy")
            np.save(unfinished, decode(self.path))
            unfinished.rename(stored)
        return np.load(stored, mmap_mode="r")


def decode(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{path} is not a picture OpenCV can read")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def load(folder: Path) -> list[Sample]:
    """All samples of a picture set, in the order of `truth.csv`; a picture without points is an empty scene."""
    points: dict[str, list[tuple[float, float]]] = {}
    with open(folder / "points.csv", newline="") as file:
        for row in csv.DictReader(file):
            points.setdefault(row["image"], []).append((float(row["x"]), float(row["y"])))
    samples = []
    with open(folder / "truth.csv", newline="") as file:
        for row in csv.DictReader(file):
            name = row["image"]
            heads = np.array(points.get(name, []), np.float32).reshape(-1, 2)
            samples.append(Sample(name, folder / "images" / name, float(row["count"]), heads))
    return samples


def split(samples: list[Sample], tenth: int = 10) -> tuple[list[Sample], list[Sample]]:
    """Training and validation part: every picture whose number in the file name is a multiple of `tenth` validates."""
    held_out = [sample for sample in samples if number(sample.name) % tenth == 0]
    kept = [sample for sample in samples if number(sample.name) % tenth != 0]
    return kept, held_out


def number(name: str) -> int:
    digits = "".join(character for character in Path(name).stem if character.isdigit())
    if not digits:
        raise ValueError(f"{name}: the split needs a number in the file name")
    return int(digits)
