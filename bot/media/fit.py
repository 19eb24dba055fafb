"""What fits where: pure decisions, from the original down to nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.attachment import Attachment, FileKind, MediaLimits
from bot.errors import PictureError
from bot.media.picture import Mime, Picture, PictureProblem, Recode


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One way to send a picture.

    Attributes:
        recode: The JPEG to be made of it; None sends the file as it is.
    """

    kind: FileKind
    recode: Recode | None = None


def plan(
    picture: Picture, limits: MediaLimits, *, kind_hint: FileKind | None = None
) -> tuple[Rung, ...]:
    """Say how a picture may be sent, the best way first.

    Args:
        picture: What there is.
        limits: What the place takes.
        kind_hint: DOCUMENT asks for the original, whatever it looks like there.

    Raises:
        PictureError: No way leads there.
    """
    shown = () if kind_hint is FileKind.DOCUMENT else _shown(picture, limits)
    rungs = (*shown, *_as_document(picture, limits, asked_for=kind_hint))
    if not rungs:
        raise PictureError(PictureProblem.TOO_LARGE)
    return rungs


def file_name(task_id: str, *, position: int, mime: str) -> str:
    """Name a file for the person who saves it: `<task id>.png`, `<task id>_2.png`."""
    number = f"_{position + 1}" if position else ""
    return f"{task_id}{number}.{Mime(mime).extension}"


def within(files: Sequence[Attachment], limits: MediaLimits) -> list[Attachment]:
    """Keep what one message holds, in order."""
    kept: list[Attachment] = []
    room = limits.total_bytes
    for file in files[: limits.album_count]:
        if file.size_bytes <= room:
            kept.append(file)
            room -= file.size_bytes
    return kept


def _shown(picture: Picture, limits: MediaLimits) -> Iterator[Rung]:
    """Give the ways in which the place shows it as what it is."""
    if picture.mime.is_video:
        room = min(limits.video_bytes, limits.total_bytes)
        if picture.mime is Mime.MP4 and picture.size_bytes <= room:
            yield Rung(kind=FileKind.VIDEO)
        return
    if _ratio(picture) > limits.photo_ratio:
        return  # only cropping would help
    if _fits_as_photo(picture, limits):
        yield Rung(kind=FileKind.PHOTO)
    elif picture.mime is not Mime.GIF:  # it would stand still
        yield Rung(kind=FileKind.PHOTO, recode=_recode(limits))


def _as_document(
    picture: Picture, limits: MediaLimits, *, asked_for: FileKind | None
) -> Iterator[Rung]:
    room = min(limits.document_bytes, limits.total_bytes)
    wanted = limits.documents or asked_for is FileKind.DOCUMENT
    if wanted and picture.size_bytes <= room:
        yield Rung(kind=FileKind.DOCUMENT)


def _fits_as_photo(picture: Picture, limits: MediaLimits) -> bool:
    return (
        picture.size_bytes <= min(limits.photo_bytes, limits.total_bytes)
        and picture.width + picture.height <= limits.photo_sides_sum
        and (limits.photo_types is None or picture.mime in limits.photo_types)
    )


def _recode(limits: MediaLimits) -> Recode:
    return Recode(
        max_bytes=min(limits.photo_bytes, limits.total_bytes),
        max_sides_sum=limits.photo_sides_sum,
    )


def _ratio(picture: Picture) -> float:
    sides = sorted((picture.width, picture.height))
    return sides[1] / max(sides[0], 1)
