"""Beyond the contract: what the page keeps, over memory."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.browser.chat import Chat
from adapters.browser.files import Folder
from adapters.browser.limits import HERE, YOU
from adapters.browser.messenger import BrowserMessenger
from bot.domain.attachment import Attachment, FileKind
from bot.domain.notification import Deferred, Delivered, Outcome, Reason, Refused
from bot.domain.subscription import Destination, Platform, Receipt
from bot.errors import StoreError
from bot.ports import Letter, Messenger, Store
from bot.present.card import Card
from tests.fakes.clock import NOON, MovedClock
from tests.fakes.commands import card

KEPT = 9
ELSEWHERE = Destination(platform=Platform("discord"), chat="1")
NO_MESSAGE = Refused(reason=Reason.MESSAGE_GONE)


class Desk:
    """A messenger and what it writes to."""

    def __init__(self, store: Store, clock: MovedClock, folder: Path) -> None:
        self.store, self.clock, self.path = store, clock, folder
        self.folder = Folder(folder / "chat")

    async def open(self) -> None:
        """Open, or open anew as after a kill: nothing is closed before."""
        self.chat = await Chat(self.store, self.clock, kept=KEPT).open()
        self.messenger: Messenger = BrowserMessenger(self.chat, self.folder)

    async def send(self, text: str, key: str, **rest: object) -> Outcome:
        letter = Letter(card=card(text), to=HERE, key=key)
        return await self.messenger.send(replace(letter, **rest))  # type: ignore[arg-type] # fields by name

    async def find(self, key: str, *, since: datetime) -> Receipt | bool:
        letter = Letter(card=card("x"), to=HERE, key=key)
        return await self.messenger.find(letter, since=since)

    @property
    def titles(self) -> list[object]:
        return [_title(each.body["card"]) for each in self.chat.since(0)]

    @property
    def kept(self) -> list[str]:
        return sorted(path.name for path in self.folder._path.iterdir())

    def picture(self, content: bytes = b"png") -> Attachment:
        path = self.path / f"{len(content)}.png"
        path.write_bytes(content)
        return Attachment(kind=FileKind.PHOTO, position=0, name="t.png", path=path)


def _title(shown: object) -> object:
    assert isinstance(shown, dict)
    return shown["title"]


def delivered(outcome: Outcome) -> Receipt:
    assert isinstance(outcome, Delivered)
    return outcome.receipt


@pytest.fixture
async def desk(store: Store, clock: MovedClock, tmp_path: Path) -> Desk:
    made = Desk(store, clock, tmp_path)
    await made.open()
    return made


async def test_a_delivered_message_outlives_a_kill(desk: Desk) -> None:
    receipt = delivered(await desk.send("one", "k1"))

    await desk.open()

    assert desk.titles == ["one"]
    assert await desk.find("k1", since=NOON) == receipt


async def test_the_same_key_is_one_message(desk: Desk) -> None:
    first = delivered(await desk.send("one", "k1"))

    again = delivered(await desk.send("one, again", "k1"))

    assert again == first
    assert desk.titles == ["one, again"]
    assert desk.messenger.repeats_safely(since=NOON, now=NOON + timedelta(days=9))


async def test_the_same_key_is_one_message_after_a_kill(desk: Desk) -> None:
    first = delivered(await desk.send("one", "k1"))
    await desk.open()

    assert delivered(await desk.send("one", "k1")) == first


async def test_an_edit_is_kept(desk: Desk) -> None:
    receipt = delivered(await desk.send("one", "k1"))

    await desk.messenger.edit(receipt, card("two"), to=HERE)
    await desk.open()

    assert desk.titles == ["two"]


async def test_an_unchanged_edit_is_delivered_and_tells_nobody(desk: Desk) -> None:
    receipt = delivered(await desk.send("one", "k1"))
    rev = desk.chat.rev

    outcome = await desk.messenger.edit(receipt, card("one"), to=HERE)

    assert outcome == Delivered(receipt=receipt)
    assert desk.chat.rev == rev


@pytest.mark.parametrize("receipt", ["99", "", "x", "-1", "²", "1" * 40])
async def test_a_message_that_is_not_there_is_gone(desk: Desk, receipt: str) -> None:
    outcome = await desk.messenger.edit(Receipt(receipt), card("x"), to=HERE)

    assert outcome == NO_MESSAGE


async def test_another_chat_is_not_ours(desk: Desk) -> None:
    receipt = delivered(await desk.send("one", "k1"))

    sent = await desk.send("x", "k2", to=ELSEWHERE)
    edited = await desk.messenger.edit(receipt, card("x"), to=ELSEWHERE)

    assert sent == Refused(reason=Reason.GONE)
    assert edited == NO_MESSAGE
    assert desk.titles == ["one"]


async def test_only_who_sits_here_can_be_told_alone(desk: Desk) -> None:
    told = await desk.messenger.tell_person(YOU, card("psst"), key="k1")
    other = replace(YOU, id="2")
    refused = await desk.messenger.tell_person(other, card("psst"), key="k2")

    assert isinstance(told, Delivered)
    assert refused == Refused(reason=Reason.GONE)


async def test_a_key_that_was_never_sent_is_surely_not_there(desk: Desk) -> None:
    assert await desk.find("k1", since=NOON) is False


async def test_a_full_history_cannot_speak_of_what_was_before_it(desk: Desk) -> None:
    await desk.send("first", "k0")
    desk.clock.move(60)
    for number in range(KEPT):
        await desk.send("more", f"k{number + 1}")

    assert await desk.find("k0", since=NOON) is True
    assert await desk.find("no", since=desk.clock.now()) is False


async def test_only_the_last_messages_are_kept(desk: Desk) -> None:
    for number in range(KEPT + 2):
        await desk.send(str(number), f"k{number}")

    await desk.open()

    assert len(desk.titles) == KEPT
    assert desk.titles[0] == "2"
    assert desk.chat.first_id == 3


async def test_files_are_copied_and_stay_while_a_message_shows_them(
    desk: Desk,
) -> None:
    file = desk.picture()
    receipt = delivered(await desk.send("one", "k1", files=(file,)))
    assert file.path
    file.path.unlink()

    await desk.messenger.edit(receipt, card("two"), to=HERE)

    message = desk.chat.get(int(receipt))
    assert message
    assert list(message.files) == desk.kept


async def test_a_replaced_file_is_removed(desk: Desk) -> None:
    receipt = delivered(await desk.send("one", "k1", files=(desk.picture(),)))
    before = desk.kept

    await desk.messenger.edit(
        receipt, card("one"), to=HERE, files=(desk.picture(b"other"),)
    )

    assert len(desk.kept) == 1
    assert desk.kept != before


async def test_the_files_of_messages_that_made_room_are_removed(desk: Desk) -> None:
    await desk.send("one", "k", files=(desk.picture(),))
    for number in range(KEPT):
        await desk.send("more", f"k{number}")

    await desk.send("last", "last", files=(desk.picture(b"other"),))

    assert len(desk.kept) == 1


async def test_the_same_picture_lies_there_once(desk: Desk) -> None:
    await desk.send("one", "k1", files=(desk.picture(),))
    await desk.send("two", "k2", files=(desk.picture(),))

    assert len(desk.kept) == 1


@pytest.mark.parametrize("path", [None, Path("/nonexistent/picture.png")])
async def test_a_file_that_left_the_cache_is_waited_for(
    desk: Desk, path: Path | None
) -> None:
    gone = replace(desk.picture(), path=path)
    receipt = delivered(await desk.send("one", "k1"))

    sent = await desk.send("two", "k2", files=(gone,))
    edited = await desk.messenger.edit(receipt, card("x"), to=HERE, files=(gone,))

    assert [_reason(sent), _reason(edited)] == [Reason.WAITING, Reason.WAITING]
    assert desk.titles == ["one"]


async def test_memory_that_does_not_answer_is_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = delivered(await desk.send("one", "k1"))

    async def fail(name: str, value: str | None) -> None:
        raise StoreError(name)

    monkeypatch.setattr(desk.store, "save_fact", fail)
    sent = await desk.send("two", "k2")
    edited = await desk.messenger.edit(receipt, card("x"), to=HERE)

    assert [_reason(sent), _reason(edited)] == [Reason.UNAVAILABLE] * 2
    assert desk.titles == ["one"]


def _reason(outcome: Outcome) -> Reason:
    assert isinstance(outcome, Deferred)
    return outcome.reason


async def test_a_message_that_cannot_be_read_is_left_out(desk: Desk) -> None:
    for number in range(1, 4):
        await desk.send(str(number), f"k{number}")
    await desk.store.save_fact("browser:message:1", '{"id": 1, "body": []}')
    await desk.store.save_fact("browser:message:2", "{")

    await desk.open()

    assert desk.titles == ["3"]


async def test_the_paces_and_limits_are_those_of_one_chat(desk: Desk) -> None:
    assert desk.messenger.platform == "browser"
    assert desk.messenger.calls_a_second > 0
    assert desk.messenger.pace(HERE).calls_a_minute == 0
    assert desk.messenger.media_limits(HERE).album_count == 10


async def test_an_empty_card_can_be_sent(desk: Desk) -> None:
    letter = Letter(card=Card(), to=HERE, key="k1", loud=True)

    assert isinstance(await desk.messenger.send(letter), Delivered)
