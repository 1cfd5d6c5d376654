"""How far the count of a picture moves when the picture is gray, dark, turned or heavily compressed."""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

import plans
from dataset import load, split
from validate import onnx_predict


def gray(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def dark(picture: np.ndarray) -> np.ndarray:
    """About two stops less light."""
    return np.round(picture * 0.3).astype(np.uint8)


def compressed(picture: np.ndarray) -> np.ndarray:
    """JPEG of quality 15."""
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 15])[1], cv2.IMREAD_COLOR)


COPIES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "gray": gray,
    "dark (0.3)": dark,
    "compressed (JPEG 15)": compressed,
    "turned by 90 degrees": lambda picture: np.ascontiguousarray(np.rot90(picture)),
    "turned by 180 degrees": lambda picture: np.ascontiguousarray(picture[::-1, ::-1]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="an .onnx file")
    parser.add_argument("--held-out", type=Path, action="append", required=True, help="set: its tenth is counted")
    parser.add_argument("--plan", default="native")
    arguments = parser.parse_args()
    predict = onnx_predict(arguments.model)
    samples = [sample for folder in arguments.held_out for sample in split(load(folder))[1] if sample.count > 0]
    pictures = [sample.picture(None) for sample in samples]
    plain = np.array([plans.count(picture, arguments.plan, predict) for picture in pictures])
    for name, copy in COPIES.items():
        counts = np.array([plans.count(copy(picture), arguments.plan, predict) for picture in pictures])
        moved = np.abs(counts - plain) / plain
        print(f"{name:24} {len(samples)} pictures  median {np.median(moved):.3f}  nine of ten under {np.quantile(moved, 0.9):.3f}")


if __name__ == "__main__":
    main()
