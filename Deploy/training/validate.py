"""Counts picture sets with a checkpoint or an ONNX file and prints MAE, RMSE, NAE and bias for each."""

import argparse
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

import plans
from dataset import Sample, load, split
from network import CrowdNetwork, normalise


@dataclass(frozen=True)
class Errors:
    """Errors of one set. NAE leaves out empty pictures; bias is the mean of predicted - true."""

    pictures: int
    mae: float
    rmse: float
    nae: float
    bias: float

    def __init__(self, predicted: np.ndarray, truth: np.ndarray):
        error = predicted - truth
        people = truth > 0
        relative = float((np.abs(error[people]) / truth[people]).mean()) if people.any() else float("nan")
        object.__setattr__(self, "pictures", len(truth))
        object.__setattr__(self, "mae", float(np.abs(error).mean()))
        object.__setattr__(self, "rmse", float(np.sqrt((error**2).mean())))
        object.__setattr__(self, "nae", relative)
        object.__setattr__(self, "bias", float(error.mean()))

    def __str__(self) -> str:
        return (
            f"{self.pictures:4d} pictures  MAE {self.mae:7.2f}  RMSE {self.rmse:7.2f}"
            f"  NAE {self.nae:6.3f}  bias {self.bias:+7.2f}"
        )


def torch_predict(network: torch.nn.Module, reduced: bool = False) -> plans.Predict:
    """`reduced` computes in bfloat16: quick looks during training, never a figure that is reported."""

    def predict(tiles: np.ndarray) -> np.ndarray:
        network.eval()
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            return network(normalise(torch.from_numpy(tiles))).float().numpy()[:, 0]

    return predict


def onnx_predict(path: Path) -> plans.Predict:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def predict(tiles: np.ndarray) -> np.ndarray:
        pictures = normalise(torch.from_numpy(tiles)).contiguous().numpy()
        return session.run(["density"], {"input": pictures})[0][:, 0]

    return predict


def reference_predict(path: Path, toolchain: Path) -> plans.Predict:
    """The BM1684 INT8 network as `headcount evaluate --engine int8-reference` computes it: with the bits of the chip.

    `path` is the archive that `Deploy/compiler/keep.py` wrote, `toolchain` the folder of `Deploy/toolchain`. The
    network is a process of its own, in the Python of the compiler.
    """
    program = Path(__file__).parent.parent / "compiler" / "reference.py"
    process = subprocess.Popen(
        [toolchain / "bin/python", program, path.absolute()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    described = json.loads(process.stdout.readline())

    def predict(tiles: np.ndarray) -> np.ndarray:
        maps = []
        for tile in tiles:
            picture = normalise(torch.from_numpy(tile[None])).contiguous().numpy() * np.float32(described["scale"])
            codes = np.clip(np.trunc(picture + np.copysign(0.5, picture)), -128, 127).astype(np.int8)
            process.stdin.write(codes.tobytes())
            process.stdin.flush()
            cells = process.stdout.read(4 * described["rows"] * described["columns"])
            maps.append(np.frombuffer(cells, "<f4").reshape(described["rows"], described["columns"]))
        return np.stack(maps)

    return predict


def evaluate(
    samples: list[Sample], plan: str, predict: plans.Predict, cache: Path | None, title: str | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Predicted and true counts, in the order of the samples; a bar with `title` where one is given."""
    progress = tqdm(samples, desc=title, disable=None if title else True, leave=False)
    predicted = [plans.count(np.asarray(sample.picture(cache)), plan, predict) for sample in progress]
    return np.array(predicted), np.array([sample.count for sample in samples])


def by_level(predicted: np.ndarray, truth: np.ndarray) -> list[str]:
    """One line for each crowd level that occurs."""
    edges = [0, 1, 101, 501, 5001, np.inf]
    lines = []
    for low, high in zip(edges, edges[1:]):
        chosen = (truth >= low) & (truth < high)
        if chosen.any():
            lines.append(f"{low:5.0f} to {high - 1:5.0f}: {Errors(predicted[chosen], truth[chosen])}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="checkpoint (.pt), .onnx, or the reference's .zip")
    parser.add_argument("--toolchain", type=Path, help="folder of Deploy/toolchain, for the reference")
    parser.add_argument("--held-out", type=Path, action="append", default=[], help="set: its tenth is counted")
    parser.add_argument("--whole", type=Path, action="append", default=[], help="set: every picture is counted")
    parser.add_argument("--plan", action="append", help="native or grid:RxC; may be repeated (default native)")
    parser.add_argument("--cache", type=Path, help="folder for decoded pictures")
    parser.add_argument("--levels", action="store_true", help="print the errors by crowd level over all sets, too")
    arguments = parser.parse_args()
    if arguments.model.suffix == ".onnx":
        predict = onnx_predict(arguments.model)
    elif arguments.model.suffix == ".zip":
        if arguments.toolchain is None:
            parser.error("the reference needs --toolchain")
        predict = reference_predict(arguments.model, arguments.toolchain)
    else:
        network = CrowdNetwork()
        network.load_state_dict(torch.load(arguments.model, weights_only=True)["average"])
        predict = torch_predict(network.to(memory_format=torch.channels_last))
    sets = [(folder.name + " held out", split(load(folder))[1]) for folder in arguments.held_out]
    sets += [(folder.name, load(folder)) for folder in arguments.whole]
    for plan in arguments.plan or ["native"]:
        results = []
        for title, samples in sets:
            results.append(evaluate(samples, plan, predict, arguments.cache, title))
            print(f"{plan:8} {title:32} {Errors(*results[-1])}", flush=True)
        if arguments.levels:
            joined = [np.concatenate(parts) for parts in zip(*results)]
            print("\n".join(f"{plan:8} {line}" for line in by_level(*joined)))


if __name__ == "__main__":
    main()
