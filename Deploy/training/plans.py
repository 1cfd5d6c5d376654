"""How a picture becomes tiles and tile densities become a count: the same plans, word for word, as at inference."""

from collections.abc import Callable

import cv2
import numpy as np

from network import DENSITY_SCALE, MEAN, STRIDE

TILE = (576, 768)
"""Tile height and width in pixels."""

LONGEST = 2048
"""Longest side of a picture under the plan `native`."""

Predict = Callable[[np.ndarray], np.ndarray]
"""N x 576 x 768 x 3 bytes RGB to N x 72 x 96 raw network output."""


def count(picture: np.ndarray, plan: str, predict: Predict) -> float:
    """People in the picture under `native` or `grid:RxC`."""
    if plan == "native":
        return native(picture, predict)
    rows, columns = (int(part) for part in plan.removeprefix("grid:").split("x"))
    return grid(picture, rows, columns, predict)


def grid(picture: np.ndarray, rows: int, columns: int, predict: Predict) -> float:
    """The picture resized to exactly rows x columns tiles, cut, counted."""
    height, width = TILE
    resized = cv2.resize(picture, (columns * width, rows * height), interpolation=cv2.INTER_LINEAR)
    tiles = resized.reshape(rows, height, columns, width, 3).swapaxes(1, 2).reshape(-1, height, width, 3)
    return float(predict(tiles).sum(dtype=np.float64)) * DENSITY_SCALE


def native(picture: np.ndarray, predict: Predict) -> float:
    """The picture at its own scale (long side at most 2048, sides multiples of 16) under overlapping tiles.

    Where tiles overlap their densities are averaged; a picture smaller than a tile is padded with the mean colour
    and what the network answers in the padding is left out.
    """
    height, width = picture.shape[:2]
    longest = max(height, width, LONGEST)
    height, width = (max(16, side * LONGEST // longest // 16 * 16) for side in (height, width))
    resized = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    padded = np.empty((max(height, TILE[0]), max(width, TILE[1]), 3), np.uint8)
    padded[:] = np.round(MEAN)
    padded[:height, :width] = resized
    places = [(y, x) for y in starts(padded.shape[0], TILE[0]) for x in starts(padded.shape[1], TILE[1])]
    tiles = np.stack([padded[y : y + TILE[0], x : x + TILE[1]] for y, x in places])
    total = np.zeros((padded.shape[0] // STRIDE, padded.shape[1] // STRIDE))
    cover = np.zeros_like(total)
    for (y, x), map_ in zip(places, predict(tiles)):
        window = np.s_[y // STRIDE : (y + TILE[0]) // STRIDE, x // STRIDE : (x + TILE[1]) // STRIDE]
        total[window] += map_
        cover[window] += 1
    return float((total / cover)[: height // STRIDE, : width // STRIDE].sum()) * DENSITY_SCALE


def starts(length: int, tile: int) -> list[int]:
    """First pixel of each tile along one side: one after the other, the last anchored at the far edge."""
    return [min(index * tile, length - tile) for index in range(-(-length // tile))]
