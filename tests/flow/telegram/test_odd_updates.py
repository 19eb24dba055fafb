"""Updates as other servers and later versions may send them: each harms nothing."""

from typing import Any

import pytest

from adapters.telegram.adapter import TelegramDoor
from bot.commands.reply import Reply
from bot.domain.subscription import Place
from tests.fakes.commands import FakeCommands, card
from tests.fakes.telegram import Chat, FakeTelegram, User

ID = "1767225600000123"
SUPERGROUP = -1003_456_789_012  # beyond 32 bits
Json = dict[str, Any]


def message(chat: Chat | Json, sender: User | None, **rest: object) -> Json:
    shown = chat if isinstance(chat, dict) else {"id": chat.id, "type": chat.kind}
    by = {"from": sender.json()} if sender else {}
    return {"message_id": 7, "date": 1767225600, "chat": shown} | by | rest


def command(text: str) -> Json:
    length = len(text.split(maxsplit=1)[0])
    entities = [{"type": "bot_command", "offset": 0, "length": length}]
    return {"text": text, "entities": entities}


async def push(telegram: FakeTelegram, number: int = 1, /, **kinds: object) -> None:
    await telegram.push_raw({"update_id": number, **kinds})


def silent_ones(anna: User, chat: Chat) -> dict[str, Json]:
    """Updates that call for no answer."""
    said = message(chat, anna, **command(f"/status {ID}"))
    later = {"date": 5, "edit_date": 6}
    return {
        "nothing": {},
        "an edited message": {"edited_message": said | later},
        "an edited post": {"edited_channel_post": said | later},
        "a kind of later versions": {"telepathy": {"thought": [1, {"a": None}]}},
        "a business message": {"business_message": said},
        "a poll": {"poll": {"id": "1"}},
        "a reaction": {"message_reaction": {"chat": {"id": chat.id, "type": "x"}}},
        "members": {"message": message(chat, anna, new_chat_members=[anna.json()])},
        "a pin without date": {
            "message": message(chat, anna, pinned_message=said | {"date": 0})
        },
        "a sticker of later versions": {
            "message": message(chat, anna, hologram={"depth": 3})
        },
        "a message that is none": {"message": [1, 2]},
        "text that is none": {"message": message(chat, anna, text=7)},
        "a chat that is none": {"message": {"message_id": 1, "chat": 5, "text": "x"}},
        "a press that is none": {"callback_query": {"id": "1"}},
        "a member that is none": {"my_chat_member": {"chat": {"id": chat.id}}},
    }


@pytest.mark.parametrize(
    "name", silent_ones(User(1, "A", None, "en"), Chat(1, "private", "A"))
)
async def test_what_calls_for_no_answer_gets_none_and_ends_nothing(
    telegram: FakeTelegram,
    door: TelegramDoor,
    commands: FakeCommands,
    anna: User,
    name: str,
) -> None:
    group = telegram.supergroup("Team", {anna: "member"})
    await push(telegram, **silent_ones(anna, group)[name])
    chat = telegram.private(anna)
    await telegram.say(anna, chat, "/help")
    await telegram.until(lambda: telegram.messages(chat))
    await telegram.until(lambda: not telegram.updates.pending)

    assert [each.name for each in commands.asked if each.name != "heard"] == ["help"]
    assert telegram.messages(group) == []
    assert door.problems() == []


