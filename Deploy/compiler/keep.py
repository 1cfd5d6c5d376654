"""Keeps what `model_deploy --debug` left of a quantised network, for reference.py.

    keep.py NETWORK_tpu.mlir ARCHIVE.zip

The same network gives the same bytes: no times, one order.
"""

import json
import os
import re
import sys
import zipfile

import numpy


def add(archive, name, content):
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def main():
    source, target = sys.argv[1:]
    with open(source) as file:
        text = file.read()
    weights = re.search(r'module\.weight_file = "([^"]+)"', text).group(1)
    shape = re.search(r"func\.func @main\(%arg0: tensor<([0-9x]+)xf32", text).group(1)
    step = re.search(r'"tpu\.Cast"\(%\d+\).*?!quant\.uniform<i8:f32, ([0-9.e+-]+)>', text).group(1)
    described = {"shape": [int(side) for side in shape.split("x")], "step": float(step)}
    # The file of weights is an archive with times of its own: the arrays are written anew, plainly.
    with numpy.load(os.path.join(os.path.dirname(source), weights)) as arrays:
        kept = {name: arrays[name] for name in sorted(arrays.files)}
    with zipfile.ZipFile(target + ".incoming", "w") as archive:
        add(archive, "network.mlir", text.replace(weights, "weights.npz"))
        add(archive, "shape.json", json.dumps(described))
        with zipfile.ZipFile("weights.npz", "w") as inner:
            for name, values in kept.items():
                entry = zipfile.ZipInfo(name + ".npy", date_time=(1980, 1, 1, 0, 0, 0))
                with inner.open(entry, "w") as stream:
                    numpy.lib.format.write_array(stream, values)
        with open("weights.npz", "rb") as file:
            add(archive, "weights.npz", file.read())
    os.rename(target + ".incoming", target)


if __name__ == "__main__":
    main()
