"""Pictures over a real wire: the order of sources, keys, redirects, missing routes."""

from dataclasses import replace

import pytest

from bot.domain.attachment import PictureSource
from bot.errors import ForbiddenAddressError, PictureError
from bot.media.picture import Mime, PictureOptions
from bot.media.pictures import Pictures
from tests.contract.pictures.kit import (
    DRAWN,
    HTML,
    KEY,
    NOT_READY,
    PNG,
    keyed,
    opened,
    redirect,
    trusted,
)
from tests.fakes.pictures import PictureHost
from tests.fakes.relay.answers import Answer, json_answer


async def test_a_picture_is_had_whole(pictures: Pictures, host: PictureHost) -> None:
    url = host.says("/a.png", PNG)

    picture = await pictures.fetch("a", trusted(url), position=2)

    assert picture.path.read_bytes() == DRAWN
    assert (picture.mime, picture.width, picture.height) == (Mime.PNG, 96, 64)
    assert (picture.size_bytes, picture.position) == (len(DRAWN), 2)


async def test_files_and_folder_are_for_their_owner_alone(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    picture = await pictures.fetch("a", trusted(url))

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

    await pictures.fetch("a", trusted(*urls))

    assert host.paths == ["/1", "/2"]


async def test_a_query_goes_out_letter_for_letter(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    await pictures.fetch("a", trusted(f"{url}?ex=6a&sig=a%2bb~&"))

    assert host.paths == ["/a.png?ex=6a&sig=a%2bb~&"]


@pytest.mark.parametrize("status", [401, 403])
async def test_the_key_goes_out_only_after_a_refusal(
    status: int, pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(status=status), PNG)

    await pictures.fetch("a", keyed(url))

    assert host.keys() == [None, KEY["Authorization"]]


async def test_an_open_picture_is_had_without_the_key(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    await pictures.fetch("a", keyed(url))

    assert host.keys() == [None]


async def test_a_key_that_is_refused_is_not_tried_again(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", Answer(status=401))

    with pytest.raises(PictureError, match="refused"):
        await pictures.fetch("a", keyed(url))

    assert host.keys() == [None, KEY["Authorization"]]


async def test_the_key_never_follows_a_redirect_to_another_host(
    options: PictureOptions, host: PictureHost, other: PictureHost
) -> None:
    there = other.says("/b.png", Answer(status=401), PNG)
    url = host.says("/a.png", Answer(status=401), redirect(there))

    async with opened(replace(options, image_hosts=("127.0.0.1",))) as pictures:
        with pytest.raises(PictureError, match="refused"):
            await pictures.fetch("a", keyed(url))

    assert other.keys() == [None]


async def test_a_relays_redirect_within_itself_is_followed(
    pictures: Pictures, host: PictureHost
) -> None:
    host.says("/b.png", PNG)
    url = host.says("/a.png", redirect("b.png"))

    picture = await pictures.fetch("a", trusted(url))

    assert picture.mime is Mime.PNG


async def test_a_redirect_to_a_private_address_is_not_followed(
    pictures: Pictures, host: PictureHost, other: PictureHost
) -> None:
    url = host.says("/a.png", redirect(other.says("/b.png", PNG)))

    with pytest.raises(ForbiddenAddressError):
        await pictures.fetch("a", trusted(url))

    assert other.seen == []


async def test_three_redirects_are_followed(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/0", *[redirect("/0")] * 3, PNG)

    await pictures.fetch("a", trusted(url))

    assert len(host.seen) == 4


@pytest.mark.parametrize("location", ["/0", "", "http://[::1", "http://h:99999/"])
async def test_redirects_without_end_or_aim_are_given_up(
    location: str, options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/0", redirect(location))

    async with opened(replace(options, retry_seconds=())) as pictures:
        with pytest.raises(PictureError, match="unreachable"):
            await pictures.fetch("a", trusted(url))

    assert len(host.seen) <= 4


async def test_a_strangers_private_address_is_forbidden(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    with pytest.raises(ForbiddenAddressError):
        await pictures.fetch("a", (PictureSource(url=url),))

    assert host.seen == []


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


async def test_a_route_that_gave_a_picture_is_there_whatever_it_says_of_another(
    pictures: Pictures, host: PictureHost
) -> None:
    told: list[str] = []
    given, gone = (
        PictureSource(url=host.says(path, answer), trusted=True, relay_route=True)
        for path, answer in (
            ("/mj/image/1", PNG),
            ("/mj/image/2", Answer(status=404)),
        )
    )
    await pictures.fetch("a", (given,))

    with pytest.raises(PictureError):
        await pictures.fetch("b", (gone,), on_route_missing=lambda: told.append(""))

    assert told == []
