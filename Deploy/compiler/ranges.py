"""How large the values of every operator grow on each of some pictures, by the network in floating point.

    ranges.py NETWORK.onnx CHANNELS(rgb|bgr|gray) MEAN,... SCALE,... FOLDER...

Each FOLDER holds the tiles of one picture, PNG. Prints a JSON array of one array per folder: the largest magnitude of each
operator's output, in the order of the network.
"""

import json
import os
import sys

import cv2
import numpy
import onnx
import onnxruntime


def tile(path, colour, mean, scale):
    pixels = cv2.imread(path)
    if colour == "gray":
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)[:, :, None]
    elif colour == "rgb":
        pixels = pixels[:, :, ::-1]
    return ((pixels.astype(numpy.float32) - mean) * scale).transpose(2, 0, 1)[None]


def main():
    path, colour, mean, scale, *folders = sys.argv[1:]
    mean, scale = (numpy.float32([float(word) for word in words.split(",")]) for words in (mean, scale))
    model = onnx.load(path)
    named = {output.name for output in model.graph.output}
    for node in model.graph.node:
        for name in node.output:
            # A result that nobody asked for has no name.
            if name and name not in named:
                model.graph.output.append(onnx.ValueInfoProto(name=name))
                named.add(name)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0].name
    ranges = []
    for folder in folders:
        largest = None
        for name in sorted(os.listdir(folder)):
            values = session.run(None, {entry: tile(os.path.join(folder, name), colour, mean, scale)})
            # Some constants are empty, such as the region of interest that a Resize does not use.
            found = numpy.array([float(numpy.abs(value).max()) if value.size else 0.0 for value in values])
            if not numpy.isfinite(found).all():
                result = session.get_outputs()[int(numpy.argmin(numpy.isfinite(found)))].name
                sys.exit(f"{result} of the network is no finite number on a picture")
            largest = found if largest is None else numpy.maximum(largest, found)
        ranges.append(largest.tolist())
    print(json.dumps(ranges))


if __name__ == "__main__":
    main()
