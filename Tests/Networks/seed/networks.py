"""The six networks of the contest, each in our own words after its paper; none upsamples its density map.

The published code of five ends with a bilinear enlargement to the tile's size, which leaves the sum of the map what it was
times the square of the factor: `PEOPLE` puts that factor, and the 1/100 that the networks were trained with, into one number.
"""

import numpy

# People per unit of the output, by network: the enlargement's area over a hundred.
PEOPLE = {"mcnn": 0.16, "csrnet": 0.64, "cannet": 0.01, "scar": 0.64, "sfcn": 0.64, "c3f-vgg": 0.64}
# Those that the compiler needs in another form than their authors wrote.
REWRITTEN = ("cannet",)
# Rows and columns of the parts whose means are CANNet's context.
SCALES = (6, 3, 2, 1)


def mcnn(graph):
    """MCNN (Zhang and others, 2016): three columns of four convolutions, of large, middle and small fields."""
    columns = []
    for channels, kernels in [((16, 32, 16, 8), (9, 7, 7, 7)), ((20, 40, 20, 10), (7, 5, 5, 5)),
                              ((24, 48, 24, 12), (5, 3, 3, 3))]:
        value = graph.input
        for place, (count, kernel) in enumerate(zip(channels, kernels)):
            value = graph.relu(graph.conv(value, count, kernel))
            if place < 2:
                value = graph.pool(value)
        columns.append(value)
    return density(graph, graph.concat(columns), rectified=True)


def csrnet(graph):
    """CSRNet (Li and others, 2018): ten layers of VGG-16, then six dilated convolutions."""
    return density(graph, dilated(graph, vgg(graph)))


def c3f_vgg(graph):
    """C3F-VGG (Gao and others, 2019): ten layers of VGG-16 and two convolutions of one pixel."""
    return density(graph, graph.relu(graph.conv(vgg(graph), 128, 1)), rectified=True)


def cannet(graph):
    """CANNet (Liu and others, 2019): features of VGG-16 weighed by how they stand out of four scales of context."""
    features = vgg(graph)
    # One convolution weighs every scale.
    weighing = graph.filters(512, 512, 1)
    scales, weights = [], []
    for average in averages(graph, features):
        scale = enlarged(graph, graph.conv(average, 512, 1, bias=False), features)
        contrast = graph.simple("Sub", features, scale)
        scales.append(scale)
        weights.append(graph.simple("Sigmoid", graph.conv_with(contrast, weighing)))
    weighed = [graph.simple("Mul", scale, weight) for scale, weight in zip(scales, weights)]
    context = graph.simple("Div", total(graph, weighed), total(graph, weights))
    joined = graph.relu(graph.conv(graph.concat([context, features]), 512, 1))
    return density(graph, dilated(graph, joined, normalised=True))


def scar(graph):
    """SCAR (Gao and others, 2019): CSRNet's features, attended to over places and over channels side by side."""
    features = dilated(graph, vgg(graph))
    spatial = block(graph, places_attended(graph, block(graph, features)))
    channel = block(graph, channels_attended(graph, block(graph, features)))
    return density(graph, graph.concat([spatial, channel]), rectified=True)


def sfcn(graph):
    """SFCN (Wang and others, 2019): ResNet-101 to its third stage without halving there, dilated convolutions, and a
    spatial encoder that hands each row and then each column on to the next, both ways."""
    value = graph.relu(graph.norm(graph.conv(graph.input, 64, 7, stride=2, bias=False)))
    value = graph.pool(value, 3, 2, 1)
    for width, blocks, stride in [(64, 3, 1), (128, 4, 2), (256, 23, 1)]:
        for place in range(blocks):
            value = bottleneck(graph, value, width, stride if place == 0 else 1)
    value = dilated(graph, value)
    value = handed_on(graph, value, axis=2, kernel=(1, 9))
    value = handed_on(graph, value, axis=3, kernel=(9, 1))
    return density(graph, value, rectified=True)


NETWORKS = {"mcnn": mcnn, "csrnet": csrnet, "cannet": cannet, "scar": scar, "sfcn": sfcn, "c3f-vgg": c3f_vgg}


def vgg(graph):
    """The first ten convolutions of VGG-16: 512 channels at an eighth of the tile's sides."""
    value = graph.input
    for stage, (channels, layers) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3)]):
        if stage:
            value = graph.pool(value)
        for _ in range(layers):
            value = graph.relu(graph.conv(value, channels, 3))
    return value


def dilated(graph, value, normalised=False):
    for channels in (512, 512, 512, 256, 128, 64):
        value = graph.conv(value, channels, 3, dilation=2)
        value = graph.relu(graph.norm(value) if normalised else value)
    return value


