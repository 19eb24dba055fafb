"""What a file is and how large its picture, from its first bytes: nothing is decoded."""

from dataclasses import dataclass
from typing import Final

from bot.media.picture import Mime

HEADER_BYTES: Final = 64 * 1024  # where every size is found, or it is read whole
_SOI_LENGTH: Final = 2
_MARKER: Final = 0xFF  # a marker's first byte
# Start-of-frame markers; C4, C8 and CC in their middle are other things.
_JPEG_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the first bytes say; sides of 0 are not said (yet)."""

    mime: Mime
    width: int = 0
    height: int = 0

    @property
    def pixels(self) -> int:
        """How many there will be when it is decoded."""
        return self.width * self.height


def read_header(head: bytes) -> Header | None:
    """Say what a file is; None if it is no picture that is taken."""
    mime = sniff(head)
    if mime is None:
        return None
    width, height = _sides(mime, head)
    return Header(mime=mime, width=width, height=height)


def sniff(head: bytes) -> Mime | None:
    """Tell the real type by its magic number."""
    for magic, mime in _MAGIC:
        if head.startswith(magic):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Mime.WEBP
    # HEIC and AVIF are `ftyp` too: pictures, but of no type that chats show.
    if head[4:8] == b"ftyp" and head[8:12] not in _STILL_BRANDS:
        return Mime.MP4
    return None


_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", Mime.PNG),
    (b"\xff\xd8\xff", Mime.JPEG),
    (b"GIF87a", Mime.GIF),
    (b"GIF89a", Mime.GIF),
    (b"\x1a\x45\xdf\xa3", Mime.WEBM),
)
_STILL_BRANDS: Final = frozenset(
    {b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1"}
)


def _sides(mime: Mime, head: bytes) -> tuple[int, int]:
    if mime is Mime.PNG:
        return (_big(head, 16, 4), _big(head, 20, 4)) if head[12:16] == b"IHDR" else _NO
    if mime is Mime.GIF:
        return _little(head, 6, 2), _little(head, 8, 2)
    if mime is Mime.JPEG:
        return _jpeg_sides(head)
    return _webp_sides(head) if mime is Mime.WEBP else _NO


_NO: Final = (0, 0)


def _jpeg_sides(head: bytes) -> tuple[int, int]:
    """Walk from marker to marker until the frame says its size."""
    at = _SOI_LENGTH
    while at + 9 <= len(head) and head[at] == _MARKER:
        marker = head[at + 1]
        if marker in _JPEG_FRAMES:
            return _big(head, at + 7, 2), _big(head, at + 5, 2)
        at += _jpeg_step(head, at)
    return _NO


def _jpeg_step(head: bytes, at: int) -> int:
    marker = head[at + 1]
    if marker == _MARKER:  # padding
        return 1
    return 2 if marker in _JPEG_ALONE else 2 + max(_big(head, at + 2, 2), 2)


def _webp_sides(head: bytes) -> tuple[int, int]:
    form = head[12:16]
    if form == b"VP8X":
        return _little(head, 24, 3) + 1, _little(head, 27, 3) + 1
    if form == b"VP8L":
        bits = _little(head, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 ":
        return _little(head, 26, 2) & 0x3FFF, _little(head, 28, 2) & 0x3FFF
    return _NO


def _big(head: bytes, at: int, length: int) -> int:
    return int.from_bytes(head[at : at + length], "big")


def _little(head: bytes, at: int, length: int) -> int:
    return int.from_bytes(head[at : at + length], "little")
