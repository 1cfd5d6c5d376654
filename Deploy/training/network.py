"""The crowd network: convolutions of stride 1 and 2, then dilated residual blocks at stride 8, ReLU everywhere."""

import torch
from torch import nn

STRIDE = 8
"""Input pixels per output cell, both ways."""

DENSITY_SCALE = 0.01
"""People = output * DENSITY_SCALE: the output runs from 0 to some hundreds, so that INT8 has steps to spend."""

MEAN = (123.675, 116.28, 103.53)
"""Subtracted from each RGB pixel (0..255): the means usual in the field, in 0..255 units."""

SCALE = (0.017, 0.017, 0.017)
"""Multiplied after the mean is subtracted: about one over the standard deviation of natural pictures."""


class Block(nn.Module):
    """Two 3x3 convolutions of one dilation around a shortcut; widens the view without losing resolution."""

    def __init__(self, channels: int, dilation: int):
        super().__init__()
        self.first = convolution(channels, channels, dilation=dilation)
        self.second = convolution(channels, channels, dilation=dilation, activation=False)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.relu(features + self.second(self.first(features)))


class CrowdNetwork(nn.Module):
    """N x 3 x H x W normalised RGB (sides multiples of 8) to N x 1 x H/8 x W/8, people per cell / DENSITY_SCALE.

    Widths are multiples of 16 (BM1684 works on 32 channels at once, 16 is enough where the map is large); three strided
    convolutions stand where pooling would, so the whole network is convolution + ReLU + addition.
    """

    def __init__(self, widths: tuple[int, int, int, int] = (16, 32, 64, 96), dilations: tuple[int, ...] = (1, 2, 3, 4)):
        super().__init__()
        full, half, quarter, eighth = widths
        self.features = nn.Sequential(
            convolution(3, full),
            convolution(full, half, stride=2),
            convolution(half, half),
            convolution(half, quarter, stride=2),
            convolution(quarter, quarter),
            convolution(quarter, eighth, stride=2),
            *[Block(eighth, dilation) for dilation in dilations],
        )
        self.head = nn.Conv2d(eighth, 1, 1)
        nn.init.normal_(self.head.weight, std=0.1)
        nn.init.constant_(self.head.bias, 2.0)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.head(self.features(pictures)))


def convolution(
    inputs: int, outputs: int, stride: int = 1, dilation: int = 1, activation: bool = True
) -> nn.Sequential:
    layers = [
        nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    if activation:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


def normalise(pictures: torch.Tensor) -> torch.Tensor:
    """N x H x W x 3 bytes to N x 3 x H x W float32 in channels-last order, as the network takes them."""
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    scale = torch.tensor(SCALE).view(1, 3, 1, 1)
    return (pictures.permute(0, 3, 1, 2).float() - mean) * scale
