"""Writes a checkpoint as ONNX, checks the file against the network, and prints its size and work."""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from network import Convolution, CrowdNetwork
from plans import TILE

OPSET = 13
"""Understood by OpenVINO, ONNX Runtime and the BM1684 compiler alike."""

TOLERANCE = 1e-3
"""Largest difference from the network, as a part of the largest answer, that the written file may show."""


def folded(network: CrowdNetwork) -> CrowdNetwork:
    """The same network with every convolution's factor multiplied into its weights, in float64."""
    for module in network.modules():
        if isinstance(module, Convolution):
            module.weight.data = (module.weight.data.double() * module.factor.double()).float()
            module.factor.fill_(1)
    return network


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
    for count, height, width in [(1, *TILE), (4, 192, 256)]:
        # Blobs about as large as heads: to noise of single pixels the network answers nothing.
        noise = torch.randn(count, 3, height // 8, width // 8, generator=torch.Generator().manual_seed(0))
        pictures = nn.functional.interpolate(noise, (height, width), mode="bilinear")
        with torch.inference_mode():
            expected = network(pictures).numpy()
        if expected.max() <= 0:
            raise SystemExit("the network answers nothing to the pictures it is compared on")
        answer = session.run(["density"], {"input": pictures.numpy()})[0]
        worst = max(worst, float(np.abs(answer - expected).max() / expected.max()))
    return worst


def multiplications(network: CrowdNetwork) -> int:
    """Multiply-accumulates of one tile."""
    total = 0

    def add(module: Convolution, _: tuple, output: torch.Tensor) -> None:
        nonlocal total
        total += output.numel() * module.weight[0].numel()

    hooks = [m.register_forward_hook(add) for m in network.modules() if isinstance(m, Convolution)]
    with torch.inference_mode():
        network(torch.zeros(1, 3, *TILE))
    for hook in hooks:
        hook.remove()
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("output", type=Path, help="the .onnx file")
    arguments = parser.parse_args()
    network = CrowdNetwork()
    network.load_state_dict(torch.load(arguments.checkpoint, weights_only=True)["average"])
    network = folded(network)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    write(network, arguments.output)
    difference = largest_difference(network, arguments.output)
    if difference > TOLERANCE:
        raise SystemExit(f"{arguments.output} differs from the network by {difference:.2g} of the largest answer")
    parameters = sum(parameter.numel() for parameter in network.parameters())
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.2f} MB, {parameters} parameters,")
    print(f"{multiplications(network) / 1e9:.2f} GMAC a tile, difference from the network {difference:.1e}")


if __name__ == "__main__":
    main()
