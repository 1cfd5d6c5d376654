"""Trains the head of the network for BM1684 to answer, on what the chip's first stages give, what FP32 answers.

The stages before the head stay as they are. Their results in INT8 are computed once; then the head learns in the chip's
own arithmetic, through whose roundings gradients pass as if they were none.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm

import chip
from chip import Codes, Pair
from dataset import Sample, load, split
from loss import crowd_loss
from network import DEEP, DENSITY_SCALE, FINE, MIDDLE, CrowdNetwork, normalise
from plans import TILE

CELL_WEIGHT = 3.0
"""Of single cells in the loss, as in training."""

RATE = 5e-4
"""The highest rate; it falls along a cosine to zero."""

BATCH = 4

CHECKED = 20
"""Training pictures of each set, over all crowd sizes, that the head does not learn on: it is compared on them."""

READ = {FINE: "blocks.3.add", MIDDLE: "blocks.5.add", DEEP: "blocks.11.add"}
"""The values that the head reads."""


@dataclass
class Lesson:
    """One tile: what the head reads, and people per cell in FP32."""

    features: dict[int, torch.Tensor]
    """Whole numbers of one byte."""
    density: torch.Tensor


def as_tile(sample: Sample) -> np.ndarray:
    """The whole picture in one tile."""
    return cv2.resize(sample.picture(None), TILE[::-1], interpolation=cv2.INTER_LINEAR)


def views(sample: Sample, random: np.random.Generator) -> list[np.ndarray]:
    """The whole picture, and the mirror image of a part of it at its own scale, each of one tile's size."""
    picture = sample.picture(None)
    whole = part = as_tile(sample)
    if picture.shape[0] >= TILE[0] and picture.shape[1] >= TILE[1]:
        y, x = (int(random.integers(0, side - length + 1)) for side, length in zip(picture.shape, TILE))
        part = picture[y : y + TILE[0], x : x + TILE[1]]
    return [whole, np.ascontiguousarray(part[:, ::-1])]


def lessons(
    teacher: CrowdNetwork, network: CrowdNetwork, thresholds: dict[str, float], folder: Path, seed: int
) -> list[tuple[Sample, list[Lesson]]]:
    """Two tiles of every training picture of a set; what `views` gives first comes first."""
    random, taught = np.random.default_rng(seed), []
    with torch.inference_mode():
        for sample in tqdm(split(load(folder))[0], desc=f"first stages, {folder.name}", mininterval=10):
            shown = []
            for tile in views(sample, random):
                pictures = normalise(torch.from_numpy(tile[None])).contiguous()
                kept = chip.stages(network, Codes(thresholds), pictures)
                features = {number: value.codes.to(torch.int8) for number, value in kept.items()}
                shown.append(Lesson(features, teacher(pictures) * DENSITY_SCALE))
            taught.append((sample, shown))
    return taught


def parted(taught: list[tuple[Sample, list[Lesson]]]) -> tuple[list[Lesson], list[Lesson]]:
    """What is learned on; and the whole pictures that are only compared on."""
    order = sorted(range(len(taught)), key=lambda index: taught[index][0].count)
    checked = {order[round(place)] for place in np.linspace(0, len(order) - 1, 2 * CHECKED + 1)[1::2]}
    learned = [lesson for index, (_, shown) in enumerate(taught) if index not in checked for lesson in shown]
    return learned, [taught[index][1][0] for index in sorted(checked)]


def answer(network: CrowdNetwork, thresholds: dict[str, float], chosen: list[Lesson]) -> torch.Tensor:
    """People per cell by the head, in INT8."""
    backend, kept = Codes(thresholds), {}
    for place, name in READ.items():
        codes, step = torch.cat([lesson.features[place] for lesson in chosen]).float(), backend.step(name, True)
        kept[place] = Pair(codes * step, codes, step)
    return chip.head(network, backend, kept).exact * DENSITY_SCALE


def compared(network: CrowdNetwork, thresholds: dict[str, float], checked: list[Lesson]) -> str:
    """How far the counts of whole pictures are from FP32's."""
    with torch.inference_mode():
        counts = torch.stack([answer(network, thresholds, [lesson]).sum() for lesson in checked])
        exact = torch.stack([lesson.density.sum() for lesson in checked])
    apart = (counts / exact - 1).abs().mean()
    return f"{apart:.2%} at the mean, {counts.sum() / exact.sum() - 1:+.2%} in sum"


def refit(
    network: CrowdNetwork, thresholds: dict[str, float], learned: list[Lesson], rounds: int, seed: int
) -> None:
    """Trains the head of `network`, `rounds` times over all lessons in random order."""
    random = torch.Generator().manual_seed(seed)
    parameters = [value for name, value in network.named_parameters() if not name.startswith("blocks.")]
    optimiser = torch.optim.Adam(parameters, lr=RATE)
    batches = [batch for _ in range(rounds) for batch in torch.randperm(len(learned), generator=random).split(BATCH)]
    recent = None
    progress = tqdm(batches, desc="refitting the head", mininterval=10)
    for number, batch in enumerate(progress):
        optimiser.param_groups[0]["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * number / len(batches)))
        chosen = [learned[index] for index in batch]
        wanted = torch.cat([lesson.density for lesson in chosen])
        loss = crowd_loss(answer(network, thresholds, chosen), wanted, CELL_WEIGHT)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 50.0)
        optimiser.step()
        recent = loss.item() if recent is None else 0.98 * recent + 0.02 * loss.item()
        progress.set_postfix(loss=f"{recent:.3f}", refresh=False)
