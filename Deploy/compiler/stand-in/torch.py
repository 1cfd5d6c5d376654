"""Stands in for PyTorch, 2 GB of which the compiler imports and, for an ONNX network, uses one call: tensor().numpy()."""

import numpy


class _Placeholder(type):
    """Whatever else is named while the compiler's modules are read: a class, with classes for attributes."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return cls


class Nothing(metaclass=_Placeholder):
    pass


class Tensor(numpy.ndarray):
    def numpy(self):
        return numpy.asarray(self)


def tensor(values):
    return numpy.asarray(values).view(Tensor)


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Nothing
