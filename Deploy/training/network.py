"""The crowd network: plain convolutions at strides 2 to 16, and a head that joins strides 8 and 16 at stride 8."""

import torch
import torch.nn.functional as functional
from torch import nn

STRIDE = 8
"""Input pixels per output cell, both ways. The sides of a picture must be multiples of twice this."""

DENSITY_SCALE = 0.01
"""People = output * DENSITY_SCALE: the output runs from 0 to some hundreds, so that INT8 has steps to spend."""

MEAN = (127.0, 127.0, 127.0)
"""Subtracted from each RGB pixel (0..255)."""

SCALE = (0.0078125, 0.0078125, 0.0078125)
"""Multiplied after the mean is subtracted: 1/128, so that the chip's codes are pixels less 127."""

STEM, FINE, MIDDLE, DEEP = 16, 48, 96, 128
"""Channels at strides 2, 4, 8 and 16: most of the work is where a head is one cell to a few."""


class Convolution(nn.Module):
    """3x3 or 1x1 convolution with bias, and ReLU where `rectified`.

    In training the weights that run are `weight`, standardised: every output's have mean zero and a fixed variance, times a
    `gain` that is learned ("scaled weight standardisation", Brock et al. 2021, arXiv:2101.08692). It does for training what
    normalisation over the batch does, is the same function on any batch, and at the end it is but weights: `fold` makes it
    so.
    """

    GAMMA = 2**0.5
    """Undoes what ReLU takes of the variance, for inputs of about zero mean."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, dilation: int = 1, rectified: bool = True):
        super().__init__()
        self.stride, self.dilation, self.rectified = stride, dilation, rectified
        self.shape = (outputs, inputs, kernel, kernel)
        # A matrix, a row an output: what Muon makes orthogonal steps of.
        self.weight = nn.Parameter(torch.empty(outputs, inputs * kernel**2))
        self.gain = nn.Parameter(torch.ones(outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.standardised = True
        nn.init.normal_(self.weight)

    def effective(self) -> torch.Tensor:
        """The weights as they are run."""
        if not self.standardised:
            return self.weight.view(self.shape)
        variance, mean = torch.var_mean(self.weight, 1, correction=0, keepdim=True)
        factor = self.gain[:, None] * torch.rsqrt(variance * self.weight.shape[1] + 1e-6) * self.GAMMA
        return ((self.weight - mean) * factor).view(self.shape)

    @torch.no_grad()
    def fold(self) -> None:
        """Makes the weights that are run the parameters themselves."""
        if self.standardised:
            self.weight.copy_(self.effective().flatten(1))
            self.gain.fill_(1)
            self.standardised = False

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        padding = self.dilation * (self.shape[2] // 2)
        result = functional.conv2d(features, self.effective(), self.bias, self.stride, padding, self.dilation)
        return functional.relu_(result) if self.rectified else result


class Block(nn.Module):
    """A convolution of the stage's own width, added to what it was given."""

    def __init__(self, width: int, dilation: int = 1):
        super().__init__()
        self.convolution = Convolution(width, width, dilation=dilation)
        nn.init.constant_(self.convolution.gain, 0.5)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features + self.convolution(features)


class CrowdNetwork(nn.Module):
    """N x 3 x H x W normalised RGB (sides multiples of 16) to N x 1 x H/8 x W/8, people per cell / DENSITY_SCALE.

    Convolution, ReLU, addition and one doubling of resolution: all of which the BM1684 compiler has in INT8.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, STEM, stride=2)
        self.fine = Convolution(STEM, FINE, stride=2)
        self.fine_blocks = nn.ModuleList([Block(FINE)])
        self.middle = Convolution(FINE, MIDDLE, stride=2)
        self.middle_blocks = nn.ModuleList([Block(MIDDLE), Block(MIDDLE)])
        self.deep = Convolution(MIDDLE, DEEP, stride=2)
        self.deep_blocks = nn.ModuleList([Block(DEEP), Block(DEEP, dilation=2)])
        self.up = Convolution(DEEP, MIDDLE, 1)
        self.join_blocks = nn.ModuleList([Block(MIDDLE), Block(MIDDLE, dilation=2)])
        self.last = Convolution(MIDDLE, MIDDLE // 2)
        self.head = Convolution(MIDDLE // 2, 1, 1)
        nn.init.constant_(self.up.gain, 0.5)
        nn.init.constant_(self.head.bias, 2.0)

    def convolutions(self) -> list[Convolution]:
        return [module for module in self.modules() if isinstance(module, Convolution)]

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        features = self.fine(self.stem(pictures))
        for block in self.fine_blocks:
            features = block(features)
        features = self.middle(features)
        for block in self.middle_blocks:
            features = block(features)
        deep = self.deep(features)
        for block in self.deep_blocks:
            deep = block(deep)
        features = features + functional.interpolate(self.up(deep), scale_factor=2, mode="nearest")
        for block in self.join_blocks:
            features = block(features)
        return self.head(self.last(features))


def normalise(pictures: torch.Tensor) -> torch.Tensor:
    """N x H x W x 3 bytes to N x 3 x H x W float32 in channels-last order, as the network takes them."""
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    scale = torch.tensor(SCALE).view(1, 3, 1, 1)
    return (pictures.permute(0, 3, 1, 2).float() - mean) * scale
