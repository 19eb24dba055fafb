"""Messages without a command: to the bot by its name, and what a group says."""

import pytest

from bot.commands.reply import Reply
from bot.domain.subscription import SubscriptionId
from tests.fakes.commands import FakeCommands, card
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.model import Json

ID = "1767225600000123"

pytestmark = pytest.mark.usefixtures("door")


@pytest.fixture
def group(telegram: FakeTelegram, anna: User) -> Chat:
    return telegram.supergroup("Team", {anna: "member"})


@pytest.fixture
def live(commands: FakeCommands) -> Reply:
    reply = Reply(card=card("live"), subscription=SubscriptionId(7), version=2)
    commands.says("mentioned", reply)
    return reply


async def nothing_comes(telegram: FakeTelegram, chat: Chat, anna: User) -> None:
    """Let a later command be answered: what was to come before is there by then."""
    await telegram.say(anna, chat, "/help")
    await telegram.until(lambda: telegram.messages(chat))


@pytest.mark.usefixtures("live")
async def test_a_message_with_the_bots_name_is_a_watch(
    telegram: FakeTelegram, anna: User, group: Chat, commands: FakeCommands
) -> None:
    said = await telegram.say(anna, group, f"@mjwatch_bot {ID} please")
    await telegram.until(lambda: telegram.messages(group))

    [answer] = telegram.messages(group)
    asked = commands.asked[0]
    assert (asked.name, asked.text) == ("mentioned", f"@mjwatch_bot {ID} please")
    assert asked.caller.person.name == "@anna_a"
    assert not asked.caller.program
    assert answer.reply_to is said
    assert answer.silent
    assert telegram.mentions(answer) == []
    await telegram.until(lambda: commands.attached)
    assert commands.attached == [(7, f"{group.id}:{answer.id}:t")]


@pytest.mark.usefixtures("live")
async def test_a_channels_post_with_the_bots_name_is_a_watch(
    telegram: FakeTelegram, commands: FakeCommands
) -> None:
    channel = telegram.channel("News")
    await telegram.post_in_channel(channel, f"@mjwatch_bot {ID}")
    await telegram.until(lambda: telegram.messages(channel)[1:])

    assert commands.texts("mentioned") == [f"@mjwatch_bot {ID}"]


@pytest.mark.usefixtures("live")
async def test_in_a_topic_the_answer_stays_there(
    telegram: FakeTelegram, anna: User, commands: FakeCommands
) -> None:
    forum = telegram.supergroup("Forum", {anna: "member"}, forum=True)
    topic = telegram.topic(forum, "Pictures")
    await telegram.say(anna, forum, f"{ID} @mjwatch_bot", thread=topic)
    await telegram.until(lambda: telegram.messages(forum))

    assert telegram.messages(forum)[-1].thread == topic
    assert commands.asked[0].caller.destination.thread == str(topic)


@pytest.mark.usefixtures("live")
async def test_another_bots_name_is_not_ours(
    telegram: FakeTelegram, anna: User, group: Chat, commands: FakeCommands
) -> None:
    telegram.privacy = False
    await telegram.say(anna, group, f"@other_bot {ID}")
    await telegram.until(lambda: commands.asked)

    assert [each.name for each in commands.asked] == ["heard"]


async def test_a_name_without_an_id_is_left_alone_in_a_group(
    telegram: FakeTelegram, anna: User, group: Chat, commands: FakeCommands
) -> None:
    await telegram.say(anna, group, "@mjwatch_bot hello")
    await nothing_comes(telegram, group, anna)

    assert commands.asked[0].name == "mentioned"
    assert len(telegram.messages(group)) == 1


async def test_a_name_without_an_id_is_helped_in_private(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    await telegram.say(anna, chat, "@mjwatch_bot hello")
    await telegram.until(lambda: telegram.messages(chat))

    assert commands.texts("status") == ["? @mjwatch_bot hello"]


@pytest.mark.usefixtures("live")
async def test_another_bot_is_answered_and_nobody_is_mentioned(
    telegram: FakeTelegram, group: Chat, commands: FakeCommands
) -> None:
    other = telegram.user("Builder", bot=True)
    await telegram.say(other, group, f"@mjwatch_bot {ID}")
    await telegram.until(lambda: telegram.messages(group))

    assert commands.asked[0].caller.program


async def test_links_behind_words_are_read_too(
    telegram: FakeTelegram, anna: User, group: Chat, commands: FakeCommands
) -> None:
    url = f"https://relay.example/mj/task/{ID}/fetch"
    link: Json = {"type": "text_link", "offset": 0, "length": 4, "url": url}
    telegram.privacy = False
    await telegram.say(anna, group, "this", entities=[link])
    await telegram.until(lambda: commands.asked)

    assert commands.texts("heard") == [f"this\n{url}"]


async def test_what_is_heard_is_answered_by_a_reaction(
    telegram: FakeTelegram, anna: User, group: Chat, commands: FakeCommands
) -> None:
    telegram.privacy, commands.hears = False, True
    said = await telegram.say(anna, group, f"job {ID}")
    await telegram.until(lambda: telegram.called("setMessageReaction"))

    [call] = telegram.called("setMessageReaction")
    assert call.params["message_id"] == said.id
    assert call.params["reaction"][0]["emoji"] == "👀"
    assert telegram.messages(group) == []


async def test_with_privacy_mode_nothing_is_heard(
    telegram: FakeTelegram, anna: User, group: Chat, commands: FakeCommands
) -> None:
    await telegram.say(anna, group, f"job {ID}")
    await nothing_comes(telegram, group, anna)

    assert [each.name for each in commands.asked] == ["help"]


async def test_where_reactions_are_not_allowed_there_is_none(
    telegram: FakeTelegram, anna: User, group: Chat, commands: FakeCommands
) -> None:
    telegram.privacy, commands.hears = False, True
    no = {"ok": False, "description": "Bad Request: REACTION_INVALID"}
    telegram.fault("setMessageReaction", status=400, body=no)
    await telegram.say(anna, group, f"job {ID}")
    await telegram.until(lambda: telegram.called("setMessageReaction"))

    await nothing_comes(telegram, group, anna)


async def test_in_private_what_is_heard_is_not_answered_twice(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    commands.hears = True
    await telegram.say(anna, chat, ID)
    await telegram.until(lambda: telegram.called("setMessageReaction"))
    await nothing_comes(telegram, chat, anna)

    assert commands.texts("free_text") == []
