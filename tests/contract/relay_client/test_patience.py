"""What the relay client bears: dead hosts, silence, endless bodies, outages."""

import asyncio
from itertools import pairwise
from typing import Final

import pytest
from structlog.testing import capture_logs

from bot.domain.look import Seen, Trouble, Unavailable, Unknown
from bot.domain.task import State, TaskId
from bot.relay import RelayClient, open_relay
from tests.contract.relay_client.conftest import (
    NAME,
    ONE,
    FakeClock,
    Opening,
    options,
    state,
)
from tests.fakes.proxy import FakeProxy
from tests.fakes.relay import FakeRelay

DEAD: Final = "http://127.0.0.1:9"  # the discard port; nobody listens


async def test_a_dead_host_is_passed_over_and_the_good_one_kept(
    relay: FakeRelay, opening: Opening
) -> None:
    relay.task(ONE, imageUrl=None, imageUrls=[], status="SUCCESS")

    async with opening(hosts=(DEAD, relay.url)) as client:
        with capture_logs() as logs:
            first, second = await client.fetch(ONE), await client.fetch(ONE)
        assert isinstance(first, Seen)
        sources = client.pictures(first.snapshot)

    assert state(second) is State.SUCCEEDED
    assert [entry["event"] for entry in logs] == ["relay.host_changed"]
    assert [s.url for s in sources[0]] == [f"{relay.url}/mj/image/{ONE}"]


@pytest.mark.parametrize("http", [502, 403, 301, 200])
async def test_a_host_that_answers_like_no_relay_is_passed_over_too(
    relay: FakeRelay, clock: FakeClock, http: int
) -> None:
    relay.task(ONE)
    async with FakeRelay() as ill:
        ill.fault(http=http, body="<html>", times=None)
        both = options(relay, hosts=(ill.url, relay.url))

        async with open_relay(both, clock=clock) as client:
            look = await client.fetch(ONE)

    assert state(look) is State.RUNNING


async def test_each_host_is_reached_by_its_own_way(
    relay: FakeRelay, clock: FakeClock
) -> None:
    relay.task(ONE)
    far = "http://relay.test"
    async with FakeProxy(ways={}) as proxy:  # it leads nowhere
        both = options(
            relay,
            hosts=(far, relay.url),
            proxy=lambda url: proxy.url if url.startswith(far) else None,
        )

        async with open_relay(both, clock=clock) as client:
            look = await client.fetch(ONE)

        assert [each.target for each in proxy.passages] == ["relay.test:80"]
    assert state(look) is State.RUNNING


async def test_an_endless_body_is_not_read(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.fault(http=200, body=b"[" + b" " * 3_000_000)

    look = await client.fetch(ONE)

    assert look == Unavailable(relay=NAME, trouble=Trouble.TOO_LARGE)


async def test_a_persons_look_tries_again(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE)
    relay.fault(reset=True)
    relay.fault(http=502)

    look = await client.fetch(ONE, person=True)

    assert state(look) is State.RUNNING
    assert relay.count("fetch") == 3


async def test_the_watchers_look_does_not(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.fault(reset=True)

    look = await client.fetch(ONE)

    assert look == Unavailable(relay=NAME, trouble=Trouble.UNREACHABLE)
    assert relay.count("fetch") == 1


async def test_silence_ends_in_time(relay: FakeRelay, opening: Opening) -> None:
    relay.fault(hang=asyncio.Event(), times=None)

    async with opening(look_seconds=0.05) as client:
        look = await client.fetch(ONE, person=True)

    assert look == Unavailable(relay=NAME, trouble=Trouble.TIMEOUT)


async def test_a_relay_that_is_down_gets_one_probe_in_thirty_seconds(
    relay: FakeRelay, client: RelayClient, clock: FakeClock
) -> None:
    relay.task(ONE)
    outage = relay.fault(reset=True, times=None)
    for _ in range(5):
        await client.fetch(ONE)

    at_once = await client.fetch(ONE, person=True)
    asked_when_open = relay.count()
    clock.seconds += 30
    probe, after = await client.fetch(ONE, person=True), await client.fetch(ONE)
    asked_by_probe = relay.count() - asked_when_open
    outage.lift()
    clock.seconds += 30
    back = await client.fetch(ONE)

    assert at_once == Unavailable(
        relay=NAME, trouble=Trouble.UNREACHABLE, after_seconds=30
    )
    assert isinstance(probe, Unavailable)
    assert isinstance(after, Unavailable)
    assert (asked_when_open, asked_by_probe) == (5, 1)
    assert state(back) is State.RUNNING


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
@pytest.mark.parametrize(
    ("http", "body"), [(200, "<html>"), (404, "<html>"), (500, "boom"), (403, "<html>")]
)
async def test_however_many_tasks_there_is_one_probe_in_thirty_seconds(
    relay: FakeRelay,
    client: RelayClient,
    clock: FakeClock,
    count: int,
    http: int,
    body: str,
) -> None:
    ids = [TaskId(f"task_{n}") for n in range(count)]
    relay.fault(http=http, body=body, times=None)
    for _ in range(6):
        await client.fetch_many(ids)

    asked = [relay.count()]
    for _ in range(3):
        clock.seconds += 30
        await client.fetch_many(ids)
        await client.seed(ONE)
        asked.append(relay.count())

    assert [after - before for before, after in pairwise(asked)] == [1, 1, 1]


async def test_retry_after_is_honoured(
    relay: FakeRelay, client: RelayClient, clock: FakeClock
) -> None:
    relay.task(ONE)
    relay.fault(http=429, headers={"Retry-After": "7"})

    busy, held = await client.fetch(ONE), await client.fetch(ONE, person=True)
    clock.seconds += 7
    later = await client.fetch(ONE)

    expected = Unavailable(relay=NAME, trouble=Trouble.BUSY, after_seconds=7)
    assert busy == held == expected
    assert state(later) is State.RUNNING
    assert relay.count() == 2


async def test_the_log_hears_of_the_first_failure_and_the_recovery(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE)
    body = {"error": {"message": f"no <b>route</b> for {relay.key}"}}
    relay.fault(http=500, body=body, times=3)

    with capture_logs() as logs:
        for _ in range(5):
            await client.fetch(ONE)

    assert [entry["event"] for entry in logs] == [
        "relay.unavailable",
        "relay.recovered",
    ]
    assert logs[0]["said"] == "no route for •••"
    assert logs[1]["failures"] == 3


async def test_raw_leaves_out_what_nobody_is_to_see(
    relay: FakeRelay, client: RelayClient
) -> None:
    kept = {"finalPrompt": "a boat"}
    relay.task(ONE, properties={**kept, "notifyHook": "https://x/s", "userId": "1"})

    raw = await client.raw(ONE)

    assert isinstance(raw, dict)
    assert raw["properties"] == kept
    assert raw["id"] == ONE


async def test_raw_of_nobodys_id_is_that_it_is_unknown(client: RelayClient) -> None:
    assert await client.raw(ONE) == Unknown(relay=NAME)
