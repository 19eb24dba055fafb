"""What fits where, from the original down to nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.domain.attachment import Attachment, FileKind, MediaLimits
from bot.errors import PictureError
from bot.media.fit import Rung, file_name, plan, within
from bot.media.picture import MIB, Mime, Picture, Recode

TELEGRAM: Final = MediaLimits(
    photo_bytes=10 * MIB,
    document_bytes=50 * MIB,
    video_bytes=50 * MIB,
    total_bytes=50 * MIB,
    photo_sides_sum=10_000,
    photo_ratio=20,
    photo_types=frozenset({"image/png", "image/jpeg"}),
)
DISCORD: Final = MediaLimits(
    photo_bytes=10 * MIB,
    document_bytes=10 * MIB,
    video_bytes=10 * MIB,
    total_bytes=25 * MIB,
)
GRID: Final = Picture(
    path=Path("grid.png"), mime=Mime.PNG, width=2048, height=2048, size_bytes=6 * MIB
)
FILM: Final = replace(GRID, mime=Mime.MP4)
AS_IS: Final = Rung(kind=FileKind.PHOTO)
DOCUMENT: Final = Rung(kind=FileKind.DOCUMENT)
VIDEO: Final = Rung(kind=FileKind.VIDEO)
SMALLER: Final = Rung(
    kind=FileKind.PHOTO, recode=Recode(max_bytes=10 * MIB, max_sides_sum=10_000)
)


@pytest.mark.parametrize(
    ("picture", "rungs"),
    [
        (GRID, (AS_IS, DOCUMENT)),
        (replace(GRID, size_bytes=11 * MIB), (SMALLER, DOCUMENT)),
        (replace(GRID, width=8000), (SMALLER, DOCUMENT)),
        (replace(GRID, mime=Mime.WEBP), (SMALLER, DOCUMENT)),
        (replace(GRID, width=4200, height=200), (DOCUMENT,)),
        (replace(GRID, mime=Mime.GIF), (DOCUMENT,)),
        (replace(GRID, size_bytes=51 * MIB), (SMALLER,)),
        (FILM, (VIDEO, DOCUMENT)),
        (replace(FILM, mime=Mime.WEBM), (DOCUMENT,)),
    ],
)
def test_the_best_way_that_fits_comes_first(
    picture: Picture, rungs: tuple[Rung, ...]
) -> None:
    assert plan(picture, TELEGRAM) == rungs


def test_webp_is_left_alone_where_all_types_are_taken() -> None:
    assert plan(replace(GRID, mime=Mime.WEBP), DISCORD)[0] == AS_IS


def test_a_gif_is_shown_where_all_types_are_taken() -> None:
    assert plan(replace(GRID, mime=Mime.GIF), DISCORD)[0] == AS_IS


def test_who_asks_for_the_original_gets_the_document() -> None:
    assert plan(GRID, TELEGRAM, kind_hint=FileKind.DOCUMENT) == (DOCUMENT,)


def test_a_place_without_documents_gets_none_by_itself() -> None:
    assert plan(GRID, replace(TELEGRAM, documents=False)) == (AS_IS,)


def test_a_place_without_documents_gives_one_to_who_asks() -> None:
    limits = replace(TELEGRAM, documents=False)

    assert plan(GRID, limits, kind_hint=FileKind.DOCUMENT) == (DOCUMENT,)


def test_one_file_is_never_more_than_a_message_holds() -> None:
    limits = replace(TELEGRAM, total_bytes=5 * MIB)
    recode = Recode(max_bytes=5 * MIB, max_sides_sum=10_000)

    assert plan(GRID, limits) == (Rung(kind=FileKind.PHOTO, recode=recode),)


@pytest.mark.parametrize(
    "picture",
    [
        replace(FILM, size_bytes=60 * MIB),
        replace(GRID, width=100_000, height=1, size_bytes=60 * MIB),
    ],
)
def test_what_fits_in_no_way_is_too_large(picture: Picture) -> None:
    with pytest.raises(PictureError, match="too_large"):
        plan(picture, TELEGRAM)


@pytest.mark.parametrize(
    ("position", "mime", "name"),
    [
        (0, "image/png", "task_1.png"),
        (1, "image/jpeg", "task_1_2.jpg"),
        (3, "video/mp4", "task_1_4.mp4"),
    ],
)
def test_a_file_is_named_after_its_task(position: int, mime: str, name: str) -> None:
    assert file_name("task_1", position=position, mime=mime) == name


def test_an_album_holds_no_more_pictures_than_it_may() -> None:
    files = [_file(position) for position in range(11)]

    assert within(files, TELEGRAM) == files[:10]
    assert within(files[:10], TELEGRAM) == files[:10]


def test_a_message_holds_no_more_bytes_than_it_may() -> None:
    files = [_file(position, size_bytes=9 * MIB) for position in range(3)]
    small = _file(3)

    assert within([*files, small], DISCORD) == [*files[:2], small]


def _file(
    position: int, *, kind: FileKind = FileKind.PHOTO, size_bytes: int = MIB
) -> Attachment:
    return Attachment(
        kind=kind, position=position, name=f"{position}.png", size_bytes=size_bytes
    )
