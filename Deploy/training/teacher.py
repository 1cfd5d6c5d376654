"""A trained network whose features and densities another one learns to give, too."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from tqdm import tqdm

from network import DEEP, FINE, MIDDLE, normalise

WIDTHS = (FINE, MIDDLE, DEEP, MIDDLE)
"""Channels of `CrowdNetwork.features`."""

LOOKED_AT = 20
"""Batches by which the spread of the teacher's channels is measured."""


class Teacher(nn.Module):
    """Holds what translates the learner's features to the teacher's: a matrix a stage, trained with the learner."""

    def __init__(self, path: Path, taps: list[str], threads: int):
        super().__init__()
        model = onnx.load(path)
        for tap in taps:
            model.graph.output.append(onnx.ValueInfoProto(name=tap))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.names = [model.graph.output[0].name, *taps]
        self.translations = nn.ModuleList()

    def answers(self, pictures: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Densities as the network gives them, and features, each channel of spread one."""
        found = self.session.run(self.names, {"input": pictures.contiguous().numpy()})
        density, *features = map(torch.from_numpy, found)
        if len(self.translations) == 0:
            return density, features
        return density, [value * spread for value, spread in zip(features, self.spreads)]

    def measure(self, maker) -> None:
        """Finds the spread of the channels, and makes the translations."""
        squares = None
        for number in tqdm(range(LOOKED_AT), desc="teacher", leave=False):
            _, features = self.answers(normalise(maker.batch(number)[0]))
            found = [value.var((0, 2, 3)) for value in features]
            squares = found if squares is None else [a + b for a, b in zip(squares, found)]
        self.spreads = [torch.rsqrt(value / LOOKED_AT + 1e-8).view(1, -1, 1, 1) for value in squares]
        self.translations.extend(nn.Conv2d(width, value.numel(), 1) for width, value in zip(WIDTHS, squares))

    def loss(self, learned: list[torch.Tensor], features: list[torch.Tensor]) -> torch.Tensor:
        """Mean squared difference a channel, summed over the stages."""
        pairs = zip(self.translations, learned, features)
        return sum((translation(mine).float() - theirs).square().mean() for translation, mine, theirs in pairs)
