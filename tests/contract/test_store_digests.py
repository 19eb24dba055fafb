"""What any Store promises of digests: many ends told in one message."""

import pytest

from bot.domain.notification import Notification
from bot.domain.subscription import Receipt
from bot.domain.transition import Tell
from tests.fakes.crowd import crowd, later, show, stale
from tests.fakes.desk import CHAT, DISCORD, ELSEWHERE, LEASE, Desk
from tests.flow.test_suggesting import said


async def digest(desk: Desk, notes: list[Notification]) -> list[Notification]:
    """Mark some as told together, and lease them again after a crash."""
    ids = [note.id for note in notes]
    await desk.store.mark_digest(ids, digest=ids[0], at=desk.now)
    await desk.store.release(ids, clear_sending=False)
    return await desk.lease()


async def test_a_digest_comes_back_whole_after_a_crash(desk: Desk) -> None:
    keys = await crowd(desk, 6)
    await desk.ended(*keys)
    notes = await desk.lease()
    ids = [note.id for note in notes]
    await desk.store.mark_digest(ids, digest=ids[0], at=desk.now)
    await desk.store.release(ids[:1], clear_sending=False)

    again = await desk.lease(limit=1)

    assert [note.id for note in again] == ids
    assert {note.digest for note in again} == {ids[0]}
    assert all(note.sending_since for note in again)


async def test_what_was_never_told_together_is_leased_alone(desk: Desk) -> None:
    keys = await crowd(desk, 3)
    await desk.ended(*keys)

    notes = await desk.lease(limit=1)

    assert [note.digest for note in notes] == [None]


async def test_what_else_waits_for_the_same_places_comes_along(desk: Desk) -> None:
    keys = await crowd(desk, 4)
    there = await desk.watch("t9", to=ELSEWHERE)
    await desk.ended(*keys, there.task_key)

    notes = await desk.store.lease(
        DISCORD, now=desk.now, limit=1, lease_for=LEASE, crowd=2
    )

    assert [note.task.key for note in notes] == keys[:3]
    assert len(await desk.lease()) == 2


async def test_a_digest_keeps_its_name_when_its_first_is_gone(desk: Desk) -> None:
    keys = await crowd(desk, 3)
    await desk.ended(*keys)
    notes = await desk.lease()
    ids = [note.id for note in notes]
    await desk.store.mark_digest(ids, digest=ids[0], at=desk.now)
    await desk.store.release(ids, clear_sending=False)

    await desk.store.unsubscribe(notes[0].subscription, person=None, at=desk.now)
    again = await desk.lease()

    assert [note.id for note in again] == ids[1:]
    assert {note.digest for note in again} == {ids[0]}


async def test_a_settled_digest_ends_every_subscription_at_once(desk: Desk) -> None:
    keys = await crowd(desk, 3)
    await desk.ended(*keys)
    notes = await digest(desk, await desk.lease())

    made = {notes[0].id: {("photo", 0): "file-0"}}
    await desk.store.settle_digest(
        notes, receipt=Receipt("m1"), uploads=made, at=desk.now
    )

    later(desk, 120)
    assert await desk.lease() == []
    assert await desk.store.running(CHAT, limit=10) == ([], 0)
    assert await desk.store.uploads(keys[0], DISCORD) == {("photo", 0): "file-0"}


async def statements(desk: Desk, notes: list[Notification]) -> int:
    """Settle a digest whose pictures are all owed; count what memory was told."""
    owed = {note.id for note in notes}
    with said() as heard:
        await desk.store.settle_digest(
            notes, receipt=Receipt("m1"), owed=owed, at=desk.now
        )
    return len(heard)


async def test_a_long_digest_is_settled_in_as_many_statements_as_a_short_one(
    desk: Desk,
) -> None:
    await desk.ended(*await crowd(desk, 2))
    few = await statements(desk, await digest(desk, await desk.lease()))
    await desk.store.release([n.id for n in await desk.lease()], clear_sending=True)
    await desk.ended(*await crowd(desk, 20, first=2))
    ends = [note for note in await desk.lease() if note.tell is Tell.ENDED]

    many = await statements(desk, await digest(desk, ends))

    assert (len(ends), many) == (20, few)


async def test_owed_pictures_come_as_one_digest(desk: Desk) -> None:
    keys = await crowd(desk, 3)
    await desk.ended(*keys)
    notes = await digest(desk, await desk.lease())

    await desk.store.settle_digest(
        notes,
        receipt=Receipt("m1"),
        owed={note.id for note in notes[:2]},
        at=desk.now,
    )
    owed = await desk.lease()

    assert [note.tell for note in owed] == [Tell.AMEND] * 2
    assert {(note.digest, note.message) for note in owed} == {(notes[0].id, "m1")}
    assert all(note.sending_since is None for note in owed)


async def test_a_list_is_not_edited_for_what_comes_late(desk: Desk) -> None:
    keys = await crowd(desk, 3)
    await desk.ended(*keys)
    notes = await digest(desk, await desk.lease())
    await desk.store.settle_digest(notes, receipt=Receipt("m1"), at=desk.now)

    told = await desk.says(keys[0], Tell.AMEND)

    assert told == 0


@pytest.mark.parametrize("failed", [True, False])
async def test_a_split_digest_is_told_line_by_line(desk: Desk, *, failed: bool) -> None:
    keys = await crowd(desk, 3)
    await desk.ended(*keys)
    notes = await digest(desk, await desk.lease())

    ids = [note.id for note in notes]
    await desk.store.split_digest(ids, clear_sending=failed)
    later(desk, 61)
    again = await desk.lease()

    assert [note.digest for note in again] == [None] * 3
    assert [note.sending_since is None for note in again] == [failed] * 3


async def test_a_digest_is_one_message_below_a_board(desk: Desk) -> None:
    keys = await crowd(desk, 6)
    [board] = await stale(desk)
    await show(desk, board)
    await desk.ended(*keys[:5])
    notes = await digest(desk, await desk.lease())

    await desk.store.settle_digest(notes, receipt=Receipt("m1"), at=desk.now)

    [below] = await stale(desk)
    assert below.below == 1
