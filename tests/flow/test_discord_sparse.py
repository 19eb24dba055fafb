"""A Discord that tells no more than it must, by a clock that is not ours."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.commands.reply import Reply
from bot.domain.notification import Delivered
from bot.domain.subscription import Place, SubscriptionId
from bot.ports import Letter
from tests.fakes.commands import card
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_door import Stage

HOUR = 3600.0
SUBSCRIPTION = SubscriptionId(7)
LATER = datetime(2100, 1, 1, tzinfo=UTC)  # every message seems older


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        fake.world.terse = True
        yield Stage(fake)
        assert fake.refusals == []


async def test_commands_are_registered_whatever_is_answered(stage: Stage) -> None:
    async with stage.serving():
        assert stage.fake.commands


async def test_the_live_card_is_the_answer(stage: Stage) -> None:
    async with stage.serving():
        stage.commands.answers["watch"] = Reply(
            card=card("running"), subscription=SUBSCRIPTION
        )
        use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"})
        message = await use.wait_message()
        await stage.until(stage.live_cards)

    receipt = f"{stage.fake.channel.id}:{message.id}"
    assert stage.live_cards() == [(SUBSCRIPTION, receipt)]


async def test_direct_messages_are_private(stage: Stage) -> None:
    async with stage.serving():
        use = await stage.fake.slash(
            stage.fake.user, "watch", {"ids": "12"}, channel=stage.fake.dm()
        )
        await use.wait_message()

    [asked] = stage.commands.asked
    assert asked.caller.destination.place is Place.PRIVATE
    assert asked.caller.destination.chat == str(stage.fake.dm().id)


@pytest.mark.parametrize("seconds", [-HOUR, HOUR])
async def test_a_clock_that_is_wrong_silences_nobody(
    stage: Stage, seconds: float
) -> None:
    stage.fake.world.clock.advance(seconds)
    async with stage.serving():
        use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
        message = await use.wait_message()

    assert message is use.original


async def test_an_answer_of_fifteen_minutes_goes_on_through_the_channel(
    stage: Stage,
) -> None:
    gate = stage.commands.hold("status")
    stage.commands.answers["status"] = Reply(card=card("late"))
    async with stage.serving():
        use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
        await use.wait_response()
        stage.clock.move(15 * 60)
        gate.set()
        await stage.fake.until(
            lambda: next((m for m in stage.fake.messages() if m.nonce), None)
        )


async def test_an_earlier_delivery_is_found_by_any_clock(stage: Stage) -> None:
    stage.fake.world.clock.advance(-HOUR)
    async with stage.serving() as door:
        ring = Letter(card=card("done"), to=stage.here(), key="k1", loud=True)
        sent = await door.messenger.send(ring)
        found = await door.messenger.find(ring, since=LATER)

    assert isinstance(found, str)
    assert sent == Delivered(receipt=found)
