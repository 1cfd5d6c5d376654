"""The density a network is to answer: every head a Gaussian of mass one, sampled in output cells."""

import cv2
import numpy as np

SIGMA = 1.0
"""Width of a head's Gaussian in output cells (8 input pixels each)."""

MARGIN = 4
"""Cells around the crop whose heads reach into it (and out of which the crop's own heads reach)."""


def density(points: np.ndarray, size: int, stride: int) -> np.ndarray:
    """Square map, size/stride cells a side, people per cell; `points` (x, y) may lie outside the crop."""
    cells = size // stride
    side = cells + 2 * MARGIN
    grid = np.zeros((side, side), np.float32)
    place = points / stride - 0.5 + MARGIN
    corner = np.floor(place).astype(int)
    inside = (corner >= 0).all(1) & (corner < side - 1).all(1)
    corner, part = corner[inside], (place - corner)[inside]
    for right in (0, 1):
        for below in (0, 1):
            weight = np.abs(1 - right - part[:, 0]) * np.abs(1 - below - part[:, 1])
            np.add.at(grid, (corner[:, 1] + below, corner[:, 0] + right), weight)
    width = 2 * MARGIN + 1
    grid = cv2.GaussianBlur(grid, (width, width), SIGMA, borderType=cv2.BORDER_CONSTANT)
    return grid[MARGIN:-MARGIN, MARGIN:-MARGIN]
