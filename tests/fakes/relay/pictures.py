"""Real picture bytes, drawn once and kept; and the ways in which they go wrong."""

import zlib
from functools import lru_cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

Size = tuple[int, int]
SIZE: Final[Size] = (96, 64)  # width, height in pixels


@lru_cache(maxsize=64)
def draw(task_id: str, size: Size = SIZE, form: str = "PNG") -> bytes:
    """Draw a task's picture; the same id gives the same bytes."""
    shade = zlib.crc32(task_id.encode())
    color = (shade & 255, shade >> 8 & 255, shade >> 16 & 255)
    image = Image.new("RGB", size, color)
    width, height = size
    ImageDraw.Draw(image).ellipse((2, 2, width - 3, height - 3), outline="white")
    return encode(image, form)


def encode(image: Image.Image, form: str) -> bytes:
    """Give the file's bytes."""
    file = BytesIO()
    image.save(file, form)
    return file.getvalue()


def cut(picture: bytes) -> bytes:
    """Lose the end, as a source that breaks off does."""
    return picture[: len(picture) * 2 // 3]
