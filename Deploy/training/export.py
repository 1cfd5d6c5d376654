"""Writes a checkpoint as ONNX with its manifest, checks the file against the network, and prints its size and work."""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from network import DENSITY_SCALE, MEAN, SCALE, STRIDE, CrowdNetwork
from plans import TILE

OPSET = 13
"""Understood by OpenVINO, ONNX Runtime and the BM1684 compiler alike."""

TOLERANCE = 1e-3
"""Largest difference from the network, as a part of the largest answer, that the written file may show."""


def folded(network: CrowdNetwork) -> CrowdNetwork:
    """The same network with every batch normalisation folded into the convolution before it, in float64."""
    network = network.eval().double()
    for module in list(network.modules()):
        if isinstance(module, nn.Sequential) and len(module) > 1 and isinstance(module[1], nn.BatchNorm2d):
            module[0] = nn.utils.fusion.fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return network.float()


def write(network: CrowdNetwork, path: Path) -> None:
    dynamic = {"input": {0: "n", 2: "h", 3: "w"}, "density": {0: "n", 2: "h8", 3: "w8"}}
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, *TILE),),
        str(path),
        input_names=["input"],
        output_names=["density"],
        dynamic_axes=dynamic,
        opset_version=OPSET,
        dynamo=False,
    )
    onnx.checker.check_model(onnx.load(path), full_check=True)


def largest_difference(network: CrowdNetwork, path: Path) -> float:
    """Largest difference between file and network over two shapes, as a part of the largest answer."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for shape in [(1, *TILE), (4, 192, 256)]:
        pictures = torch.randn(shape[0], 3, *shape[1:], generator=torch.Generator().manual_seed(0))
        with torch.inference_mode():
            expected = network(pictures).numpy()
        answer = session.run(["density"], {"input": pictures.numpy()})[0]
        worst = max(worst, float(np.abs(answer - expected).max() / expected.max()))
    return worst


def multiplications(network: CrowdNetwork) -> int:
    """Multiply-accumulates of one tile."""
    total = 0

    def add(module: nn.Conv2d, _: tuple, output: torch.Tensor) -> None:
        nonlocal total
        total += output.numel() * module.weight[0].numel()

    hooks = [m.register_forward_hook(add) for m in network.modules() if isinstance(m, nn.Conv2d)]
    with torch.inference_mode():
        network(torch.zeros(1, 3, *TILE))
    for hook in hooks:
        hook.remove()
    return total


def manifest(path: Path, plan: str) -> dict:
    return {
        "name": path.stem,
        "description": "Headcount's default crowd network: people per 8x8 cell, for crowds of tens to thousands",
        "licence": "the licence of Headcount; see README.md beside this file for what it was trained on",
        "input": {
            "width": TILE[1],
            "height": TILE[0],
            "colour": "rgb",
            "mean": list(MEAN),
            "scale": list(SCALE),
        },
        "output": {"stride": STRIDE, "densityScale": DENSITY_SCALE},
        "plan": plan,
        "files": {
            "openvino": [
                {"path": path.name, "batch": 1, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            ]
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("output", type=Path, help="the .onnx file; the manifest goes beside it as .json")
    parser.add_argument("--plan", default="native", help="the tile plan named in the manifest")
    arguments = parser.parse_args()
    network = CrowdNetwork()
    network.load_state_dict(torch.load(arguments.checkpoint, weights_only=True)["average"])
    network = folded(network)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    write(network, arguments.output)
    difference = largest_difference(network, arguments.output)
    if difference > TOLERANCE:
        raise SystemExit(f"{arguments.output} differs from the network by {difference:.2g} of the largest answer")
    described = json.dumps(manifest(arguments.output, arguments.plan), indent=2)
    arguments.output.with_suffix(".json").write_text(described + "\n")
    parameters = sum(parameter.numel() for parameter in network.parameters())
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.2f} MB, {parameters} parameters,")
    print(f"{multiplications(network) / 1e9:.2f} GMAC a tile, difference from the network {difference:.1e}")


if __name__ == "__main__":
    main()
