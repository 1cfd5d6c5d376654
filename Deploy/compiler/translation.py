"""A quantised network as an ONNX network of the same whole numbers, which ONNX Runtime computes many times as fast.

The chip adds products of bytes, shifts the sums right and cuts them off. 32-bit floats hold whole numbers exactly below
2**24, shifted ones as well: where no sum reaches that, whatever the picture, a convolution of floats gives the same bits in
any order of adding. Where one may, it is several convolutions, whose results are added in 64 bits.

Only what stands here word for word is translated; all else is the interpreter's to compute. That is wrong in one case: it
cuts off the results of a transposed convolution at 127 where the chip's bytes, and the vendor's simulator, go on to 255.
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

FLOAT = re.compile(r"x(f32|!quant\.calibrated<f32<[^<>]*>>)>$")
"""A tensor of floats, of which the compiler may know the range."""

ATTRIBUTE = re.compile(r"(\w+) = (\[[^\]]*\]|#tpu<[^>]*>|[^,]+)")

ANY, NUMBER, FLAG = r".*", r"-?\d+ : \w+", r"true|false"
RELU = {"do_relu": FLAG, "relu_limit": r"-1\.0+e\+00 : f64"}
WINDOW = {"kernel_shape": ANY, "pads": ANY, "strides": ANY}
CONVOLUTION = RELU | WINDOW | {
    "dilations": ANY, "group": NUMBER, "dynweight_reorderd": "false", "with_bias": FLAG, "rshift": ANY,
    "multiplier": r"\[1\]", "quant_mode": ANY, "round_mode": r"#tpu<round_mode HalfUp>",
}  # fmt: skip

ATTRIBUTES = {
    "tpu.Conv2D": CONVOLUTION | {
        "coeff_merged": "false", "do_winograd": "false", "kernel_zp": "0 : i64", "support_compress": FLAG,
        "use_3ic_optimize": NUMBER, "weight_is_coeff": "1 : i64",
    },
    "tpu.Deconv": CONVOLUTION | {"output_padding": ANY},
    "tpu.Add": RELU | {"multipliers": ANY, "rshifts": ANY},
    "tpu.MulShift": {"multiplier": NUMBER, "rshift": NUMBER},
    "tpu.Pool2D": RELU | WINDOW | {
        "count_include_pad": FLAG, "first_round_mode": ANY, "is_adaptive": "false", "keepdims": "true",
        "pad_value": "0 : i64", "pool_mode": "#tpu<pool_mode Max>", "round_mode": ANY,
    },
    "tpu.Concat": RELU | {"axis": NUMBER, "only_merge": "false"},
    "tpu.Upsample": RELU | {"scale_h": NUMBER, "scale_w": NUMBER},
    "tpu.Cast": {"round_mode": "#tpu<round_mode HalfAwayFromZero>", "with_scale": "true"},
}  # fmt: skip
"""The attributes of each operator and the values that they may have; another is not known to mean nothing."""


class Untranslated(Exception):
    """Names what only the interpreter computes."""


class Operator:
    """One operator of the compiler's text."""

    def __init__(self, found):
        self.result, self.name, operands, attributes, reads, self.type, self.place = found.groups()
        self.operands = [word.strip() for word in operands.split(",") if word.strip()]
        self.attributes = dict(ATTRIBUTE.findall(attributes or ""))
        # Of each quantised operand its code and step; of the result its own, or nothing.
        self.reads = QUANTISED.findall(reads)
        self.code, self.step = (QUANTISED.findall(self.type) or [(None, None)])[0]

    def check(self):
        if self.code is None and not FLOAT.search(self.type):
            raise Untranslated(f"{self.name} of the type {self.type}")
        known = ATTRIBUTES.get(self.name)
        if known is None:
            raise Untranslated(self.name)
        for name, value in self.attributes.items():
            if not re.fullmatch(known.get(name, "(?!)"), value.strip()):
                raise Untranslated(f"{name} = {value} of {self.name}")

    @property
    def is_rectified(self):
        return self.attributes.get("do_relu") == "true"

    @property
    def reads_signed(self):
        return any(code == "i8" for code, _ in self.reads)

    def numbers(self, name):
        return [int(number) for number in self.attributes[name].strip("[]").split(",")]

    def number(self, name):
        return int(self.attributes[name].split(" : ")[0])

    @property
    def shape(self):
        return [int(side) for side in re.match(r"tensor<((?:\d+x)+)", self.type)[1].split("x")[:-1]]


