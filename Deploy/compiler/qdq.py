"""Quantises an ONNX network to INT8 for the CPU: QDQ form, by ONNX Runtime's quantiser, on the same tiles as for the chip.

    qdq.py NETWORK.onnx CHANNELS(rgb|bgr|gray) MEAN,... SCALE,... FOLDER OUT.onnx

FOLDER holds the tiles, PNG. Weights per channel, activations by their largest values.
"""

import logging
import os
import sys

import numpy
import onnx
import onnx.version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from ranges import tile


class Tiles(CalibrationDataReader):
    def __init__(self, entry, values):
        self.values = iter([{entry: value} for value in values])

    def get_next(self):
        return next(self.values, None)


def main():
    path, colour, mean, scale, folder, out = sys.argv[1:]
    mean, scale = (numpy.float32([float(word) for word in words.split(",")]) for words in (mean, scale))
    values = [tile(os.path.join(folder, name), colour, mean, scale) for name in sorted(os.listdir(folder))]
    model = onnx.load(path)
    # Networks of old list their weights among the inputs.
    weights = {weight.name for weight in model.graph.initializer}
    entry = next(value.name for value in model.graph.input if value.name not in weights)
    # Scales per channel came with version 13 of the operators.
    if max(operators.version for operators in model.opset_import) < 13:
        model = onnx.version_converter.convert_version(model, 13)
    onnx.save(model, "current.onnx")
    logging.getLogger().setLevel(logging.ERROR)
    quant_pre_process("current.onnx", "prepared.onnx", skip_symbolic_shape=True)
    quantize_static(
        "prepared.onnx", out, Tiles(entry, values), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        # Half the range of the weights: sums of products of bytes overflow on processors without VNNI.
        reduce_range=True)


if __name__ == "__main__":
    main()
