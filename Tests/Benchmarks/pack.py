#!/usr/bin/env python3
"""Packs four tiles for the BM1684 as one would in NumPy, for `headcount bench pack` to be compared with.

    pack.py WIDTH HEIGHT ROUNDS

Float normalisation, transposition to planes, quantisation (half away from zero, saturated) and interleaving of four
tiles, from the quarters of one decoded RGB picture. Prints the best time of a round, in seconds.
"""

import sys
import time

import numpy

MEAN = numpy.array([113.768, 104.428, 100.746], numpy.float32)
SCALE = numpy.array([0.0136067, 0.0140989, 0.0138326], numpy.float32)
INPUT_SCALE = numpy.float32(59.5184)


def pack(tiles):
    values = (numpy.stack(tiles).astype(numpy.float32) - MEAN) * SCALE
    planes = values.transpose(0, 3, 1, 2) * INPUT_SCALE
    rounded = numpy.copysign(numpy.floor(numpy.abs(planes) + numpy.float32(0.5)), planes)
    quantised = numpy.clip(rounded, -128, 127).astype(numpy.int8)
    return numpy.ascontiguousarray(quantised.transpose(1, 2, 3, 0))


def main(width, height, rounds):
    picture = numpy.random.default_rng(1).integers(0, 256, (2 * height, 2 * width, 3), numpy.uint8)
    tiles = [picture[y:y + height, x:x + width] for y in (0, height) for x in (0, width)]
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        pack(tiles)
        best = min(best, time.perf_counter() - started)
    print(best)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
