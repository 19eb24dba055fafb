"""A picture in, a picture that fits out."""

from dataclasses import replace

import pytest

from bot.domain.attachment import FileKind
from bot.errors import PictureError
from bot.media.pictures import Pictures
from tests.contract.pictures.kit import LIMITS, had, trusted
from tests.fakes.pictures import PictureHost
from tests.fakes.relay.answers import Answer
from tests.fakes.relay.pictures import draw


async def test_a_picture_too_large_for_the_place_is_made_to_fit(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(body=draw("1", (900, 600))))
    picture = await pictures.fetch("a", trusted(url))

    file = await pictures.fit(
        picture, replace(LIMITS, photo_sides_sum=1000), task_id="17"
    )

    assert (file.kind, file.name, file.mime) == (FileKind.PHOTO, "17.jpg", "image/jpeg")
    assert (file.width, file.height, file.reduced) == (600, 400, True)
    assert file.path is not None
    assert file.size_bytes == file.path.stat().st_size


async def test_a_type_the_place_does_not_take_is_changed_unseen(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.webp", Answer(body=draw("1", form="WEBP")))
    picture = await pictures.fetch("a", trusted(url), position=1)
    limits = replace(LIMITS, photo_types=frozenset({"image/png", "image/jpeg"}))

    file = await pictures.fit(picture, limits, task_id="17")

    assert (file.name, file.mime, file.reduced) == ("17_2.jpg", "image/jpeg", False)


async def test_what_fits_goes_as_it_is(pictures: Pictures, host: PictureHost) -> None:
    picture = await had(pictures, host)

    file = await pictures.fit(picture, LIMITS, task_id="17")

    assert (file.path, file.name, file.reduced) == (picture.path, "17.png", False)


async def test_the_original_can_be_had_as_a_document(
    pictures: Pictures, host: PictureHost
) -> None:
    picture = await had(pictures, host)

    file = await pictures.fit(
        picture, LIMITS, task_id="17", kind_hint=FileKind.DOCUMENT
    )

    assert (file.kind, file.path) == (FileKind.DOCUMENT, picture.path)


async def test_what_cannot_be_made_small_enough_goes_as_a_document(
    pictures: Pictures, host: PictureHost
) -> None:
    picture = await had(pictures, host)

    file = await pictures.fit(picture, replace(LIMITS, photo_bytes=100), task_id="17")

    assert (file.kind, file.reduced) == (FileKind.DOCUMENT, True)


async def test_what_fits_nowhere_is_too_large(
    pictures: Pictures, host: PictureHost
) -> None:
    picture = await had(pictures, host)

    with pytest.raises(PictureError, match="too_large"):
        await pictures.fit(picture, replace(LIMITS, total_bytes=100), task_id="17")


async def test_a_picture_that_has_left_the_cache_must_be_had_again(
    pictures: Pictures, host: PictureHost
) -> None:
    picture = await had(pictures, host)
    picture.path.unlink()

    with pytest.raises(PictureError, match="not_ready"):
        await pictures.fit(picture, LIMITS, task_id="17")

    await had(pictures, host)
    assert len(host.seen) == 2
