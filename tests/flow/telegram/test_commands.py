"""What people write, in every kind of chat, and what the door answers."""

from dataclasses import replace

import pytest

from adapters.telegram.adapter import TelegramDoor
from adapters.telegram.limits import ANSWERS_STOP_AT
from bot.commands.reply import How, Reply
from bot.domain.attachment import Attachment
from bot.domain.subscription import Place, SubscriptionId
from bot.domain.task import TaskKey
from tests.fakes.commands import FakeCommands, card
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.model import Status
from tests.flow.telegram.cards import relay_card
from tests.flow.telegram.conftest import Memory

ID = "1767225600000123"

pytestmark = pytest.mark.usefixtures("door")


@pytest.mark.parametrize(
    "name", ["status", "watch", "unwatch", "seed", "list", "recent", "settings"]
)
async def test_a_command_in_private_is_answered(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands, name: str
) -> None:
    said = await telegram.say(anna, chat, f"/{name} {ID}")
    await telegram.until(lambda: telegram.messages(chat))

    [answer] = telegram.messages(chat)
    assert answer.text is not None
    assert answer.text.startswith(name)
    assert answer.reply_to is said
    assert answer.silent
    assert commands.asked[0].caller.manages
    assert commands.asked[0].caller.locale == "zh-hans"
    assert commands.asked[0].caller.destination.place is Place.PRIVATE


async def test_a_commands_argument_arrives_as_written(
    telegram: FakeTelegram, anna: User, commands: FakeCommands
) -> None:
    await telegram.say(
        anna, None, "/status@mjwatch_bot dmx:1, 2\nhttps://x.cn/mj/task/3/fetch"
    )
    await telegram.until(lambda: commands.asked)

    assert commands.texts("status") == ["dmx:1, 2\nhttps://x.cn/mj/task/3/fetch"]


async def test_another_bots_command_is_not_ours(
    telegram: FakeTelegram, anna: User, commands: FakeCommands
) -> None:
    group = telegram.group("Team", {anna: "member"})
    telegram.privacy = False

    await telegram.say(anna, group, "/status@other_bot 1")
    await telegram.say(anna, group, "/watch@mjwatch_bot 2")
    await telegram.until(lambda: commands.asked)

    assert [each.name for each in commands.asked] == ["watch"]


async def test_a_topic_is_answered_in_itself(
    telegram: FakeTelegram, anna: User, commands: FakeCommands
) -> None:
    forum = telegram.supergroup("Forum", {anna: "member"}, forum=True)
    topic = telegram.topic(forum, "Pictures")

    await telegram.say(anna, forum, f"/status {ID}", thread=topic)
    await telegram.until(lambda: telegram.messages(forum))

    assert telegram.messages(forum)[-1].thread == topic
    assert commands.asked[0].caller.destination.thread == str(topic)


async def test_general_and_plain_groups_have_no_topic(
    telegram: FakeTelegram, anna: User, commands: FakeCommands
) -> None:
    forum = telegram.supergroup("Forum", {anna: "member"}, forum=True)

    await telegram.say(anna, forum, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(forum))

    [call] = telegram.called("sendMessage")
    assert "message_thread_id" not in call.params
    assert commands.asked[0].caller.destination.thread is None


async def test_a_channels_post_counts_as_its_managers(
    telegram: FakeTelegram, commands: FakeCommands
) -> None:
    channel = telegram.channel("News")

    await telegram.post_in_channel(channel, f"/watch {ID}")
    await telegram.until(lambda: telegram.messages(channel)[1:])

    asked = commands.asked[0]
    assert (asked.name, asked.text) == ("watch", ID)
    assert asked.caller.manages
    assert asked.caller.destination.place is Place.CHANNEL


async def test_who_manages_a_group_is_asked_of_telegram_each_time(
    telegram: FakeTelegram, anna: User, commands: FakeCommands
) -> None:
    group = telegram.supergroup("Team", {anna: "member"})
    standings: tuple[Status, ...] = ("member", "administrator", "creator", "member")
    manages: list[bool] = []

    for status in standings:
        group.members[anna.id] = status
        commands.asked.clear()
        await telegram.say(anna, group, "/settings")
        await telegram.until(lambda: commands.asked)
        manages.append(commands.asked[0].caller.manages)

    assert manages == [False, True, True, False]


