"""A quantised network as an ONNX network of the same whole numbers, which ONNX Runtime computes many times as fast.

The chip adds products of bytes, shifts the sums right and cuts them off. 32-bit floats hold whole numbers exactly below
2**24, and halves of a shifted sum as well: a network of which no sum reaches that, whatever the picture, gives the same
bits either way, in any order of adding. What cannot be written so is the interpreter's to compute.

The interpreter is wrong in one case: it cuts off the results of a transposed convolution at 127 where the chip's bytes,
and the vendor's simulator, go on to 255. Here they do as well.
"""

import re

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

LARGEST = 2**24
"""Up to which magnitude every whole number is a 32-bit float."""

OPSET = 13

LIMITS = {"i8": (-128.0, 127.0), "u8": (0.0, 255.0)}

OPERATOR = re.compile(r'\s*(%\w+) = "(\w+\.\w+)"\(([^)]*)\) (?:\{(.*)\} )?: \((.*)\) -> (.*) loc\((#\w+)\)$')
"""Result, name, operands, attributes, types of the operands, type of the result, place."""

QUANTISED = re.compile(r"!quant\.uniform<([iu]8):f32, ([0-9.eE+-]+)>")
"""The code of a quantised tensor and its step."""


class Untranslated(Exception):
    """Names what only the interpreter computes."""


class Operator:
    """One operator of the compiler's text."""

    def __init__(self, found):
        self.result, self.name, operands, attributes, reads, self.type, self.place = found.groups()
        self.operands = [word.strip() for word in operands.split(",") if word.strip()]
        self.attributes = attributes or ""
        # Of each quantised operand its code and step; of the result its own, or nothing.
        self.reads = QUANTISED.findall(reads)
        self.code, self.step = (QUANTISED.findall(self.type) or [(None, None)])[0]
        if self.code is None and not re.search(r"xf32>$|^none$|x[iu]\d+>$|quant\.calibrated", self.type):
            raise Untranslated(f"{self.name} of the type {self.type}")

    def has(self, pattern):
        return re.search(pattern, self.attributes) is not None

    def numbers(self, name):
        found = re.search(rf"\b{name} = \[([^\]]*)\]", self.attributes)
        return [int(number) for number in found[1].split(",")] if found else []

    def number(self, name):
        found = re.search(rf"\b{name} = (-?\d+)", self.attributes)
        return int(found[1]) if found else 1

    @property
    def shape(self):
        return [int(side) for side in re.match(r"tensor<((?:\d+x)+)", self.type)[1].split("x")[:-1]]


def reach(weights, reads_signed):
    """The largest magnitude that any part of each output's sum may have: bytes without a sign are never below zero."""
    if reads_signed:
        return numpy.abs(weights).sum(1) * 128
    return numpy.maximum(weights.clip(min=0).sum(1), -weights.clip(max=0).sum(1)) * 255


def parts(weights, sums, shift, reads_signed):
    """Weights and biases of one convolution, or of two whose sum is the same, none of whose sums reach LARGEST.

    Two such numbers add up exactly below it; at or above it, shifted, they are beyond what a byte holds either way.
    """
    def largest(weights, sums):
        return (reach(weights.reshape(len(weights), -1), reads_signed) + numpy.abs(sums)).max()

    whole = largest(weights, sums)
    if whole < LARGEST:
        return [(weights, sums)]
    first, second = weights.copy(), weights.copy()
    half = weights.shape[1] // 2
    first[:, half:], second[:, :half] = 0, 0
    if LARGEST >> shift < 512 or max(largest(first, sums), largest(second, 0 * sums)) >= LARGEST:
        raise Untranslated(f"sums that may reach {whole:.0f}")
    return [(first, sums), (second, 0 * sums)]


