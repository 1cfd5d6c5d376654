"""PNG files of every depth, colour type and interlacing, which the usual writers do not offer."""

import struct
import zlib

import numpy

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed_rows(samples, depth):
    """Filter type and bytes of every row; `samples` is (height, width, channels)."""
    rows = b""
    previous = None
    for y, row in enumerate(samples):
        flat = row.reshape(-1)
        if depth == 16:
            line = flat.astype(">u2").tobytes()
        elif depth == 8:
            line = flat.astype(numpy.uint8).tobytes()
        else:
            bits = ((flat[:, None] >> numpy.arange(depth - 1, -1, -1)) & 1).astype(numpy.uint8)
            line = numpy.packbits(bits.reshape(-1)).tobytes()
        # Every third row by the "up" filter, so that readers that keep no previous row are found out.
        if y % 3 == 1 and previous is not None:
            up = (numpy.frombuffer(line, numpy.uint8) - numpy.frombuffer(previous, numpy.uint8)).astype(numpy.uint8)
            rows += b"\x02" + up.tobytes()
        else:
            rows += b"\x00" + line
        previous = line
    return rows


def png(samples, depth, colour, interlaced=False, palette=None, transparency=None, extra=b""):
    height, width = samples.shape[:2]
    samples = samples.reshape(height, width, CHANNELS[colour])
    data = b""
    if interlaced:
        for x, y, dx, dy in ADAM7:
            part = samples[y::dy, x::dx]
            if part.size:
                data += packed_rows(part, depth)
    else:
        data = packed_rows(samples, depth)
    out = b"\x89PNG\r\n\x1a\n"
    out += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced)))
    out += extra
    if palette is not None:
        out += chunk(b"PLTE", palette.astype(numpy.uint8).tobytes())
    if transparency is not None:
        out += chunk(b"tRNS", transparency)
    return out + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")