async def test_a_bare_command_takes_the_id_it_replies_to(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    said = await telegram.say(anna, chat, f"submitted, result: {ID}!")
    await telegram.say(anna, chat, "/watch", reply_to=said)
    await telegram.until(lambda: commands.texts("watch"))

    assert commands.texts("watch") == [ID]


async def test_a_bare_command_under_a_card_takes_its_id(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    from bot.present.card import Block, Card, Ink, Span

    blocks = (Block((Span("Done"),)), Block((Span("short1", Ink.CODE),)))
    commands.answers["status"] = Reply(card=Card(blocks=blocks))
    await telegram.say(anna, chat, "/status short1")
    await telegram.until(lambda: telegram.messages(chat))

    await telegram.say(anna, chat, "/watch", reply_to=telegram.messages(chat)[0])
    await telegram.until(lambda: commands.texts("watch"))

    assert commands.texts("watch") == ["short1"]


async def test_a_pasted_id_counts_as_status(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    commands.found = Reply(card=card("found"))

    await telegram.say(anna, chat, f"here: {ID}")
    await telegram.until(lambda: telegram.messages(chat))

    assert commands.texts("free_text") == [f"here: {ID}"]
    assert telegram.messages(chat)[0].text == "found"


async def test_rubbish_is_told_what_an_id_looks_like(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    await telegram.say(anna, chat, "/" * 4000)
    await telegram.until(lambda: telegram.messages(chat))

    assert commands.texts("status") == ["? " + "/" * 4000]


async def test_an_unknown_command_is_helped(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    await telegram.say(anna, chat, "/frobnicate")
    await telegram.until(lambda: telegram.messages(chat))

    assert [each.name for each in commands.asked] == ["help"]


@pytest.mark.parametrize(
    ("payload", "name", "text"),
    [("", "help", ""), (ID, "status", ID), (f"w_{ID}", "watch", ID)],
)
async def test_a_deep_link_opens_or_watches(
    telegram: FakeTelegram,
    anna: User,
    commands: FakeCommands,
    payload: str,
    name: str,
    text: str,
) -> None:
    await telegram.start(anna, payload)
    await telegram.until(lambda: commands.asked)

    assert [(each.name, each.text) for each in commands.asked] == [(name, text)]


async def test_a_watch_makes_one_silent_live_card(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    live = Reply(
        card=card("Running"), subscription=SubscriptionId(5), more=(card("and"),)
    )
    commands.answers["watch"] = live

    await telegram.say(anna, chat, f"/watch {ID}")
    await telegram.until(lambda: len(telegram.messages(chat)) == 2)

    shown = telegram.messages(chat)[0]
    assert commands.attached == [(5, f"{chat.id}:{shown.id}:t")]
    assert telegram.rings == []


async def test_a_group_that_moves_keeps_its_watches(
    telegram: FakeTelegram, anna: User, memory: Memory
) -> None:
    group = telegram.group("Team", {anna: "member"})

    fresh = await telegram.migrate(group)
    await telegram.until(lambda: len(memory.moves) == 2)

    assert set(memory.moves) == {(str(group.id), str(fresh.id))}


async def test_an_answer_follows_a_group_that_moved_meanwhile(
    telegram: FakeTelegram, anna: User, commands: FakeCommands, memory: Memory
) -> None:
    group = telegram.group("Team", {anna: "member"})
    go = commands.hold("status")
    await telegram.say(anna, group, f"/status {ID}")
    await telegram.until(lambda: commands.asked)

    fresh = await telegram.migrate(group, tell=False)
    go.set()
    await telegram.until(
        lambda: telegram.messages(fresh)[-1:] and telegram.messages(fresh)[-1].text
    )

    assert memory.moves == [(str(group.id), str(fresh.id))]


async def test_a_press_in_a_group_that_moved_is_answered_in_the_new_one(
    telegram: FakeTelegram, anna: User, commands: FakeCommands, memory: Memory
) -> None:
    group = telegram.group("Team", {anna: "member"})
    commands.answers["status"] = Reply(card=relay_card())
    commands.answers["press"] = Reply(card=card("fresh"), how=How.EDIT)
    await telegram.say(anna, group, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(group))
    fresh = await telegram.migrate(group, tell=False)

    await telegram.press(anna, telegram.messages(group)[0], "U1")
    await telegram.until(lambda: telegram.messages(fresh)[-1:])

    assert telegram.messages(fresh)[-1].text == "fresh"
    assert len(telegram.called("editMessageText")) == 1
    assert set(memory.moves) == {(str(group.id), str(fresh.id))}


async def test_a_bot_that_is_thrown_out_ends_the_watches_and_has_who_asked_told(
    telegram: FakeTelegram, anna: User, memory: Memory
) -> None:
    group = telegram.group("Team", {anna: "member"})

    await telegram.kick(group)
    await telegram.until(lambda: memory.ended)

    assert memory.ended == [(str(group.id), "blocked", "Team")]


async def test_a_person_who_blocks_the_bot_ends_their_watches(
    telegram: FakeTelegram, anna: User, chat: Chat, memory: Memory
) -> None:
    await telegram.block(anna)
    await telegram.until(lambda: telegram.updates.pending == [] and memory.ended)

    assert memory.ended == [(str(chat.id), "blocked", None)]


async def test_one_slow_answer_delays_no_other(
    telegram: FakeTelegram, anna: User, chat: Chat, commands: FakeCommands
) -> None:
    slow = commands.hold("status")
    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: commands.asked)

    await telegram.say(anna, chat, "/list")
    await telegram.until(lambda: telegram.messages(chat))
    slow.set()

    assert telegram.messages(chat)[0].text == "list"


async def test_the_command_lists_are_set_for_each_language(
    telegram: FakeTelegram, door: TelegramDoor
) -> None:
    await telegram.until(lambda: len(telegram.asking.commands) == 8)

    private = telegram.asking.commands["all_private_chats", "zh"]
    groups = telegram.asking.commands["all_group_chats", ""]
    assert "settings" in {each["command"] for each in private}
    assert "settings" not in {each["command"] for each in groups}
    assert groups[0]["description"].startswith("how a task stands")


async def test_command_lists_that_are_refused_stop_nothing(
    telegram: FakeTelegram, anna: User, chat: Chat, door: TelegramDoor
) -> None:
    telegram.fault("setMyCommands", status=400, times=None)

    await telegram.say(anna, chat, "/help")
    await telegram.until(lambda: telegram.messages(chat))

    assert door.problems() == []


async def test_an_anonymous_admin_manages_the_group(
    telegram: FakeTelegram, anna: User, commands: FakeCommands
) -> None:
    group = telegram.supergroup("Team", {anna: "creator"})
    said = await telegram.say(anna, group, "/status 1")
    await telegram.until(lambda: telegram.messages(group))
    update = dict(telegram.updates.sent[0], update_id=200_000)
    update["message"] = update["message"] | {
        "text": "/list",
        "sender_chat": group.json(),
    }

    await telegram.push_raw(update)
    await telegram.until(lambda: len(telegram.messages(group)) == 2)

    asked = commands.asked[-1].caller
    assert asked.manages
    assert asked.person.id == str(group.id)
    assert said.sender is anna


async def test_who_manages_is_nobody_while_telegram_does_not_say(
    telegram: FakeTelegram, anna: User, commands: FakeCommands
) -> None:
    group = telegram.supergroup("Team", {anna: "creator"})
    telegram.fault("getChatMember", status=500)

    await telegram.say(anna, group, "/settings")
    await telegram.until(lambda: telegram.messages(group))
    await telegram.say(anna, group, "/settings")
    await telegram.until(lambda: telegram.messages(group)[1:])

    assert [each.caller.manages for each in commands.asked] == [False, True]


async def test_a_group_is_answered_no_more_than_it_bears(
    telegram: FakeTelegram, door: TelegramDoor, anna: User
) -> None:
    group = telegram.group("Team", {anna: "member"})
    telegram.limit_flood()
    for _ in range(25):
        await telegram.say(anna, group, f"/status {ID}")
    most = ANSWERS_STOP_AT
    await telegram.until(lambda: len(telegram.messages(group)) == most)
    private = telegram.private(anna)
    await telegram.say(anna, private, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(private))

    assert len(telegram.messages(group)) == most
    assert [refusal for refusal in telegram.refusals if refusal.code == 429] == []


async def test_an_upload_that_telegram_knows_no_more_is_made_again(
    telegram: FakeTelegram,
    commands: FakeCommands,
    anna: User,
    chat: Chat,
    photo: Attachment,
) -> None:
    commands.pictures = [replace(photo, path=None, file_id="of-another-bot")]
    commands.fetched = [photo]
    commands.answers["status"] = Reply(card=relay_card(), picture=TaskKey(7))

    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(chat))

    assert (commands.again, commands.problems) == (1, [])
    assert telegram.messages(chat)[0].media is not None
    telegram.refusals.clear()  # the first is asked for on purpose
