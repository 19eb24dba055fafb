"""What the relay client asks for in lists, and what it does where there is none."""

import json
from datetime import timedelta
from typing import Final, Literal

import pytest

from bot.domain.look import Trouble, Unavailable
from bot.domain.task import TaskId
from bot.relay import Batch, RelayClient
from bot.relay.client import LIST_RESTS_SECONDS
from tests.contract.relay_client.conftest import (
    NAME,
    ONE,
    THREE,
    TWO,
    FakeClock,
    Opening,
)
from tests.fakes.relay import FakeRelay

IDS: Final = (ONE, TWO, THREE)
MANY: Final = tuple(TaskId(f"task_{n}") for n in range(40))


def batch(found: object) -> Batch:
    assert isinstance(found, Batch)
    return found


def known(found: object) -> set[str]:
    return {probe.task_id for probe in batch(found).probes}


async def test_one_or_two_are_fetched_and_three_listed(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE)
    relay.task(TWO)

    two = await client.fetch_many([ONE, TWO])
    three = await client.fetch_many(IDS)

    assert known(two) == known(three) == {ONE, TWO}
    assert batch(three).missing == (THREE,)
    assert (relay.count("fetch"), relay.count("list")) == (2, 1)


async def test_a_full_object_is_there_on_demand(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE, status="SUCCESS", prompt="a boat")

    found = batch(await client.fetch_many(IDS))

    assert found.snapshot(ONE).prompt == "a boat"
    assert not found.snapshot(ONE).slim


@pytest.mark.parametrize("listing", ["404", "html", "spa"])
async def test_a_missing_list_is_found_out_and_remembered_for_a_day(
    relay: FakeRelay,
    client: RelayClient,
    clock: FakeClock,
    listing: Literal["404", "html", "spa"],
) -> None:
    relay.listing = listing
    relay.task(ONE)

    first, second = await client.fetch_many(IDS), await client.fetch_many(IDS)
    remembered = relay.count("list")
    clock.seconds += timedelta(days=1, seconds=1).total_seconds()
    await client.fetch_many(IDS)

    assert known(first) == known(second) == {ONE}
    assert set(batch(second).missing) == {TWO, THREE}
    assert "list_missing_since" in client.facts()
    assert (remembered, relay.count("list")) == (1, 2)


@pytest.mark.parametrize("body", ["boom", [json.dumps({"id": ONE})]])
async def test_a_list_that_alone_is_ill_keeps_nobody_waiting(
    relay: FakeRelay, client: RelayClient, clock: FakeClock, body: object
) -> None:
    relay.task(ONE)
    http = 500 if body == "boom" else 200
    relay.fault(http=http, body=body, route="list", times=None)

    found = [await client.fetch_many(IDS) for _ in range(3)]
    asked = relay.count("list")
    clock.seconds += LIST_RESTS_SECONDS
    await client.fetch_many(IDS)

    assert [known(each) for each in found] == [{ONE}] * 3
    assert set(batch(found[0]).missing) == {TWO, THREE}
    assert (asked, relay.count("list")) == (1, 2)


async def test_a_relay_that_is_down_is_asked_for_one_more_at_most(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.fault(http=500, body="boom", times=None)

    found = await client.fetch_many(IDS)

    assert found == Unavailable(relay=NAME, trouble=Trouble.BROKEN)
    assert (relay.count("list"), relay.count("fetch")) == (1, 1)


async def test_a_wrong_prefix_is_no_missing_list(opening: Opening) -> None:
    async with opening(prefix="/wrong/mj") as client:
        found = await client.fetch_many(IDS)
        facts = client.facts()

    assert found == Unavailable(relay=NAME, trouble=Trouble.WRONG_PATH)
    assert facts == {}


async def test_a_list_that_is_too_long_is_halved(
    relay: FakeRelay, client: RelayClient
) -> None:
    for task_id in MANY:
        relay.task(task_id)
    relay.fault(http=413, route="list", times=2)

    found = await client.fetch_many(MANY)

    assert known(found) == set(MANY)
    assert [len(seen.ids) for seen in relay.calls("list")] == [40, 20, 10, 10, 10, 10]


async def test_after_ten_full_lists_more_is_asked_for_at_once_again(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.fault(http=413, route="list", times=1)

    for _ in range(6):
        await client.fetch_many(MANY)

    sizes = [len(seen.ids) for seen in relay.calls("list")]
    assert sizes == [40, *[20] * 10, 40]


async def test_a_list_that_is_never_understood_is_fetched_singly(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE)
    relay.fault(http=400, body={"code": 4}, route="list", times=None)

    found = await client.fetch_many(IDS)

    assert known(found) == {ONE}
    assert set(batch(found).missing) == {TWO, THREE}


async def test_the_relays_own_id_is_known_again_in_lists(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE, id="777")

    await client.fetch(ONE)
    found = batch(await client.fetch_many(IDS))

    assert known(found) == {ONE}
    assert found.snapshot(ONE).relay_id == "777"
