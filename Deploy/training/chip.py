"""The network in the INT8 arithmetic of BM1684, beside itself in FP32.

One step for all weights of a convolution, results that are only shifted, 16-bit biases: bit for bit what the compiler's
interpreter gives. A value is INT8 where it may be negative, else eight bits without a sign.
"""

import math
from dataclasses import dataclass, field
from typing import Protocol

import torch
import torch.nn.functional as functional

from network import DEEP, FINE, MIDDLE, Convolution, CrowdNetwork

LIMIT = 6.0
"""Where the activations in the blocks end."""


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

    def add(self, name: str, first: Pair, second: Pair, rectified: bool, signed: bool) -> Pair: ...


def walk(network: CrowdNetwork, backend: Backend, pictures: torch.Tensor) -> Pair:
    """The network's operators in order, as the compiler has them."""
    return head(network, backend, stages(network, backend, pictures))


def stages(network: CrowdNetwork, backend: Backend, pictures: torch.Tensor) -> dict[int, Pair]:
    """The pretrained stages: what the head reads, by the numbers FINE, MIDDLE and DEEP."""
    value, kept = backend.take(pictures), {}
    for number, block in enumerate(network.blocks):
        if number == 0:
            value = backend.convolve("blocks.0", value, block)
        else:
            wide = value
            if number == 2:
                wide = backend.convolve("blocks.2.expand", value, joined(network))
            elif block.expand is not None:
                wide = backend.convolve(f"blocks.{number}.expand", value, block.expand)
            wide = backend.convolve(f"blocks.{number}.filter", wide, block.filter)
            if number == 1:
                value = wide
                continue
            narrow = backend.convolve(f"blocks.{number}.project", wide, block.project)
            value = backend.add(f"blocks.{number}.add", narrow, value, False, True) if block.shortcut else narrow
        if number in network.ends:
            kept[network.ends.index(number)] = value
    return {number: kept[number] for number in (FINE, MIDDLE, DEEP)}


def head(network: CrowdNetwork, backend: Backend, kept: dict[int, Pair]) -> Pair:
    """What follows them, to the density."""
    deep = backend.convolve("deep", kept[DEEP], network.deep)
    deep = Pair(doubled(deep.exact), doubled(deep.codes), deep.step)
    fine = backend.convolve("fine", kept[FINE], network.fine)
    middle = backend.convolve("middle", kept[MIDDLE], network.middle)
    value = backend.add("join", backend.add("sides", fine, middle, False, True), deep, True, False)
    value = backend.convolve("mix", value, network.mix)
    for number, convolution in enumerate(network.context):
        context = backend.convolve(f"context.{number}", value, convolution)
        value = backend.add(f"context.{number}.add", value, context, False, False)
    return backend.convolve("head", backend.convolve("last", value, network.last), network.head)


def joined(network: CrowdNetwork) -> Convolution:
    """The end of block 1 and the beginning of block 2, between which nothing bends: the compiler makes them one."""
    narrow, widen = network.blocks[1].project, network.blocks[2].expand
    first, second = narrow.folded()[:, :, 0, 0], widen.folded()[:, :, 0, 0]
    convolution = Convolution(first.shape[1], second.shape[0])
    convolution.weight.data = (second @ first)[:, :, None, None]
    convolution.bias.data = widen.bias + second @ narrow.bias
    return convolution


