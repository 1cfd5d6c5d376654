"""Cuts the pictures that the quantisers measure activation ranges on: tiles of training pictures, never held-out ones."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from dataset import load, split
from plans import TILE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", type=Path, action="append", required=True, help="a picture set")
    parser.add_argument("--tiles", type=int, default=4, help="tiles of each set")
    parser.add_argument("--output", type=Path, required=True, help="folder of the PNG files")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for folder in arguments.set:
        kept = sorted(split(load(folder))[0], key=lambda sample: sample.count)
        # Evenly over the crowd sizes of the set, the largest included.
        for place in np.linspace(1, 0, arguments.tiles, endpoint=False):
            sample = kept[round(place * (len(kept) - 1))]
            tile = cv2.resize(sample.picture(None), TILE[::-1], interpolation=cv2.INTER_LINEAR)
            cv2.imwrite(str(arguments.output / f"{folder.name}-{Path(sample.name).stem}.png"), tile[..., ::-1])


if __name__ == "__main__":
    main()
