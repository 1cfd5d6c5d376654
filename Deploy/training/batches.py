"""Training batches, made ahead of need on background threads; batch number N is the same in every run."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import torch

import augmentation
import target
from dataset import Sample
from network import STRIDE


AHEAD = 8
"""Batches that are made before they are asked for."""


@dataclass(frozen=True)
class Source:
    """Samples drawn with one weight."""

    samples: list[Sample]
    weight: float


@dataclass(frozen=True)
class BatchMaker:
    """Draws crops from weighted sources. Every batch has its own generator, seeded by (seed, number)."""

    sources: list[Source]
    crops: int
    size: int
    scales: tuple[float, float]
    seed: int
    cache: Path | None

    def batch(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Crops x size x size x 3 bytes and crops x 1 x size/8 x size/8 people per cell."""
        random = np.random.default_rng((self.seed, number))
        weights = np.array([source.weight for source in self.sources])
        pictures, densities = [], []
        for _ in range(self.crops):
            source = self.sources[random.choice(len(weights), p=weights / weights.sum())]
            sample = source.samples[random.integers(len(source.samples))]
            picture, points = augmentation.crop(
                sample.picture(self.cache), sample.points, self.size, self.scales, random
            )
            picture, points = augmentation.turn(picture, points, random)
            pictures.append(augmentation.degrade(picture, random))
            densities.append(target.density(points, self.size, STRIDE)[None])
        return torch.from_numpy(np.stack(pictures)), torch.from_numpy(np.stack(densities))

    def ahead(self, first: int, threads: int = 2) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Batches from number `first` on, without end, in order; eight are made before they are asked for."""
        with ThreadPoolExecutor(threads) as pool:
            waiting = deque(pool.submit(self.batch, number) for number in range(first, first + AHEAD))
            for number in count(first + AHEAD):
                made = waiting.popleft().result()
                waiting.append(pool.submit(self.batch, number))
                yield made
