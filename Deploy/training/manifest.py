"""Writes the manifests of the files in a model's folder: crowd.json, and crowd-int8.json for INT8 throughout."""

import argparse
import hashlib
import json
from pathlib import Path

from network import DENSITY_SCALE, MEAN, SCALE, STRIDE
from plans import TILE

BATCHES = (1, 4)
"""Tiles a launch of the bmodels."""


def manifest(folder: Path, name: str, description: str, plan: str, files: dict[str, dict[str, int]]) -> dict:
    """`files`: for each engine the names of its files and their batch sizes."""

    def entry(file: str, batch: int) -> dict:
        return {"path": file, "batch": batch, "sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest()}

    return {
        "name": name,
        "description": description,
        "licence": "Apache-2.0; see README.md beside this file for what the weights were made from",
        "input": {"width": TILE[1], "height": TILE[0], "colour": "rgb", "mean": list(MEAN), "scale": list(SCALE)},
        "output": {"stride": STRIDE, "densityScale": DENSITY_SCALE},
        "plan": plan,
        "files": {engine: [entry(*file) for file in named.items()] for engine, named in files.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds crowd.onnx, crowd-int8.onnx, the bmodels and the reference")
    parser.add_argument("--plan", required=True, help="the tile plan of runs that name none")
    arguments = parser.parse_args()
    what = "people per 8x8 cell, for crowds of none to thousands"
    mixed, whole = ({f"crowd-{kind}-b{batch}.bmodel": batch for batch in BATCHES} for kind in ("mixed", "int8"))
    described = [
        ("crowd", f"Headcount's default crowd network: {what}", {"openvino": {"crowd.onnx": 1}, "bm1684": mixed}),
        (
            "crowd-int8",
            f"The crowd network in INT8 throughout, somewhat less exact: {what}",
            {
                "openvino": {"crowd-int8.onnx": 1},
                "bm1684": whole,
                "int8-reference": {"crowd-int8-reference.zip": 1},
            },
        ),
    ]
    for name, description, files in described:
        content = manifest(arguments.folder, name, description, arguments.plan, files)
        (arguments.folder / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
