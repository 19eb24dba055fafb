"""Files as Telegram takes them: uploaded, fetched from the web, or known already."""

import io
import warnings
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from tests.fakes.telegram.model import Json, StoredFile, World
from tests.fakes.telegram.refusal import broken
from tests.fakes.telegram.wire import Call, Upload

MEGABYTE = 1024 * 1024
PREFIXES = {
    "photo": "AgACAgIAAxkD",
    "document": "BQACAgIAAxkD",
    "video": "BAACAgIAAxkD",
}
UPLOAD_LIMIT = {
    "photo": 10 * MEGABYTE,
    "document": 50 * MEGABYTE,
    "video": 50 * MEGABYTE,
}
URL_LIMIT = {"photo": 5 * MEGABYTE, "document": 20 * MEGABYTE, "video": 20 * MEGABYTE}
URL_TYPES = {
    "photo": {"image/jpeg", "image/png", "image/webp", "image/gif"},
    "document": {"application/pdf", "application/zip", "image/gif"},
    "video": {"video/mp4"},
}
MAX_SIDES = 10_000
MAX_RATIO = 20
PICTURES = {"JPEG", "PNG", "WEBP", "GIF", "MPO", "BMP"}


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


def take(world: World, call: Call, kind: str, source: object) -> StoredFile:
    """Return the file a call sends, storing it if it is new.

    Args:
        world: Where files are kept.
        call: The call; its parts hold the uploads.
        kind: photo, document or video.
        source: Part name, attach:// reference, address or file_id.

    Raises:
        Refused: Too big, not a picture, wrong type, not there.
    """
    if isinstance(source, str) and source.startswith("attach://"):
        return _uploaded(world, kind, call.files.get(source.removeprefix("attach://")))
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        return _fetched(world, kind, source)
    if isinstance(source, str) and source:
        return known(world, kind, source)
    return _uploaded(world, kind, call.files.get(kind))


def known(world: World, kind: str, file_id: str) -> StoredFile:
    """Return a stored file; a file_id is bound to its type."""
    found = world.files.get(file_id)
    if found is None:
        raise broken("wrong remote file identifier specified: can't unserialize it")
    if found.kind != kind:
        raise broken("type of file mismatch")
    return found


def _uploaded(world: World, kind: str, upload: Upload | None) -> StoredFile:
    if upload is None:
        raise broken(f"there is no {kind} in the request")
    if not upload.body:
        raise broken("file must be non-empty")
    size, limit = len(upload.body), UPLOAD_LIMIT[kind]
    if size > limit:
        words = f"file of size {size} bytes is too big for a {kind}"
        raise broken(f"{words}; the maximum size is {limit} bytes")
    return store(world, kind, upload)


def _fetched(world: World, kind: str, url: str) -> StoredFile:
    if url not in world.web:
        raise broken("failed to get HTTP URL content")
    content_type, body = world.web[url]
    if content_type not in URL_TYPES[kind] or len(body) > URL_LIMIT[kind]:
        raise broken("wrong type of the web page content")
    name = url.split("?", maxsplit=1)[0].rsplit("/", 1)[-1]
    return store(world, kind, Upload(name, content_type, body))


def store(world: World, kind: str, upload: Upload) -> StoredFile:
    """Keep bytes under a new file_id."""
    size = _photo_size(upload.body) if kind == "photo" else Size(0, 0)
    file_id = f"{PREFIXES[kind]}{world.serial():012d}"
    name = upload.name if kind != "photo" else None
    made = StoredFile(
        file_id, kind, upload.body, name, upload.content_type, size.width, size.height
    )
    world.files[file_id] = made
    return made


def _photo_size(body: bytes) -> Size:
    """Read the picture's header only."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body)) as picture:
                size, form = Size(*picture.size), picture.format
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
        raise broken("IMAGE_PROCESS_FAILED") from error
    if form not in PICTURES:
        raise broken("IMAGE_PROCESS_FAILED")
    if sum(size) > MAX_SIDES or max(size) > MAX_RATIO * min(size):
        raise broken("PHOTO_INVALID_DIMENSIONS")
    return size


def media_json(file: StoredFile) -> Json:
    """Return the part of a Message that tells of its file."""
    found: Json = {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": len(file.body),
    }
    if file.kind == "photo":
        return {"photo": [found | {"width": file.width, "height": file.height}]}
    found |= {"mime_type": file.content_type}
    found |= {"file_name": file.name} if file.name else {}
    if file.kind == "video":
        found |= {"width": 1280, "height": 720, "duration": 5}
    return {file.kind: found}
