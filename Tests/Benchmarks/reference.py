#!/usr/bin/env python3
"""Counts pictures as the contest's published program did, for headcount to be measured against.

    reference.py URLS MODEL.onnx --tile 768x576 --grid 2x2 [--threads N] [--mean M,M,M --std S,S,S] [--scale D]

Fetches each URL of the file URLS (requests, one session a thread), decodes and resizes (OpenCV), normalises, cuts into
tiles, infers (OpenVINO on the CPU, float32) and sums; one picture at a time, or with a pool of threads. Prints one JSON
object; --counts FILE writes `url,count` lines. Needs requests, opencv-python-headless, numpy and openvino from PyPI.
"""

import argparse
import json
import resource
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy
import openvino
import requests

local = threading.local()


def pair(text):
    return tuple(int(part) for part in text.split("x"))


def triple(text):
    return numpy.array([float(part) for part in text.split(",")], numpy.float32)


def session():
    if not hasattr(local, "session"):
        local.session = requests.Session()
    return local.session


class Counter:
    def __init__(self, options):
        self.options = options
        core = openvino.Core()
        model = core.read_model(options.model)
        width, height = options.tile
        channels = 1 if options.gray else 3
        model.reshape([1, channels, height, width])
        config = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
        if options.threads == 1:
            config["PERFORMANCE_HINT"] = "LATENCY"
        self.compiled = core.compile_model(model, "CPU", config)
        self.inferring = 0.0

    def infer(self, tile):
        if not hasattr(local, "request"):
            local.request = self.compiled.create_infer_request()
        return local.request.infer({0: tile})[0].sum(dtype=numpy.float64)

    def tiles(self, picture):
        options = self.options
        width, height = options.tile
        rows, columns = options.grid
        resized = cv2.resize(picture, (columns * width, rows * height))
        if options.gray:
            values = cv2.cvtColor(resized, cv2.COLOR_BGR2GRAY).astype(numpy.float32)[None]
        else:
            rgb = cv2.cvtColor(resized, cv2.COLOR_BGR2RGB).astype(numpy.float32)
            values = ((rgb / 255 - options.mean) / options.std).transpose(2, 0, 1)
        for row in range(rows):
            for column in range(columns):
                part = values[:, row * height:(row + 1) * height, column * width:(column + 1) * width]
                yield numpy.ascontiguousarray(part)[None]

    def count(self, url):
        body = session().get(url, timeout=30).content
        picture = cv2.imdecode(numpy.frombuffer(body, numpy.uint8), cv2.IMREAD_COLOR)
        return sum(self.infer(tile) for tile in self.tiles(picture)) * self.options.scale


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("urls")
    parser.add_argument("model")
    parser.add_argument("--tile", type=pair, default=(768, 576), help="width and height")
    parser.add_argument("--grid", type=pair, default=(2, 2), help="rows and columns")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--mean", type=triple, default=triple(".446139603853,.409515678883,.395083993673"))
    parser.add_argument("--std", type=triple, default=triple(".288205742836,.278144598007,.283502370119"))
    parser.add_argument("--scale", type=float, default=0.01, help="people per unit of the network's output")
    parser.add_argument("--gray", action="store_true", help="one channel of 0...255")
    parser.add_argument("--counts", help="a file to write url,count lines to")
    options = parser.parse_args()
    with open(options.urls) as file:
        urls = [line.strip() for line in file if line.strip()]
    counter = Counter(options)
    cpu = time.process_time()
    started = time.perf_counter()
    with ThreadPoolExecutor(options.threads) as pool:
        counts = list(pool.map(counter.count, urls))
    seconds = time.perf_counter() - started
    if options.counts:
        with open(options.counts, "w") as file:
            file.writelines(f"{url},{count}\n" for url, count in zip(urls, counts))
    print(json.dumps({
        "command": "reference", "images": len(urls), "threads": options.threads,
        "images_per_second": len(urls) / seconds,
        "cpu_seconds_per_image": (time.process_time() - cpu) / len(urls),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "people": sum(counts),
    }))


if __name__ == "__main__":
    main()
