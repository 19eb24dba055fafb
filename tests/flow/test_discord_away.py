"""Where the bot is no member: direct messages carry what the place cannot."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.discord.adapter import DiscordDoor
from bot.commands.reply import Reply
from bot.domain.buttonref import ButtonRef, Verb
from bot.domain.notification import Delivered
from bot.domain.subscription import SubscriptionId
from bot.domain.task import TaskKey
from bot.ports import Letter
from bot.present.card import Card, CardButton
from tests.fakes.commands import card
from tests.fakes.discord import Channel, FakeDiscord
from tests.fakes.discord_door import Stage, person

LIVE = Reply(card=card("live"), subscription=SubscriptionId(3), version=1)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        yield Stage(fake)
        assert fake.refusals == []


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[DiscordDoor]:
    async with stage.serving() as door:
        yield door


@pytest.fixture
def far(stage: Stage) -> Channel:
    guild = stage.fake.add_guild("Away", bot_member=False)
    return stage.fake.add_channel(guild, "far")


async def test_the_live_card_comes_as_a_direct_message_at_once(
    stage: Stage, far: Channel, door: DiscordDoor
) -> None:
    stage.commands.answers["watch"] = LIVE
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"}, channel=far)
    answer = await use.wait_message()
    direct = stage.fake.dm()
    (live,) = stage.fake.messages(direct)
    assert live.embeds[0]["title"] == answer.embeds[0]["title"] == "live"
    assert stage.live_cards() == [(3, f"{direct.id}:{live.id}")]
    assert stage.commands.asked[0].caller.destination == stage.here(direct)


async def test_a_refused_direct_message_is_said_in_the_same_answer(
    stage: Stage, far: Channel, door: DiscordDoor
) -> None:
    stage.fake.user.accepts_dms = False
    stage.commands.answers["watch"] = LIVE
    use = await stage.fake.slash(
        stage.fake.user, "watch", {"ids": "12, 13"}, channel=far
    )
    answer = await use.wait_message()
    assert "/watch" in str(answer.embeds)
    assert stage.live_cards() == []
    assert [each.name for each in stage.commands.asked] == [
        "watch",
        "unwatch",
        "unwatch",
    ]
    assert stage.commands.texts("unwatch") == ["12", "13"]


async def test_the_answer_in_place_follows_the_card_and_the_ring(
    stage: Stage, far: Channel, door: DiscordDoor
) -> None:
    stage.commands.answers["watch"] = LIVE
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"}, channel=far)
    answer = await use.wait_message()
    await stage.until(stage.live_cards)
    receipt = stage.live_cards()[0][1]
    to = stage.here(stage.fake.dm())
    await door.messenger.edit(receipt, card("50 %"), to=to)
    assert answer.embeds[0]["title"] == "50 %"
    ring = replace(card("done", "more"), mentions=(person(stage.fake.user),))
    letter = Letter(card=ring, to=to, key="r1", loud=True, reply_to=receipt)
    assert isinstance(await door.messenger.send(letter), Delivered)
    assert "done" in answer.content
    assert stage.fake.messages(stage.fake.dm())[1].rang.users == {stage.fake.user.id}


async def test_a_dead_token_ends_the_following_quietly(
    stage: Stage, far: Channel, door: DiscordDoor
) -> None:
    stage.commands.answers["watch"] = LIVE
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"}, channel=far)
    await use.wait_message()
    await stage.until(stage.live_cards)
    stage.fake.kill_token(use)
    receipt = stage.live_cards()[0][1]
    to = stage.here(stage.fake.dm())
    for text in ("50 %", "60 %"):
        outcome = await door.messenger.edit(receipt, card(text), to=to)
        assert isinstance(outcome, Delivered)
    stage.forgive(50027)


async def test_a_group_conversation_is_away_too(
    stage: Stage, door: DiscordDoor
) -> None:
    group = stage.fake.add_channel(None, "friends")
    stage.commands.answers["watch"] = LIVE
    use = await stage.fake.slash(
        stage.fake.user,
        "watch",
        {"ids": "12"},
        channel=group,
        user_installed_only=True,
    )
    await use.wait_message()
    assert len(stage.fake.messages(stage.fake.dm())) == 1


async def test_the_watch_button_away_is_taken_back_when_refused(
    stage: Stage, far: Channel, door: DiscordDoor
) -> None:
    watch = ButtonRef(verb=Verb.WATCH, task_key=TaskKey(5))
    button = CardButton(label="Watch", ref=str(watch))
    shown = Card(blocks=card("a card").blocks, buttons=((button,),))
    stage.commands.answers["status"] = Reply(card=shown)
    stage.commands.answers["press"] = LIVE
    stage.fake.user.accepts_dms = False
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"}, channel=far)
    message = await use.wait_message()
    press = await stage.fake.click(stage.fake.user, message, str(watch))
    await press.wait_message(lambda m: m is not message)
    stop = str(replace(watch, verb=Verb.STOP))
    assert stage.commands.texts("press") == [str(watch), stop]


async def test_lists_are_the_askers_own_there(
    stage: Stage, far: Channel, door: DiscordDoor
) -> None:
    use = await stage.fake.slash(stage.fake.user, "list", channel=far)
    assert (await use.wait_message()).ephemeral
    assert stage.commands.asked[0].caller.destination == stage.here(stage.fake.dm())


async def test_a_private_watch_lives_in_direct_messages(
    stage: Stage, door: DiscordDoor
) -> None:
    stage.commands.answers["watch"] = LIVE
    use = await stage.fake.slash(
        stage.fake.user, "watch", {"ids": "12", "private": True}
    )
    assert (await use.wait_message()).ephemeral
    assert len(stage.fake.messages(stage.fake.dm())) == 1


async def test_a_press_below_a_private_answer_is_answered_in_private(
    stage: Stage, door: DiscordDoor
) -> None:
    watch = ButtonRef(verb=Verb.WATCH, task_key=TaskKey(5))
    button = CardButton(label="Watch", ref=str(watch))
    shown = Card(blocks=card("a card").blocks, buttons=((button,),))
    stage.commands.answers["status"] = Reply(card=shown)
    stage.commands.answers["press"] = LIVE
    use = await stage.fake.slash(
        stage.fake.user, "status", {"ids": "12", "private": True}
    )
    message = await use.wait_message()

    press = await stage.fake.click(stage.fake.user, message, str(watch))
    answer = await press.wait_message(lambda m: m is not message)

    assert answer.ephemeral
    assert len(stage.fake.messages(stage.fake.dm())) == 1
