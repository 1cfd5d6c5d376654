#!/usr/bin/env python3
"""Decodes and resizes pictures with OpenCV on one thread, for `headcount bench decode` to be compared with.

    decode.py WIDTH HEIGHT ROUNDS FILE...

Prints the best time of a round, in seconds of processor time per picture.
"""

import sys
import time

import cv2
import numpy


def main(width, height, rounds, paths):
    cv2.setNumThreads(1)
    files = [numpy.fromfile(path, numpy.uint8) for path in paths]
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for file in files:
            cv2.resize(cv2.imdecode(file, cv2.IMREAD_COLOR), (width, height), interpolation=cv2.INTER_LINEAR)
        best = min(best, time.process_time() - started)
    print(best / len(files))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), sys.argv[4:])
