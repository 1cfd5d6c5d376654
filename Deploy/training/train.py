"""Trains the crowd network on picture sets; started again with the same --output it goes on where it stopped."""

import argparse
import math
import time
from pathlib import Path

import cv2
import torch
from tqdm import tqdm

from batches import BatchMaker, Source
from dataset import load, split
from loss import crowd_loss
from network import DENSITY_SCALE, Convolution, CrowdNetwork, normalise
from validate import Errors, evaluate, torch_predict

WARM_UP = 200
"""Steps over which the learning rate rises from zero."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", required=True, metavar="FOLDER[=WEIGHT]", help="may be repeated")
    parser.add_argument("--output", type=Path, required=True, help="folder of the checkpoint and the log")
    parser.add_argument("--start-from", type=Path, help="pretrained EfficientNet-Lite0 weights (.pth) for a first start")
    parser.add_argument("--minutes", type=float, required=True, help="time for the schedule, earlier starts included")
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate of the head")
    parser.add_argument("--pretrained-rate", type=float, default=0.3, help="part of it for what was pretrained")
    parser.add_argument("--fixed", type=int, default=3, help="first blocks that are not trained")
    parser.add_argument(
        "--train-kernels", action="store_true", help="train the depthwise kernels too; needed where nothing is pretrained"
    )
    parser.add_argument("--crops", type=int, default=6, help="crops a step")
    parser.add_argument("--size", type=int, default=384, help="side of a crop, a multiple of 128")
    parser.add_argument(
        "--scales", type=float, nargs=2, default=(0.7, 1.4), help="by how much crops leave the scales of the tile plans"
    )
    parser.add_argument("--cell-weight", type=float, default=3.0, help="weight of single cells in the loss")
    parser.add_argument("--average", type=float, default=0.999, help="part of the averaged weights kept each step")
    parser.add_argument("--seed", type=int, default=1684)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="folder for decoded pictures")
    parser.add_argument("--full-precision", action="store_true", help="float32 where bfloat16 is not fast")
    parser.add_argument("--validate-every", type=int, default=1000, help="steps between looks at the held-out tenth")
    return parser.parse_args()


def rate_factor(step: int, spent: float) -> float:
    """Rises over WARM_UP steps and falls along a cosine to zero; `spent` is the part of the time that is used up."""
    return min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * min(1.0, spent)))


class Average:
    """Moving average of the weights; these are the weights that are exported."""

    def __init__(self, network: CrowdNetwork):
        self.network = CrowdNetwork().to(memory_format=torch.channels_last)
        self.network.load_state_dict(network.state_dict())

    @torch.no_grad()
    def update(self, network: CrowdNetwork, step: int, keep: float) -> None:
        keep = min(keep, (step + 1) / (step + 10))
        for kept, new in zip(self.network.parameters(), network.parameters()):
            kept.lerp_(new, 1 - keep)


def main() -> None:
    options = arguments()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    cv2.setNumThreads(1)
    options.output.mkdir(parents=True, exist_ok=True)
    sources, held_out = [], {}
    for entry in options.set:
        folder, _, weight = entry.partition("=")
        kept, held_out[Path(folder).name] = split(load(Path(folder)))
        sources.append(Source(kept, float(weight or 1)))
    maker = BatchMaker(
        sources, options.crops, options.size, tuple(options.scales), options.seed, options.cache
    )

    network = CrowdNetwork()
    if options.start_from:
        network.start_from(torch.load(options.start_from, weights_only=True))
    network = network.to(memory_format=torch.channels_last)
    network.fixed = options.fixed
    for module in network.modules():
        if isinstance(module, Convolution):
            module.kernel_fixed = not options.train_kernels
    average = Average(network)
    pretrained = list(network.blocks.parameters())
    fresh = [parameter for name, parameter in network.named_parameters() if not name.startswith("blocks.")]
    groups = [
        {"params": pretrained, "part": options.pretrained_rate},
        {"params": fresh, "part": 1.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=options.rate, weight_decay=1e-4)
    checkpoint, first, earlier = options.output / "checkpoint.pt", 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        average.network.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        first, earlier = state["step"], state["seconds"]
    started = time.monotonic()

    def seconds() -> float:
        return earlier + time.monotonic() - started

    def save(step: int) -> None:
        unfinished = checkpoint.with_suffix(".partial")
        state = {"network": network.state_dict(), "average": average.network.state_dict()}
        torch.save(state | {"optimiser": optimiser.state_dict(), "step": step, "seconds": seconds()}, unfinished)
        unfinished.rename(checkpoint)

    def say(line: str) -> None:
        stamped = time.strftime("%H:%M:%S ") + line
        tqdm.write(stamped)
        with open(options.output / "log.txt", "a") as log:
            log.write(stamped + "\n")

    say(f"from step {first}, {earlier / 60:.1f} minutes spent: {vars(options)}")
    recent, saved = 0.0, time.monotonic()
    progress = tqdm(total=options.minutes, initial=earlier / 60, unit="min", mininterval=10)
    for step, (pictures, densities) in enumerate(maker.ahead(first), first):
        spent = seconds() / 60 / options.minutes
        for group in optimiser.param_groups:
            group["lr"] = options.rate * group["part"] * rate_factor(step, spent)
        with torch.autocast("cpu", torch.bfloat16, enabled=not options.full_precision):
            output = network(normalise(pictures))
        loss = crowd_loss(output.float() * DENSITY_SCALE, densities, options.cell_weight)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 50.0)
        optimiser.step()
        average.update(network, step, options.average)
        recent = loss.item() if step == first else 0.99 * recent + 0.01 * loss.item()
        last = spent >= 1
        progress.n = min(seconds() / 60, options.minutes)
        progress.set_postfix(step=step + 1, loss=f"{recent:.2f}")
        if time.monotonic() - saved > 180 or last:
            save(step + 1)
            saved = time.monotonic()
        if (step + 1) % options.validate_every == 0 or last:
            say(f"step {step + 1} loss {recent:.3f}")
            predict = torch_predict(average.network, reduced=not options.full_precision)
            for title, samples in held_out.items():
                say(f"step {step + 1} native {title:24} {Errors(*evaluate(samples, 'native', predict, options.cache))}")
        if last:
            break


if __name__ == "__main__":
    main()
