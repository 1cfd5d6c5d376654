#!/usr/bin/env python3
"""Writes the pictures of this folder and what OpenCV makes of them.

    python3 -m venv venv && venv/bin/pip install opencv-python-headless==5.0.0.93 pillow==13.0.0 numpy==2.4.6
    venv/bin/python make.py

pictures/*        small files of every kind that is read
decoded.csv       file,width,height,digest: what cv2.imdecode decodes, or, of the TIFFs that it does not read, the pixels
                  that were written
resized.csv       file,width,height,interpolation,digest: that, through cv2.resize
shared.csv        both, of photographs that are not part of the project: written where ../shared is present

A digest is FNV-1a, 64 bits, over the RGB bytes, rows from the top. The same versions write the same files.
"""

import csv
import io
import pathlib
import random
import struct

import cv2
import numpy
from PIL import Image

from png_writer import chunk, png
from tiff_writer import GRAY, PALETTE, RGB, WHITE_IS_ZERO, tiff

HERE = pathlib.Path(__file__).parent
PICTURES = HERE / "pictures"
SHARED = HERE.parents[2] / ".." / "shared" / "data"
numbers = numpy.random.default_rng(20240607)


def scene(width, height):
    """Smooth colours, edges and noise, so that every step of a decoder has something to get wrong."""
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float64)
    planes = [
        128 + 110 * numpy.sin(x / 7 + y / 13),
        128 + 110 * numpy.cos(x / 11 - y / 5),
        255 * ((x // 6 + y // 4) % 2),
    ]
    picture = numpy.stack(planes, -1) + numbers.normal(0, 12, (height, width, 3))
    return numpy.clip(picture, 0, 255).astype(numpy.uint8)


def save(name, data):
    (PICTURES / name).write_bytes(data)


def pillow(picture, kind, **options):
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opencv(kind, picture, *options):
    return cv2.imencode(kind, picture, list(options))[1].tobytes()


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block


def jpegs():
    sampling = {
        "444": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        "440": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440,
        "422": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
        "420": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
        "411": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411,
    }
    for name, factor in sampling.items():
        for progressive in (0, 1):
            data = opencv(
                ".jpg", scene(61, 47), cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor,
                cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
            save(f"jpeg-{name}{'-progressive' if progressive else ''}.jpg", data)
    save("jpeg-restarts.jpg", opencv(".jpg", scene(75, 50), cv2.IMWRITE_JPEG_RST_INTERVAL, 3))
    save("jpeg-gray.jpg", pillow(scene(53, 39)[..., 0], "JPEG", quality=80))
    save("jpeg-gray-progressive.jpg", pillow(scene(53, 39)[..., 0], "JPEG", quality=80, progressive=True))
    save("jpeg-rgb.jpg", pillow(scene(40, 31), "JPEG", keep_rgb=True, quality=90))
    save("jpeg-1x1.jpg", pillow(scene(1, 1), "JPEG"))
    cmyk = Image.fromarray(numpy.concatenate([scene(45, 33), scene(45, 33)[..., :1]], -1), "CMYK")
    data = pillow(cmyk, "JPEG", quality=90)
    save("jpeg-cmyk.jpg", data)
    # The transform byte of the Adobe marker: 2 makes YCCK of it.
    adobe = data.index(b"Adobe")
    save("jpeg-ycck.jpg", data[: adobe + 11] + b"\x02" + data[adobe + 12 :])
    # The same without the marker.
    save("jpeg-cmyk-unmarked.jpg", data[: adobe - 4] + data[adobe + 12 :])
    for orientation in range(1, 9):
        data = pillow(scene(37, 26), "JPEG", quality=88, exif=exif(orientation))
        save(f"jpeg-orientation-{orientation}.jpg", data)


def pngs():
    for colour, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            for interlaced in (False, True):
                channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
                samples = numbers.integers(0, 2**depth, (19, 23, channels))
                palette = numbers.integers(0, 256, (2**depth, 3)) if colour == 3 else None
                name = f"png-type{colour}-depth{depth}{'-interlaced' if interlaced else ''}.png"
                save(name, png(samples, depth, colour, interlaced, palette))
    palette = numbers.integers(0, 256, (16, 3))
    indexes = numbers.integers(0, 16, (19, 23, 1))
    save("png-palette-transparent.png", png(indexes, 4, 3, False, palette, bytes(range(0, 256, 16))))
    gray = numbers.integers(0, 4, (19, 23, 1))
    save("png-gray-transparent.png", png(gray, 2, 0, False, None, struct.pack(">H", 2)))
    save("png-rgb-transparent.png", png(scene(23, 19), 8, 2, False, None, struct.pack(">3H", 10, 20, 30)))
    # Asks for another gamma than the screen's, and is not given it.
    save("png-gamma.png", png(scene(23, 19), 8, 2, extra=chunk(b"gAMA", struct.pack(">I", 100000))))
    for orientation in (3, 6):
        save(f"png-orientation-{orientation}.png", pillow(scene(23, 19), "PNG", exif=exif(orientation)))
    save("png-1x1.png", pillow(scene(1, 1), "PNG"))


def webps():
    transparent = numpy.concatenate([scene(41, 29), scene(41, 29)[..., :1]], -1)
    save("webp-lossy.webp", pillow(scene(61, 47), "WEBP", quality=80))
    save("webp-lossless.webp", pillow(scene(33, 21), "WEBP", lossless=True))
    save("webp-lossy-transparent.webp", pillow(transparent, "WEBP", quality=80))
    save("webp-lossless-transparent.webp", pillow(transparent, "WEBP", lossless=True, exact=True))
    later = [Image.fromarray(scene(41, 29)), Image.fromarray(scene(41, 29))]
    save("webp-animated.webp", pillow(scene(41, 29), "WEBP", save_all=True, append_images=later, quality=80))
    save("webp-1x1.webp", pillow(scene(1, 1), "WEBP", quality=80))
    for orientation in (2, 6):
        save(f"webp-orientation-{orientation}.webp", pillow(scene(37, 26), "WEBP", quality=80, exif=exif(orientation)))


def tiffs():
    for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        save(f"tiff-rgb-{compression or 'plain'}.tiff", pillow(scene(45, 33), "TIFF", compression=compression))
    strips = opencv(".tiff", scene(45, 33), cv2.IMWRITE_TIFF_ROWSPERSTRIP, 4)
    save("tiff-strips-of-4.tiff", strips)
    gray = Image.fromarray(scene(45, 33)[..., 0])
    save("tiff-gray.tiff", pillow(gray, "TIFF"))
    save("tiff-group4.tiff", pillow(gray.convert("1"), "TIFF", compression="group4"))
    four = numpy.concatenate([scene(45, 33), scene(45, 33)[..., :1]], -1)
    save("tiff-cmyk.tiff", pillow(Image.fromarray(four, "CMYK"), "TIFF", compression="tiff_lzw"))
    save("tiff-transparent.tiff", pillow(four, "TIFF"))
    save("tiff-palette.tiff", pillow(Image.fromarray(scene(45, 33)).quantize(200), "TIFF"))
    for orientation in range(1, 9):
        save(f"tiff-orientation-{orientation}.tiff", tiff(scene(22, 13), 8, RGB, rows=5, orientation=orientation))
    save("tiff-3-pages.tiff", tiff(scene(22, 13), 8, RGB, pages=3))


def exact_tiffs():
    """Names and pixels of files of which OpenCV reads some, and those right."""
    for tile in ((16, 16), (32, 48)):
        name = f"tiff-tiles-of-{tile[0]}x{tile[1]}.tiff"
        picture = scene(45, 33)
        save(name, tiff(picture, 8, RGB, tile=tile))
        yield name, picture[..., ::-1]
    for depth in (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 15, 16):
        for title, photometric, channels in (("gray", GRAY, 1), ("white", WHITE_IS_ZERO, 1), ("rgb", RGB, 3)):
            samples = numbers.integers(0, 2**depth, (11, 19, channels))
            layout = {"tile": (16, 16)} if depth in (5, 12) else {"rows": 3} if depth in (3, 10) else {}
            name = f"tiff-{title}-depth{depth}.tiff"
            save(name, tiff(samples, depth, photometric, **layout))
            values = 2**depth - 1 - samples if photometric == WHITE_IS_ZERO else samples
            if depth == 16 and photometric == RGB:
                # libtiff, and so OpenCV: rounded for colours, and cut for gray.
                pixels = (values + 128) // 257
            elif depth == 16 and photometric == WHITE_IS_ZERO:
                pixels = 255 - (samples >> 8)
            else:
                pixels = values >> (depth - 8) if depth > 8 else values * 255 // (2**depth - 1)
            yield name, numpy.broadcast_to(pixels, (11, 19, 3)).astype(numpy.uint8)[..., ::-1]
    for depth in (1, 2, 4, 8):
        indexes = numbers.integers(0, 2**depth, (11, 19, 1))
        palette = numbers.integers(0, 256, (2**depth, 3))
        name = f"tiff-palette-depth{depth}.tiff"
        save(name, tiff(indexes, depth, PALETTE, palette=palette))
        yield name, palette[indexes[..., 0]].astype(numpy.uint8)[..., ::-1]


def odd_sizes():
    sizes = [(1, 9), (9, 1), (2, 2), (3, 5), (17, 31), (33, 18), (64, 48), (101, 67), (150, 99), (127, 128)]
    for width, height in sizes:
        kind = "png" if width * height < 2000 else "jpg"
        name = f"size-{width}x{height}.{kind}"
        save(name, opencv("." + kind, scene(width, height)))
        yield name, width, height


def decode(path):
    """Not by imread, which refuses a TIFF that has to be turned."""
    return cv2.imdecode(numpy.frombuffer(path.read_bytes(), numpy.uint8), cv2.IMREAD_COLOR)


def digest(picture):
    value = 0xCBF29CE484222325
    for byte in picture[..., ::-1].tobytes():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def targets(width, height, choice):
    """Larger, smaller, mixed, and the sizes that OpenCV treats apart: the same, the half and other whole parts."""
    fixed = [(width, height), (width * 2, height * 2), (width + 1, height + 1), (1, 1), (96, 64)]
    parts = [(width // part, height // part) for part in (2, 3, 4) if width >= part and height >= part]
    halves = [(width // 2, height)] if width > 1 else []
    random_sizes = [(choice.randint(1, 200), choice.randint(1, 150)) for _ in range(3)]
    return fixed + parts + halves + random_sizes


def photographs(choice):
    """Six pictures, three of them gray, as they are and at the sizes of two plans."""
    if not SHARED.is_dir():
        return
    paths = sorted(SHARED.glob("shanghaitech-a-train/images/*.jpg"))
    gray = [path for path in paths if Image.open(path).mode == "L"]
    colour = [path for path in paths if Image.open(path).mode == "RGB"]
    with open(HERE / "shared.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        for path in choice.sample(gray, 3) + choice.sample(colour, 3):
            name = path.relative_to(SHARED)
            picture = decode(path)
            out.writerow([name, picture.shape[1], picture.shape[0], digest(picture)])
            for size in ((768, 576), (1536, 1152)):
                resized = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
                out.writerow([name, size[0], size[1], "bilinear", digest(resized)])


def main():
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.iterdir():
        old.unlink()
    jpegs()
    pngs()
    sized = list(odd_sizes())
    webps()
    tiffs()
    written = dict(exact_tiffs())

    with open(HERE / "decoded.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        for path in sorted(PICTURES.iterdir()):
            picture = decode(path)
            if path.name in written:
                pixels = written[path.name]
                assert picture is None or numpy.array_equal(picture, pixels), path
                picture = pixels
            assert picture is not None, path
            out.writerow([path.name, picture.shape[1], picture.shape[0], digest(picture)])

    choice = random.Random(7)
    with open(HERE / "resized.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        # Whole parts of even sizes, for the ways that OpenCV keeps for them.
        for name, width, height in sized + [("jpeg-restarts.jpg", 75, 50), ("jpeg-orientation-6.jpg", 26, 37)]:
            picture = decode(PICTURES / name)
            for size in targets(width, height, choice):
                for title, interpolation in (("bilinear", cv2.INTER_LINEAR), ("area", cv2.INTER_AREA)):
                    resized = cv2.resize(picture, size, interpolation=interpolation)
                    out.writerow([name, size[0], size[1], title, digest(resized)])
    photographs(choice)


main()
