"""Runs a quantised network on the CPU: the results of the chip, bit for bit.

    reference.py NETWORK.zip [FOLDER]

The archive holds network.mlir, as the compiler quantised it, and its weights; both are unpacked into FOLDER (a temporary
one), which is removed at the end of standard input: whoever ends this by a signal named it, and removes it too. The first
line on standard output is a JSON object: tiles, channels, width, height, cells of the output, scale, the steps of an
input byte per unit, and whether the interpreter computes. Then, for each batch of input bytes (int8, plain order) on
standard input, the densities (float32) go to standard output. Ends with standard input. What the compiler's library prints
goes to standard error.

Computed by ONNX Runtime where translation.py has all operators, else by the compiler's own interpreter.
"""

import json
import os
import shutil
import sys
import tempfile
import zipfile

import numpy

import translation


def claim_output():
    """Standard output for results alone: the library prints there as well."""
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return results


def runtime(text, shape):
    """The network in ONNX Runtime: from codes to densities."""
    import onnxruntime

    with numpy.load("weights.npz") as weights:
        network = translation.translated(text, weights, shape)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    # Numbers near zero, which a dead channel may have in floating point, take a hundred times as long as zero.
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    # The next tile may be long in coming.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(network.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda codes: session.run(None, {"codes": codes.astype(numpy.float32)})[0]


def interpreter(shape, step):
    """The network in the compiler's interpreter: from codes to densities."""
    import tpu_mlir

    sys.path.insert(0, os.path.join(os.path.dirname(tpu_mlir.__file__), "python"))
    import pymlir

    pymlir.set_mem_mode("value_mem")
    network = pymlir.module()
    # Only a network that is loaded can be told to draw no bars.
    network.load("network.mlir")
    network.set_progress_silent(True)
    entry, exit = network.input_names[0], network.output_names[0]

    def run(codes):
        # The network's first step takes numbers back to these very bytes.
        network.set_tensor(entry, codes.astype(numpy.float32) * step, shape)
        network.invoke(True)
        return network.get_tensor(exit).astype("<f4")

    return run


def loaded(shape, step):
    with open("network.mlir") as file:
        text = file.read()
    try:
        return runtime(text, shape), False
    # Whatever it stumbles over is the interpreter's.
    except Exception as reason:
        print(f"reference: by the compiler's interpreter, for {reason!r}", file=sys.stderr)
        if translation.is_beyond_interpreter(text):
            raise SystemExit(
                "reference: transposed convolutions are known without a card only where no other operator is left to the "
                f"compiler's interpreter, here {reason}"
            )
        return interpreter(shape, step), True


def main():
    results = claim_output()
    folder = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()
    with zipfile.ZipFile(sys.argv[1]) as archive:
        archive.extractall(folder)
    # The network names its weights without a folder.
    os.chdir(folder)
    with open("shape.json") as file:
        described = json.load(file)
    shape, step = described["shape"], numpy.float32(described["step"])
    bytes_per_batch = int(numpy.prod(shape))
    run, interpreted = loaded(shape, step)
    cells = run(numpy.zeros(shape, numpy.int8)).shape
    header = {
        "tiles": shape[0], "channels": shape[1], "width": shape[3], "height": shape[2], "columns": cells[-1],
        "rows": cells[-2], "scale": float(numpy.float32(1) / step), "interpreted": interpreted,
    }
    batch = b""
    try:
        results.write(json.dumps(header).encode() + b"\n")
        results.flush()
        while len(batch := sys.stdin.buffer.read(bytes_per_batch)) == bytes_per_batch:
            results.write(run(numpy.frombuffer(batch, numpy.int8).reshape(shape)).tobytes())
            results.flush()
    except BrokenPipeError:
        # Whoever asked is gone, and its input has ended as well.
        batch = b""
    os.chdir("/")
    shutil.rmtree(folder, ignore_errors=True)
    if batch:
        raise SystemExit("reference: the last batch is cut short")


if __name__ == "__main__":
    main()
