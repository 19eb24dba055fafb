"""One request for many who wait, one file for many who ask."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.errors import PictureError
from bot.media.picture import PictureOptions
from bot.media.pictures import Pictures
from tests.contract.pictures.kit import (
    DRAWN,
    HTML,
    PNG,
    keyed,
    opened,
    outcome_of,
    trusted,
)
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.pictures import PictureHost
from tests.fakes.relay.answers import Answer


async def test_twenty_who_wait_make_one_request(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    async with asyncio.TaskGroup() as group:
        waiters = [
            group.create_task(pictures.fetch("a", trusted(url))) for _ in range(20)
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
        waiters = [group.create_task(outcome_of(pictures, url)) for _ in range(5)]

    assert [waiter.result() for waiter in waiters] == ["not_a_picture"] * 5
    assert len(host.seen) == 1


async def test_hosts_that_hang_leave_seats_for_the_others(
    pictures: Pictures, host: PictureHost, other: PictureHost
) -> None:
    gate = asyncio.Event()
    one = [host.says(f"/{n}.png", replace(PNG, waits=gate)) for n in range(20)]
    hanging = one + [url.replace("127.0.0.1", "localhost") for url in one]

    async with asyncio.TaskGroup() as group:
        for url in hanging:
            group.create_task(pictures.fetch(url, trusted(url)))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(host.seen) < 24:  # noqa: ASYNC110 - the host rings no bell
                await asyncio.sleep(0.01)
            found = await pictures.fetch("a", trusted(other.says("/a.png", PNG)))
        gate.set()

    assert found.size_bytes == len(DRAWN)
    assert len(host.seen) == 40


async def test_one_who_leaves_does_not_spoil_it_for_the_others(
    pictures: Pictures, host: PictureHost
) -> None:
    gate = asyncio.Event()
    url = host.says("/a.png", replace(PNG, waits=gate))

    async with asyncio.TaskGroup() as group:
        leaver = group.create_task(pictures.fetch("a", trusted(url)))
        stayer = group.create_task(pictures.fetch("a", trusted(url)))
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

    async with asyncio.timeout(PATIENCE_SECONDS), opened(options) as pictures:
        waiter = asyncio.get_running_loop().create_task(
            pictures.fetch("a", trusted(url))
        )
        await host.asked.wait()

    with pytest.raises(asyncio.CancelledError):
        await waiter


async def test_a_kept_picture_is_not_asked_for_again(
    pictures: Pictures, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)

    first = await pictures.fetch("a", trusted(url))
    again = await pictures.fetch("a", trusted(url))

    assert again == first
    assert len(host.seen) == 1


async def test_a_kept_picture_outlives_the_program(
    options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/a.png", PNG)
    async with opened(options) as pictures:
        first = await pictures.fetch("a", trusted(url))

    async with opened(options) as pictures:
        again = await pictures.fetch("a", trusted(url))

    assert again == first
    assert len(host.seen) == 1


async def test_a_failure_is_not_kept(pictures: Pictures, host: PictureHost) -> None:
    url = host.says("/a.png", HTML, PNG)

    outcomes = [await outcome_of(pictures, url), await outcome_of(pictures, url)]

    assert outcomes == ["not_a_picture", "image/png"]


async def test_no_key_and_no_address_is_in_a_log_line(
    options: PictureOptions, host: PictureHost
) -> None:
    url = host.says("/canary.png", Answer(status=401))

    with capture_logs() as lines:
        async with opened(options) as pictures:
            with pytest.raises(PictureError) as caught:
                await pictures.fetch("a", keyed(url))

    told = f"{lines} {caught.value!r} {keyed(url)[0]!r}"
    assert "sk-canary" not in told
    assert "canary.png" not in f"{lines} {caught.value!r}"
