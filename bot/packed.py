"""Undo how a body was packed on its way; what is left of a cut one is nobody's word.

The HTTP library takes the end of a broken gzip for the end of the text: an answer cut
early would read as empty, which is how some relays say that they do not know an id; a
list of ids would end in half of one.
"""

import zlib
from typing import Final

MEMBERS_LIMIT: Final = 16  # one behind the other; more are nobody's answer
_GZIP_BITS: Final = 16 + zlib.MAX_WBITS
_ZLIB_BITS: Final = {True: zlib.MAX_WBITS, False: -zlib.MAX_WBITS}  # by its header
_METHOD: Final = 0x0F  # of the first byte of a deflate that has a header
_DEFLATED: Final = 8


def unpacked(body: bytes, coding: str, *, most_bytes: int) -> bytes:
    """Give the text of a body; where it is longer, one byte more than `most_bytes`.

    Raises:
        ValueError: It is broken off, or packed in a way that nobody asked for.
    """
    if coding in {"", "identity"}:
        return body
    text, rest = b"", body
    for _ in range(MEMBERS_LIMIT):
        if not rest or len(text) > most_bytes:
            break
        unpacker = zlib.decompressobj(_bits(rest, coding))
        try:
            text += unpacker.decompress(rest, most_bytes + 1 - len(text))
        except zlib.error as error:
            raise ValueError("not packed so") from error
        if not unpacker.eof and len(text) <= most_bytes:
            raise ValueError("broken off")
        rest = unpacker.unused_data
    return text


def _bits(body: bytes, coding: str) -> int:
    """Say how zlib is to read it; some send a deflate without its header."""
    if coding in {"gzip", "x-gzip"}:
        return _GZIP_BITS
    if coding == "deflate":
        return _ZLIB_BITS[body[0] & _METHOD == _DEFLATED]
    raise ValueError("no coding that was asked for")