def doubled(value: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(value, scale_factor=2, mode="nearest")


def half_up(value: torch.Tensor) -> torch.Tensor:
    return torch.floor(value + 0.5)


def half_away(value: torch.Tensor) -> torch.Tensor:
    return torch.trunc(value + 0.5 * torch.sign(value))


@dataclass
class Chip:
    """Computes every operator twice; with `correct` each bias first takes up the mean error of what is before it."""

    thresholds: dict[str, float]
    correct: bool = False
    corrections: dict[str, torch.Tensor] = field(default_factory=dict)
    """What was added to the biases, for each convolution."""

    def step(self, name: str, signed: bool) -> float:
        return self.thresholds[name] / (127 if signed else 255)

    def take(self, pictures: torch.Tensor) -> Pair:
        step = self.step("input", True)
        return Pair(pictures, half_away(pictures / step).clamp(-128, 127), step)

    def convolve(self, name: str, value: Pair, convolution: Convolution) -> Pair:
        signed = convolution.ceiling is None
        low, high = (-128, 127) if signed else (0, 255)
        step = self.step(name, signed)
        weight, bias = convolution.folded(), convolution.bias
        exact = plain(convolution, value.exact, weight, bias)
        if not signed:
            exact = exact.clamp(0, convolution.ceiling)
        shift = self.shift(float(weight.abs().max()), bias, value.step, step)
        codes = half_away(weight * (2.0**shift * value.step / step)).clamp(-128, 127)
        # Without the bias, in steps of the result and before rounding.
        sums = plain(convolution, value.codes, codes, None)

        def result(offset: torch.Tensor) -> torch.Tensor:
            whole = half_away(offset * (2.0**shift / step)).clamp(-(2**15), 2**15 - 1)
            return half_up((sums + whole.view(1, -1, 1, 1)) * 2.0**-shift).clamp(low, high)

        added = torch.zeros_like(bias)
        if self.correct:
            wanted = exact.mean((0, 2, 3))
            # What is cut off at both ends does not follow the bias: a few rounds.
            for _ in range(1 if signed else 4):
                added += wanted - result(bias + added).mean((0, 2, 3)) * step
            self.corrections[name] = added
        return Pair(exact, result(bias + added), step)

    def add(self, name: str, first: Pair, second: Pair, rectified: bool, signed: bool) -> Pair:
        step = self.step(name, signed)
        codes = torch.zeros_like(first.codes)
        for part in (first, second):
            shift, factor = self.share(part.step, step)
            codes += half_up(part.codes * factor * 2.0**-shift)
        exact = first.exact + second.exact
        exact = exact.clamp(min=0) if rectified else exact
        return Pair(exact, codes.clamp(-128 if signed else 0, 127 if signed else 255), step)

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


class Rounded(torch.autograd.Function):
    """A value as `rounding` makes it; its gradient passes as if it had not been rounded."""

    @staticmethod
    def forward(context, value, rounding):
        return rounding(value)

    @staticmethod
    def backward(context, gradient):
        return gradient, None


class Codes(Chip):
    """Computes every operator in INT8 alone, with gradients; `exact` of its results is what the codes stand for."""

    def take(self, pictures: torch.Tensor) -> Pair:
        return self.pair(super().take(pictures).codes, self.step("input", True))

    def convolve(self, name: str, value: Pair, convolution: Convolution) -> Pair:
        signed = convolution.ceiling is None
        step, weight, bias = self.step(name, signed), convolution.folded(), convolution.bias
        shift = self.shift(float(weight.detach().abs().max()), bias.detach(), value.step, step)
        codes = Rounded.apply(weight * (2.0**shift * value.step / step), half_away).clamp(-128, 127)
        whole = Rounded.apply(bias * (2.0**shift / step), half_away).clamp(-(2**15), 2**15 - 1)
        sums = plain(convolution, value.codes, codes, whole)
        low, high = (-128, 127) if signed else (0, 255)
        return self.pair(Rounded.apply(sums * 2.0**-shift, half_up).clamp(low, high), step)

    def add(self, name: str, first: Pair, second: Pair, rectified: bool, signed: bool) -> Pair:
        step, sums = self.step(name, signed), 0
        for part in (first, second):
            shift, factor = self.share(part.step, step)
            sums = sums + Rounded.apply(part.codes * (factor * 2.0**-shift), half_up)
        return self.pair(sums.clamp(-128 if signed else 0, 127 if signed else 255), step)

    @staticmethod
    def pair(codes: torch.Tensor, step: float) -> Pair:
        return Pair(codes * step, codes, step)


def plain(
    convolution: Convolution, value: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    padding = convolution.dilation * (weight.shape[2] // 2)
    return functional.conv2d(
        value, weight, bias, convolution.stride, padding, convolution.dilation, convolution.groups
    )
