"""Quantises crowd.onnx to INT8 for the CPU: QDQ form, by ONNX Runtime's static quantiser."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from network import normalise


class Tiles(CalibrationDataReader):
    """The tiles of a folder, one at a time."""

    def __init__(self, folder: Path):
        self.inputs = self.read(folder)

    def read(self, folder: Path) -> Iterator[dict[str, np.ndarray]]:
        for path in sorted(folder.glob("*.png")):
            tile = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
            yield {"input": normalise(torch.from_numpy(tile[None])).contiguous().numpy()}

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.inputs, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the FP32 .onnx file")
    parser.add_argument("tiles", type=Path, help="folder of calibration tiles, as calibration.py writes it")
    parser.add_argument("output", type=Path, help="the INT8 .onnx file")
    arguments = parser.parse_args()
    prepared = arguments.output.with_suffix(".prepared")
    quant_pre_process(str(arguments.model), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(arguments.output),
        Tiles(arguments.tiles),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
    )
    prepared.unlink()
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
