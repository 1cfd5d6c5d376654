"""The network in the INT8 arithmetic of BM1684, beside itself in FP32, and with gradients.

One step for all weights of a convolution, results that are only shifted, 16-bit biases: bit for bit what the compiler's
interpreter gives. A value is eight bits without a sign, but for the input, which has one: nothing else is negative.
"""

import math
from dataclasses import dataclass, field
from typing import Protocol

import torch
import torch.nn.functional as functional
from torch import nn

from network import Block, Convolution, CrowdNetwork


@dataclass
class Pair:
    """A value in FP32 and as the chip has it: `codes`, whole numbers in floats, times `step`."""

    exact: torch.Tensor
    codes: torch.Tensor
    step: float


class Backend(Protocol):
    """What `walk` asks for each operator. `name` is that of its result."""

    def take(self, pictures: torch.Tensor) -> Pair: ...

    def convolve(self, name: str, value: Pair, convolution: Convolution) -> Pair: ...

    def add(self, name: str, first: Pair, second: Pair) -> Pair: ...


def walk(network: CrowdNetwork, backend: Backend, pictures: torch.Tensor) -> Pair:
    """The network's operators in order, as the compiler has them."""

    def blocks(name: str, value: Pair, listed: nn.ModuleList) -> Pair:
        for number, block in enumerate(listed):
            assert isinstance(block, Block)
            inner = backend.convolve(f"{name}.{number}.convolution", value, block.convolution)
            value = backend.add(f"{name}.{number}.add", value, inner)
        return value

    value = backend.convolve("stem", backend.take(pictures), network.stem)
    value = blocks("fine_blocks", backend.convolve("fine", value, network.fine), network.fine_blocks)
    value = blocks("middle_blocks", backend.convolve("middle", value, network.middle), network.middle_blocks)
    deep = blocks("deep_blocks", backend.convolve("deep", value, network.deep), network.deep_blocks)
    up = backend.convolve("up", deep, network.up)
    value = backend.add("join", value, Pair(doubled(up.exact), doubled(up.codes), up.step))
    value = blocks("join_blocks", value, network.join_blocks)
    return backend.convolve("head", backend.convolve("last", value, network.last), network.head)


def doubled(value: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(value, scale_factor=2, mode="nearest")


def half_up(value: torch.Tensor) -> torch.Tensor:
    return torch.floor(value + 0.5)


def half_away(value: torch.Tensor) -> torch.Tensor:
    return torch.trunc(value + 0.5 * torch.sign(value))


@dataclass
class Largest:
    """Computes in FP32 alone, and keeps how large every value grows."""

    thresholds: dict[str, float] = field(default_factory=dict)

    def see(self, name: str, value: torch.Tensor) -> Pair:
        self.thresholds[name] = max(self.thresholds.get(name, 0.0), float(value.abs().max()))
        return Pair(value, value, 1.0)

    def take(self, pictures: torch.Tensor) -> Pair:
        return self.see("input", pictures)

    def convolve(self, name: str, value: Pair, convolution: Convolution) -> Pair:
        return self.see(name, convolution(value.exact))

    def add(self, name: str, first: Pair, second: Pair) -> Pair:
        return self.see(name, first.exact + second.exact)


class Rounded(torch.autograd.Function):
    """A value as `rounding` makes it; its gradient passes as if it had not been rounded."""

    @staticmethod
    def forward(context, value, rounding):
        return rounding(value)

    @staticmethod
    def backward(context, gradient):
        return gradient, None


@dataclass
class Chip:
    """Computes every operator in INT8, with gradients; `exact` of its results is what the codes stand for."""

    thresholds: dict[str, float]

    def step(self, name: str) -> float:
        return self.thresholds[name] / (127 if name == "input" else 255)

    def take(self, pictures: torch.Tensor) -> Pair:
        step = self.step("input")
        return self.pair(half_away(pictures / step).clamp(-128, 127), step)

    def convolve(self, name: str, value: Pair, convolution: Convolution) -> Pair:
        step, (weight, bias) = self.step(name), convolution.effective()
        shift = self.shift(float(weight.detach().abs().max()), bias.detach(), value.step, step)
        codes = Rounded.apply(weight * (2.0**shift * value.step / step), half_away).clamp(-128, 127)
        whole = Rounded.apply(bias * (2.0**shift / step), half_away).clamp(-(2**15), 2**15 - 1)
        padding = convolution.dilation * (weight.shape[2] // 2)
        sums = functional.conv2d(value.codes, codes, whole, convolution.stride, padding, convolution.dilation)
        return self.pair(Rounded.apply(sums * 2.0**-shift, half_up).clamp(0, 255), step)

    def add(self, name: str, first: Pair, second: Pair) -> Pair:
        step, sums = self.step(name), 0
        for part in (first, second):
            shift, factor = self.share(part.step, step)
            sums = sums + Rounded.apply(part.codes * (factor * 2.0**-shift), half_up)
        return self.pair(sums.clamp(0, 255), step)

    @staticmethod
    def pair(codes: torch.Tensor, step: float) -> Pair:
        return Pair(codes * step, codes, step)

    @staticmethod
    def share(before: float, after: float) -> tuple[int, int]:
        """By how many bits one side of a sum is shifted right, and what it is multiplied by before."""
        shift = max(0, math.floor(math.log2(127 * after / before)))
        return shift, min(127, math.floor(2**shift * before / after + 0.5))

    @staticmethod
    def shift(largest: float, bias: torch.Tensor, before: float, after: float) -> int:
        """By how many bits sums are shifted right: as many as the largest weight, and then the biases, leave room for."""
        shift = 0
        while largest * before / after * 2 ** (shift + 1) < 127:
            shift += 1
        while shift > 0 and (half_away(bias * 2.0**shift / after).abs() >= 2**15).float().mean() > 0.03:
            shift -= 1
        return shift
