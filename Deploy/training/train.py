"""Trains the crowd network on picture sets; started again with the same --output it goes on where it stopped."""

import argparse
import time
from pathlib import Path

import cv2
import torch
from tqdm import tqdm

from batches import BatchMaker, Source
from chip import Chip, Largest, walk
from dataset import load, split
from loss import crowd_loss
from network import DENSITY_SCALE, Convolution, CrowdNetwork, normalise
from teacher import Teacher
from validate import Errors, evaluate, torch_predict

WARM_UP = 200
"""Steps over which the learning rate rises from zero."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", required=True, metavar="FOLDER[=WEIGHT]", help="may be repeated")
    parser.add_argument("--output", type=Path, required=True, help="folder of the checkpoint and the log")
    parser.add_argument("--start-from", type=Path, help="checkpoint of an earlier stage, for a first start")
    parser.add_argument("--minutes", type=float, required=True, help="time for the schedule, earlier starts included")
    parser.add_argument("--decay", type=float, default=0.4, help="last part of it, in which the rate falls to zero")
    parser.add_argument("--fixed-part", type=float, default=0.4, help="last part of it with statistics that stay")
    parser.add_argument("--chip-part", type=float, default=0.08, help="last part of it in the chip's INT8 arithmetic")
    parser.add_argument("--rate", type=float, default=0.03, help="learning rate of the weights (Muon)")
    parser.add_argument("--slow-rate", type=float, default=2e-3, help="that of gains and biases (AdamW)")
    parser.add_argument("--crops", type=int, default=8, help="crops a step")
    parser.add_argument("--size", type=int, default=256, help="side of a crop, a multiple of 128")
    parser.add_argument(
        "--scales", type=float, nargs=2, default=(0.7, 1.4), help="by how much crops leave the scales of the tile plans"
    )
    parser.add_argument("--quartered", type=float, default=0.3, help="part of the crops that are put together of four")
    parser.add_argument("--cell-weight", type=float, default=3.0, help="weight of single cells in the loss")
    parser.add_argument("--average", type=float, default=0.999, help="part of the averaged weights kept each step")
    parser.add_argument("--teacher", type=Path, help="an .onnx file whose features and densities are to be learned, too")
    parser.add_argument("--tap", action="append", default=[], help="a result in it at strides 4, 8, 16 and 8 again")
    parser.add_argument("--feature-weight", type=float, default=5.0, help="weight of the teacher's features in the loss")
    parser.add_argument("--density-weight", type=float, default=0.5, help="weight of the teacher's densities")
    parser.add_argument("--seed", type=int, default=1684)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="folder for decoded pictures")
    parser.add_argument("--full-precision", action="store_true", help="float32 where bfloat16 is not fast")
    parser.add_argument("--validate-every", type=int, default=1000, help="steps between looks at the held-out tenth")
    return parser.parse_args()


def rate_factor(step: int, spent: float, decay: float) -> float:
    """Rises over WARM_UP steps, stays, and falls to zero in the end; `spent` is the part of the time that is used up.

    A schedule of which the time was prolonged goes on as if it had been that long from the start, where the fall had
    not begun.
    """
    return min(1.0, (step + 1) / WARM_UP, max(0.0, 1 - spent) / decay)


LOOKED_AT = 60
"""Batches by which statistics and the chip's thresholds are set, when their parts begin."""

ROOM = 1.25
"""By how much values may outgrow those of the batches before they are cut off: whole tiles hold denser crowds."""


@torch.no_grad()
def thresholds(network: CrowdNetwork, maker: BatchMaker) -> dict[str, float]:
    """The largest magnitude that each value is given steps for."""
    seen = Largest()
    for number in range(LOOKED_AT):
        walk(network, seen, normalise(maker.batch(number)[0]))
    return {name: largest * (1 if name == "input" else ROOM) for name, largest in seen.thresholds.items()} | {"input": 1.0}


@torch.no_grad()
def settle(network: CrowdNetwork, maker: BatchMaker, reduced: bool) -> None:
    """Makes the network's statistics those of as many batches, the mean of all, and fixes them."""
    momenta = Convolution.MOMENTUM
    network.train()
    for number in range(LOOKED_AT):
        Convolution.MOMENTUM = 1 / (number + 1)
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            network(normalise(maker.batch(number)[0]))
    Convolution.MOMENTUM = momenta
    network.fix()


