"""The child process that decodes strangers' pictures, with little memory and time.

Run as a script in an isolated interpreter with an empty environment: it knows no
secret, and imports nothing of this program. One request a line on stdin, one answer a
line on stdout, both JSON.
"""

import json
import resource
import sys
import warnings
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TextIO

from PIL import Image, ImageFile, UnidentifiedImageError

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
QUALITIES: Final = (90, 80, 70)  # a person sees no difference to 80 on a phone
SHRINK: Final = 0.75  # of each side, while it is still too large
SMALLEST_SIDE: Final = 320  # pixels; below this it is no picture worth sending
OUTPUT_BYTES: Final = 64 * 1024 * 1024
BACKGROUND: Final = (49, 51, 56)  # behind what was transparent

Answer = dict[str, Any]


def main() -> None:
    """Serve until stdin ends."""
    memory_bytes, cpu_seconds = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    serve(sys.stdin, sys.stdout, cpu_seconds=cpu_seconds)


def serve(lines: Iterable[str], out: TextIO, *, cpu_seconds: int) -> None:
    """Answer one request after the other.

    Args:
        lines: Requests.
        out: Where answers go.
        cpu_seconds: What one request may take, should nobody be left to end it; 0
            for no limit.
    """
    for line in lines:
        if cpu_seconds:
            _allow_cpu(cpu_seconds)
        print(json.dumps(answer(json.loads(line))), file=out, flush=True)


def answer(request: dict[str, Any]) -> Answer:
    """Do what is asked; what goes wrong with the picture is an answer too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size was judged before, by its header
            return _do(request)
    except MemoryError:
        return {"problem": "too_many_pixels"}
    except FileNotFoundError:
        return {"problem": "not_ready"}
    except (OSError, EOFError) as error:
        unknown = isinstance(error, UnidentifiedImageError)
        return {"problem": "not_a_picture" if unknown else "cut_short"}
    except Exception:  # noqa: BLE001 - Pillow's plugins raise anything over broken bytes
        return {"problem": "not_a_picture"}


def _do(request: dict[str, Any]) -> Answer:
    source = Path(request["path"])
    if request["do"] == "check":
        return check(source, max_pixels=request["max_pixels"])
    return recode(
        source,
        Path(request["into"]),
        max_bytes=request["max_bytes"],
        max_sides_sum=request["max_sides_sum"],
    )


def check(source: Path, *, max_pixels: int) -> Answer:
    """Decode a whole picture, to know that it can be done."""
    with Image.open(source, formats=FORMATS) as image:
        if image.width * image.height > max_pixels:
            return {"problem": "too_many_pixels"}
        if image.format == "PNG":
            image.verify()  # to the last chunk, which decoding alone does not need
    with Image.open(source, formats=FORMATS) as image:
        image.load()
        return {"width": image.width, "height": image.height}


def recode(source: Path, into: Path, *, max_bytes: int, max_sides_sum: int) -> Answer:
    """Write a JPEG that fits: as it is if it can be, else smaller and smaller."""
    image = _within(_opened(source), max_sides_sum)
    body = _jpeg(image, max_bytes)
    while body is None:
        image = image.resize(_scaled(image, SHRINK), Image.Resampling.LANCZOS)
        if min(image.size) < SMALLEST_SIDE:
            return {"problem": "too_large"}
        body = _jpeg(image, max_bytes)
    into.write_bytes(body.getbuffer())
    return {"width": image.width, "height": image.height}


def _opened(source: Path) -> Image.Image:
    """Give the decoded picture, and nothing else that is as large."""
    with Image.open(source, formats=FORMATS) as image:
        image.load()
        return _opaque(image)


def _jpeg(image: Image.Image, max_bytes: int) -> BytesIO | None:
    for quality in QUALITIES:
        file = BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= max_bytes:
            return file
    return None


def _opaque(image: Image.Image) -> Image.Image:
    """Give it in plain colours, since a JPEG has no other."""
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        plain = Image.new("RGB", image.size, BACKGROUND)
        plain.paste(layered, mask=layered.getchannel("A"))
        return plain
    return image if image.mode == "RGB" else image.convert("RGB")


def _within(image: Image.Image, max_sides_sum: int) -> Image.Image:
    sides_sum = image.width + image.height
    if sides_sum <= max_sides_sum:
        return image
    size = _scaled(image, max_sides_sum / sides_sum)
    return image.resize(size, Image.Resampling.LANCZOS)


def _scaled(image: Image.Image, factor: float) -> tuple[int, int]:
    return max(1, int(image.width * factor)), max(1, int(image.height * factor))


def _allow_cpu(seconds: int) -> None:
    """Grant so much more; past it, the kernel ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


# A frame of less than the whole picture would be taken for a whole one.
ImageFile.LOAD_TRUNCATED_IMAGES = False

if __name__ == "__main__":
    main()
