"""Trains the crowd network on picture sets; started again with the same --output it goes on where it stopped."""

import argparse
import time
from pathlib import Path

import cv2
import torch
from tqdm import tqdm

from batches import BatchMaker, Source
from dataset import load, split
from loss import crowd_loss
from network import DENSITY_SCALE, CrowdNetwork, normalise
from validate import Errors, evaluate, torch_predict

WARM_UP = 200
"""Steps over which the learning rate rises from zero."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", required=True, metavar="FOLDER[=WEIGHT]", help="may be repeated")
    parser.add_argument("--output", type=Path, required=True, help="folder of the checkpoint and the log")
    parser.add_argument("--steps", type=int, required=True, help="steps in all, those of earlier starts included")
    parser.add_argument("--until", type=int, help="stop after this step of the schedule (default: at its end)")
    parser.add_argument("--decay", type=int, default=0, help="of these, the last steps with falling learning rate")
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    parser.add_argument("--crops", type=int, default=8, help="crops a step")
    parser.add_argument("--size", type=int, default=320, help="side of a crop, a multiple of 320")
    parser.add_argument("--scales", type=float, nargs=2, default=(0.6, 2.0), help="range of the random scale")
    parser.add_argument("--cell-weight", type=float, default=4.0, help="weight of single cells in the loss")
    parser.add_argument("--window-weight", type=float, default=0.5, help="weight of window counts in the loss")
    parser.add_argument("--average", type=float, default=0.999, help="part of the averaged weights kept each step")
    parser.add_argument("--seed", type=int, default=1684)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="folder for decoded pictures")
    parser.add_argument("--full-precision", action="store_true", help="float32 where bfloat16 is not fast")
    parser.add_argument(
        "--freeze-statistics",
        action="store_true",
        help="go on from the averaged weights with their batch statistics fixed: what is trained is then what is run",
    )
    parser.add_argument("--validate-every", type=int, default=1000, help="steps between looks at the held-out tenth")
    return parser.parse_args()


def rate_factor(step: int, steps: int, decay: int) -> float:
    """Rises over WARM_UP steps, stays at one, and falls in a straight line to zero over the last `decay` steps."""
    factor = min(1.0, (step + 1) / WARM_UP)
    if decay:
        factor *= min(1.0, (steps - step) / decay)
    return factor


class Average:
    """Moving average of weights and batch statistics; these are the weights that are exported."""

    def __init__(self, network: CrowdNetwork):
        self.network = CrowdNetwork().to(memory_format=torch.channels_last)
        self.network.load_state_dict(network.state_dict())

    @torch.no_grad()
    def update(self, network: CrowdNetwork, step: int, keep: float) -> None:
        keep = min(keep, (step + 1) / (step + 10))
        for kept, new in zip(self.network.state_dict().values(), network.state_dict().values()):
            if kept.is_floating_point():
                kept.lerp_(new, 1 - keep)
            else:
                kept.copy_(new)


def main() -> None:
    options = arguments()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
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

    network = CrowdNetwork().to(memory_format=torch.channels_last)
    average = Average(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=1e-4)
    checkpoint, first, frozen = options.output / "checkpoint.pt", 0, False
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        average.network.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        first, frozen = state["step"], state["frozen"]
    if options.freeze_statistics and not frozen:
        network.load_state_dict(average.network.state_dict())
        frozen = True

    def save(step: int) -> None:
        unfinished = checkpoint.with_suffix(".partial")
        state = {"network": network.state_dict(), "average": average.network.state_dict()}
        torch.save(state | {"optimiser": optimiser.state_dict(), "step": step, "frozen": frozen}, unfinished)
        unfinished.rename(checkpoint)

    def say(line: str) -> None:
        stamped = time.strftime("%H:%M:%S ") + line
        tqdm.write(stamped)
        with open(options.output / "log.txt", "a") as log:
            log.write(stamped + "\n")

    last = min(options.steps, options.until or options.steps)
    say(f"steps {first} to {last}: {vars(options)}")
    recent, saved = 0.0, time.monotonic()
    progress = tqdm(total=last, initial=first, unit="step", mininterval=10)
    for step, (pictures, densities) in enumerate(maker.ahead(first, last), first):
        for group in optimiser.param_groups:
            group["lr"] = options.rate * rate_factor(step, options.steps, options.decay)
        network.train(not frozen)
        with torch.autocast("cpu", torch.bfloat16, enabled=not options.full_precision):
            output = network(normalise(pictures))
        people = output.float() * DENSITY_SCALE
        loss = crowd_loss(people, densities, options.cell_weight, options.window_weight)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 50.0)
        optimiser.step()
        average.update(network, step, options.average)
        recent = loss.item() if step == first else 0.99 * recent + 0.01 * loss.item()
        progress.update()
        progress.set_postfix(loss=f"{recent:.2f}", refresh=False)
        if time.monotonic() - saved > 180 or step + 1 == last:
            save(step + 1)
            saved = time.monotonic()
        if (step + 1) % options.validate_every == 0 or step + 1 == last:
            say(f"step {step + 1} loss {recent:.3f}")
            predict = torch_predict(average.network, reduced=not options.full_precision)
            for title, samples in held_out.items():
                say(f"step {step + 1} native {title:24} {Errors(*evaluate(samples, 'native', predict, options.cache))}")


if __name__ == "__main__":
    main()