class Average:
    """Moving average of the weights; these are the weights that are exported."""

    def __init__(self, network: CrowdNetwork):
        self.network = CrowdNetwork().to(memory_format=torch.channels_last)
        self.network.load_state_dict(network.state_dict())

    @torch.no_grad()
    def update(self, network: CrowdNetwork, step: int, keep: float) -> None:
        keep = min(keep, (step + 1) / (step + 10))
        for kept, new in zip(self.network.state_dict().values(), network.state_dict().values()):
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
        sources, options.crops, options.size, tuple(options.scales), options.quartered, options.seed, options.cache
    )

    network = CrowdNetwork()
    if options.start_from:
        network.load_state_dict(torch.load(options.start_from, weights_only=True)["average"])
    network = network.to(memory_format=torch.channels_last)
    average = Average(network)
    matrices = [convolution.weight for convolution in network.convolutions()]
    others = [parameter for name, parameter in network.named_parameters() if not name.endswith(".weight")]
    optimisers = [
        (torch.optim.Muon(matrices, lr=options.rate, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"), options.rate),
        (torch.optim.AdamW(others, lr=options.slow_rate, weight_decay=0.0), options.slow_rate),
    ]
    teacher = None
    if options.teacher:
        teacher = Teacher(options.teacher, options.tap, options.threads)
        teacher.measure(maker)
        optimisers.append((torch.optim.AdamW(teacher.parameters(), lr=options.slow_rate), options.slow_rate))
    checkpoint, first, earlier, chip = options.output / "checkpoint.pt", 0, 0.0, None
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        if teacher:
            teacher.load_state_dict(state["teacher"])
        average.network.load_state_dict(state["average"])
        for (optimiser, _), kept in zip(optimisers, state["optimisers"]):
            optimiser.load_state_dict(kept)
        first, earlier = state["step"], state["seconds"]
        if state["fixed"]:
            network.fix()
            average.network.fix()
        chip = Chip(state["thresholds"]) if state.get("thresholds") else None
    started = time.monotonic()

    def seconds() -> float:
        return earlier + time.monotonic() - started

    def save(step: int) -> None:
        unfinished = checkpoint.with_suffix(".partial")
        state = {"network": network.state_dict(), "average": average.network.state_dict()}
        state["optimisers"] = [optimiser.state_dict() for optimiser, _ in optimisers]
        state["fixed"], state["thresholds"] = network.stem.fixed, chip.thresholds if chip else {}
        state["teacher"] = teacher.state_dict() if teacher else {}
        torch.save(state | {"step": step, "seconds": seconds()}, unfinished)
        unfinished.rename(checkpoint)

    def say(line: str) -> None:
        stamped = time.strftime("%H:%M:%S ") + line
        tqdm.write(stamped)
        with open(options.output / "log.txt", "a") as log:
            log.write(stamped + "\n")

    say(f"from step {first}, {earlier / 60:.1f} minutes spent: {vars(options)}")
    recent, saved, kept_features = 0.0, time.monotonic(), 0.0
    progress = tqdm(total=options.minutes, initial=earlier / 60, unit="min", mininterval=10)
    for step, (pictures, densities) in enumerate(maker.ahead(first), first):
        spent = seconds() / 60 / options.minutes
        if not network.stem.fixed and spent >= 1 - options.fixed_part:
            settle(average.network, maker, not options.full_precision)
            network.load_state_dict(average.network.state_dict())
            network.fix()
            say(f"step {step}: with fixed statistics from here on")
        if chip is None and spent >= 1 - options.chip_part:
            network.load_state_dict(average.network.state_dict())
            chip = Chip(thresholds(network, maker))
            say(f"step {step}: in the chip's arithmetic from here on")
        for optimiser, rate in optimisers:
            optimiser.param_groups[0]["lr"] = rate * rate_factor(step, spent, options.decay)
        pictures = normalise(pictures)
        network.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=not options.full_precision):
            # Sums of whole numbers in bfloat16 are off by a step now and then: noise to train with, no figure.
            features = None if chip else network.features(pictures)
            output = walk(network, chip, pictures).exact if chip else network.output(features[-1])
            people = output.float() * DENSITY_SCALE
            loss = crowd_loss(people, densities, options.cell_weight)
            if teacher:
                taught, theirs = teacher.answers(pictures)
                loss = loss + options.density_weight * crowd_loss(people, taught * DENSITY_SCALE, options.cell_weight)
                if features is not None:
                    apart = teacher.loss(features, theirs)
                    loss = loss + options.feature_weight * apart
                    kept_features = 0.99 * kept_features + 0.01 * apart.item()
        network.zero_grad()
        if teacher:
            teacher.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 50.0)
        for optimiser, _ in optimisers:
            optimiser.step()
        average.update(network, step, options.average)
        recent = loss.item() if step == first else 0.99 * recent + 0.01 * loss.item()
        last = spent >= 1
        progress.n = min(seconds() / 60, options.minutes)
        progress.set_postfix(step=step + 1, loss=f"{recent:.2f}", features=f"{kept_features:.2f}")
        if time.monotonic() - saved > 180 or last:
            save(step + 1)
            saved = time.monotonic()
        if (step + 1) % options.validate_every == 0 or last:
            say(f"step {step + 1} loss {recent:.3f} features {kept_features:.3f}")
            predict = torch_predict(average.network, not options.full_precision and not chip, chip)
            for title, samples in held_out.items():
                say(f"step {step + 1} grid:1x1 {title:24} {Errors(*evaluate(samples, 'grid:1x1', predict, options.cache))}")
        if last:
            break


if __name__ == "__main__":
    main()
