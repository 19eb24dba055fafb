"""What any Store promises of boards and digests: many things in one message."""

from dataclasses import replace

import pytest

from bot.domain.board import BOARD_LINES, CARDS_MOST, Board
from bot.domain.notification import Notification
from bot.domain.subscription import ChatSettings, Place, Platform, Receipt
from bot.domain.task import TaskKey
from bot.domain.transition import Tell
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.desk import CHAT, DISCORD, ELSEWHERE, LEASE, THREAD, Desk
from tests.flow.test_suggesting import said

MANY = CARDS_MOST + 1
POSTED = Receipt("b1")


@pytest.fixture
def desk(store: SqlStore, clock: MovedClock) -> Desk:
    return Desk(store=store, clock=clock)


async def crowd(desk: Desk, number: int = MANY, *, first: int = 0) -> list[TaskKey]:
    """Watch and run several tasks in one chat."""
    keys = [(await desk.watch(f"t{n}")).task_key for n in range(first, first + number)]
    for key in keys:
        await desk.running(key, 10)
    return keys


async def stale(desk: Desk) -> list[Board]:
    return await desk.store.stale_boards(DISCORD, limit=50, at=desk.now)


def later(desk: Desk, seconds: float) -> None:
    assert isinstance(desk.clock, MovedClock)
    desk.clock.move(seconds)


async def show(desk: Desk, board: Board, receipt: Receipt | None = POSTED) -> None:
    await desk.store.board_shown(
        board, receipt=receipt, face="f", at=desk.now, posted=board.receipt is None
    )


async def digest(desk: Desk, notes: list[Notification]) -> list[Notification]:
    """Mark some as told together, and lease them again after a crash."""
    ids = [note.id for note in notes]
    await desk.store.mark_digest(ids, digest=ids[0], at=desk.now)
    await desk.store.release(ids, clear_sending=False)
    return await desk.lease()


# --- boards -------------------------------------------------------------------------


async def test_three_running_tasks_have_no_board(desk: Desk) -> None:
    await crowd(desk, CARDS_MOST)

    assert await stale(desk) == []
    assert not await desk.store.has_board(CHAT)


async def test_a_fourth_makes_a_board_of_all_newest_first(desk: Desk) -> None:
    await crowd(desk)

    [board] = await stale(desk)

    assert await desk.store.has_board(CHAT)
    assert board.destination == CHAT
    assert (board.running, board.receipt, board.face) == (MANY, None, "")
    assert [task.task_id for task in board.tasks] == ["t3", "t2", "t1", "t0"]


async def test_a_board_is_wanted_before_anybody_asked_for_stale_ones(
    desk: Desk,
) -> None:
    await crowd(desk)

    assert await desk.store.has_board(CHAT)
    assert not await desk.store.has_board(ELSEWHERE)
    assert not await desk.store.has_board(THREAD)


async def test_each_thread_and_platform_counts_for_itself(desk: Desk) -> None:
    await crowd(desk, 2)
    for number in range(2):
        await desk.watch(f"x{number}", to=THREAD)

    assert await stale(desk) == []
    other = Platform("telegram")
    assert await desk.store.stale_boards(other, limit=50, at=desk.now) == []


async def test_a_chat_without_live_cards_has_no_board(desk: Desk) -> None:
    await desk.store.save_settings(CHAT, ChatSettings(live_card=False))
    await crowd(desk)

    assert await stale(desk) == []


async def test_a_shown_board_comes_again_when_something_changes(desk: Desk) -> None:
    keys = await crowd(desk)
    [board] = await stale(desk)
    await show(desk, board)
    assert await stale(desk) == []

    await desk.moved(keys[0], 60)
    [changed] = await stale(desk)

    assert (changed.receipt, changed.face, changed.running) == (POSTED, "f", MANY)
    assert changed.version != board.version


@pytest.mark.parametrize("way", ["ended", "joined", "stopped"])
async def test_a_line_more_or_less_is_a_change(desk: Desk, way: str) -> None:
    watched = await desk.watch("t9")
    keys = await crowd(desk)
    [board] = await stale(desk)
    await show(desk, board)

    match way:
        case "ended":
            await desk.ended(keys[0])
        case "joined":
            await desk.watch("t10")
        case _:
            await desk.store.unsubscribe(watched.id, person=None, at=desk.now)

    [changed] = await stale(desk)
    assert changed.running == (6 if way == "joined" else 4)


async def test_a_board_lasts_until_nothing_runs_and_all_is_told(desk: Desk) -> None:
    keys = await crowd(desk)
    [board] = await stale(desk)
    await show(desk, board)
    await desk.ended(*keys[:3])
    [one] = await stale(desk)
    await show(desk, one)
    await desk.ended(keys[3])
    untold = await stale(desk)
    for note in await desk.lease():
        await desk.told(note)

    [over] = await stale(desk)
    await desk.store.close_board(over)

    assert untold == []
    assert (one.running, over.running, over.tasks) == (1, 0, ())
    assert await stale(desk) == []
    assert not await desk.store.has_board(CHAT)


