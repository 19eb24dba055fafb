"""Presses: each answered, private where it must be, in place where it can be."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.discord.adapter import DiscordDoor
from bot.commands.reply import How, Reply
from bot.domain.buttonref import ButtonRef, Verb
from bot.domain.subscription import SubscriptionId
from bot.domain.task import TaskKey
from bot.present.card import Card, CardButton
from tests.fakes.commands import card
from tests.fakes.discord import FakeDiscord, StoredMessage
from tests.fakes.discord_door import Stage

CUSTOM_ID = (
    "MJ::JOB::upsample_v6_2x_subtle::1::0ce2ba8a-7f05-4e1c-8a5c-d36d4f0a8a5e::SOLO"
)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        yield Stage(fake)
        assert fake.refusals == []


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[DiscordDoor]:
    async with stage.serving() as door:
        yield door


def ref(verb: Verb, position: int = 0) -> str:
    return str(ButtonRef(verb=verb, task_key=TaskKey(5), position=position))


def buttons(*verbs: Verb) -> Card:
    row = tuple(CardButton(label=v.name, ref=ref(v)) for v in verbs)
    return Card(blocks=card("a card").blocks, buttons=(row,))


async def shown(stage: Stage, *verbs: Verb, private: bool = False) -> StoredMessage:
    reply = Reply(card=buttons(*verbs), private=private)
    stage.commands.answers["status"] = reply
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "1"})
    return await use.wait_message()


async def test_a_press_reports_the_custom_id(stage: Stage, door: DiscordDoor) -> None:
    message = await shown(stage, Verb.REPORT)
    stage.commands.answers["press"] = Reply(
        card=Card(blocks=card(CUSTOM_ID).blocks, bare=True),
        how=How.REPORT,
        private=True,
        report=CUSTOM_ID,
        more=(card("what it is", "what to do with it"),),
    )
    use = await stage.fake.click(stage.fake.user, message, ref(Verb.REPORT))
    answer = await use.wait_message()
    assert answer.content == f"```\n{CUSTOM_ID}\n```"
    assert answer.embeds[0]["title"] == "what it is"
    assert answer.ephemeral
    assert len(use.messages) == 1
    assert stage.commands.texts("press") == [ref(Verb.REPORT)]


async def test_a_press_edits_in_place(stage: Stage, door: DiscordDoor) -> None:
    message = await shown(stage, Verb.REFRESH)
    stage.commands.answers["press"] = Reply(card=card("newer"), how=How.EDIT)
    await stage.fake.click(stage.fake.user, message, ref(Verb.REFRESH))
    await stage.fake.until(lambda: message.embeds[0]["title"] == "newer")
    assert message.buttons() == []
    assert len(stage.fake.messages()) == 1


async def test_a_slow_press_is_acknowledged_and_edits_in_place(
    stage: Stage, door: DiscordDoor
) -> None:
    message = await shown(stage, Verb.REFRESH)
    gate = stage.commands.hold("press")
    stage.commands.answers["press"] = Reply(card=card("newer"), how=How.EDIT)
    use = await stage.fake.click(stage.fake.user, message, ref(Verb.REFRESH))
    assert (await use.wait_response()).type == 6
    gate.set()
    await stage.fake.until(lambda: message.embeds[0]["title"] == "newer")


async def test_a_slow_press_with_a_private_answer(
    stage: Stage, door: DiscordDoor
) -> None:
    message = await shown(stage, Verb.DETAILS)
    gate = stage.commands.hold("press")
    stage.commands.answers["press"] = Reply(card=card("for you"), private=True)
    use = await stage.fake.click(stage.fake.user, message, ref(Verb.DETAILS))
    await use.wait_response()
    gate.set()
    answer = await use.wait_message(lambda m: m is not message)
    assert answer.ephemeral
    assert message.embeds[0]["title"] == "a card"


async def test_a_press_whose_token_died_edits_through_the_channel(
    stage: Stage, door: DiscordDoor
) -> None:
    message = await shown(stage, Verb.REFRESH)
    gate = stage.commands.hold("press")
    stage.commands.answers["press"] = Reply(card=card("newer"), how=How.EDIT)
    use = await stage.fake.click(stage.fake.user, message, ref(Verb.REFRESH))
    await use.wait_response()
    stage.fake.kill_token(use)
    gate.set()
    await stage.fake.until(lambda: message.embeds[0]["title"] == "newer")
    assert stage.fake.made("PATCH", f"/channels/{stage.fake.channel.id}")
    stage.forgive(50027)


@pytest.mark.parametrize("old", ["x", "t:12:3", "m1b.1.0.0000000", "m1B.1.0.0"])
async def test_a_button_that_is_none_of_ours_gets_a_kind_word(
    stage: Stage, door: DiscordDoor, old: str
) -> None:
    message = await shown(stage, Verb.REFRESH)
    use = await stage.fake.click_stale(stage.fake.user, message, old)
    answer = await use.wait_message(lambda m: m is not message)
    assert answer.ephemeral
    assert "/status" in str(answer.embeds)
    assert stage.commands.texts("press") == []


async def test_a_foreign_button_in_a_message_gets_a_kind_word(
    stage: Stage, door: DiscordDoor
) -> None:
    odd = CardButton(label="old", ref="t:12:3")
    stage.commands.answers["status"] = Reply(
        card=Card(blocks=card("a card").blocks, buttons=((odd,),))
    )
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "1"})
    message = await use.wait_message()
    press = await stage.fake.click(stage.fake.user, message, "t:12:3")
    answer = await press.wait_message(lambda m: m is not message)
    assert answer.ephemeral


async def test_a_button_that_the_card_has_lost_still_works(
    stage: Stage, door: DiscordDoor
) -> None:
    message = await shown(stage, Verb.REFRESH)
    use = await stage.fake.click_stale(stage.fake.user, message, ref(Verb.SEED))
    await use.wait_message(lambda m: m is not message)
    assert stage.commands.texts("press") == [ref(Verb.SEED)]


async def test_buttons_work_after_a_restart(stage: Stage) -> None:
    async with stage.serving():
        message = await shown(stage, Verb.SEED)
    async with stage.serving():
        use = await stage.fake.click(stage.fake.user, message, ref(Verb.SEED))
        await use.wait_message(lambda m: m is not message)
    assert stage.commands.texts("press") == [ref(Verb.SEED)]


async def test_buttons_live_on_after_many_edits(
    stage: Stage, door: DiscordDoor
) -> None:
    message = await shown(stage, Verb.REFRESH)
    stage.commands.answers["press"] = Reply(
        card=buttons(Verb.REFRESH, Verb.WATCH), how=How.EDIT
    )
    for _ in range(3):
        use = await stage.fake.click(stage.fake.user, message, ref(Verb.REFRESH))
        await use.wait_response()
    await shown(stage, Verb.SEED, private=True)
    use = await stage.fake.click(stage.fake.user, message, ref(Verb.REFRESH))
    assert (await use.wait_response()).type == 7


async def test_a_defect_in_a_press_gets_a_kind_word(
    stage: Stage, door: DiscordDoor
) -> None:
    message = await shown(stage, Verb.SEED)
    stage.commands.failing["press"] = RuntimeError("boom")
    use = await stage.fake.click(stage.fake.user, message, ref(Verb.SEED))
    answer = await use.wait_message(lambda m: m is not message)
    assert answer.ephemeral


async def test_the_watch_button_makes_a_live_card(
    stage: Stage, door: DiscordDoor
) -> None:
    message = await shown(stage, Verb.WATCH)
    stage.commands.answers["press"] = Reply(
        card=card("live"), subscription=SubscriptionId(3)
    )
    use = await stage.fake.click(stage.fake.user, message, ref(Verb.WATCH))
    live = await use.wait_message(lambda m: m is not message)
    await stage.until(stage.live_cards)
    assert stage.live_cards() == [(3, f"{stage.fake.channel.id}:{live.id}")]


async def test_watching_from_a_private_card_goes_to_direct_messages(
    stage: Stage, door: DiscordDoor
) -> None:
    message = await shown(stage, Verb.WATCH, private=True)
    stage.commands.answers["press"] = Reply(
        card=card("live"), subscription=SubscriptionId(3)
    )
    use = await stage.fake.click(stage.fake.user, message, ref(Verb.WATCH))
    await use.wait_message(lambda m: m is not message)
    direct = stage.fake.dm()
    assert len(stage.fake.messages(direct)) == 1
    await stage.until(stage.live_cards)
    assert stage.commands.asked[-1].caller.destination == stage.here(direct)


async def test_two_presses_at_once(stage: Stage, door: DiscordDoor) -> None:
    message = await shown(stage, Verb.SEED, Verb.DETAILS)
    other = stage.fake.add_user("Bob")
    async with asyncio.TaskGroup() as group:
        for user, verb in ((stage.fake.user, Verb.SEED), (other, Verb.DETAILS)):
            group.create_task(stage.fake.click(user, message, ref(verb)))
    await stage.until(lambda: len(stage.fake.messages()) == 3)
    assert len(stage.commands.texts("press")) == 2
