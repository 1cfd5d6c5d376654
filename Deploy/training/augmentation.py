"""Random crops and the ways an archive's pictures differ: scale, side, colour, light, blur, noise, compression."""

import cv2
import numpy as np

from network import MEAN
from plans import TILE


def crop(
    picture: np.ndarray, points: np.ndarray, size: int, scales: tuple[float, float], random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A size x size x 3 crop at a random scale and place, with all points moved along (some end outside the crop).

    The scale lies between the picture's own and that at which it fills one tile, widened by the factors `scales`: the
    range in which the tile plans show it. The part beyond a small picture's edge is filled with the mean colour, as
    tiles are at inference.
    """
    height, width = picture.shape[:2]
    tile = np.sqrt(TILE[0] * TILE[1] / (height * width))
    low, high = min(1, tile) * scales[0], max(1, tile) * scales[1]
    scale = np.exp(random.uniform(np.log(low), np.log(high)))
    stretch = np.exp(random.uniform(-0.1, 0.1))
    across, down = size / (scale * stretch), size / (scale / stretch)
    left = random.uniform(min(0, width - across), max(0, width - across))
    top = random.uniform(min(0, height - down), max(0, height - down))
    x0, y0 = max(0, int(left)), max(0, int(top))
    x1, y1 = min(width, int(np.ceil(left + across))), min(height, int(np.ceil(top + down)))
    part = np.ascontiguousarray(picture[y0:y1, x0:x1])
    columns = max(8, min(size, round((x1 - x0) * size / across)))
    rows = max(8, min(size, round((y1 - y0) * size / down)))
    method = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    resized = cv2.resize(part, (columns, rows), interpolation=method)
    moved = (points - (x0, y0)) * (columns / (x1 - x0), rows / (y1 - y0))
    if (rows, columns) != (size, size):
        filled = np.empty((size, size, 3), np.uint8)
        filled[:] = np.round(MEAN)
        offset_x, offset_y = (int(random.integers(0, size - n + 1)) for n in (columns, rows))
        filled[offset_y : offset_y + rows, offset_x : offset_x + columns] = resized
        resized, moved = filled, moved + (offset_x, offset_y)
    return resized, moved.astype(np.float32)


def turn(picture: np.ndarray, points: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Mirrored half of the time; now and then turned by a right angle, for scans that lie on their side, or askew."""
    size = picture.shape[0]
    if random.random() < 0.5:
        picture, points = picture[:, ::-1], np.stack([size - points[:, 0], points[:, 1]], 1)
    if random.random() < 0.2:
        for _ in range(int(random.integers(1, 4))):
            picture, points = np.rot90(picture), np.stack([points[:, 1], size - points[:, 0]], 1)
    picture = np.ascontiguousarray(picture)
    if random.random() < 0.15:
        centre = (size - 1) / 2
        matrix = cv2.getRotationMatrix2D((centre, centre), random.uniform(-20, 20), 1)
        picture = cv2.warpAffine(picture, matrix, (size, size), borderValue=[round(value) for value in MEAN])
        points = ((points - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5).astype(np.float32)
    return picture, points


def degrade(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Colour, light, blur, noise and compression of one crop, each at its own chance."""
    if random.random() < 0.2:
        gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        picture = cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB)
    elif random.random() < 0.5:
        picture = through(picture, [np.arange(256) * random.uniform(0.8, 1.2) for _ in range(3)])
    if random.random() < 0.6:
        contrast, light = random.uniform(0.7, 1.3), random.uniform(-25, 25)
        picture = through(picture, [(np.arange(256) - 128) * contrast + 128 + light])
    if random.random() < 0.15:
        gamma, gain = random.uniform(1, 1.6), random.uniform(0.2, 0.7)
        picture = through(picture, [255 * gain * (np.arange(256) / 255) ** gamma])
    if random.random() < 0.12:
        picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.5, 1.6))
    if random.random() < 0.1:
        noise = random.normal(0, random.uniform(3, 15), picture.shape[:2])[..., None]
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if random.random() < 0.2:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(12, 80))]
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR)
    return picture


def through(picture: np.ndarray, curves: list[np.ndarray]) -> np.ndarray:
    """The picture with one tone curve of 256 values for all channels, or one each."""
    table = np.stack([np.clip(np.round(curve), 0, 255) for curve in curves], -1).astype(np.uint8)
    return cv2.LUT(picture, table.reshape(256, 1, -1) if table.shape[1] == 3 else table.reshape(256, 1))
