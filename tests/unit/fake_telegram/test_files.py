"""Pictures, documents and albums, through the real library."""

import pytest
from telegram import Bot, InputMediaPhoto
from telegram.error import BadRequest

from tests.fakes.telegram import Chat, FakeTelegram
from tests.fakes.telegram.bench import picture


async def test_a_photo_is_uploaded_once_and_known_again(
    telegram: FakeTelegram, bot: Bot, chat: Chat, group: Chat
) -> None:
    body = picture()
    sent = await bot.send_photo(chat.id, body, caption="done", filename="task.png")
    again = await bot.send_photo(group.id, sent.photo[-1].file_id)

    file = telegram.messages(group)[0].media
    assert file is not None
    assert (file.body, file.width, file.height) == (body, 40, 30)
    assert again.photo[-1].file_id == sent.photo[-1].file_id


async def test_a_file_id_is_bound_to_its_type(bot: Bot, chat: Chat) -> None:
    sent = await bot.send_photo(chat.id, picture())

    with pytest.raises(BadRequest, match=r"(?i)type of file mismatch"):
        await bot.send_document(chat.id, sent.photo[-1].file_id)


async def test_a_file_is_downloaded_as_it_was_sent(bot: Bot, chat: Chat) -> None:
    sent = await bot.send_document(chat.id, b"original", filename="task.png")
    assert sent.document is not None

    file = await bot.get_file(sent.document.file_id)

    assert bytes(await file.download_as_bytearray()) == b"original"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (picture(6000, 4001, "JPEG"), "photo_invalid_dimensions"),
        (picture(210, 10), "photo_invalid_dimensions"),
        (b"no picture", "image_process_failed"),
        (b"x" * (10 * 1024 * 1024 + 1), "too big for a photo"),
    ],
)
async def test_what_is_no_photo_is_refused(
    bot: Bot, chat: Chat, body: bytes, words: str
) -> None:
    with pytest.raises(BadRequest, match=rf"(?i){words}"):
        await bot.send_photo(chat.id, body)


async def test_a_png_document_by_address_is_refused(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    telegram.website("https://cdn.example.org/a.png", "image/png", picture())
    await bot.send_photo(chat.id, "https://cdn.example.org/a.png")

    with pytest.raises(BadRequest, match=r"(?i)wrong type of the web page content"):
        await bot.send_document(chat.id, "https://cdn.example.org/a.png")


async def test_an_album_rings_once(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    media = [InputMediaPhoto(picture(), caption="four"), InputMediaPhoto(picture())]

    sent = await bot.send_media_group(chat.id, media)

    assert len({each.media_group_id for each in sent}) == 1
    assert telegram.rings == telegram.messages(chat)[:1]


async def test_an_album_of_one_is_refused(bot: Bot, chat: Chat) -> None:
    with pytest.raises(BadRequest, match="2-10"):
        await bot.send_media_group(chat.id, [InputMediaPhoto(picture())])


async def test_text_becomes_a_photo(
    telegram: FakeTelegram, bot: Bot, chat: Chat
) -> None:
    sent = await bot.send_message(chat.id, "running", disable_notification=True)

    await bot.edit_message_media(
        InputMediaPhoto(picture(), caption="done"), chat.id, sent.message_id
    )

    shown = telegram.messages(chat)[0]
    assert (shown.text, shown.caption, telegram.rings) == (None, "done", [])
