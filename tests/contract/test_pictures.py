"""Pictures over a real wire: order, keys, broken bodies, one request for many."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.clock import SystemClock
from bot.domain.attachment import FileKind, MediaLimits, PictureSource
from bot.errors import ForbiddenAddressError, PictureError
from bot.media.picture import MIB, Mime, Picture, PictureOptions
from bot.media.pictures import Pictures, open_pictures
from tests.fakes.pictures import PictureHost
from tests.fakes.relay.answers import Answer, json_answer, text_answer
from tests.fakes.relay.cases import CASES
from tests.fakes.relay.pictures import cut, draw

KEY: Final = {"Authorization": "Bearer sk-canary"}
DRAWN: Final = draw("1")
PNG: Final = Answer(headers={"Content-Type": "image/png"}, body=DRAWN, chunked=True)
NOT_READY: Final = json_answer({"error": "http_get_image_failed"}, 500)
HTML: Final = text_answer("<!doctype html>", content_type="text/html; charset=utf-8")
LIMITS: Final = MediaLimits(
    photo_bytes=10 * MIB,
    document_bytes=50 * MIB,
    video_bytes=50 * MIB,
    total_bytes=50 * MIB,
)

Open = Callable[..., AbstractAsyncContextManager[Pictures]]


@pytest.fixture
async def host() -> AsyncIterator[PictureHost]:
    async with PictureHost() as host:
        yield host


@pytest.fixture
async def other() -> AsyncIterator[PictureHost]:
    async with PictureHost() as host:
        yield host


@pytest.fixture
def options(tmp_path: Path) -> PictureOptions:
    return PictureOptions(folder=tmp_path / "pictures", retry_seconds=(0, 0))


@pytest.fixture
async def pictures(options: PictureOptions) -> AsyncIterator[Pictures]:
    async with _open(options) as pictures:
        yield pictures


async def test_a_picture_is_had_whole(pictures: Pictures, host: PictureHost) -> None:
    url = host.says("/a.png", PNG)

    picture = await pictures.fetch("a", _trusted(url), position=2)

    assert picture.path.read_bytes() == DRAWN
    assert (picture.mime, picture.width, picture.height) == (Mime.PNG, 96, 64)
    assert (picture.size_bytes, picture.position) == (len(DRAWN), 2)


async def test_files_and_folder_are_for_their_owner_alone(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    picture = await pictures.fetch("a", _trusted(url))

    assert picture.path.parent.stat().st_mode & 0o777 == 0o700
    assert picture.path.stat().st_mode & 0o777 == 0o600


async def test_the_first_source_that_has_it_is_taken(
    pictures: Pictures, host: PictureHost
) -> None:
    urls = [
        host.says("/1", Answer(status=404)),
        host.says("/2", PNG),
        host.says("/3", PNG),
    ]

    await pictures.fetch("a", _trusted(*urls))

    assert host.paths == ["/1", "/2"]


async def test_a_query_goes_out_letter_for_letter(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    await pictures.fetch("a", _trusted(f"{url}?ex=6a&sig=a%2bb~&"))

    assert host.paths == ["/a.png?ex=6a&sig=a%2bb~&"]


@pytest.mark.parametrize("status", [401, 403])
async def test_the_key_goes_out_only_after_a_refusal(
    status: int, pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(status=status), PNG)

    await pictures.fetch("a", _keyed(url))

    assert host.keys() == [None, KEY["Authorization"]]


async def test_an_open_picture_is_had_without_the_key(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    await pictures.fetch("a", _keyed(url))

    assert host.keys() == [None]


async def test_a_key_that_is_refused_is_not_tried_again(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(status=401))

    with pytest.raises(PictureError, match="refused"):
        await pictures.fetch("a", _keyed(url))

    assert host.keys() == [None, KEY["Authorization"]]


async def test_the_key_never_follows_a_redirect_to_another_host(
    options: PictureOptions, host: PictureHost, other: PictureHost
) -> None:
    there = other.says("/b.png", Answer(status=401), PNG)
    url = host.says("/a.png", Answer(status=401), _redirect(there))

    async with _open(replace(options, image_hosts=("127.0.0.1",))) as pictures:
        with pytest.raises(PictureError, match="refused"):
            await pictures.fetch("a", _keyed(url))

    assert other.keys() == [None]


async def test_a_relays_redirect_within_itself_is_followed(
    pictures: Pictures, host: PictureHost
) -> None:
    host.says("/b.png", PNG)
    url = host.says("/a.png", _redirect("b.png"))

    picture = await pictures.fetch("a", _trusted(url))

    assert picture.mime is Mime.PNG


async def test_a_redirect_to_a_private_address_is_not_followed(
    pictures: Pictures, host: PictureHost, other: PictureHost
) -> None:
    url = host.says("/a.png", _redirect(other.says("/b.png", PNG)))

    with pytest.raises(ForbiddenAddressError):
        await pictures.fetch("a", _trusted(url))

    assert other.seen == []


async def test_three_redirects_are_followed(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/0", *[_redirect("/0")] * 3, PNG)

    await pictures.fetch("a", _trusted(url))

    assert len(host.seen) == 4


@pytest.mark.parametrize("location", ["/0", ""])
async def test_redirects_without_end_or_aim_are_given_up(
    location: str, options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/0", _redirect(location))

    async with _open(replace(options, retry_seconds=())) as pictures:
        with pytest.raises(PictureError, match="unreachable"):
            await pictures.fetch("a", _trusted(url))

    assert len(host.seen) <= 4


async def test_a_strangers_private_address_is_forbidden(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    with pytest.raises(ForbiddenAddressError):
        await pictures.fetch("a", (PictureSource(url=url),))

    assert host.seen == []


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

    picture = await pictures.fetch("a", _trusted(url))

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
        await pictures.fetch("a", _trusted(url))

    assert caught.value.reason == reason


async def test_of_many_failures_the_most_telling_is_told(
    pictures: Pictures, host: PictureHost
) -> None:
    urls = [host.says("/1", NOT_READY), host.says("/2", HTML)]

    with pytest.raises(PictureError, match="not_ready"):
        await pictures.fetch("a", _trusted(*urls))


async def test_nowhere_to_look_is_not_ready(pictures: Pictures) -> None:
    with pytest.raises(PictureError, match="not_ready"):
        await pictures.fetch("a", ())


async def test_nobody_there_is_unreachable(pictures: Pictures) -> None:
    async with PictureHost() as gone:
        url = gone.says("/a.png", PNG)

    with pytest.raises(PictureError, match="unreachable"):
        await pictures.fetch("a", _trusted(url))


async def test_silence_ends_at_the_deadline(
    options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(waits=asyncio.Event()))

    async with _open(replace(options, timeout_seconds=0.05)) as pictures:
        with pytest.raises(PictureError, match="timeout"):
            await pictures.fetch("a", _trusted(url))


async def test_after_silence_the_next_source_is_asked(
    options: PictureOptions, host: PictureHost
) -> None:
    urls = [host.says("/1", Answer(waits=asyncio.Event())), host.says("/2", HTML)]

    async with _open(replace(options, timeout_seconds=0.05)) as pictures:
        with pytest.raises(PictureError, match="timeout"):
            await pictures.fetch("a", _trusted(*urls))

    assert host.paths == ["/1", "/2"]


async def test_a_bomb_is_known_by_its_header(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(body=_bomb(13_000), chunked=True))

    with pytest.raises(PictureError, match="too_many_pixels"):
        await pictures.fetch("a", _trusted(url))


async def test_a_bomb_whose_size_comes_late_is_not_decoded(
    options: PictureOptions, host: PictureHost
) -> None:
    late = b"\xff\xe1\xff\xff" + bytes(65_533)  # a comment longer than what is read
    drawn = draw("1", form="JPEG")
    url = host.says("/a.jpg", Answer(body=drawn[:2] + late + drawn[2:]))

    async with _open(replace(options, max_pixels=96 * 64 - 1)) as pictures:
        with pytest.raises(PictureError, match="too_many_pixels"):
            await pictures.fetch("a", _trusted(url))


@pytest.mark.parametrize("chunked", [True, False])
async def test_more_bytes_than_are_taken_are_not_read(
    options: PictureOptions, host: PictureHost, *, chunked: bool
) -> None:
    url = host.says("/a.png", Answer(body=DRAWN + bytes(MIB), chunked=chunked))

    async with _open(replace(options, max_bytes=300_000)) as pictures:
        with pytest.raises(PictureError, match="too_large"):
            await pictures.fetch("a", _trusted(url))

    assert list(options.folder.iterdir()) == []


async def test_a_full_disk_is_a_reason_too(
    pictures: Pictures, host: PictureHost, options: PictureOptions
) -> None:
    url = host.says("/a.png", PNG)
    options.folder.rename(options.folder.with_name("away"))

    with pytest.raises(PictureError, match="no_room"):
        await pictures.fetch("a", _trusted(url))


async def test_a_missing_image_route_is_told(
    pictures: Pictures, host: PictureHost
) -> None:
    told: list[str] = []
    source = PictureSource(
        url=host.says("/mj/image/1", Answer(status=404)), trusted=True, relay_route=True
    )

    with pytest.raises(PictureError):
        await pictures.fetch(
            "a", (source,), on_route_missing=lambda: told.append("missing")
        )

    assert told == ["missing"]


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        (HTML, True),
        (Answer(status=405), True),
        (json_answer({"error": {"message": "Invalid URL"}}, 404), True),
        (json_answer({"error": "This content is no longer available."}, 404), False),
        (json_answer({"error": "midjourney_task_not_found"}, 400), False),
        (NOT_READY, False),
    ],
)
async def test_a_relay_without_a_picture_is_not_one_without_a_route(
    answer: Answer, pictures: Pictures, host: PictureHost, *, missing: bool
) -> None:
    told: list[str] = []
    url = host.says("/mj/image/1", answer)
    source = PictureSource(url=url, trusted=True, relay_route=True)

    with pytest.raises(PictureError):
        await pictures.fetch("a", (source,), on_route_missing=lambda: told.append(""))

    assert bool(told) is missing


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
    proxy = "http://127.0.0.1:9"  # the discard port: strangers are unreachable
    strangers = replace(
        options, proxy=lambda url: None if url.startswith(host.url) else proxy
    )
    url = host.says("/mj/image/1", CASES[name].answer())

    async with _open(strangers) as pictures:
        found = await _outcome(pictures, url)

    assert found == outcome


async def test_twenty_who_wait_make_one_request(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    async with asyncio.TaskGroup() as group:
        waiters = [
            group.create_task(pictures.fetch("a", _trusted(url))) for _ in range(20)
        ]

    assert {waiter.result().path.name for waiter in waiters} == {
        waiters[0].result().path.name
    }
    assert len(host.seen) == 1


async def test_all_who_wait_are_told_of_a_failure(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", HTML)

    async with asyncio.TaskGroup() as group:
        waiters = [group.create_task(_outcome(pictures, url)) for _ in range(5)]

    assert [waiter.result() for waiter in waiters] == ["not_a_picture"] * 5
    assert len(host.seen) == 1


async def test_one_who_leaves_does_not_spoil_it_for_the_others(
    pictures: Pictures, host: PictureHost
) -> None:
    gate = asyncio.Event()
    url = host.says("/a.png", replace(PNG, waits=gate))

    async with asyncio.TaskGroup() as group:
        leaver = group.create_task(pictures.fetch("a", _trusted(url)))
        stayer = group.create_task(pictures.fetch("a", _trusted(url)))
        await host.asked.wait()
        leaver.cancel()
        gate.set()

    assert leaver.cancelled()
    assert stayer.result().size_bytes == len(DRAWN)
    assert len(host.seen) == 1


async def test_closing_ends_what_is_on_its_way(
    options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(waits=asyncio.Event()))

    async with asyncio.timeout(5), _open(options) as pictures:
        waiter = asyncio.get_running_loop().create_task(
            pictures.fetch("a", _trusted(url))
        )
        await host.asked.wait()

    with pytest.raises(asyncio.CancelledError):
        await waiter


async def test_a_kept_picture_is_not_asked_for_again(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    first = await pictures.fetch("a", _trusted(url))
    again = await pictures.fetch("a", _trusted(url))

    assert again == first
    assert len(host.seen) == 1


async def test_a_kept_picture_outlives_the_program(
    options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)
    async with _open(options) as pictures:
        first = await pictures.fetch("a", _trusted(url))

    async with _open(options) as pictures:
        again = await pictures.fetch("a", _trusted(url))

    assert again == first
    assert len(host.seen) == 1


async def test_a_failure_is_not_kept(pictures: Pictures, host: PictureHost) -> None:
    url = host.says("/a.png", HTML, PNG)

    outcomes = [await _outcome(pictures, url), await _outcome(pictures, url)]

    assert outcomes == ["not_a_picture", "image/png"]


async def test_a_picture_that_kills_the_child_is_no_picture(
    options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    async with _open(replace(options, decode_seconds=0.0)) as pictures:
        with pytest.raises(PictureError, match="too_many_pixels"):
            await pictures.fetch("a", _trusted(url))


async def test_a_picture_too_large_for_the_place_is_made_to_fit(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(body=draw("1", (900, 600))))
    picture = await pictures.fetch("a", _trusted(url))

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
    picture = await pictures.fetch("a", _trusted(url), position=1)
    limits = replace(LIMITS, photo_types=frozenset({"image/png", "image/jpeg"}))

    file = await pictures.fit(picture, limits, task_id="17")

    assert (file.name, file.mime, file.reduced) == ("17_2.jpg", "image/jpeg", False)


async def test_what_fits_goes_as_it_is(pictures: Pictures, host: PictureHost) -> None:
    picture = await _had(pictures, host)

    file = await pictures.fit(picture, LIMITS, task_id="17")

    assert (file.path, file.name, file.reduced) == (picture.path, "17.png", False)


async def test_the_original_can_be_had_as_a_document(
    pictures: Pictures, host: PictureHost
) -> None:
    picture = await _had(pictures, host)

    file = await pictures.fit(
        picture, LIMITS, task_id="17", kind_hint=FileKind.DOCUMENT
    )

    assert (file.kind, file.path) == (FileKind.DOCUMENT, picture.path)


async def test_what_cannot_be_made_small_enough_goes_as_a_document(
    pictures: Pictures, host: PictureHost
) -> None:
    picture = await _had(pictures, host)

    file = await pictures.fit(picture, replace(LIMITS, photo_bytes=100), task_id="17")

    assert (file.kind, file.reduced) == (FileKind.DOCUMENT, True)


async def test_what_fits_nowhere_is_too_large(
    pictures: Pictures, host: PictureHost
) -> None:
    picture = await _had(pictures, host)

    with pytest.raises(PictureError, match="too_large"):
        await pictures.fit(picture, replace(LIMITS, total_bytes=100), task_id="17")


async def test_a_picture_that_has_left_the_cache_must_be_had_again(
    pictures: Pictures, host: PictureHost
) -> None:
    picture = await _had(pictures, host)
    picture.path.unlink()

    with pytest.raises(PictureError, match="not_ready"):
        await pictures.fit(picture, LIMITS, task_id="17")

    await _had(pictures, host)
    assert len(host.seen) == 2


async def test_a_whole_film_is_had_with_its_sides(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.mp4", Answer(body=_film()))

    picture = await pictures.fetch("a", _trusted(url))

    assert (picture.mime, picture.width, picture.height) == (Mime.MP4, 832, 464)


async def test_half_a_film_is_cut_short(pictures: Pictures, host: PictureHost) -> None:
    url = host.says("/a.mp4", Answer(body=_film()[:-10]))

    with pytest.raises(PictureError, match="cut_short"):
        await pictures.fetch("a", _trusted(url))


async def test_a_webm_is_taken_as_it_is(pictures: Pictures, host: PictureHost) -> None:
    url = host.says("/a.webm", Answer(body=b"\x1a\x45\xdf\xa3" + bytes(60)))

    picture = await pictures.fetch("a", _trusted(url))

    assert (picture.mime, picture.path.suffix) == (Mime.WEBM, ".webm")


def _open(options: PictureOptions) -> AbstractAsyncContextManager[Pictures]:
    return open_pictures(options, clock=SystemClock())


def _trusted(*urls: str) -> tuple[PictureSource, ...]:
    return tuple(PictureSource(url=url, trusted=True) for url in urls)


def _keyed(url: str) -> tuple[PictureSource, ...]:
    return (PictureSource(url=url, trusted=True, key_headers=KEY),)


def _redirect(location: str) -> Answer:
    return Answer(status=302, headers={"Location": location})


async def _had(pictures: Pictures, host: PictureHost) -> Picture:
    return await pictures.fetch("a", _trusted(host.says("/a.png", PNG)))


async def _outcome(pictures: Pictures, url: str) -> str:
    try:
        return (await pictures.fetch("a", _trusted(url))).mime
    except PictureError as error:
        return error.reason


def _bomb(side: int) -> bytes:
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


def _film() -> bytes:
    head = _box(b"tkhd", bytes(76) + struct.pack(">HHHH", 832, 0, 464, 0))
    film = _box(b"moov", _box(b"trak", head))
    return _box(b"ftyp", b"isom" + bytes(8)) + film + _box(b"mdat", bytes(100))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content
