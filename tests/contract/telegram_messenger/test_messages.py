"""Beyond the contract: what Telegram is sent for letters, files, albums and edits."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.telegram.messenger import TelegramMessenger
from bot.domain.attachment import FileKind
from bot.domain.notification import Delivered, Reason, Refused, Unsure
from bot.domain.subscription import Destination, Person
from bot.present.card import Block, Card, Shape, Span
from tests.fakes.commands import card
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.letters import (
    TELEGRAM,
    file,
    letter,
    place,
    pressable,
    receipt_of,
)


async def test_a_loud_letter_rings_with_its_keyboard_and_no_preview(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, here: Destination
) -> None:
    link = Card(blocks=(Block((Span("https://example.com"),), Shape.QUOTE),))
    await messenger.send(letter(here))
    await messenger.send(replace(letter(here), card=link, loud=False))

    first, second = telegram.messages(chat)
    assert (first.text, first.labels) == ("Done\nid1", ["U1"])
    assert telegram.rings == [first]
    assert not second.shows_preview


async def test_what_was_sent_is_known_also_where_the_answer_does_not_tell(
    telegram: FakeTelegram,
    messenger: TelegramMessenger,
    chat: Chat,
    here: Destination,
    tmp_path: Path,
) -> None:
    for method in ("sendMessage", "sendPhoto"):
        body = json.dumps({"ok": True, "result": {"message_id": 9}})
        telegram.fault(method, status=200, body=body)

    text = receipt_of(await messenger.send(letter(here)))
    photo = receipt_of(await messenger.send(letter(here, file(tmp_path))))

    assert (text, photo) == (f"{chat.id}:9:t", f"{chat.id}:9:m")


async def test_a_server_without_albums_gets_the_first_picture(
    telegram: FakeTelegram,
    messenger: TelegramMessenger,
    chat: Chat,
    here: Destination,
    tmp_path: Path,
) -> None:
    lacks = {"ok": False, "error_code": 404}
    body = json.dumps(lacks | {"description": "Not Found: method not found"})
    telegram.fault("sendMediaGroup", status=404, body=body)

    both = file(tmp_path), file(tmp_path, 1)
    outcome = await messenger.send(letter(here, *both))

    assert isinstance(outcome, Delivered)
    assert telegram.called("sendPhoto")
    assert len(telegram.messages(chat)) == 1


async def test_a_letter_replies_also_to_what_is_gone(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, here: Destination
) -> None:
    receipt = receipt_of(await messenger.send(letter(here)))
    await messenger.send(replace(letter(here), reply_to=receipt))
    telegram.messages(chat)[0].deleted = True

    outcome = await messenger.send(replace(letter(here), reply_to=receipt))

    assert isinstance(outcome, Delivered)
    assert [bool(each.reply_to) for each in telegram.messages(chat)] == [True, False]


@pytest.mark.parametrize("kind", FileKind)
async def test_a_file_goes_under_its_card_and_is_reused(
    telegram: FakeTelegram,
    messenger: TelegramMessenger,
    chat: Chat,
    tmp_path: Path,
    kind: FileKind,
) -> None:
    sent = file(tmp_path, 3, kind)
    outcome = await messenger.send(letter(place(chat), sent))
    assert isinstance(outcome, Delivered)

    again = replace(sent, path=None, file_id=outcome.uploads[3])
    await messenger.send(letter(place(chat), again))

    first, second = telegram.messages(chat)
    assert first.media is second.media
    assert first.media is not None
    assert (first.media.kind, first.caption) == (kind, "Done\nid1")
    assert first.labels == second.labels == ["U1"]


async def test_an_unknown_file_id_is_refused(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, tmp_path: Path
) -> None:
    stale = replace(file(tmp_path), file_id="AgACAgIAAxkDnever")

    outcome = await messenger.send(letter(place(chat), stale))

    assert outcome == Refused(reason=Reason.INVALID)
    telegram.refusals.clear()  # asked on purpose


async def test_several_pictures_are_an_album_with_the_card_below(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, tmp_path: Path
) -> None:
    who = Person(platform=TELEGRAM, id=str(chat.id), name="Anna")
    ring = letter(place(chat), *(file(tmp_path, n) for n in range(4)))
    ring = replace(ring, card=replace(ring.card, mentions=(who,)))

    outcome = await messenger.send(ring)

    *album, below = telegram.messages(chat)
    assert isinstance(outcome, Delivered)
    assert sorted(outcome.uploads) == [0, 1, 2, 3]
    assert {each.album for each in album} == {album[0].album}
    assert album[0].caption == "Done\nAnna"
    assert len(telegram.rings) == 1
    assert telegram.mentions(telegram.rings[0])
    assert (below.text, below.labels, below.silent) == ("Done\nid1", ["U1"], True)
    assert outcome.receipt == f"{chat.id}:{below.id}:t"


async def test_an_album_whose_card_fails_is_not_sent_twice(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, tmp_path: Path
) -> None:
    telegram.fault("sendMessage", status=502)

    outcome = await messenger.send(
        letter(place(chat), file(tmp_path, 0), file(tmp_path, 1))
    )
    later = await messenger.edit(receipt_of(outcome), card("New"), to=place(chat))

    assert isinstance(later, Delivered)
    assert telegram.messages(chat)[0].caption == "New"


async def test_documents_and_photos_make_one_album_of_documents(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, tmp_path: Path
) -> None:
    mixed = (file(tmp_path, 0), file(tmp_path, 1, FileKind.DOCUMENT))

    await messenger.send(letter(place(chat), *mixed))

    kinds = [each.media.kind for each in telegram.messages(chat) if each.media]
    assert kinds == ["document", "document"]


async def test_an_edit_keeps_the_keyboard_and_unchanged_is_delivered(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, here: Destination
) -> None:
    receipt = receipt_of(await messenger.send(letter(here)))

    outcomes = [
        await messenger.edit(receipt, pressable("New"), to=here) for _ in range(2)
    ]

    assert outcomes == [Delivered(receipt=receipt)] * 2
    assert (telegram.messages(chat)[0].text, telegram.messages(chat)[0].labels) == (
        "New",
        ["U1"],
    )
    assert len(telegram.rings) == 1


async def test_a_text_turns_into_a_picture_whose_caption_is_edited_then(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, tmp_path: Path
) -> None:
    to = place(chat)
    receipt = receipt_of(await messenger.send(letter(to)))

    turned = await messenger.edit(receipt, card("Done"), to=to, files=(file(tmp_path),))
    assert isinstance(turned, Delivered)
    await messenger.edit(turned.receipt, pressable("Shorter"), to=to)

    [shown] = telegram.messages(chat)
    assert shown.media is not None
    assert turned.uploads == {0: shown.media.file_id}
    assert (shown.caption, shown.labels) == ("Shorter", ["U1"])


async def test_an_edit_whose_answer_was_lost_can_be_repeated(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, tmp_path: Path
) -> None:
    to = place(chat)
    receipt = receipt_of(await messenger.send(letter(to)))
    telegram.fault("editMessageMedia", reset=True, after_effect=True)

    lost = await messenger.edit(receipt, card("Done"), to=to, files=(file(tmp_path),))
    words = await messenger.edit(receipt, card("Words"), to=to)

    assert isinstance(lost, Unsure)
    assert isinstance(words, Delivered)
    assert telegram.messages(chat)[0].caption == "Words"


async def test_an_edit_with_several_pictures_shows_the_others_below_once(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, tmp_path: Path
) -> None:
    to, files = place(chat), tuple(file(tmp_path, n) for n in range(3))
    receipt = receipt_of(await messenger.send(letter(to)))

    turned = await messenger.edit(receipt, card("Done"), to=to, files=files)
    await messenger.edit(receipt_of(turned), card("Done!"), to=to, files=files)

    assert isinstance(turned, Delivered)
    assert sorted(turned.uploads) == [0, 1, 2]
    assert len(telegram.messages(chat)) == 3
    assert len(telegram.rings) == 1


async def test_a_topic_is_kept_and_a_deleted_one_fallen_back_from(
    telegram: FakeTelegram, messenger: TelegramMessenger, tmp_path: Path
) -> None:
    forum = telegram.supergroup("Forum", forum=True)
    topic = telegram.topic(forum, "Pictures")
    to = place(forum, topic)

    await messenger.send(letter(to, file(tmp_path)))
    telegram_topic = telegram.messages(forum)[-1].thread
    telegram.delete_topic(forum, topic)
    outcome = await messenger.send(letter(to, file(tmp_path)))

    assert telegram_topic == topic
    assert isinstance(outcome, Delivered)
    assert telegram.messages(forum)[-1].thread is None


async def test_a_person_is_told_in_private(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, anna: User
) -> None:
    met = Person(platform=TELEGRAM, id=str(anna.id))
    stranger = Person(platform=TELEGRAM, id=str(telegram.user("Bob").id))

    told = await messenger.tell_person(met, card("Hello"), key="k")
    untold = await messenger.tell_person(stranger, card("Hello"), key="k")

    assert isinstance(told, Delivered)
    assert untold == Refused(reason=Reason.BLOCKED)
    assert telegram.messages(chat)[0].text == "Hello"
