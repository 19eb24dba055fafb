"""What the relay client does with keys: styles, redirects, whose tasks it sees."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from bot.domain.look import Denied, Trouble, Unavailable, Unknown
from bot.domain.task import State
from bot.relay import AuthStyle, RelayClient, open_relay
from tests.contract.relay_client.conftest import (
    NAME,
    ONE,
    TWO,
    FakeClock,
    Opening,
    options,
    state,
)
from tests.fakes.relay import FakeRelay

OWN_KEY: Final = "sk-personalKey0123456789abcdefghijklmnopqrstuvwxyz99"


def styles(relay: FakeRelay) -> Iterator[tuple[str, ...]]:
    return (seen.key_styles for seen in relay.requests)


async def test_bearer_comes_first_and_alone(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE)

    look = await client.fetch(ONE)

    assert state(look) is State.RUNNING
    assert list(styles(relay)) == [("authorization",)]
    assert relay.requests[0].headers["User-Agent"]


async def test_a_401_brings_the_other_style_which_is_remembered(
    clock: FakeClock,
) -> None:
    async with FakeRelay("onehub", hold=True) as relay:
        relay.task(ONE)

        async with open_relay(options(relay), clock=clock) as client:
            first, second = await client.fetch(ONE), await client.fetch(ONE)
            facts = client.facts()

    assert state(first) is state(second) is State.RUNNING
    assert list(styles(relay)) == [
        ("authorization",),
        ("mj-api-secret",),
        ("mj-api-secret",),
    ]
    assert facts == {"auth": "mj-api-secret"}


async def test_what_was_found_out_outlives_a_restart(clock: FakeClock) -> None:
    async with FakeRelay("onehub", hold=True) as relay:
        relay.task(ONE)

        async with open_relay(options(relay), clock=clock) as client:
            client.restore({"auth": "mj-api-secret", "list_missing_since": "rubbish"})
            look = await client.fetch(ONE)

    assert state(look) is State.RUNNING
    assert list(styles(relay)) == [("mj-api-secret",)]


async def test_a_configured_style_is_the_only_one(
    relay: FakeRelay, opening: Opening
) -> None:
    async with opening(auth=AuthStyle.MJ_API_SECRET) as client:
        look = await client.fetch(ONE)

    assert look == Denied(relay=NAME, trouble=Trouble.BAD_KEY)
    assert list(styles(relay)) == [("mj-api-secret",)]


@pytest.mark.parametrize("changes", [{"key": None}, {"auth": AuthStyle.NONE}])
async def test_without_a_key_no_header_goes_out(
    relay: FakeRelay, opening: Opening, changes: dict[str, Any]
) -> None:
    relay.auth = "none"
    relay.task(ONE)

    async with opening(**changes) as client:
        look = await client.fetch(ONE)

    assert state(look) is State.RUNNING
    assert list(styles(relay)) == [()]


async def test_a_personal_key_sees_its_own_tasks(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.keys.add(OWN_KEY)
    relay.task(ONE, owner=OWN_KEY)

    ours, theirs = await client.fetch(ONE), await client.fetch(ONE, key=OWN_KEY)

    assert ours == Unknown(relay=NAME)
    assert state(theirs) is State.RUNNING


async def test_a_key_that_no_header_can_hold_is_never_sent(
    relay: FakeRelay, client: RelayClient
) -> None:
    look = await client.fetch(ONE, key="sk-x\r\nHost: evil")

    assert look == Denied(relay=NAME, trouble=Trouble.BAD_KEY)
    assert relay.requests == []


async def test_the_key_does_not_follow_a_redirect_to_another_host(
    relay: FakeRelay, client: RelayClient
) -> None:
    async with FakeRelay() as stranger:
        relay.fault(http=302, headers={"Location": f"{stranger.url}/mj/task/1/fetch"})

        look = await client.fetch(ONE)

    assert look == Unavailable(relay=NAME, trouble=Trouble.WRONG_PATH)
    assert stranger.requests == []


async def test_a_redirect_on_the_same_host_is_followed_once(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(TWO)
    relay.fault(http=307, headers={"Location": f"/mj/task/{TWO}/fetch"})

    look = await client.fetch(ONE)

    assert state(look) is State.RUNNING
