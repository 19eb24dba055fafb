"""The form of `/key`: filled in by several at once, and after a restart."""

from collections.abc import AsyncIterator

import pytest

from bot.commands.reply import Reply
from bot.domain.buttonref import ButtonRef, Verb
from bot.domain.task import TaskKey
from bot.present.card import Card, CardButton
from tests.fakes.commands import card
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_door import Stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        yield Stage(fake)
        assert fake.refusals == []


async def test_two_people_fill_it_in_at_the_same_time(stage: Stage) -> None:
    bob = stage.fake.add_user("Bob")
    async with stage.serving():
        first = await stage.fake.slash(stage.fake.user, "key")
        await first.wait_response()
        second = await stage.fake.slash(bob, "key")
        await second.wait_response()

        hers = await stage.fake.submit_modal(first, {"mjw-key.key": "a"})
        await hers.wait_message()
        his = await stage.fake.submit_modal(
            second, {"mjw-key.key": "b", "mjw-key.relay": "geek"}
        )
        await his.wait_message()

    asked = [(each.caller.person.name, each.text) for each in stage.commands.asked]
    assert asked == [("Ana", "a"), ("Bob", "geek b")]
    assert all(message.ephemeral for message in (*hers.messages, *his.messages))


async def test_the_button_below_an_unknown_task_opens_it(stage: Stage) -> None:
    ref = str(ButtonRef(verb=Verb.OWN_KEY, task_key=TaskKey(0)))
    own = CardButton(label="Use my own key", ref=ref)
    unknown = Card(blocks=card("unknown").blocks, buttons=((own,),))
    stage.commands.answers["status"] = Reply(card=unknown)
    async with stage.serving():
        use = await stage.fake.slash(stage.fake.user, "status", {"ids": "5"})
        message = await use.wait_message()
        opened = await stage.fake.click(stage.fake.user, message, ref)
        await opened.wait_response()
        filled = await stage.fake.submit_modal(opened, {"mjw-key.key": "a"})
        await filled.wait_message()

    assert stage.commands.texts("key") == ["a"]


async def test_it_is_taken_after_a_restart(stage: Stage) -> None:
    async with stage.serving():
        opened = await stage.fake.slash(stage.fake.user, "key")
        await opened.wait_response()
    async with stage.serving():
        filled = await stage.fake.submit_modal(opened, {"mjw-key.key": "a"})
        await filled.wait_message()

    assert stage.commands.texts("key") == ["a"]


async def test_a_form_of_another_release_gets_a_kind_word(stage: Stage) -> None:
    async with stage.serving():
        opened = await stage.fake.slash(stage.fake.user, "key")
        opened_form = (await opened.wait_response()).payload
        opened_form["custom_id"] = "old-form"
        filled = await stage.fake.submit_modal(opened, {"mjw-key.key": "a"})
        answer = await filled.wait_message()

    assert answer.ephemeral
    assert stage.commands.texts("key") == []