def density(graph, value, rectified=False):
    """The map itself; weights above zero keep most of it there, as a trained network's is."""
    value = graph.conv(value, 1, 1, gain=0.3, positive=True)
    return graph.relu(value) if rectified else value


def block(graph, value):
    return graph.relu(graph.norm(graph.conv(value, 16, 3, bias=False)))


def bottleneck(graph, value, width, stride):
    """A residual block: one pixel, three pixels, one pixel, and the way around them."""
    inner = graph.relu(graph.norm(graph.conv(value, width, 1, bias=False)))
    inner = graph.relu(graph.norm(graph.conv(inner, width, 3, stride=stride, bias=False)))
    # What a block adds is small against what it is added to, or 30 of them would grow without limit.
    inner = graph.norm(graph.conv(inner, 4 * width, 1, bias=False), gain=0.3)
    around = value
    if value.channels != 4 * width or stride > 1:
        around = graph.norm(graph.conv(value, 4 * width, 1, stride=stride, bias=False, gain=0.7))
    return graph.relu(graph.simple("Add", inner, around))


def averages(graph, value):
    """Means over 6x6, 3x3, 2x2 and 1x1 rectangles that part the map evenly, smallest side last."""
    # The chip's pooling strides less than 16 places: as published, each mean is taken at once, in strides of up to 96.
    if graph.published:
        return [averaged(graph, value, side, side) for side in SCALES]
    sixths = averaged(graph, averaged(graph, value, 3 * 6, 4 * 6), 6, 6)
    return [sixths] + [averaged(graph, sixths, side, side) for side in SCALES[1:]]


def averaged(graph, value, height, width):
    """Means over rectangles that part the map into so many rows and columns."""
    sides = [value.height // height, value.width // width]
    name = graph.node("AveragePool", [value.name], kernel_shape=sides, strides=sides)
    return value._replace(name=name, height=height, width=width)


def enlarged(graph, value, like):
    """Bilinear enlargement to the sides of another value."""
    factors = graph.constant([1, 1, like.height / value.height, like.width / value.width])
    name = graph.node("Resize", [value.name, "", factors], mode="linear", coordinate_transformation_mode="half_pixel")
    return value._replace(name=name, height=like.height, width=like.width)


def total(graph, values):
    result = values[0]
    for value in values[1:]:
        result = graph.simple("Add", result, value)
    return result


def places_attended(graph, value):
    """Every place takes from every other what resembles it, in two channels of sixteen."""
    flat = lambda entry: graph.reshape(entry.name, [0, entry.channels, -1])
    transposed = lambda name: graph.node("Transpose", [name], perm=[0, 2, 1])
    query, key = (normed(graph, value, value.channels // 8, 0.3) for _ in range(2))
    energy = graph.node("MatMul", [transposed(flat(query)), flat(key)])
    attention = graph.node("Softmax", [energy], axis=-1)
    taken = graph.node("MatMul", [flat(normed(graph, value, value.channels)), transposed(attention)])
    return added(graph, taken, value)


def channels_attended(graph, value):
    """Every channel takes from every other what resembles it."""
    flat = graph.reshape(value.name, [0, value.channels, -1])
    energy = graph.node("MatMul", [flat, graph.node("Transpose", [flat], perm=[0, 2, 1])])
    taken = graph.node("MatMul", [graph.node("Softmax", [energy], axis=-1), flat])
    return added(graph, taken, value)


def normed(graph, value, channels, gain=1.0):
    return graph.norm(graph.conv(value, channels, 1, gain=gain))


def added(graph, taken, value):
    """What attention took, in half measure, on top of the value."""
    shaped = graph.reshape(taken, [0, value.channels, value.height, value.width])
    scaled = value._replace(name=graph.node("Mul", [shaped, graph.constant([0.5])]))
    return graph.simple("Add", scaled, value)


def handed_on(graph, value, axis, kernel):
    """Lines along `axis`, each with what its neighbour hands on through one shared convolution: down, then up again."""
    count = value.height if axis == 2 else value.width
    lines = []
    for place in range(count):
        ends = [graph.constant([number], numpy.int64) for number in (place, place + 1, axis)]
        sides = {"height": 1} if axis == 2 else {"width": 1}
        lines.append(value._replace(name=graph.node("Slice", [value.name, *ends]), **sides))
    # Less than is handed over goes on, or the last line would hold the sum of all.
    filters = graph.filters(value.channels, value.channels, kernel, gain=0.4)
    for place, neighbour in [(n, n - 1) for n in range(1, count)] + [(n, n + 1) for n in reversed(range(count - 1))]:
        handed = graph.relu(graph.conv_with(lines[neighbour], filters))
        lines[place] = graph.simple("Add", handed, lines[place])
    return value._replace(name=graph.node("Concat", [line.name for line in lines], axis=axis))
