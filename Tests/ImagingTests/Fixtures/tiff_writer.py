"""TIFF files of every depth, in strips or tiles, which the usual writers do not offer."""

import struct

import numpy

GRAY, RGB, PALETTE, WHITE_IS_ZERO = 1, 2, 3, 0
SHORT, LONG = 3, 4


def packed(samples, depth):
    """Rows of (height, width * channels) numbers without gaps, each row padded to a byte; 16 bits little-endian."""
    if depth == 16:
        return samples.astype("<u2").tobytes()
    bits = ((samples[..., None].astype(numpy.uint32) >> numpy.arange(depth - 1, -1, -1)) & 1).astype(numpy.uint8)
    return numpy.packbits(bits.reshape(samples.shape[0], -1), axis=1).tobytes()


def tiff(samples, depth, photometric, rows=None, tile=None, palette=None, orientation=None, pages=1):
    """`samples` is (height, width, channels); `rows` of a strip, or (width, height) of a `tile`."""
    height, width, channels = samples.shape
    pieces = []
    if tile:
        across, down = -(-width // tile[0]), -(-height // tile[1])
        padded = numpy.zeros((down * tile[1], across * tile[0], channels), samples.dtype)
        padded[:height, :width] = samples
        for y in range(0, padded.shape[0], tile[1]):
            for x in range(0, padded.shape[1], tile[0]):
                part = padded[y : y + tile[1], x : x + tile[0]]
                pieces.append(packed(part.reshape(tile[1], -1), depth))
    else:
        rows = rows or height
        for y in range(0, height, rows):
            part = samples[y : y + rows]
            pieces.append(packed(part.reshape(part.shape[0], -1), depth))

    out = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for _ in range(pages):
        offsets = []
        for piece in pieces:
            offsets.append(len(out))
            out += piece
        tags = [
            (256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [depth] * channels), (259, SHORT, [1]),
            (262, SHORT, [photometric]), (277, SHORT, [channels]),
        ]
        sizes = [len(piece) for piece in pieces]
        if tile:
            tags += [(322, LONG, [tile[0]]), (323, LONG, [tile[1]]), (324, LONG, offsets), (325, LONG, sizes)]
        else:
            tags += [(273, LONG, offsets), (278, LONG, [rows]), (279, LONG, sizes)]
        if orientation:
            tags.append((274, SHORT, [orientation]))
        if palette is not None:
            tags.append((320, SHORT, [int(value) * 257 for value in palette.T.reshape(-1)]))
        entries = b""
        for tag, kind, values in sorted(tags):
            data = struct.pack(f"<{len(values)}{'H' if kind == SHORT else 'I'}", *values)
            if len(data) > 4:
                out += b"\0" * (len(out) % 2)
                place = struct.pack("<I", len(out))
                out += data
            else:
                place = data.ljust(4, b"\0")
            entries += struct.pack("<HHI", tag, kind, len(values)) + place
        out += b"\0" * (len(out) % 2)
        out[link : link + 4] = struct.pack("<I", len(out))
        out += struct.pack("<H", len(tags)) + entries
        link = len(out)
        out += b"\0\0\0\0"
    return bytes(out)
