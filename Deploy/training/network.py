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

    Its results are normalised (batch normalisation, Ioffe and Szegedy 2015) in three ways, one after the other: by the
    batch while the network learns fast; by statistics that stay (`fix`), so that what is trained is the function that is
    run; and within the weights (`fold`), as the files have it.
    """

    EPSILON = 1e-5

    MOMENTUM = 0.01
    """Part of the kept statistics that every batch renews."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, dilation: int = 1, rectified: bool = True):
        super().__init__()
        self.stride, self.dilation, self.rectified = stride, dilation, rectified
        self.shape = (outputs, inputs, kernel, kernel)
        # A matrix, a row an output: what Muon makes orthogonal steps of.
        self.weight = nn.Parameter(torch.empty(outputs, inputs * kernel**2))
        self.gain = nn.Parameter(torch.ones(outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("mean", torch.zeros(outputs))
        self.register_buffer("variance", torch.full((outputs,), float(inputs * kernel**2)))
        self.fixed = False
        nn.init.normal_(self.weight)

    def fix(self) -> None:
        """From here on results are normalised by the statistics as they are."""
        self.fixed = True

    def factor(self) -> torch.Tensor:
        return self.gain * torch.rsqrt(self.variance + self.EPSILON)

    def effective(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Weights and biases as they are run."""
        factor = self.factor()
        return (self.weight * factor[:, None]).view(self.shape), self.bias - self.mean * factor

    @torch.no_grad()
    def fold(self) -> None:
        """Makes what is run the parameters themselves."""
        weight, bias = self.effective()
        self.weight.copy_(weight.flatten(1))
        self.bias.copy_(bias)
        self.gain.fill_(1)
        self.mean.zero_()
        self.variance.fill_(1 - self.EPSILON)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        padding = self.dilation * (self.shape[2] // 2)
        if self.fixed:
            weight, bias = self.effective()
            result = functional.conv2d(features, weight, bias, self.stride, padding, self.dilation)
        else:
            weight = self.weight.view(self.shape)
            result = functional.conv2d(features, weight, None, self.stride, padding, self.dilation)
            result = functional.batch_norm(
                result, self.mean, self.variance, self.gain, self.bias, self.training, self.MOMENTUM, self.EPSILON
            )
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
        self.head.fix()

    def convolutions(self) -> list[Convolution]:
        return [module for module in self.modules() if isinstance(module, Convolution)]

    def fix(self) -> None:
        for convolution in self.convolutions():
            convolution.fix()

    def features(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """What its stages give: at strides 4, 8 and 16, and at 8 where all are joined."""
        fine = self.fine(self.stem(pictures))
        for block in self.fine_blocks:
            fine = block(fine)
        middle = self.middle(fine)
        for block in self.middle_blocks:
            middle = block(middle)
        deep = self.deep(middle)
        for block in self.deep_blocks:
            deep = block(deep)
        joined = middle + functional.interpolate(self.up(deep), scale_factor=2, mode="nearest")
        for block in self.join_blocks:
            joined = block(joined)
        return [fine, middle, deep, joined]

    def output(self, joined: torch.Tensor) -> torch.Tensor:
        return self.head(self.last(joined))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.output(self.features(pictures)[-1])


def normalise(pictures: torch.Tensor) -> torch.Tensor:
    """N x H x W x 3 bytes to N x 3 x H x W float32 in channels-last order, as the network takes them."""
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    scale = torch.tensor(SCALE).view(1, 3, 1, 1)
    return (pictures.permute(0, 3, 1, 2).float() - mean) * scale
