"""What any Store promises of boards: what runs in a chat, in one message."""

from dataclasses import replace

import pytest

from bot.domain.board import BOARD_LINES, CARDS_MOST
from bot.domain.subscription import ChatSettings, Place, Platform, Receipt
from bot.domain.transition import Tell
from tests.fakes.crowd import MANY, POSTED, crowd, later, show, stale
from tests.fakes.desk import CHAT, DISCORD, ELSEWHERE, THREAD, Desk


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


async def test_a_board_sinks_by_what_others_write(desk: Desk) -> None:
    await crowd(desk)
    [board] = await stale(desk)
    await show(desk, board)
    await desk.store.sink_board(ELSEWHERE, 20)
    await desk.store.sink_board(CHAT, 19)
    assert await stale(desk) == []

    await desk.store.sink_board(CHAT, 1)

    [sunk] = await stale(desk)
    assert (sunk.below, sunk.scrolled) == (20, True)


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
