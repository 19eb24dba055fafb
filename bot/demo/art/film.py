"""A real MP4 without an encoder: one picture, and a camera that glides over it.

H.264 (ITU-T H.264, baseline profile) lets a frame be sent as plain samples
(I_PCM, 7.3.5) and lets the next frames say only how far each block has moved
(P_L0_16x16 with a vector and no rest). So the film is one frame of samples and
some hundred bytes for each further one; every player decodes it. What is shown is a
window of the coded frame, so that the glide never meets its edge.
"""

import re
from math import pi, sin
from typing import Final

from PIL import Image

from bot.demo.art.bits import Bits
from bot.demo.art.boxes import Track, mp4

BLOCK: Final = 16  # pixels; a macroblock
WINDOW: Final = (512, 512)  # what is seen
GLIDE: Final = 128  # pixels from one end to the other
CODED: Final = (WINDOW[0] + GLIDE, WINDOW[1])
FRAMES: Final = 96
FRAMES_PER_SECOND: Final = 24
LEVEL: Final = 31  # 3.1: 1280x720 at 30 frames a second, ample

# Kinds of units, with their weight (7.4.1): only the first frame is referred to.
_SEQUENCE: Final = 0x67
_PARAMETERS: Final = 0x68
_WHOLE: Final = 0x65
_MOVED: Final = 0x01
_I_SLICE: Final = 7
_P_SLICE: Final = 5
_I_PCM: Final = 25
_BLOCKS: Final = CODED[0] * CODED[1] // BLOCK**2
_STILL_BLOCK: Final = "11111"  # no skip, P_L0_16x16, no change of vector twice, no rest
_HALF: Final = BLOCK // 2


def film_of(picture: Image.Image) -> bytes:
    """Make a film of four seconds that glides over a picture of `CODED` pixels."""
    frames = [_whole_frame(picture)]
    frames += [_moved_frame(number) for number in range(1, FRAMES)]
    track = Track(
        size=WINDOW,
        frames_per_second=FRAMES_PER_SECOND,
        sequence=_sequence(),
        parameters=_parameters(),
        frames=tuple(frames),
    )
    return mp4(track)


def _sequence() -> bytes:
    """Say how the frames are coded (7.3.2.1)."""
    bits = Bits().fixed(66, 8).fixed(0b11000000, 8).fixed(LEVEL, 8)
    bits.ue(0, 4, 0, 4)  # id; frame numbers of 8 bits; order type 0, of 8 bits
    bits.ue(1).fixed(0, 1)  # one reference; no gaps
    bits.ue(CODED[0] // BLOCK - 1, CODED[1] // BLOCK - 1)
    bits.fixed(0b11, 2)  # whole frames only; 8x8 inference
    margin = GLIDE // 2 // 2  # on each side, in units of two pixels
    bits.fixed(1, 1).ue(margin, margin, 0, 0)
    return _unit(_SEQUENCE, bits.fixed(0, 1).closed())


def _parameters() -> bytes:
    """Say what all pictures share (7.3.2.2)."""
    bits = Bits().ue(0, 0).fixed(0, 2).ue(0, 0, 0)
    bits.fixed(0, 3).se(0, 0, 0).fixed(0b100, 3)  # deblocking is spoken of
    return _unit(_PARAMETERS, bits.closed())


def _whole_frame(picture: Image.Image) -> bytes:
    """Code a picture as plain samples, block by block."""
    head = Bits().ue(0, _I_SLICE, 0).fixed(0, 8).ue(0).fixed(0, 8).fixed(0, 2)
    head.se(0).ue(1).ue(_I_PCM)
    blocks = _samples(picture)
    between = Bits().ue(_I_PCM).aligned()  # a block ends on a byte
    body = head.aligned() + between.join(blocks) + b"\x80"
    return _unit(_WHOLE, body)


def _moved_frame(number: int) -> bytes:
    """Code a frame as the first one moved; all blocks move alike.

    Only the first block says the vector: the others expect their neighbour's.
    """
    bits = Bits().ue(0, _P_SLICE, 0).fixed(1, 8).fixed(number * 2 % 256, 8)
    bits.fixed(0, 2).se(0).ue(1)  # one reference, its order kept; no deblocking
    bits.ue(0, 0).se(_shift(number), 0).ue(0)
    return _unit(_MOVED, bits.repeat(_STILL_BLOCK, _BLOCKS - 1).closed())


def _shift(number: int) -> int:
    """Say how far a frame stands from the middle, in quarters of a pixel.

    To both sides, and back where it began at the end: it can be played in a loop.
    """
    return round(sin(number / FRAMES * 2 * pi) * (GLIDE // 2 - 2) * 4)


def _samples(picture: Image.Image) -> list[bytes]:
    """Give each block's samples: 256 of brightness, 64 of each colour."""
    planes = picture.convert("YCbCr").split()
    light = planes[0].point(lambda v: 16 + v * 219 / 255)
    blue, red = (p.reduce(2).point(lambda v: 16 + v * 224 / 255) for p in planes[1:])
    columns, rows = CODED[0] // BLOCK, CODED[1] // BLOCK
    return [
        _cut(light, x, y, BLOCK) + _cut(blue, x, y, _HALF) + _cut(red, x, y, _HALF)
        for y in range(rows)
        for x in range(columns)
    ]


def _cut(plane: Image.Image, x: int, y: int, side: int) -> bytes:
    corner = (x * side, y * side)
    return plane.crop((*corner, corner[0] + side, corner[1] + side)).tobytes()


def _unit(kind: int, body: bytes) -> bytes:
    """Wrap a unit; no three bytes in it may look like a start code (7.4.1)."""
    return bytes([kind]) + re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", body)
