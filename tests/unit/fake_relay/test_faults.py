"""The fake relay's pictures and faults go wrong as they are told."""

import asyncio
from io import BytesIO

import aiohttp
import pytest
from PIL import Image

from tests.fakes.ports import held_port
from tests.fakes.relay import FakeRelay
from tests.fakes.relay.asking import fetch, get, listed
from tests.fakes.relay.kinds import Picture


@pytest.mark.parametrize(
    ("mode", "status"),
    [
        ("plain", 200),
        ("redirect", 302),
        ("missing", 400),
        ("not-ready", 500),
        ("locked", 401),
        ("signed", 403),
        ("cut", 200),
        ("mislabelled", 200),
        ("html", 200),
        ("expired", 404),
        ("no-route", 200),
    ],
)
async def test_a_picture_fares_as_told(
    http: aiohttp.ClientSession, mode: Picture, status: int
) -> None:
    async with FakeRelay() as relay:
        relay.task("1", status="SUCCESS")
        relay.picture("1", mode)

        assert (await get(http, relay.image_url("1")))[0] == status


async def test_a_picture_is_real_and_a_redirect_leads_to_it(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.task("1", status="SUCCESS")
    relay.picture("1", size=(300, 200))

    async with http.get(relay.image_url("1")) as answer:
        picture = await answer.read()

    assert Image.open(BytesIO(picture)).size == (300, 200)
    assert relay.calls("cdn")[0].path == "/attachments/1/grid.png"


async def test_locked_and_signed_pictures_open(http: aiohttp.ClientSession) -> None:
    async with FakeRelay() as relay:
        relay.task("1", status="SUCCESS")
        relay.picture("1", "signed")
        relay.task("2", status="SUCCESS")
        relay.picture("2", "locked")

        signed = await get(http, relay.tasks["1"].shown(0)["imageUrl"])
        locked = await get(
            http, relay.image_url("2"), Authorization=f"Bearer {relay.key}"
        )

    assert (signed[0], locked[0]) == (200, 200)


async def test_a_picture_can_break_off(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.task("1", status="SUCCESS")
    relay.picture("1", "broken-off")

    with pytest.raises(aiohttp.ClientPayloadError):
        await get(http, relay.image_url("1"))


async def test_faults_come_so_many_times_on_their_route(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.task("1")
    relay.fault(http=429, headers={"Retry-After": "7"}, times=2, route="fetch")
    url = f"{relay.url}/mj/task/1/fetch"

    listing = await listed(http, relay, "1")
    statuses = [(await get(http, url))[0] for _ in range(3)]

    assert len(listing) == 1
    assert statuses == [429, 429, 200]


async def test_a_connection_can_be_reset(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.task("1")
    relay.fault(reset=True, times=None)

    with pytest.raises(aiohttp.ClientError):
        await fetch(http, relay, "1")


async def test_an_answer_can_hang_and_drip(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    go = asyncio.Event()
    relay.fault(http=200, body="drop", hang=go, drip=True).drip_seconds = 0.0
    url = f"{relay.url}/mj/task/1/fetch"

    async with asyncio.TaskGroup() as group:
        asked = group.create_task(get(http, url))
        await relay.until(lambda: relay.count("fetch") == 1)
        unanswered = not asked.done()
        go.set()

    assert unanswered
    assert asked.result() == (200, b"drop")


async def test_a_rate_limit_follows_its_own_clock(http: aiohttp.ClientSession) -> None:
    seconds = [0.0]
    async with FakeRelay(auth="none", now=lambda: seconds[0]) as relay:
        relay.task("1")
        relay.limit(per_second=2, retry_after_seconds=3)
        url = f"{relay.url}/mj/task/1/fetch"

        early = [(await get(http, url))[0] for _ in range(3)]
        seconds[0] = 1.0
        late = (await get(http, url))[0]

    assert early == [200, 200, 429]
    assert late == 200


async def test_a_relay_that_was_down_returns_on_its_port(
    http: aiohttp.ClientSession,
) -> None:
    with held_port() as port, held_port() as cdn_port:
        async with FakeRelay(auth="none", port=port, cdn_port=cdn_port) as relay:
            relay.task("1")
            url = relay.url

            await relay.stop()
            with pytest.raises(aiohttp.ClientConnectionError):
                await fetch(http, relay, "1")
            await relay.start()

            assert relay.url == url
            assert (await fetch(http, relay, "1"))["id"] == "1"


async def test_a_hanging_picture_comes_when_all_is_cleared(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.task("1", status="SUCCESS")
    relay.picture("1", "hang")

    async with asyncio.TaskGroup() as group:
        asked = group.create_task(get(http, relay.image_url("1")))
        await relay.until(lambda: relay.count("image") == 1)
        relay.clear()

    assert asked.result()[0] == 200


async def test_closing_does_not_wait_for_those_who_hang(
    http: aiohttp.ClientSession,
) -> None:
    relay = FakeRelay(auth="none")
    await relay.start()
    relay.fault(hang=asyncio.Event())

    async def ask() -> None:
        with pytest.raises(aiohttp.ClientConnectionError):
            await get(http, f"{relay.url}/mj/task/1/fetch")

    async with asyncio.TaskGroup() as group:
        group.create_task(ask())
        await relay.until(lambda: relay.count("fetch") == 1)
        await relay.stop()

    assert relay.count() == 1