async def test_a_chat_that_turns_live_cards_off_closes_its_board(desk: Desk) -> None:
    await crowd(desk)
    [board] = await stale(desk)
    await show(desk, board)

    await desk.store.save_settings(CHAT, ChatSettings(live_card=False))
    [over] = await stale(desk)

    assert over.running == 0


async def test_a_board_names_so_many_and_counts_the_rest(desk: Desk) -> None:
    await crowd(desk, BOARD_LINES + 2)

    [board] = await stale(desk)

    assert (len(board.tasks), board.running) == (BOARD_LINES, BOARD_LINES + 2)


async def test_a_board_that_has_scrolled_away_comes_again(desk: Desk) -> None:
    await crowd(desk)
    other = await desk.watch("s1")
    [board] = await stale(desk)
    await show(desk, board)
    for number in range(20):
        await desk.says(other.task_key, Tell.STUCK)
        [note] = await desk.lease()
        await desk.told(note, f"m{number}")
        fresh = await desk.watch(f"s{number + 2}")
        other = fresh

    boards = await stale(desk)

    assert [each.below for each in boards] == [20]
    assert boards[0].scrolled


async def test_posting_anew_counts_from_nothing(desk: Desk) -> None:
    keys = await crowd(desk)
    [board] = await stale(desk)
    await show(desk, board)
    await desk.ended(keys[0])
    [note] = await desk.lease()
    await desk.told(note)
    [below] = await stale(desk)
    later(desk, 5)

    await desk.store.board_shown(
        below, receipt=Receipt("b2"), face="g", at=desk.now, posted=True
    )
    await desk.moved(keys[1], 70)
    [again] = await stale(desk)

    assert (below.below, again.below, again.receipt) == (1, 0, "b2")
    assert again.since > below.since


async def test_a_message_taken_away_is_not_written_back(desk: Desk) -> None:
    keys = await crowd(desk)
    [board] = await stale(desk)
    await show(desk, board)
    await desk.moved(keys[0], 60)
    [shown] = await stale(desk)

    taken = await desk.store.take_board(CHAT)
    await show(desk, shown)
    [anew] = await stale(desk)

    assert taken == POSTED
    assert (anew.receipt, anew.face) == (None, "")
    assert await desk.store.take_board(ELSEWHERE) is None


async def test_who_takes_a_boards_message_finds_it_again(desk: Desk) -> None:
    keys = await crowd(desk)
    [board] = await stale(desk)
    await show(desk, board)
    await desk.ended(keys[0])
    [note] = await desk.lease()

    await desk.store.take_board(CHAT, notes=[note.id])
    await desk.store.reclaim()
    [again] = await desk.lease()

    assert (note.message, again.message) == (None, POSTED)


async def test_a_busy_chats_board_is_left_out(desk: Desk) -> None:
    await crowd(desk)

    found = await desk.store.stale_boards(DISCORD, limit=50, busy=[CHAT], at=desk.now)

    assert found == []


async def test_beside_a_board_cards_shrink_once_and_none_is_made(desk: Desk) -> None:
    await desk.watch("t0", card="c0")
    keys = await crowd(desk)
    await stale(desk)
    later(desk, 60)

    [card] = await desk.stale()
    await desk.store.card_shown(
        card.subscription,
        version=card.version,
        receipt=card.receipt,
        at=desk.now,
        over=True,
    )
    await desk.moved(keys[0], 60)

    assert (card.receipt, card.boarded, card.told) == ("c0", True, False)
    assert await desk.stale() == []


async def test_a_shrunk_card_is_still_what_its_ring_answers(desk: Desk) -> None:
    await desk.watch("t0", card="c0")
    keys = await crowd(desk)
    await stale(desk)
    [card] = await desk.stale()
    await desk.store.card_shown(
        card.subscription, version=1, receipt=card.receipt, at=desk.now, over=True
    )

    await desk.ended(keys[0])
    [note] = await desk.lease()
    await desk.told(note)

    assert note.card == "c0"
    assert await desk.stale() == []


async def test_after_a_board_new_watches_have_cards_again(desk: Desk) -> None:
    keys = await crowd(desk)
    await stale(desk)
    await desk.ended(*keys)
    for note in await desk.lease():
        await desk.told(note)
    [over] = await stale(desk)
    await desk.store.close_board(over)

    after = await desk.watch("later", card="c9")
    await desk.running(after.task_key, 20)

    assert [(c.receipt, c.boarded) for c in await desk.stale()] == [("c9", False)]


async def test_a_chat_that_moves_takes_its_board_along(desk: Desk) -> None:
    await crowd(desk)
    [board] = await stale(desk)
    await show(desk, board)

    await desk.store.move_chat(DISCORD, CHAT.chat, "999")

    assert await desk.store.has_board(replace(CHAT, chat="999"))


async def test_where_both_names_are_known_the_old_board_goes(desk: Desk) -> None:
    there = replace(CHAT, chat="999", place=Place.GROUP)
    await desk.watch("x1", to=there)
    await crowd(desk)
    [board] = await stale(desk)
    await show(desk, board)

    await desk.store.move_chat(DISCORD, CHAT.chat, "999")
    [anew] = await stale(desk)

    assert (anew.destination.chat, anew.receipt, anew.running) == ("999", None, 5)


# --- digests ------------------------------------------------------------------------


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
