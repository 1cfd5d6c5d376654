"""Readies a network for BM1684 and writes it with its table of thresholds.

The chip has one step for all weights of a convolution and one for all channels of a value, so that channels with small
weights or values are left few steps. Where a channel is multiplied by a factor and the weights that read it are divided
by it, the network answers the same; the factors are sought by descent on the expected noise. Rounding then still shifts
the mean of many channels, and the count with them: each bias takes up its own channel's shift, in order. What is left
the head learns to take up (`refit.py`).
"""

import argparse
import copy
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from onnx import numpy_helper
from tqdm import tqdm

import export
from chip import LIMIT, Chip, Pair, joined, plain, walk
from dataset import load, split
from network import Convolution, CrowdNetwork, normalise
from plans import TILE
from refit import compared, lessons, parted, refit

WINDOW = (384, 512)
"""Height and width of what is cut from a tile: a third of the work, the same statistics."""

RARELY = 1e-3
"""A channel that reaches LIMIT at fewer places may be scaled down, which lifts its limit."""

STEPS = 120
"""Of descent; it stands still well before."""

STAGES = {2: "24", 3: "24", 4: "40", 5: "40", 6: "80", 7: "80", 8: "80", 9: "112", 10: "112", 11: "112"}
"""Blocks that add to each other share the factors of their channels."""

ROOM = 1.25
"""By how much values may outgrow those of the windows before they are cut off, where no limit holds them."""

HEAD_ROOM = 1.7
"""The same for HEAD: the densest crowds are denser than the windows, and what is cut off is missing people."""

HEAD = ("join", "mix", "context.0", "context.0.add", "context.1", "context.1.add", "last", "head")

LARGEST = {"24": "blocks.3.add", "40": "blocks.5.add", "80": "blocks.8.add", "112": "blocks.11.add"} | {
    "join": "join", "body": "context.1.add", "last": "last"
}  # fmt: skip
"""The value of each set of factors that grows largest, outside the blocks' insides."""


def wiring() -> dict[str, tuple[str | None, str | None]]:
    """For each convolution the factors of the channels it reads and of those it writes."""
    wires: dict[str, tuple[str | None, str | None]] = {
        "blocks.0": (None, "blocks.0"),
        "blocks.1.filter": ("blocks.0", "blocks.1.filter"),
        "blocks.2.expand": ("blocks.1.filter", "blocks.2.expand"),
    }
    for number in range(2, 12):
        if number > 2:
            wires[f"blocks.{number}.expand"] = (STAGES[number - 1], f"blocks.{number}.expand")
        wires[f"blocks.{number}.filter"] = (f"blocks.{number}.expand", f"blocks.{number}.filter")
        wires[f"blocks.{number}.project"] = (f"blocks.{number}.filter", STAGES[number])
    wires |= {"fine": ("24", "join"), "middle": ("40", "join"), "deep": ("112", "join"), "mix": ("join", "body")}
    wires |= {"context.0": ("body", "body"), "context.1": ("body", "body")}
    return wires | {"last": ("body", "last"), "head": ("last", None)}


@dataclass
class Channels:
    """What the channels of one value were seen to do."""

    input_squared: torch.Tensor
    """Mean square of the channels that were read."""
    variance: torch.Tensor
    """Before the activation."""
    largest: torch.Tensor
    at_limit: torch.Tensor
    """Part of the places at which LIMIT was reached."""


class Observer:
    """Runs the network in FP32 alone and keeps what its channels did."""

    def __init__(self) -> None:
        self.seen: dict[str, Channels] = {}

    def take(self, pictures: torch.Tensor) -> Pair:
        return Pair(pictures, pictures, 1)

    def convolve(self, name: str, value: Pair, convolution: Convolution) -> Pair:
        before = plain(convolution, value.exact, convolution.folded(), convolution.bias)
        after = before if convolution.ceiling is None else before.clamp(0, convolution.ceiling)
        return self.keep(name, value.exact, before, after)

    def add(self, name: str, first: Pair, second: Pair, rectified: bool, signed: bool) -> Pair:
        before = first.exact + second.exact
        return self.keep(name, before, before, before.clamp(min=0) if rectified else before)

    def keep(self, name: str, read: torch.Tensor, before: torch.Tensor, after: torch.Tensor) -> Pair:
        across = (0, 2, 3)
        self.seen[name] = Channels(
            read.double().square().mean(across) if read.numel() < 1 << 20 else read.square().mean(across).double(),
            before.var(across).double(),
            after.abs().amax(across).double(),
            (before >= LIMIT).float().mean(across).double(),
        )
        return Pair(after, after, 1)


def part(network: CrowdNetwork, name: str) -> Convolution:
    """The convolution `name`."""
    found: torch.nn.Module = network
    for word in name.split("."):
        found = found[int(word)] if word.isdigit() else getattr(found, word)
    return found