class Translation:
    """Builds the graph, operator by operator. Quantised values are codes, in floats; others are what they are."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, numbers):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.asarray(numbers, numpy.float32), name))
        return name

    def node(self, kind, *inputs, **attributes):
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def cut(self, operator, value):
        """What the result's byte holds of whole numbers."""
        low, high = LIMITS[operator.code]
        low = 0.0 if operator.has("do_relu = true") else low
        return self.node("Clip", value, self.constant(low), self.constant(high))

    def shifted(self, operator, value, factor):
        """Times a factor and a power of two, rounded half up."""
        return self.node("Floor", self.node("Add", self.node("Mul", value, self.constant(factor)), self.constant(0.5)))

    def rectified(self, operator, value):
        """The end of an operator in floating point."""
        if operator.has(r"relu_limit = [0-9]") and operator.has("do_relu = true"):
            raise Untranslated("results with a limit of their own")
        return self.node("Relu", value) if operator.has("do_relu = true") else value

    def convolution(self, operator, value, kernel, bias):
        if not isinstance(kernel, numpy.ndarray):
            raise Untranslated("kernels that are computed")
        if operator.name == "tpu.Deconv" and (operator.number("group") != 1 or any(operator.numbers("output_padding"))):
            raise Untranslated("groups or more padding in tpu.Deconv")
        weights = kernel.astype(numpy.float64)
        sums = numpy.zeros(len(weights)) if bias is None else bias.astype(numpy.float64).reshape(-1)
        if not operator.code:
            return self.rectified(operator, self.convolved(operator, value, weights, sums))
        shift = operator.numbers("rshift")
        plain = operator.has("OnlyShift") and operator.numbers("multiplier") in ([], [1])
        if not plain or len(shift) != 1 or kernel.dtype != numpy.int8 or operator.has("kernel_zp = -?[1-9]"):
            raise Untranslated("results that are not only shifted")
        # Half of what is shifted away, so that cutting the rest off rounds half up.
        sums = sums + (2.0 ** (shift[0] - 1) if shift[0] > 0 else 0.0)
        unit = 2.0 ** -shift[0]
        results = [
            self.convolved(operator, value, weights * unit, sums * unit)
            for weights, sums in parts(weights, sums, shift[0], any(code == "i8" for code, _ in operator.reads))
        ]
        return self.cut(operator, self.node("Floor", self.node("Add", *results) if len(results) > 1 else results[0]))

    def convolved(self, operator, value, weights, sums):
        transposed = operator.name == "tpu.Deconv"
        return self.node(
            "ConvTranspose" if transposed else "Conv", value,
            # The compiler's kernels have their outputs first.
            self.constant(weights.swapaxes(0, 1) if transposed else weights), self.constant(sums),
            kernel_shape=list(weights.shape[2:]), strides=operator.numbers("strides"), pads=operator.numbers("pads"),
            dilations=operator.numbers("dilations"), group=operator.number("group"),
        )  # fmt: skip

    def sum(self, operator, *values):
        if len(values) != 2 or any(isinstance(value, numpy.ndarray) for value in values):
            raise Untranslated("sums of other than two results")
        if not operator.code:
            return self.rectified(operator, self.node("Add", *values))
        factors, shifts = operator.numbers("multipliers"), operator.numbers("rshifts")
        if not len(factors) == len(shifts) == 2 or min(shifts) < 0:
            raise Untranslated("sums that are not only shifted")
        units = [factor * 2.0**-shift for factor, shift in zip(factors, shifts)]
        return self.cut(operator, self.node("Add", *(self.shifted(operator, *part) for part in zip(values, units))))

    def rescaled(self, operator, value):
        return self.cut(operator, self.shifted(operator, value, operator.number("multiplier") * 2.0 ** -operator.number("rshift")))

    def pooling(self, operator, value):
        if not operator.has("pool_mode Max") or operator.has("is_adaptive = true"):
            raise Untranslated("poolings of other than the largest")
        return self.node(
            "MaxPool", value, kernel_shape=operator.numbers("kernel_shape"), strides=operator.numbers("strides"),
            pads=operator.numbers("pads"),
        )  # fmt: skip

    def joined(self, operator, *values):
        if operator.has("multipliers|rshifts"):
            raise Untranslated("results of several steps put together")
        return self.node("Concat", *values, axis=operator.number("axis"))

    def repeated(self, operator, value, _):
        sides = self.constant([1, 1, operator.number("scale_h"), operator.number("scale_w")])
        return self.node(
            "Resize", value, "", sides, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
        )

    def cast(self, operator, value):
        if not operator.code and len(operator.reads) == 1:
            return self.node("Mul", value, self.constant(numpy.float32(operator.reads[0][1])))
        if not operator.code or operator.reads:
            raise Untranslated("casts from byte to byte")
        # Half away from zero.
        steps = self.node("Mul", value, self.constant(1 / float(operator.step)))
        away = self.node("Floor", self.node("Add", self.node("Abs", steps), self.constant(0.5)))
        return self.cut(operator, self.node("Mul", away, self.node("Sign", steps)))


OPERATORS = {
    "tpu.Conv2D": Translation.convolution, "tpu.Deconv": Translation.convolution, "tpu.Add": Translation.sum,
    "tpu.MulShift": Translation.rescaled, "tpu.Pool2D": Translation.pooling, "tpu.Concat": Translation.joined,
    "tpu.Upsample": Translation.repeated, "tpu.Cast": Translation.cast,
}  # fmt: skip


def is_beyond_interpreter(text):
    """True where the interpreter computes otherwise than the chip."""
    return re.search(r'"tpu\.Deconv".*-> tensor<[^>]*quant\.uniform<u8', text) is not None


def translated(text, weights, shape):
    """The ONNX network: codes of the input, as floats of a given shape, to densities.

    `text` is the quantised network, `weights` its arrays by name. Raises Untranslated.
    """
    places = dict(re.findall(r'^(#\w+) = loc\("([^"]+)"\)', text, re.M))
    translation, values, entry, answer = Translation(), {}, None, None
    for line in text.splitlines():
        if line.strip().startswith("return "):
            answer = values.get(line.split()[1])
        found = OPERATOR.match(line)
        if not found:
            continue
        operator = Operator(found)
        if operator.name == "top.Input":
            entry = operator.result
        elif operator.name == "top.None":
            values[operator.result] = None
        elif operator.name == "top.Weight":
            values[operator.result] = weights[places[operator.place]].reshape(operator.shape)
        elif operator.name == "tpu.Cast" and operator.operands == [entry]:
            values[operator.result] = "codes"
        elif operator.name in OPERATORS and not (operator.code and operator.has("relu_limit = [0-9]")):
            operands = [values.get(word) for word in operator.operands]
            values[operator.result] = OPERATORS[operator.name](translation, operator, *operands)
        else:
            raise Untranslated(operator.name)
    if not isinstance(answer, str):
        raise Untranslated("a result that no operator gives")
    translation.nodes.append(helper.make_node("Identity", [answer], ["densities"]))
    graph = helper.make_graph(
        translation.nodes, "translated", [helper.make_tensor_value_info("codes", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("densities", TensorProto.FLOAT, [None] * 4)], translation.constants,
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
