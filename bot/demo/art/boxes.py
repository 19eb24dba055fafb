"""Put coded frames into an MP4 file (ISO/IEC 14496-12 and -15): boxes within boxes."""

from dataclasses import dataclass
from struct import pack
from typing import Final

_MATRIX: Final = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_BRANDS: Final = b"isom\0\0\2\0isomiso2avc1mp41"
_LANGUAGE: Final = 0x55C4  # undetermined
_DPI_72: Final = 0x480000
_SELF_CONTAINED: Final = 1  # the samples are in this file


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A film without sound.

    Attributes:
        size: Pixels as seen.
        sequence: The H.264 sequence parameter set, as one unit.
        parameters: The picture parameter set, as one unit.
        frames: One unit each, in the order in which they are shown; the first is whole.
    """

    size: tuple[int, int]
    frames_per_second: int
    sequence: bytes
    parameters: bytes
    frames: tuple[bytes, ...]

    @property
    def samples(self) -> tuple[bytes, ...]:
        """The frames with their length before them, as MP4 stores them."""
        return tuple(pack(">I", len(frame)) + frame for frame in self.frames)


def mp4(track: Track) -> bytes:
    """Give the file; what describes the film stands before it, for streaming."""
    first = _box(b"ftyp", _BRANDS)
    begin = len(first) + len(_movie(track, at=0)) + 8
    return first + _movie(track, at=begin) + _box(b"mdat", *track.samples)


def _movie(track: Track, *, at: int) -> bytes:
    count, rate = len(track.frames), track.frames_per_second
    head = _full(
        b"mvhd",
        pack(">4I", 0, 0, rate, count),
        pack(">IH10x", 0x10000, 0x100),
        _MATRIX,
        pack(">24xI", 2),
    )
    return _box(b"moov", head, _track(track, at=at))


def _track(track: Track, *, at: int) -> bytes:
    width, height = track.size
    count, rate = len(track.frames), track.frames_per_second
    shown = _full(
        b"tkhd",
        pack(">5I8x8x", 0, 0, 1, 0, count),
        _MATRIX,
        pack(">2I", width << 16, height << 16),
        flags=3,
    )
    time = _full(b"mdhd", pack(">4I2H", 0, 0, rate, count, _LANGUAGE, 0))
    name = _full(b"hdlr", b"\0\0\0\0vide", bytes(12), b"film\0")
    return _box(b"trak", shown, _box(b"mdia", time, name, _media(track, at=at)))


def _media(track: Track, *, at: int) -> bytes:
    here = _full(b"url ", flags=_SELF_CONTAINED)
    source = _box(b"dinf", _full(b"dref", pack(">I", 1), here))
    look = _full(b"vmhd", bytes(8), flags=1)
    return _box(b"minf", look, source, _table(track, at=at))


def _table(track: Track, *, at: int) -> bytes:
    """Say where each frame lies, how long it is and how long it is shown."""
    count = len(track.frames)
    sizes = [len(sample) for sample in track.samples]
    return _box(
        b"stbl",
        _full(b"stsd", pack(">I", 1), _entry(track)),
        _full(b"stts", pack(">3I", 1, count, 1)),
        _full(b"stss", pack(">2I", 1, 1)),
        _full(b"stsc", pack(">4I", 1, 1, count, 1)),
        _full(b"stsz", pack(f">2I{count}I", 0, count, *sizes)),
        _full(b"stco", pack(">2I", 1, at)),
    )


def _entry(track: Track) -> bytes:
    head = pack(">6xH16x2H2I4xH32x", 1, *track.size, _DPI_72, _DPI_72, 1)
    profile = track.sequence[1:4]
    sets = pack(">BH", 0xE1, len(track.sequence)) + track.sequence
    sets += pack(">BH", 1, len(track.parameters)) + track.parameters
    described = _box(b"avcC", b"\1", profile, b"\xff", sets)
    return _box(b"avc1", head, pack(">Hh", 24, -1), described)


def _box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return pack(">I", len(body) + 8) + name + body


def _full(name: bytes, *parts: bytes, flags: int = 0) -> bytes:
    return _box(name, pack(">I", flags), *parts)