def factors(network: CrowdNetwork, seen: dict[str, Channels]) -> dict[str, torch.Tensor]:
    """The factor of every channel, by the names in `wiring`."""
    wires = wiring()
    weights = {
        name: (joined(network) if name == "blocks.2.expand" else part(network, name)).folded().detach().double()
        for name in wires
    }
    logarithms, least, most = {}, {}, {}
    for name, (_, written) in wires.items():
        if written is None or written in logarithms:
            continue
        logarithms[written] = torch.zeros(len(weights[name]), dtype=torch.double, requires_grad=True)
        if written.startswith("blocks"):
            # The limit must not move, unless it is hardly ever reached.
            channels = seen[written]
            free, rare = channels.largest < LIMIT, channels.at_limit < RARELY
            room = (LIMIT / (1.1 * channels.largest.clamp(min=0.05))).clamp(1, 40)
            most[written] = torch.where(free, room, 1.0).log()
            least[written] = torch.where(rare, 0.1, 1.0).double().log()

    def noise() -> torch.Tensor:
        """How much of each convolution's results is noise: by the rounding of its weights, and of what it reads."""
        total = torch.zeros((), dtype=torch.double)
        for name, (read, written) in wires.items():
            depthwise = weights[name].shape[1] == 1 and weights[name].shape[0] > 1
            weight, squared, variance = weights[name], seen[name].input_squared, seen[name].variance.clamp(min=1e-9)
            rounding = torch.full_like(squared, (1 / 127) ** 2 / 12)
            if written is not None:
                factor = logarithms[written].exp()
                weight, variance = weight * factor.view(-1, 1, 1, 1), variance * factor.square()
            if read is not None:
                factor = logarithms[read].exp()
                weight = weight / factor.view((-1, 1, 1, 1) if depthwise else (1, -1, 1, 1))
                squared = squared * factor.square()
                largest = torch.tensor(LIMIT)
                if read in LARGEST:
                    largest = smooth_maximum(seen[LARGEST[read]].largest * factor)
                steps = 127 if read in STAGES.values() else 255
                rounding = torch.ones_like(squared) * (largest / steps) ** 2 / 12
            # A power of two decides the step: between 64 and 127 of them up to the largest weight.
            step = smooth_maximum(weight.abs().amax((1, 2, 3))) / 90
            taps = weight[0, 0].numel()
            if depthwise:
                added = step**2 / 12 * taps * squared + weight.square().sum((1, 2, 3)) * rounding
            else:
                added = step**2 / 12 * taps * squared.sum() + (weight.square().sum((2, 3)) * rounding).sum(1)
            alive = seen[name].variance > 1e-6
            total = total + torch.log1p(added[alive] / variance[alive] / 0.003).mean()
        return total

    optimiser = torch.optim.Adam(logarithms.values(), lr=0.05)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # Many small sums: more threads only wait for each other.
    for _ in tqdm(range(STEPS), desc="equalising"):
        optimiser.zero_grad()
        noise().backward()
        optimiser.step()
        with torch.no_grad():
            for name, low in least.items():
                logarithms[name].clamp_(low, most[name])
    torch.set_num_threads(threads)
    return {name: value.detach().exp().float() for name, value in logarithms.items()}


def smooth_maximum(values: torch.Tensor) -> torch.Tensor:
    return values.pow(16).sum().clamp(min=1e-300).pow(1 / 16)


def scale(network: CrowdNetwork, by: dict[str, torch.Tensor]) -> None:
    """Multiplies channels, and divides the weights that read them."""
    for name, (read, written) in wiring().items():
        # Block 2 reads block 1's filter through block 1's last convolution.
        reader = part(network, "blocks.1.project" if name == "blocks.2.expand" else name)
        if read is not None:
            shape = (-1, 1, 1, 1) if reader.groups > 1 else (1, -1, 1, 1)
            reader.weight.data /= by[read].view(shape)
        if written is not None:
            writer = part(network, name)
            writer.weight.data *= by[written].view(-1, 1, 1, 1)
            writer.bias.data *= by[written]


def read(path: Path) -> CrowdNetwork:
    """The network of an ONNX file that `export.py` wrote."""
    graph, network = onnx.load(path).graph, CrowdNetwork()
    arrays = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    same = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
    for node in graph.node:
        if node.op_type == "Conv":
            convolution = part(network, node.name.strip("/").replace("/", ".").removesuffix(".Conv"))
            for name, target in zip(node.input[1:], (convolution.weight, convolution.bias)):
                target.data.copy_(torch.from_numpy(arrays[same.get(name, name)].copy()))
    return network


