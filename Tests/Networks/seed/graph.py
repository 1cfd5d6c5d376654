"""Writes ONNX graphs node by node, with random weights that keep the values of every layer of one size."""

from typing import NamedTuple

import numpy
from onnx import TensorProto, checker, helper, numpy_helper, save

OPSET = 13


class Value(NamedTuple):
    """One tile's tensor: channels, rows and columns."""

    name: str
    channels: int
    height: int
    width: int


class Filters(NamedTuple):
    """A convolution's weights and bias, by the names of their constants."""

    weights: str
    bias: str | None
    channels: int
    sides: tuple[int, int]


class Graph:
    """A graph of one input [tiles,3,height,width] and one output; only the number of tiles is free."""

    def __init__(self, name, height, width, published=False):
        """`published` asks for each network as its authors write it, where the chip's compiler needs it otherwise."""
        self.name = name
        self.published = published
        self.nodes = []
        self.weights = []
        # One seed a name: a network's weights do not depend on which others are made.
        self.random = numpy.random.default_rng(list(name.encode()))
        self.input = Value("image", 3, height, width)

    def node(self, kind, inputs, **attributes):
        """Adds a node of one output and returns the output's name."""
        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, values, kind=numpy.float32):
        name = f"weights_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.ascontiguousarray(values, kind), name))
        return name

    def filters(self, channels, entries, kernel, bias=True, gain=1.0, positive=False):
        """Weights after which a rectified input has values of its own size again; `kernel` is a side, or (rows, columns)."""
        sides = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        deviation = gain * numpy.sqrt(2 / (entries * sides[0] * sides[1]))
        weights = self.random.normal(0, deviation, (channels, entries, *sides))
        offsets = self.constant(self.random.normal(0, 0.02, channels)) if bias else None
        return Filters(self.constant(numpy.abs(weights) if positive else weights), offsets, channels, sides)

    def conv(self, entry, channels, kernel, dilation=1, stride=1, **weights):
        """Convolution that keeps rows and columns but for its stride."""
        return self.conv_with(entry, self.filters(channels, entry.channels, kernel, **weights), dilation, stride)

    def conv_with(self, entry, filters, dilation=1, stride=1):
        """Convolution with filters made before, which several nodes may share."""
        down, across = (dilation * (side - 1) // 2 for side in filters.sides)
        inputs = [entry.name, filters.weights] + ([filters.bias] if filters.bias else [])
        name = self.node("Conv", inputs, kernel_shape=filters.sides, pads=[down, across, down, across],
                         strides=[stride, stride], dilations=[dilation, dilation])
        return Value(name, filters.channels, -(-entry.height // stride), -(-entry.width // stride))

    def norm(self, entry, gain=1.0):
        """Batch normalisation as it stands after training: statistics are constants."""
        draw = self.random
        parts = [draw.uniform(0.8, 1.2, entry.channels) * gain, draw.normal(0, 0.1, entry.channels),
                 draw.normal(0, 0.1, entry.channels), draw.uniform(0.5, 1.5, entry.channels)]
        return entry._replace(name=self.node("BatchNormalization", [entry.name] + [self.constant(p) for p in parts]))

    def simple(self, kind, entry, *others, **attributes):
        """A node whose output has the shape of its first input."""
        names = [entry.name] + [other.name if isinstance(other, Value) else other for other in others]
        return entry._replace(name=self.node(kind, names, **attributes))

    def relu(self, entry):
        return self.simple("Relu", entry)

    def pool(self, entry, side=2, stride=2, padding=0):
        name = self.node("MaxPool", [entry.name], kernel_shape=[side, side], strides=[stride, stride],
                         pads=[padding] * 4)
        sides = [(length + 2 * padding - side) // stride + 1 for length in (entry.height, entry.width)]
        return Value(name, entry.channels, *sides)

    def concat(self, entries):
        name = self.node("Concat", [entry.name for entry in entries], axis=1)
        return entries[0]._replace(name=name, channels=sum(entry.channels for entry in entries))

    def reshape(self, name, sides):
        return self.node("Reshape", [name, self.constant(sides, numpy.int64)])

    def write(self, path, density):
        """Writes the network whose output is `density`, of one channel."""
        assert density.channels == 1, density
        shape = lambda value: ["tiles", value.channels, value.height, value.width]
        float32 = TensorProto.FLOAT
        graph = helper.make_graph(
            self.nodes, self.name, [helper.make_tensor_value_info("image", float32, shape(self.input))],
            [helper.make_tensor_value_info(density.name, float32, shape(density))], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        checker.check_model(model, full_check=True)
        save(model, path)
