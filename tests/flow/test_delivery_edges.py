"""Telling where the first answer is no: notices, repairs, uploads that take their time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.delivery import notices, sharing, turned_down
from bot.delivery.notices import Notices
from bot.delivery.posted import Picture
from bot.delivery.posting import Poster
from bot.delivery.sharing import Uploads
from bot.delivery.turned_down import TurnedDown
from bot.delivery.undelivered import Undelivered
from bot.domain.look import Trouble
from bot.domain.notification import Deferred, Notification, Reason, Refused
from bot.domain.subscription import Destination, Subscription, refused_fact
from bot.domain.task import AccountId, RelayName
from bot.domain.transition import Tell
from bot.errors import StoreError
from tests.fakes.desk import DISCORD
from tests.fakes.messenger import Lost
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.telling import PICTURE, Telling

OPERATORS = Destination(platform=DISCORD, chat="900")
RELAY = RelayName("relay")
NOT_NOW = Deferred(reason=Reason.RATE_LIMITED, after_seconds=1.0)
SIX = 6


async def refuse(telling: Telling, trouble: Trouble | None) -> AccountId:
    """Let the relay refuse the operator's key, or take it again."""
    account = await telling.desk.store.account(RELAY)
    await telling.desk.store.save_fact(refused_fact(account), trouble)
    return account


def noticed(telling: Telling, account: AccountId) -> Notices:
    return Notices(
        messenger=telling.messenger,
        to=OPERATORS,
        accounts={account: RELAY},
        store=telling.desk.store,
        readers=telling.parts.readers,
        clock=telling.clock,
    )


async def leased(telling: Telling, count: int) -> Sequence[Notification]:
    """Take the ends of so many tasks."""
    watched = [await telling.desk.watch(f"t{n}") for n in range(count)]
    await telling.ended(*watched)
    return await telling.desk.lease()


async def board_and_six(telling: Telling) -> list[Subscription]:
    watched = [await telling.desk.watch(f"t{n}") for n in range(SIX + 1)]
    await telling.live.turn()
    return watched[:SIX]


# --- the operator's chat ---------------------------------------------------------------


async def test_a_notice_that_did_not_arrive_is_told_again(telling: Telling) -> None:
    operator = noticed(telling, await refuse(telling, Trouble.BAD_KEY))
    telling.messenger.says("send", NOT_NOW)

    told = [await operator.turn(), await operator.turn(), await operator.turn()]

    assert told == [0, 1, 0]
    [notice] = telling.messenger.sent
    assert "key" in notice.words


async def test_a_return_that_did_not_arrive_is_told_again(telling: Telling) -> None:
    operator = noticed(telling, await refuse(telling, Trouble.BAD_KEY))
    await operator.turn()
    await refuse(telling, None)
    telling.messenger.says("send", NOT_NOW)

    told = [await operator.turn(), await operator.turn(), await operator.turn()]

    assert told == [0, 1, 0]
    assert len(telling.messenger.sent) == 2


async def test_a_count_that_did_not_arrive_is_told_again(telling: Telling) -> None:
    count = Undelivered(
        messenger=telling.messenger,
        to=OPERATORS,
        store=telling.desk.store,
        readers=telling.parts.readers,
        clock=telling.clock,
    )
    await count.turn()
    [note] = await leased(telling, 1)
    at = telling.desk.now
    await telling.desk.store.give_up(note.id, reason="defect", at=at)
    telling.messenger.says("send", NOT_NOW)

    assert [await count.turn(), await count.turn()] == [0, 1]


def fails_once(
    telling: Telling, monkeypatch: pytest.MonkeyPatch, question: str
) -> asyncio.Event:
    """Let memory fail at a question, and say when it is asked again."""
    again, tries = asyncio.Event(), iter([True])

    async def answer(*_: object) -> tuple[()] | None:
        if next(tries, False):
            raise StoreError("disk full")
        again.set()
        return None if question == "silent_since" else ()

    monkeypatch.setattr(telling.desk.store, question, answer)
    return again


async def test_notices_outlive_a_memory_that_fails(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "LOOK_SECONDS", 0.0)
    operator = noticed(telling, await refuse(telling, None))
    again = fails_once(telling, monkeypatch, "silent_since")

    async with asyncio.TaskGroup() as group:
        running = group.create_task(operator.run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await again.wait()
        running.cancel()

    assert telling.messenger.sent == []


async def test_notes_to_owners_of_keys_outlive_a_memory_that_fails(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turned_down, "LOOK_SECONDS", 0.0)
    again = fails_once(telling, monkeypatch, "refused_keys")
    notice = TurnedDown(
        messengers={}, store=telling.desk.store, readers=telling.parts.readers
    )

    async with asyncio.TaskGroup() as group:
        running = group.create_task(notice.run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await again.wait()
        running.cancel()

    assert telling.messenger.personal == []


# --- rings and digests -----------------------------------------------------------------


async def test_a_digest_whose_board_cannot_be_edited_gets_a_silent_stand_in(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    six = await board_and_six(telling)
    telling.messenger.says("send", Lost())
    telling.messenger.says("edit", Refused(reason=Reason.MESSAGE_GONE))

    await telling.ended(*six)
    await telling.turns(60)

    [lost, short] = telling.messenger.rings()
    stand_in = telling.messenger.sent[-2]
    assert stand_in.words == lost.words
    assert (short.reply_to, len(short.words) < len(lost.words)) == (
        stand_in.receipt,
        True,
    )


async def test_an_amendment_without_a_message_is_over(telling: Telling) -> None:
    [note] = await leased(telling, 1)
    late = replace(note, tell=Tell.AMEND, message=None)

    posted = await Poster(telling.parts).post(late, Picture())

    assert posted.outcome == Refused(reason=Reason.MESSAGE_GONE)
    assert telling.messenger.calls == []


async def test_memory_that_fails_brings_an_album_back(telling: Telling) -> None:
    telling.shelf.ready.clear()
    watched = [await telling.desk.watch(f"t{n}") for n in range(SIX)]
    await telling.ended(*watched)
    await telling.dispatcher.turn()
    telling.shelf.ready.set()
    telling.messenger.says("send", StoreError("disk full"))

    await telling.turns(120)

    ring, album = telling.messenger.sent
    assert (ring.loud, album.loud) == (True, False)
    assert await telling.desk.lease() == []


async def test_a_ring_waits_only_a_little_for_another_chats_upload(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "WAIT_SECONDS", 0.0)
    first, second = await leased(telling, 2)
    second = replace(second, task=first.task)
    uploads, picture = Uploads(), Picture(files=(PICTURE,))

    async def never_again(_note: Notification) -> Picture:
        raise AssertionError("asked for it while it was not there")

    await uploads.shared(first, picture, again=never_again)

    assert await uploads.shared(second, picture, again=never_again) is picture