def windows(sets: list[Path], tiles: int, seed: int) -> torch.Tensor:
    """Windows of `tiles` training pictures of each set, over all crowd sizes: half as one tile, half at their own scale."""
    random, cut = np.random.default_rng(seed), []
    height, width = WINDOW
    for folder in sets:
        kept = sorted(split(load(folder))[0], key=lambda sample: sample.count)
        for number, place in enumerate(np.linspace(1, 0, tiles, endpoint=False)):
            picture = kept[round(place * (len(kept) - 1))].picture(None)
            if number % 2 == 0 or picture.shape[0] < height or picture.shape[1] < width:
                picture = cv2.resize(picture, TILE[::-1], interpolation=cv2.INTER_LINEAR)
            y, x = (int(random.integers(0, side - length + 1)) for side, length in zip(picture.shape, WINDOW))
            cut.append(picture[y : y + height, x : x + width])
    return normalise(torch.from_numpy(np.stack(cut))).contiguous()


def results(path: Path) -> dict[str, str]:
    """The names of results in the ONNX file, which are the compiler's, by those of `walk`."""
    named, sums = {"input": "input"}, ["sides", "join", "context.0.add", "context.1.add"]
    nodes = list(onnx.load(path).graph.node)
    readers = {name: node for node in nodes for name in node.input}
    for node in nodes:
        words = node.name.strip("/").split("/")
        if node.op_type in ("Conv", "Add"):
            after = readers.get(node.output[0])
            last = after if after is not None and after.op_type in ("Clip", "Relu") else node
            name = ".".join(words[:-1]) if node.op_type == "Conv" else words[0] + ".add" if len(words) > 1 else sums.pop(0)
            named[name] = f"{last.output[0]}_{last.op_type}"
        elif node.op_type == "Resize":
            named["doubled"] = f"{node.output[0]}_Resize"
    return named


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the FP32 .onnx file")
    parser.add_argument("--set", type=Path, action="append", required=True, help="a picture set")
    parser.add_argument("--tiles", type=int, default=14, help="windows of each set")
    parser.add_argument("--rounds", type=int, default=2, help="how often the head learns on each training picture")
    parser.add_argument("--seed", type=int, default=1684)
    parser.add_argument("--output", type=Path, required=True, help="the .onnx file for the compiler")
    parser.add_argument("--table", type=Path, required=True, help="the compiler's table of thresholds")
    arguments = parser.parse_args()
    torch.set_flush_denormal(True)
    network = read(arguments.model).eval()
    pictures = windows(arguments.set, arguments.tiles, arguments.seed)
    with torch.inference_mode():
        observer = Observer()
        before = walk(network, observer, pictures).exact.sum((1, 2, 3))
    seen = {name: Channels(*(value.clone() for value in vars(kept).values())) for name, kept in observer.seen.items()}
    scale(network, factors(network, seen))
    with torch.inference_mode():
        observer = Observer()
        after = walk(network, observer, pictures).exact.sum((1, 2, 3))
        thresholds = {
            name: (HEAD_ROOM if name in HEAD else ROOM) * float(kept.largest.max())
            for name, kept in observer.seen.items()
        }
        thresholds["input"] = 1.0
        for name in thresholds:
            if name.startswith("blocks") and name.split(".")[-1] in ("0", "expand", "filter"):
                thresholds[name] = LIMIT
        chip = Chip(thresholds, correct=True)
        value = walk(network, chip, pictures)
        counted = (value.codes * value.step).sum((1, 2, 3))
    # Outside, for the head is to learn.
    corrected = copy.deepcopy(network)
    for name, added in chip.corrections.items():
        part(corrected, name).bias.data += added
    teacher, learned, checks = read(arguments.model).eval(), [], {}
    for path in arguments.set:
        of_set, checks[path.name] = parted(lessons(teacher, corrected, thresholds, path, arguments.seed))
        learned += of_set
    first = {name: compared(corrected, thresholds, checked) for name, checked in checks.items()}
    refit(corrected, thresholds, learned, arguments.rounds, arguments.seed)
    export.write(corrected, arguments.output)
    lines = ["# op_name    threshold    min    max"]
    thresholds["doubled"] = thresholds["deep"]
    for name, result in results(arguments.output).items():
        if name in thresholds:
            signed = name == "input" or result.endswith(("_Conv", "_Add", "_Resize")) and not name.startswith("context")
            low = -thresholds[name] if signed else 0.0
            lines.append(f"{result} {thresholds[name]:.7f} {low:.7f} {thresholds[name]:.7f}")
    arguments.table.write_text("\n".join(lines) + "\n")
    people = before > 300
    equalised, quantised = (((count / before - 1).abs()[people]).mean() for count in (after, counted))
    print(f"{len(lines) - 1} thresholds; counts moved by {equalised:.2%} in FP32, by {quantised:.2%} in INT8")
    for name, checked in checks.items():
        refitted = compared(corrected, thresholds, checked)
        print(f"{name}, {len(checked)} pictures not learned on, from FP32: {first[name]}; refitted {refitted}")


if __name__ == "__main__":
    main()
