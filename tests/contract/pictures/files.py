"""Files that are more than they seem, and films."""

import struct
import zlib


def bomb(side: int) -> bytes:
    """Make a small PNG file of a huge picture."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(head))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + bytes(1000)
    )


def film() -> bytes:
    head = box(b"tkhd", bytes(76) + struct.pack(">HHHH", 832, 0, 464, 0))
    film = box(b"moov", box(b"trak", head))
    return box(b"ftyp", b"isom" + bytes(8)) + film + box(b"mdat", bytes(100))


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content
