"""Is an MP4 whole, and how large is its picture: from its boxes, nothing is decoded."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from bot.errors import PictureError
from bot.media.picture import PictureProblem

_BOXES_LIMIT: Final = 2000  # of one level; a film has a dozen
_LONG: Final = 1  # a box whose length stands in the next eight bytes
_TO_THE_END: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    name: bytes
    start: int  # of its content
    end: int


def mp4_sides(path: Path) -> tuple[int, int]:
    """Check an MP4's boxes and give width and height, 0 where it does not say.

    Raises:
        PictureError: It is cut short, or has no film in it.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        top = list(_boxes(file, 0, size))
        film = next((box for box in top if box.name == b"moov"), None)
        if film is None or all(box.name != b"mdat" for box in top):
            raise PictureError(PictureProblem.CUT_SHORT)
        return max(_track_sides(file, film), default=(0, 0))


def _track_sides(file: BinaryIO, film: _Box) -> Iterator[tuple[int, int]]:
    for track in _named(file, film, b"trak"):
        for head in _named(file, track, b"tkhd"):
            file.seek(head.end - 8)
            sides = file.read(8)  # two fixed-point numbers of 16 and 16 bits
            yield int.from_bytes(sides[:2], "big"), int.from_bytes(sides[4:6], "big")


def _named(file: BinaryIO, parent: _Box, name: bytes) -> list[_Box]:
    boxes = _boxes(file, parent.start, parent.end)
    return [box for box in boxes if box.name == name]


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    """Give the boxes of one level, each within it."""
    for _ in range(_BOXES_LIMIT):
        if start == end:
            return
        box = _box_at(file, start, end)
        yield box
        start = box.end
    raise PictureError(PictureProblem.NOT_A_PICTURE)


def _box_at(file: BinaryIO, start: int, end: int) -> _Box:
    file.seek(start)
    head = file.read(16)
    length, content = int.from_bytes(head[:4], "big"), start + 8
    if length == _LONG:
        length, content = int.from_bytes(head[8:16], "big"), start + 16
    stop = end if length == _TO_THE_END else start + length
    if not content <= stop <= end:
        raise PictureError(PictureProblem.CUT_SHORT)
    return _Box(name=head[4:8], start=content, end=stop)
