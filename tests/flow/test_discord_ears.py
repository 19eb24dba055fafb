"""Messages that mention the bot, and what a channel says where it listens."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.discord.adapter import DiscordDoor
from bot.commands.reply import Reply
from bot.domain.attachment import Attachment, FileKind
from bot.domain.subscription import Place, SubscriptionId
from bot.domain.task import TaskKey
from tests.fakes.commands import Asking, card
from tests.fakes.discord import FakeDiscord, StoredMessage
from tests.fakes.discord_door import Stage

ID = "1767225600000123"
LIVE = Reply(card=card("live"), subscription=SubscriptionId(7), version=3)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        stage = Stage(fake)
        stage.commands.says("mentioned", LIVE)
        yield stage
        assert fake.refusals == []


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[DiscordDoor]:
    async with stage.serving() as door:
        yield door


async def said(stage: Stage, text: str, *, to_us: bool = True) -> StoredMessage:
    """Let Ana write into the channel."""
    fake = stage.fake
    named = (fake.bot,) if to_us else ()
    return await fake.say(fake.user, fake.channel, text, named)


async def answered(stage: Stage) -> StoredMessage:
    """Wait for the one answer."""
    return await stage.fake.until(lambda: next(iter(stage.fake.messages()), None))


def mentions(stage: Stage) -> list[Asking]:
    return [each for each in stage.commands.asked if each.name == "mentioned"]


async def nothing_comes(stage: Stage) -> None:
    """Let a later message be answered: what was to come before is there by then."""
    before = len(mentions(stage))
    await said(stage, "later")
    await stage.fake.until(lambda: len(mentions(stage)) > before or None)


@pytest.mark.usefixtures("door")
async def test_a_mention_is_a_watch_by_its_author(stage: Stage) -> None:
    message = await said(stage, f"please {ID}")

    answer = await answered(stage)

    asked = mentions(stage)[0]
    assert ID in asked.text
    assert asked.caller.person.id == str(stage.fake.user.id)
    assert asked.caller.destination == stage.here()
    assert f"discord:guild:{stage.fake.guild.id}" in asked.caller.groups
    assert not asked.caller.program
    assert answer.silent
    assert answer.reference
    assert answer.reference["message_id"] == str(message.id)
    assert not answer.rang.rings
    await stage.until(lambda: stage.commands.attached)
    receipt = f"{stage.fake.channel.id}:{answer.id}"
    assert stage.live_cards() == [(7, receipt)]
    assert stage.commands.versions == [3]


@pytest.mark.usefixtures("door")
async def test_without_a_mention_the_words_do_not_even_arrive(stage: Stage) -> None:
    await said(stage, f"look {ID}", to_us=False)
    await nothing_comes(stage)

    assert stage.commands.texts("heard") == []


@pytest.mark.usefixtures("door")
async def test_a_mention_without_an_id_is_left_alone(stage: Stage) -> None:
    del stage.commands.answers["mentioned"]
    await said(stage, "hello!")
    await stage.until(lambda: mentions(stage))

    assert stage.fake.messages() == []


@pytest.mark.usefixtures("door")
async def test_another_bot_is_answered_and_nobody_is_mentioned(stage: Stage) -> None:
    other = stage.fake.add_user("builder", bot=True)
    await stage.fake.say(other, stage.fake.channel, ID, (stage.fake.bot,))

    await answered(stage)

    assert mentions(stage)[0].caller.program


@pytest.mark.usefixtures("door")
async def test_a_webhooks_card_is_read_too(stage: Stage) -> None:
    await stage.fake.hook(
        stage.fake.channel,
        f"<@{stage.fake.bot.id}> submitted",
        embeds=[{"description": f"job {ID}"}],
    )

    await answered(stage)

    asked = mentions(stage)[0]
    assert asked.caller.program
    assert asked.caller.person.name == "builds"
    assert ID in asked.text


@pytest.mark.usefixtures("door")
async def test_two_bots_cannot_answer_each_other_for_ever(stage: Stage) -> None:
    await said(stage, ID)
    answer = await answered(stage)
    other = stage.fake.add_user("parrot", bot=True)

    await stage.fake.say(
        other, stage.fake.channel, ID, (stage.fake.bot,), reply_to=answer
    )
    await nothing_comes(stage)

    assert [each.caller.program for each in mentions(stage)] == [False, False]


async def test_a_mention_that_names_nothing_means_what_it_answers(stage: Stage) -> None:
    fake = stage.fake
    async with stage.serving(listen=True):
        other = await fake.say(fake.add_user("ben"), fake.channel, f"see {ID}")
        await fake.say(fake.user, fake.channel, "this", (fake.bot,), reply_to=other)
        answer = await answered(stage)
        await fake.say(fake.user, fake.channel, "thanks", (fake.bot,), reply_to=answer)
        await nothing_comes(stage)

    assert [ID in each.text for each in mentions(stage)] == [True, False, False]


@pytest.mark.usefixtures("door")
async def test_what_others_write_is_counted_whatever_it_says(stage: Stage) -> None:
    await said(stage, ID)
    await answered(stage)  # ours is not counted here
    for number in range(9):
        await said(stage, f"chat {number}", to_us=False)

    await stage.until(lambda: len(stage.commands.passing) > 1)

    assert stage.commands.passing == [(stage.here(), 5)] * 2


@pytest.mark.usefixtures("door")
async def test_what_we_say_is_never_taken(stage: Stage) -> None:
    await stage.fake.say(stage.fake.bot, stage.fake.channel, ID, (stage.fake.bot,))
    await nothing_comes(stage)

    assert [each.text for each in mentions(stage)] == [f"<@{stage.fake.bot.id}> later"]


@pytest.mark.usefixtures("door")
async def test_a_mention_in_a_thread_is_answered_there(stage: Stage) -> None:
    thread = stage.fake.add_channel(stage.fake.guild, "t", parent=stage.fake.channel)
    await stage.fake.invite(stage.fake.guild)
    await stage.fake.say(stage.fake.user, thread, ID, (stage.fake.bot,))

    await stage.fake.until(lambda: stage.fake.messages(thread))

    assert mentions(stage)[0].caller.destination == stage.here(thread)


@pytest.mark.usefixtures("door")
async def test_in_private_an_id_alone_is_a_look(stage: Stage) -> None:
    stage.commands.says("free_text", Reply(card=card("found")))
    private = stage.fake.dm()
    await stage.fake.say(stage.fake.user, private, ID)

    await stage.fake.until(lambda: stage.fake.messages(private))

    asked = stage.commands.asked[-1]
    assert (asked.name, asked.text) == ("free_text", ID)
    assert asked.caller.destination.place is Place.PRIVATE
    assert asked.caller.manages


@pytest.mark.usefixtures("door")
async def test_where_the_bot_may_not_write_the_author_is_told_alone(
    stage: Stage,
) -> None:
    stage.fake.channel.everyone_lacks = 1 << 11
    await stage.fake.update_channel(stage.fake.channel)
    await said(stage, ID)

    private = stage.fake.dm()
    await stage.fake.until(lambda: stage.fake.messages(private))

    assert "Send Messages" in stage.fake.messages(private)[0].content
    assert mentions(stage) == []
    assert stage.fake.messages() == []


@pytest.mark.usefixtures("door")
async def test_a_lost_answer_is_not_given_twice(stage: Stage) -> None:
    route = "POST /channels/*/messages"
    stage.fake.fault(route, reset=True, after=True)
    await said(stage, ID)

    await stage.until(lambda: stage.commands.attached)

    assert len(stage.fake.messages()) == 1


@pytest.mark.usefixtures("door")
async def test_an_answer_that_is_refused_makes_no_live_card(stage: Stage) -> None:
    stage.fake.deny(stage.fake.channel, 50001, "send")
    await said(stage, ID)
    await stage.fake.until(lambda: stage.fake.count(403))
    stage.fake.allow(stage.fake.channel)

    await said(stage, ID)
    await stage.until(lambda: stage.commands.attached)

    assert len(stage.commands.attached) == 1


@pytest.mark.usefixtures("door")
async def test_a_picture_that_is_refused_is_said(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "t.png"
    path.write_bytes(b"x")
    photo = Attachment(kind=FileKind.PHOTO, position=0, name="t.png", path=path)
    stage.commands.pictures = (photo,)
    stage.commands.says("mentioned", replace(LIVE, picture=TaskKey(1)))
    stage.fake.fault("PATCH /channels/*/messages/*", status=413, code=40005)
    await said(stage, ID)

    answer = await answered(stage)
    await stage.fake.until(lambda: answer.edits)

    assert stage.commands.problems == ["too_large"]


@pytest.mark.usefixtures("door")
async def test_an_answer_that_fails_ends_nothing(stage: Stage) -> None:
    stage.commands.failing["mentioned"] = RuntimeError("poison")
    await said(stage, ID)
    await stage.until(lambda: mentions(stage))
    del stage.commands.failing["mentioned"]

    await said(stage, ID)

    await answered(stage)


@pytest.mark.usefixtures("door")
async def test_a_finished_task_comes_with_its_picture(
    stage: Stage, tmp_path: Path
) -> None:
    path = tmp_path / "t.png"
    path.write_bytes(b"x")
    photo = Attachment(kind=FileKind.PHOTO, position=0, name="t.png", path=path)
    stage.commands.pictures = (photo,)
    more = (card("further"),)
    done = replace(LIVE, subscription=None, picture=TaskKey(1), more=more)
    stage.commands.says("mentioned", done)
    await said(stage, ID)

    answer = await answered(stage)
    await stage.fake.until(lambda: answer.files)

    assert [m.embeds[0]["title"] for m in stage.fake.messages()] == ["live", "further"]


@pytest.mark.usefixtures("door")
async def test_of_a_picture_that_was_shrunk_the_original_is_offered(
    stage: Stage, tmp_path: Path
) -> None:
    path = tmp_path / "t.png"
    path.write_bytes(b"x")
    stage.commands.pictures = (
        Attachment(
            kind=FileKind.PHOTO, position=0, name="t.png", path=path, reduced=True
        ),
    )
    done = replace(LIVE, subscription=None, picture=TaskKey(1))
    stage.commands.says("mentioned", done)
    await said(stage, ID)

    answer = await answered(stage)
    await stage.fake.until(lambda: answer.files)

    assert stage.commands.problems == ["reduced"]
    assert "reduced" in str(answer.embeds)


@pytest.mark.usefixtures("door")
async def test_a_picture_that_cannot_be_had_is_said(stage: Stage) -> None:
    stage.commands.picture_error = "too_large"
    done = replace(LIVE, subscription=None, picture=TaskKey(1))
    stage.commands.says("mentioned", done)
    await said(stage, ID)

    answer = await answered(stage)
    await stage.fake.until(lambda: answer.edits)

    assert stage.commands.problems == ["too_large"]


async def test_what_is_heard_is_answered_by_a_reaction(stage: Stage) -> None:
    stage.fake.gateway.disallowed_intents = 0
    stage.commands.hears = True
    async with stage.serving(listen=True):
        message = await said(stage, f"job {ID}", to_us=False)
        await stage.fake.until(lambda: message.reactions)

    assert message.reactions == {"👀"}
    assert stage.fake.messages() == []
    assert stage.commands.texts("heard") == [f"job {ID}"]


async def test_where_reactions_are_not_allowed_there_is_none(stage: Stage) -> None:
    stage.fake.gateway.disallowed_intents = 0
    stage.fake.channel.everyone_lacks = 1 << 6
    stage.commands.hears = True
    async with stage.serving(listen=True):
        await said(stage, ID, to_us=False)
        await stage.until(lambda: stage.commands.texts("heard"))
        await nothing_comes(stage)

    assert stage.fake.made("PUT", "/reactions") == []


async def test_a_refused_reaction_ends_nothing(stage: Stage) -> None:
    stage.fake.gateway.disallowed_intents = 0
    stage.fake.deny(stage.fake.channel, 50013, "react")
    stage.commands.hears = True
    async with stage.serving(listen=True):
        message = await said(stage, ID, to_us=False)
        await stage.fake.until(lambda: stage.fake.made("PUT", "/reactions") or None)
        await nothing_comes(stage)

    assert not message.reactions


async def test_start_says_nothing_of_voice(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.serving():
        pass

    assert "voice" not in caplog.text
