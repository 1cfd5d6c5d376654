"""Looks at an ONNX network before the compiler does, and says in one line what is wrong with it.

    check.py NETWORK.onnx CHANNELS WIDTH HEIGHT

A number that is 0 is what the network says, and 3, 768 or 576 where it says nothing. Prints one JSON object: input, output,
channels, width, height, stride, operators, which of them are untried, which are to be compiled apart, gmac, opset and
which sides are free; or {"problem": "..."}, and ends with 1 then: what is wrong may pass, such as too little memory.
"""

import json
import sys
from collections import Counter

import numpy
import onnx
import onnxruntime
from onnx import shape_inference
from onnx.external_data_helper import uses_external_data

# What the compiler was seen to lower for BM1684 in crowd-density networks. Of others it may take some: it says so itself.
KNOWN = {
    "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Constant", "ConstantOfShape", "Conv",
    "ConvTranspose", "Div", "Dropout", "Expand", "Flatten", "Gather", "Gemm", "GlobalAveragePool", "Identity",
    "LeakyRelu", "MatMul", "MaxPool", "Mul", "Pad", "PRelu", "ReduceMean", "ReduceSum", "Relu", "Reshape", "Resize",
    "Shape", "Sigmoid", "Slice", "Softmax", "Split", "Squeeze", "Sub", "Transpose", "Unsqueeze", "Upsample",
}


class Problem(Exception):
    pass


def stands_apart(node, weights):
    """The vendor's simulator of the chip was seen to compute such convolutions wrongly where the compiler had grouped them.

    Seen of 4x4 pixels with stride 4; others whose squares do not overlap were not tried.
    """
    if node.op_type == "ConvTranspose":
        return True
    if node.op_type != "Conv":
        return False
    found = {attribute.name: list(attribute.ints) for attribute in node.attribute}
    kernel = found.get("kernel_shape") or weights.get(node.input[1], [])[2:]
    return max(kernel, default=1) > 1 and kernel == found.get("strides")


def sides(value):
    return [side.dim_value if side.HasField("dim_value") else None for side in value.type.tensor_type.shape.dim]


def only(values, what):
    if len(values) != 1:
        names = ", ".join(value.name for value in values)
        raise Problem(f"the network has {len(values)} {what}s ({names}): needed is one")
    return values[0]


def check_input(value, channels, width, height):
    """The shape of one tile."""
    if value.type.tensor_type.elem_type != onnx.TensorProto.FLOAT:
        raise Problem(f"the input {value.name} is not of 32-bit floats")
    found = sides(value)
    if len(found) == 4 and not channels and found[1] not in (None, 1, 3):
        raise Problem(f"the input {value.name} has {found[1]} channels: needed are 3, or 1 for gray")
    own = found if len(found) == 4 else [None] * 4
    shape = [1, channels or own[1] or 3, height or own[2] or 576, width or own[3] or 768]
    # Counts in floating point and ranges are taken a tile at a time.
    fits = len(found) == 4 and all(side in (None, needed) for side, needed in zip(found, shape))
    if not fits:
        words = ",".join("?" if side is None else str(side) for side in found)
        raise Problem(f"the input {value.name} is [{words}]: needed is one that takes [{','.join(map(str, shape))}]")
    return shape


def gmac(model, shape, name):
    """Multiplications of one tile, in thousands of millions, by the shapes that inference finds."""
    model.graph.input[[value.name for value in model.graph.input].index(name)].type.tensor_type.shape.Clear()
    for value in model.graph.input:
        if value.name == name:
            for side in shape:
                value.type.tensor_type.shape.dim.add().dim_value = side
    inferred = shape_inference.infer_shapes(model, data_prop=True).graph
    known = {value.name: sides(value) for value in [*inferred.value_info, *inferred.output, *inferred.input]}
    weights = {weight.name: list(weight.dims) for weight in inferred.initializer}
    total = 0
    for node in inferred.node:
        if node.op_type in ("Conv", "ConvTranspose"):
            place = known.get(node.output[0] if node.op_type == "Conv" else node.input[0])
            weight = weights.get(node.input[1])
            if not place or not weight or None in place[2:]:
                return None
            total += numpy.prod(weight) * numpy.prod(place[2:])
        elif node.op_type in ("MatMul", "Gemm"):
            first, second = (known.get(name) or weights.get(name) for name in node.input[:2])
            if not first or not second or None in first or None in second:
                return None
            transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
            total += numpy.prod(first) * second[-2 if transposed else -1]
    return round(float(total) / 1e9, 3)


def first_line(error):
    return str(error).strip().split("\n")[0]


def check(path, channels, width, height):
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:
        raise Problem("it is no valid ONNX network: " + first_line(error))
    if any(uses_external_data(weight) for weight in model.graph.initializer):
        raise Problem("its weights lie in a file beside it: needed is one file, as onnx.save(onnx.load(FILE), ONE) writes it")
    try:
        onnx.checker.check_model(model)
    except Exception as error:
        raise Problem("it is no valid ONNX network: " + first_line(error))
    weights = {weight.name: list(weight.dims) for weight in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            weights[node.output[0]] = list(node.attribute[0].t.dims)
    value = only([value for value in model.graph.input if value.name not in weights], "input")
    output = only(list(model.graph.output), "output")
    shape = check_input(value, channels, width, height)
    _, channels, height, width = shape
    operators = Counter(node.op_type for node in model.graph.node)
    found = sides(value)
    tiles = found[0] or 1
    onnxruntime.set_default_logger_severity(4)
    try:
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        noise = numpy.random.default_rng(1).standard_normal([tiles, *shape[1:]]).astype(numpy.float32)
        result = session.run(None, {value.name: noise})[0]
    except Exception as error:
        raise Problem("it does not run on a tile: " + first_line(error))
    rows, columns = result.shape[-2:] if result.ndim >= 2 else (0, 0)
    fits = rows and columns and result.size == tiles * rows * columns
    stride = height // rows if fits and height % rows == 0 else 0
    if not stride or rows * stride != height or columns * stride != width:
        raise Problem(
            f"the output of a {width}x{height} tile is {list(result.shape)}: needed is one map whose sides divide the tile's")
    if not numpy.isfinite(result).all():
        raise Problem("the output holds values that are no numbers")
    return {
        "input": value.name, "output": output.name, "channels": channels, "width": width, "height": height, "stride": stride,
        "operators": dict(sorted(operators.items())), "untried": sorted(set(operators) - KNOWN),
        "apart": [node.name or node.output[0] for node in model.graph.node if stands_apart(node, weights)],
        "gmac": gmac(model, shape, value.name),
        "opset": max((entry.version for entry in model.opset_import), default=0), "free": [side is None for side in found],
    }


def main():
    path, channels, width, height = sys.argv[1], *map(int, sys.argv[2:5])
    try:
        print(json.dumps(check(path, channels, width, height)))
    except Problem as problem:
        print(json.dumps({"problem": str(problem)}))
        sys.exit(1)


if __name__ == "__main__":
    main()