@pytest.mark.usefixtures("door")
async def test_unknown_fields_are_passed_over(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    said = message(chat, anna, **command(f"/status {ID}"), aura="green", karma=[{}])
    said["from"] |= {"mood": {"is": "fine"}}
    said["chat"] |= {"accent": 9}
    await push(telegram, message=said, of_later_versions={"x": 1})
    await telegram.until(lambda: telegram.messages(chat))

    assert commands.texts("status") == [ID]


@pytest.mark.usefixtures("door")
async def test_numbers_beyond_32_bits_are_whole(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    group = telegram.supergroup("Team", {anna: "member"})
    telegram.world.chats.pop(group.id)
    group.id = SUPERGROUP
    telegram.world.chats[SUPERGROUP] = group
    said = message(group, anna, **command(f"/watch {ID}"), message_id=2**31 + 5)
    await push(telegram, 2**33, message=said)
    await telegram.until(lambda: telegram.messages(group))

    [asked] = commands.asked
    assert asked.caller.destination.chat == str(SUPERGROUP)
    await telegram.until(lambda: not telegram.updates.pending)


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize(
    ("place", "extra"),
    [
        (Place.CHANNEL, {"sender_chat": True}),
        (Place.CHANNEL, {"sender_chat": True, "author_signature": "Ann"}),
        (Place.CHANNEL, {}),
    ],
)
async def test_a_post_without_a_sender_speaks_for_its_channel(
    telegram: FakeTelegram, commands: FakeCommands, place: Place, extra: Json
) -> None:
    channel = telegram.channel("News")
    spoken = {"sender_chat": channel.json()} if extra.pop("sender_chat", None) else {}
    post = message(channel, None, **command(f"/watch {ID}"), **extra, **spoken)
    await push(telegram, channel_post=post)
    await telegram.until(lambda: telegram.messages(channel))

    [asked] = commands.asked
    assert asked.caller.destination.place is place
    assert asked.caller.person.id == str(channel.id)
    assert asked.caller.manages


@pytest.mark.usefixtures("door")
async def test_somebody_elses_channel_in_a_group_manages_nothing(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    group = telegram.supergroup("Team", {anna: "creator"})
    other = telegram.channel("News")
    mask = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
    said = message(group, None, **command("/settings"), sender_chat=other.json())
    await push(telegram, message=said | {"from": mask})
    await telegram.until(lambda: telegram.messages(group))

    [asked] = commands.asked
    assert not asked.caller.manages
    assert asked.caller.person.id == str(other.id)


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize("text", [f"look: {ID}", f"https://r.io/mj/task/{ID}/fetch"])
async def test_an_id_under_a_picture_counts_like_one_that_was_pasted(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat, text: str
) -> None:
    commands.found = Reply(card=card("found"))
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}]
    await push(telegram, message=message(chat, anna, photo=photo, caption=text))
    await telegram.until(lambda: telegram.messages(chat))

    assert commands.texts("free_text") == [text]


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (f"/watch {ID}", [("watch", ID)]),
        (f"/Watch@MJwatch_bot {ID}", [("watch", ID)]),
        ("/key sk-1", [("key", "sk-1")]),
        ("/what is it", [("help", "")]),
    ],
)
async def test_a_command_under_a_picture_is_a_command(
    telegram: FakeTelegram,
    commands: FakeCommands,
    anna: User,
    text: str,
    asked: list[tuple[str, str]],
) -> None:
    said = command(text)
    under = {"caption": said["text"], "caption_entities": said["entities"]}
    await push(telegram, message=message(telegram.private(anna), anna, **under))
    await telegram.until(lambda: commands.asked)

    assert [(each.name, each.text) for each in commands.asked] == asked


@pytest.mark.usefixtures("door")
async def test_a_command_for_another_bot_is_none_of_ours(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    await push(telegram, message=message(chat, anna, **command(f"/watch@x_bot {ID}")))
    await push(telegram, 2, message=message(chat, anna, **command("/list")))
    await telegram.until(lambda: commands.texts("list"))

    assert commands.texts("watch") == []


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize("name", ["status", "watch", "seed"])
async def test_a_bare_command_takes_the_id_under_the_picture_it_replies_to(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat, name: str
) -> None:
    picture = message(chat, anna, caption=f"result {ID}", message_id=5)
    said = message(chat, anna, **command(f"/{name}"), reply_to_message=picture)
    await push(telegram, message=said)
    await telegram.until(lambda: telegram.messages(chat))

    assert commands.texts(name) == [ID]


# --- presses --------------------------------------------------------------------------


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize(
    "shown",
    [
        {"message": {"message_id": 9, "date": 0}},  # inaccessible, with its chat alone
        {"message": {"message_id": 9, "date": 0, "text": None}},
        {"inline_message_id": "AAinline1"},
        {},
    ],
)
async def test_a_press_is_answered_whatever_is_told_of_its_message(
    telegram: FakeTelegram,
    commands: FakeCommands,
    anna: User,
    chat: Chat,
    shown: Json,
) -> None:
    if "message" in shown:
        shown["message"]["chat"] = {"id": chat.id, "type": "private"}
    query = {"id": "55", "from": anna.json(), "data": "m1r.7.0.0", "chat_instance": "1"}
    await push(telegram, callback_query=query | shown)
    await telegram.until(lambda: telegram.called("answerCallbackQuery"))
    await telegram.until(lambda: not telegram.updates.pending)

    assert commands.texts("press") == ["m1r.7.0.0"]
    telegram.refusals.clear()  # the fake knows of no such press


@pytest.mark.usefixtures("door")
async def test_a_press_without_words_is_answered(
    telegram: FakeTelegram, commands: FakeCommands, anna: User
) -> None:
    query = {"id": "55", "from": anna.json(), "game_short_name": "g"}
    await push(telegram, callback_query=query | {"chat_instance": "1"})
    await telegram.until(lambda: telegram.called("answerCallbackQuery"))

    assert commands.texts("press") == [""]
    telegram.refusals.clear()  # the fake knows of no such press
