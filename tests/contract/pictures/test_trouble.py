"""What can be wrong with a picture on its way, and the reason given."""

import asyncio
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.domain.attachment import PictureSource
from bot.errors import PictureError
from bot.media.download import open_downloader
from bot.media.picture import MIB, Mime, PictureOptions
from bot.media.pictures import Pictures, open_pictures
from tests.contract.pictures.files import bomb, box, film
from tests.contract.pictures.kit import (
    DRAWN,
    HTML,
    NOT_READY,
    PNG,
    Nobody,
    opened,
    outcome_of,
    trusted,
)
from tests.fakes.pictures import PictureHost
from tests.fakes.relay.answers import Answer, json_answer, text_answer
from tests.fakes.relay.cases import CASES
from tests.fakes.relay.pictures import cut, draw


@pytest.mark.parametrize(
    "broken",
    [
        Answer(body=cut(DRAWN)),
        Answer(body=cut(DRAWN), missing_bytes=500),
        Answer(body=DRAWN[:-12]),
        Answer(body=cut(draw("1", form="WEBP"))),
        Answer(body=cut(draw("1", form="JPEG"))),
        Answer(body=b""),
        NOT_READY,
        Answer(status=429),
    ],
    ids=["cut", "broken-off", "no-end", "webp", "jpeg", "empty", "not-ready", "busy"],
)
async def test_what_may_come_right_is_tried_again(
    broken: Answer, pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", broken, PNG)

    picture = await pictures.fetch("a", trusted(url))

    assert picture.size_bytes == len(DRAWN)
    assert len(host.seen) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(body=cut(DRAWN)), "cut_short"),
        (NOT_READY, "not_ready"),
        (text_answer("This content is no longer available.", 404), "gone"),
        (Answer(status=403), "refused"),
        (json_answer({"error": "proxy_url_invalid"}, 400), "refused"),
        (HTML, "not_a_picture"),
        (json_answer({"code": 4, "description": "x"}), "not_a_picture"),
        (Answer(body=b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "not_a_picture"),
        (Answer(body=b"\x89PNG\r\n\x1a\n" + b"<html>" * 20), "not_a_picture"),
        (Answer(body=b"\x00\x00\x00\x18ftypavif" + bytes(40)), "not_a_picture"),
    ],
)
async def test_what_stays_wrong_has_a_reason(
    answer: Answer, reason: str, pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", answer)

    with pytest.raises(PictureError) as caught:
        await pictures.fetch("a", trusted(url))

    assert caught.value.reason == reason


async def test_of_many_failures_the_most_telling_is_told(
    pictures: Pictures, host: PictureHost
) -> None:
    urls = [host.says("/1", NOT_READY), host.says("/2", HTML)]

    with pytest.raises(PictureError, match="not_ready"):
        await pictures.fetch("a", trusted(*urls))


async def test_an_address_that_was_not_opened_is_said_before_an_old_one(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/1", Answer(status=404))
    stranger = PictureSource(url="http://10.0.0.1/a.png")

    with pytest.raises(PictureError, match="forbidden_address"):
        await pictures.fetch("a", (*trusted(url), stranger))


async def test_nowhere_to_look_is_not_ready(pictures: Pictures) -> None:
    with pytest.raises(PictureError, match="not_ready"):
        await pictures.fetch("a", ())


async def test_nobody_there_is_unreachable(pictures: Pictures) -> None:
    with pytest.raises(PictureError, match="unreachable"):
        await pictures.fetch("a", trusted("http://127.0.0.1:9/a.png"))


async def test_silence_ends_at_the_deadline(
    options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(waits=asyncio.Event()))

    async with opened(replace(options, timeout_seconds=0.05)) as pictures:
        with pytest.raises(PictureError, match="timeout"):
            await pictures.fetch("a", trusted(url))


async def test_after_silence_the_next_source_is_asked(
    options: PictureOptions, host: PictureHost
) -> None:
    urls = [host.says("/1", Answer(waits=asyncio.Event())), host.says("/2", HTML)]

    async with opened(replace(options, timeout_seconds=0.05)) as pictures:
        with pytest.raises(PictureError, match="timeout"):
            await pictures.fetch("a", trusted(*urls))

    assert host.paths == ["/1", "/2"]


async def test_a_bomb_is_known_by_its_header(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(body=bomb(13_000), chunked=True))

    with pytest.raises(PictureError, match="too_many_pixels"):
        await pictures.fetch("a", trusted(url))


async def test_a_bomb_whose_size_comes_late_is_not_decoded(
    options: PictureOptions, host: PictureHost
) -> None:
    late = b"\xff\xe1\xff\xff" + bytes(65_533)  # a comment longer than what is read
    drawn = draw("1", form="JPEG")
    url = host.says("/a.jpg", Answer(body=drawn[:2] + late + drawn[2:]))

    async with opened(replace(options, max_pixels=96 * 64 - 1)) as pictures:
        with pytest.raises(PictureError, match="too_many_pixels"):
            await pictures.fetch("a", trusted(url))


@pytest.mark.parametrize("chunked", [True, False])
async def test_more_bytes_than_are_taken_are_not_read(
    options: PictureOptions, host: PictureHost, *, chunked: bool
) -> None:
    url = host.says("/a.png", Answer(body=DRAWN + bytes(MIB), chunked=chunked))

    async with opened(replace(options, max_bytes=300_000)) as pictures:
        with pytest.raises(PictureError, match="too_large"):
            await pictures.fetch("a", trusted(url))

    assert list(options.folder.iterdir()) == []


async def test_a_full_disk_is_a_reason_too(
    pictures: Pictures, host: PictureHost, options: PictureOptions
) -> None:
    url = host.says("/a.png", PNG)
    options.folder.rename(options.folder.with_name("away"))

    with pytest.raises(PictureError, match="no_room"):
        await pictures.fetch("a", trusted(url))


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("image_png", "image/png"),
        ("image_webp_labelled_jpeg", "image/webp"),
        ("image_not_ready", "not_ready"),
        ("image_source_html_403", "refused"),
        ("image_redirect_cdn", "unreachable"),
        ("image_html_spa", "not_a_picture"),
        ("image_cut_short", "cut_short"),
        ("image_proxy_invalid", "refused"),
    ],
)
async def test_the_relays_answers_are_understood(
    name: str, outcome: str, options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/mj/image/1", CASES[name].answer())

    async with open_pictures(
        options, clock=SystemClock(), resolver=Nobody()
    ) as pictures:
        found = await outcome_of(pictures, url)

    assert found == outcome


async def test_a_picture_that_kills_the_child_is_no_picture(
    options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    async with opened(replace(options, decode_seconds=0.0)) as pictures:
        with pytest.raises(PictureError, match="too_many_pixels"):
            await pictures.fetch("a", trusted(url))


async def test_a_whole_film_is_had_with_its_sides(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.mp4", Answer(body=film()))

    picture = await pictures.fetch("a", trusted(url))

    assert (picture.mime, picture.width, picture.height) == (Mime.MP4, 832, 464)


async def test_half_a_film_is_cut_short(pictures: Pictures, host: PictureHost) -> None:
    url = host.says("/a.mp4", Answer(body=film()[:-10]))

    with pytest.raises(PictureError, match="cut_short"):
        await pictures.fetch("a", trusted(url))


async def test_a_film_with_long_boxes_is_understood(
    pictures: Pictures, host: PictureHost
) -> None:
    length = struct.pack(">Q", 16 + 100)
    long = b"\x00\x00\x00\x01free" + length + bytes(100)
    last = b"\x00\x00\x00\x00free" + bytes(100)  # as long as the file
    url = host.says("/a.mp4", Answer(body=film() + long + last))

    picture = await pictures.fetch("a", trusted(url))

    assert (picture.width, picture.height) == (832, 464)


@pytest.mark.parametrize(
    ("tail", "reason"),
    [(b"", "cut_short"), (b"\x00\x00\x00\x08free" * 3000, "not_a_picture")],
)
async def test_boxes_without_a_film_are_none(
    tail: bytes, reason: str, pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.mp4", Answer(body=box(b"ftyp", b"isom" + bytes(20)) + tail))

    with pytest.raises(PictureError, match=reason):
        await pictures.fetch("a", trusted(url))


async def test_a_slow_connection_is_given_up(
    options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    async with opened(replace(options, connect_seconds=1e-9)) as pictures:
        with pytest.raises(PictureError, match="timeout"):
            await pictures.fetch("a", trusted(url))


async def test_a_file_that_cannot_be_written_is_no_room(
    options: PictureOptions, host: PictureHost, tmp_path: Path
) -> None:
    url = host.says("/a.png", PNG)

    async with open_downloader(options) as downloader:
        with pytest.raises(PictureError, match="no_room"):
            await downloader.download(trusted(url)[0], tmp_path / "no" / "part")


async def test_a_webm_is_taken_as_it_is(pictures: Pictures, host: PictureHost) -> None:
    url = host.says("/a.webm", Answer(body=b"\x1a\x45\xdf\xa3" + bytes(60)))

    picture = await pictures.fetch("a", trusted(url))

    assert (picture.mime, picture.path.suffix) == (Mime.WEBM, ".webm")
