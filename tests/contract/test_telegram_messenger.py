"""Beyond the contract: every error of the strict fake has its Outcome."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.telegram.adapter import open_telegram
from adapters.telegram.messenger import TelegramMessenger
from adapters.telegram.options import TelegramOptions
from adapters.telegram.outcomes import DOWN
from bot.domain.attachment import Attachment, FileKind
from bot.domain.notification import (
    Deferred,
    Delivered,
    Moved,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.subscription import Destination, Person, Place, Platform, Receipt
from bot.ports import Letter
from bot.present.card import Block, Card, CardButton, Shape, Span
from tests.fakes.clock import NOON, MovedClock
from tests.fakes.commands import FakeCommands, card
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.bench import picture
from tests.flow.telegram.conftest import Memory

TELEGRAM = Platform("telegram")


@pytest.fixture(autouse=True, params=["1", "0"], ids=["timedelta", "int"])
def seconds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", request.param)


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake
    assert fake.broken_rules == []
    assert fake.strays == []


@pytest.fixture
async def messenger(telegram: FakeTelegram) -> AsyncIterator[TelegramMessenger]:
    options = TelegramOptions(token=telegram.token, api_url=telegram.url)
    async with open_telegram(
        options, commands=FakeCommands(), store=Memory(), clock=MovedClock()
    ) as door:
        yield door.messenger


@pytest.fixture
def anna(telegram: FakeTelegram) -> User:
    return telegram.user("Anna")


@pytest.fixture
def chat(telegram: FakeTelegram, anna: User) -> Chat:
    return telegram.private(anna)


@pytest.fixture
def here(chat: Chat) -> Destination:
    return place(chat)


def place(chat: Chat, thread: int | None = None) -> Destination:
    return Destination(
        platform=TELEGRAM,
        chat=str(chat.id),
        thread=str(thread) if thread else None,
        place=Place.PRIVATE if chat.id > 0 else Place.GROUP,
    )


def pressable(*lines: str) -> Card:
    return replace(card(*lines), buttons=((CardButton(label="U1", ref="r1"),),))


def letter(to: Destination, *files: Attachment, text: str = "Done") -> Letter:
    return Letter(card=pressable(text, "id1"), to=to, key="k", loud=True, files=files)


def file(
    folder: Path, position: int = 0, kind: FileKind = FileKind.PHOTO
) -> Attachment:
    path = folder / f"{position}.png"
    path.write_bytes(picture(40 + position))
    return Attachment(
        kind=kind, position=position, name=f"id1_{position}.png", path=path
    )


def receipt_of(outcome: Outcome) -> Receipt:
    assert isinstance(outcome, Delivered)
    return outcome.receipt


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


async def test_an_unknown_file_id_is_uploaded_anew(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, tmp_path: Path
) -> None:
    stale = replace(file(tmp_path), file_id="AgACAgIAAxkDnever")

    outcome = await messenger.send(letter(place(chat), stale))

    assert isinstance(outcome, Delivered)
    assert telegram.messages(chat)[0].media is not None
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


def refusal(description: str) -> dict[str, object]:
    return {"ok": False, "description": description}


@pytest.mark.parametrize(
    ("status", "description", "outcome"),
    [
        (403, "Forbidden: bot was blocked by the user", Refused(reason=Reason.BLOCKED)),
        (403, "Forbidden: user is deactivated", Refused(reason=Reason.BLOCKED)),
        (403, "Forbidden: the group chat was deleted", Refused(reason=Reason.GONE)),
        (400, "Bad Request: chat not found", Refused(reason=Reason.GONE)),
        (
            400,
            "Bad Request: not enough rights to send photos to the chat",
            Refused(reason=Reason.FORBIDDEN, detail="send photos"),
        ),
        (
            400,
            "Bad Request: need administrator rights in the channel chat",
            Refused(reason=Reason.FORBIDDEN, detail="send messages"),
        ),
        (
            400,
            "Bad Request: PHOTO_INVALID_DIMENSIONS",
            Refused(reason=Reason.TOO_LARGE),
        ),
        (413, "Request Entity Too Large", Refused(reason=Reason.TOO_LARGE)),
        (400, "Bad Request: BUTTON_DATA_INVALID", Refused(reason=Reason.INVALID)),
        (
            400,
            "Bad Request: message to edit not found",
            Refused(reason=Reason.MESSAGE_GONE),
        ),
        (
            401,
            "Unauthorized",
            Deferred(
                after_seconds=60, reason=Reason.TOKEN, whole_platform=True, counts=False
            ),
        ),
        (502, "Bad Gateway", Unsure(reason=Reason.UNAVAILABLE)),
        (500, "Internal Server Error", Unsure(reason=Reason.UNAVAILABLE)),
        (504, "Gateway Timeout", Unsure(reason=Reason.UNAVAILABLE)),
    ],
)
async def test_every_refusal_has_its_outcome(
    telegram: FakeTelegram,
    messenger: TelegramMessenger,
    chat: Chat,
    status: int,
    description: str,
    outcome: Outcome,
) -> None:
    telegram.fault("*", status=status, body=refusal(description))

    with capture_logs() as logs:
        found = await messenger.send(letter(place(chat)))

    assert found == outcome
    assert telegram.token not in f"{logs} {found}"


async def test_a_flood_defers_that_chat_for_exactly_as_long_as_told(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, here: Destination
) -> None:
    telegram.fault("sendMessage", chat=chat, retry_after=7)
    other = telegram.private(telegram.user("Bob"))

    told = await messenger.send(letter(here))
    elsewhere = await messenger.send(letter(place(other)))

    assert told == Deferred(after_seconds=7.0, reason=Reason.RATE_LIMITED, counts=False)
    assert isinstance(elsewhere, Delivered)


async def test_in_an_outage_one_message_is_at_stake_and_no_other(
    telegram: FakeTelegram, messenger: TelegramMessenger, here: Destination
) -> None:
    down = telegram.fault("*", status=502, times=None)

    outcomes = [await messenger.send(letter(here)) for _ in range(3)]
    tries = len(telegram.called("sendMessage"))
    down.lift()
    later = await messenger.send(letter(here))

    assert outcomes == [Unsure(reason=Reason.UNAVAILABLE), DOWN, DOWN]
    assert tries == 1
    assert isinstance(later, Delivered)


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        ({"retry_after": 9}, (Reason.RATE_LIMITED, 9)),
        ({"status": 401}, (Reason.TOKEN, 60)),
        ({"status": 200, "body": "<p>"}, (Reason.UNAVAILABLE, 5)),
    ],
)
async def test_after_an_unsure_try_what_telegram_says_first_counts(
    telegram: FakeTelegram,
    messenger: TelegramMessenger,
    here: Destination,
    trouble: dict[str, object],
    outcome: object,
) -> None:
    telegram.fault("sendMessage", reset=True)
    telegram.fault("getMe", **trouble)  # type: ignore[arg-type] # fields of a Fault

    unsure = await messenger.send(letter(here))
    told = await messenger.send(letter(here))

    assert isinstance(unsure, Unsure)
    assert isinstance(told, Deferred)
    assert (told.reason, told.after_seconds) == outcome


async def test_a_flood_is_waited_out_by_edits_and_answers_too(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, here: Destination
) -> None:
    receipt = receipt_of(await messenger.send(letter(here)))
    telegram.fault("editMessageText", chat=chat, retry_after=7)

    told = await messenger.edit(receipt, card("New"), to=here)
    ring = await messenger.send(letter(here))
    edit = await messenger.edit(receipt, card("New"), to=here)

    assert told == Deferred(after_seconds=7.0, reason=Reason.RATE_LIMITED, counts=False)
    assert ring == edit == told
    assert len(telegram.called("editMessageText")) == 1
    assert len(telegram.called("sendMessage")) == 1


async def test_a_group_that_moved_says_where_to(
    telegram: FakeTelegram, messenger: TelegramMessenger
) -> None:
    group = telegram.group("Team")
    fresh = await telegram.migrate(group, tell=False)

    assert await messenger.send(letter(place(group))) == Moved(chat=str(fresh.id))


async def test_a_server_that_is_not_there_defers_the_whole_platform(
    telegram: FakeTelegram, here: Destination
) -> None:
    options = TelegramOptions(token=telegram.token, api_url="http://127.0.0.1:1")
    async with open_telegram(
        options, commands=FakeCommands(), store=Memory(), clock=MovedClock()
    ) as door:
        outcome = await door.messenger.send(letter(here))

    assert isinstance(outcome, Deferred)
    assert (outcome.whole_platform, outcome.counts) == (True, False)


async def test_a_file_that_has_left_the_cache_defers(
    messenger: TelegramMessenger, here: Destination, tmp_path: Path
) -> None:
    gone = replace(file(tmp_path), path=tmp_path / "gone.png")
    nothing = replace(gone, path=None)

    outcomes = [await messenger.send(letter(here, each)) for each in (gone, nothing)]

    assert [isinstance(each, Deferred) for each in outcomes] == [True, True]


@pytest.mark.parametrize("receipt", ["", "1:2", "1:x:t", "1:2:z"])
async def test_a_receipt_of_somebody_else_is_gone(
    messenger: TelegramMessenger, here: Destination, receipt: str
) -> None:
    outcome = await messenger.edit(Receipt(receipt), card("x"), to=here)

    assert outcome == Refused(reason=Reason.MESSAGE_GONE)


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


async def test_telegram_repeats_nothing_safely_and_cannot_say(
    messenger: TelegramMessenger, here: Destination
) -> None:
    assert messenger.platform == TELEGRAM
    assert not messenger.repeats_safely(since=NOON, now=NOON)
    assert await messenger.find(letter(here), since=NOON)
    assert messenger.calls_a_second <= 30


@pytest.mark.parametrize("where", Place)
def test_paces_are_within_what_chats_bear(
    messenger: TelegramMessenger, here: Destination, where: Place
) -> None:
    pace = messenger.pace(replace(here, place=where))

    assert pace.edit_seconds >= (3 if where is Place.PRIVATE else 6)
    assert where is Place.PRIVATE or 0 < pace.calls_a_minute <= 20
    assert messenger.media_limits(here).photo_bytes == 10 * 2**20