def reach(weights, operator):
    """The largest magnitude that any part of a sum may have: bytes without a sign are never below zero."""
    if operator.name == "tpu.Deconv":
        # Of the kernel only every so many-th element adds to one result.
        down, right = operator.numbers("strides")
        phases = [weights[:, :, row::down, column::right] for row in range(down) for column in range(right)]
    else:
        phases = [weights]
    rows = [phase.reshape(len(phase), -1) for phase in phases if phase.size]
    if operator.reads_signed:
        return max(float(numpy.abs(row).sum(1).max()) for row in rows) * 128
    return max(float(max(row.clip(min=0).sum(1).max(), -row.clip(max=0).sum(1).min())) for row in rows) * 255


def parts(weights, operator):
    """Weights that add up to these, of none of which a sum reaches LARGEST: each has some of the input's channels."""
    # The bias, of 16 bits, and the half that rounds are added to the first.
    if reach(weights, operator) + 2**16 < LARGEST:
        return [weights]
    channels = numpy.flatnonzero(numpy.abs(weights).sum((0, 2, 3)))
    if len(channels) < 2:
        raise Untranslated("sums of 24 bits from one channel")
    first, second = weights.copy(), weights.copy()
    half = channels[len(channels) // 2]
    first[:, half:], second[:, :half] = 0, 0
    return parts(first, operator) + parts(second, operator)


class Translation:
    """Builds the graph, operator by operator. Quantised values are codes, in floats; others are what they are."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, numbers, kind=numpy.float32):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.asarray(numbers, kind), name))
        return name

    def node(self, kind, *inputs, **attributes):
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def ended(self, operator, value):
        """Cut off at what the result's byte holds; rectified where the operator is."""
        if operator.code:
            low, high = LIMITS[operator.code]
            low = 0.0 if operator.is_rectified else low
            return self.node("Clip", value, self.constant(low), self.constant(high))
        return self.node("Relu", value) if operator.is_rectified else value

    def shifted(self, value, factor, shift):
        """Times a factor, shifted right, rounded half up."""
        if shift < 0:
            raise Untranslated("shifts to the left")
        scaled = self.node("Mul", value, self.constant(factor * 2.0**-shift))
        return self.node("Floor", self.node("Add", scaled, self.constant(0.5)))

    def convolution(self, operator, value, kernel, bias):
        if not isinstance(kernel, numpy.ndarray):
            raise Untranslated("kernels that are computed")
        if operator.name == "tpu.Deconv" and (operator.number("group") != 1 or set(operator.numbers("dilations")) != {1}):
            raise Untranslated("groups or dilations of tpu.Deconv")
        weights = kernel.astype(numpy.float64)
        sums = numpy.zeros(len(weights)) if bias is None else bias.astype(numpy.float64).reshape(-1)
        if not operator.code:
            return self.ended(operator, self.convolved(operator, value, weights, sums))
        (shift,) = operator.numbers("rshift")
        is_plain = operator.attributes["quant_mode"] == "#tpu<rq_mode OnlyShift>" and kernel.dtype == numpy.int8
        if not is_plain or not 0 <= shift <= 16 or (bias is not None and bias.dtype != numpy.int16):
            raise Untranslated("results that are not only shifted")
        # Half of what is shifted away, so that cutting the rest off rounds half up.
        sums = sums + (2.0 ** (shift - 1) if shift > 0 else 0.0)
        unit = 2.0**-shift
        results = [
            self.convolved(operator, value, part * unit, sums * unit if place == 0 else 0 * sums)
            for place, part in enumerate(parts(weights, operator))
        ]
        if len(results) == 1:
            return self.ended(operator, self.node("Floor", results[0]))
        total, *others = (self.node("Cast", result, to=TensorProto.DOUBLE) for result in results)
        for other in others:
            total = self.node("Add", total, other)
        # What a byte does not hold anyway may lose its last bits on the way back.
        return self.ended(operator, self.node("Cast", self.node("Floor", total), to=TensorProto.FLOAT))

    def convolved(self, operator, value, weights, sums):
        transposed = {"output_padding": operator.numbers("output_padding")} if operator.name == "tpu.Deconv" else {}
        return self.node(
            "ConvTranspose" if transposed else "Conv", value,
            # The compiler's kernels have their outputs first.
            self.constant(weights.swapaxes(0, 1) if transposed else weights), self.constant(sums),
            kernel_shape=list(weights.shape[2:]), strides=operator.numbers("strides"), pads=operator.numbers("pads"),
            dilations=operator.numbers("dilations"), group=operator.number("group"), **transposed,
        )  # fmt: skip

    def sum(self, operator, *values):
        if len(values) != 2 or any(isinstance(value, numpy.ndarray) for value in values):
            raise Untranslated("sums of other than two results")
        if operator.code:
            scaling = zip(values, operator.numbers("multipliers"), operator.numbers("rshifts"), strict=True)
            values = [self.shifted(*part) for part in scaling]
        return self.ended(operator, self.node("Add", *values))

    def rescaled(self, operator, value):
        return self.ended(operator, self.shifted(value, operator.number("multiplier"), operator.number("rshift")))

    def pooling(self, operator, value):
        if operator.reads_signed and any(operator.numbers("pads")):
            raise Untranslated("what lies outside of numbers with a sign")
        return self.ended(operator, self.node(
            "MaxPool", value, kernel_shape=operator.numbers("kernel_shape"), strides=operator.numbers("strides"),
            pads=operator.numbers("pads"),
        ))  # fmt: skip

    def joined(self, operator, *values):
        if len(set(operator.reads)) > 1 or any(isinstance(value, numpy.ndarray) for value in values):
            raise Untranslated("results of several steps put together")
        return self.ended(operator, self.node("Concat", *values, axis=operator.number("axis")))

    def repeated(self, operator, value, _):
        sides = self.constant([1, 1, operator.number("scale_h"), operator.number("scale_w")])
        return self.ended(operator, self.node(
            "Resize", value, "", sides, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
        ))  # fmt: skip

    def cast(self, operator, value):
        if not operator.code and len(operator.reads) == 1:
            return self.node("Mul", value, self.constant(operator.reads[0][1]))
        if not operator.code or operator.reads:
            raise Untranslated("casts from byte to byte")
        # Half away from zero.
        steps = self.node("Mul", value, self.constant(1 / float(operator.step)))
        away = self.node("Floor", self.node("Add", self.node("Abs", steps), self.constant(0.5)))
        return self.ended(operator, self.node("Mul", away, self.node("Sign", steps)))


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
    final = None
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["return"]:
            answer = words[1]
        elif re.match(r"\s*%\w+(:\d+)? = ", line):
            found = OPERATOR.match(line)
            if not found:
                raise Untranslated(f"a line of another form ({line.strip()[:40]})")
            operator = Operator(found)
            if operator.name == "top.Input":
                entry = operator.result
            elif operator.name == "top.None":
                values[operator.result] = None
            elif operator.name == "top.Weight":
                values[operator.result] = weights[places[operator.place]].reshape(operator.shape)
            elif operator.name == "tpu.Cast" and operator.operands == [entry]:
                values[operator.result] = "codes"
            else:
                operator.check()
                if any(word not in values for word in operator.operands):
                    raise Untranslated("an input that is not quantised")
                operands = [values[word] for word in operator.operands]
                values[operator.result] = OPERATORS[operator.name](translation, operator, *operands)
                final = operator
    if final is None or answer != final.result or final.code:
        raise Untranslated("a result that is not of floats")
    translation.nodes.append(helper.make_node("Identity", [values[answer]], ["densities"]))
    graph = helper.make_graph(
        translation.nodes, "translated", [helper.make_tensor_value_info("codes", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("densities", TensorProto.FLOAT, [None] * 4)], translation.constants,
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
