"""What the relay client finds out: which relay knows a task, routes, addresses."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.look import Seen, Trouble, Unavailable, Unknown
from bot.domain.names import TaskName
from bot.domain.task import RelayName, State
from bot.relay import RelayClient, Relays, open_relay
from tests.contract.relay_client.conftest import (
    NAME,
    ONE,
    TWO,
    FakeClock,
    Opening,
    options,
    state,
)
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.relay import FakeRelay


async def test_a_task_is_looked_for_at_all_relays(
    relay: FakeRelay, clock: FakeClock
) -> None:
    async with FakeRelay("crazyrouter", hold=True) as second:
        second.task(ONE)
        other = options(second, name=RelayName("other"))

        async with (
            open_relay(options(relay), clock=clock) as a,
            open_relay(other, clock=clock) as b,
        ):
            relays = Relays([a, b])
            anywhere = await relays.look(TaskName(ONE))
            nowhere = await relays.look(TaskName(TWO))
            named = await relays.look(TaskName(ONE, NAME))
            second.fault(http=500, times=None)
            unsure = await relays.look(TaskName(TWO))

    assert isinstance(anywhere, Seen)
    assert anywhere.relay == "other"
    assert nowhere == named == Unknown(relay=NAME)
    assert unsure == Unavailable(relay=RelayName("other"), trouble=Trouble.BROKEN)


async def test_the_preferred_relay_is_believed_first(
    relay: FakeRelay, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.relay.relays.PREFERRED_SECONDS", PATIENCE_SECONDS)
    relay.task(ONE)
    async with FakeRelay("crazyrouter", hold=True) as second:
        second.task(ONE)
        other = options(second, name=RelayName("other"))

        async with (
            open_relay(options(relay), clock=clock) as a,
            open_relay(other, clock=clock) as b,
        ):
            relays = Relays([a, b])
            default = await relays.look(TaskName(ONE))
            preferred = await relays.look(TaskName(ONE), prefer=RelayName("other"))

    assert isinstance(default, Seen)
    assert isinstance(preferred, Seen)
    assert (default.relay, preferred.relay) == (NAME, "other")


async def test_a_preferred_relay_that_hangs_keeps_nobody_waiting(
    relay: FakeRelay, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.relay.relays.PREFERRED_SECONDS", 0.05)
    relay.fault(hang=asyncio.Event(), times=None)
    patient = options(relay, timeout_seconds=600, look_seconds=600)
    async with FakeRelay("crazyrouter", hold=True) as second:
        second.task(ONE)
        other = options(second, name=RelayName("other"))

        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            open_relay(patient, clock=clock) as a,
            open_relay(other, clock=clock) as b,
        ):
            found = await Relays([a, b]).look(TaskName(ONE))

    assert isinstance(found, Seen)
    assert found.relay == "other"


async def test_a_missing_image_route_is_remembered_for_a_day(
    relay: FakeRelay, client: RelayClient, clock: FakeClock
) -> None:
    relay.task(ONE, status="SUCCESS", imageUrl="https://cdn.example/1.png")
    look = await client.fetch(ONE)
    assert isinstance(look, Seen)

    client.image_route_missing()
    without = client.pictures(look.snapshot)[0]
    clock.seconds += timedelta(days=1, seconds=1).total_seconds()
    again = client.pictures(look.snapshot)[0]

    assert [source.relay_route for source in without] == [False]
    assert [source.relay_route for source in again] == [True, False]


async def test_an_address_that_cannot_be_one_is_said_to_be_wrong(
    opening: Opening,
) -> None:
    async with opening(hosts=("http://127.0.0.1:99999",)) as client:
        look = await client.fetch(ONE)

    assert look == Unavailable(relay=NAME, trouble=Trouble.WRONG_PATH)


async def test_a_bare_host_and_a_prefix_in_the_address_are_understood(
    relay: FakeRelay, opening: Opening
) -> None:
    relay.task(ONE)

    async with opening(hosts=(f"{relay.url}/mj/",)) as client:
        look = await client.fetch(ONE)

    assert state(look) is State.RUNNING
    assert options(relay, hosts=("api.example",)).bases == ("https://api.example",)
