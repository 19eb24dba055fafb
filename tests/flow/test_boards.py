"""Boards over a real memory: cards, then one list, then cards again."""

from dataclasses import replace

import pytest

from bot.delivery.boards import REST_SECONDS
from bot.domain.board import BOARD_LINES
from bot.domain.notification import Deferred, Moved, Outcome, Reason, Refused
from bot.domain.subscription import Subscription
from bot.errors import StoreError
from tests.fakes.desk import ANN, CHAT
from tests.fakes.messenger import Lost, Posted
from tests.fakes.telling import Telling

NOT_NOW = Deferred(after_seconds=30, reason=Reason.RATE_LIMITED, counts=False)


async def crowd(telling: Telling, number: int = 4) -> list[Subscription]:
    """Run tasks whose cards, as a feed's, nobody has sent yet."""
    watched = [await telling.desk.watch(f"t{n}") for n in range(number)]
    for each in watched:
        await telling.desk.running(each.task_key, 10)
    return watched


async def turns(telling: Telling, seconds: float = 30) -> int:
    shown = await telling.live.turn()
    for _ in range(int(seconds)):
        telling.clock.move(1)
        shown += await telling.live.turn()
    return shown


def boards(telling: Telling) -> list[Posted]:
    return [each for each in telling.messenger.sent if each.key.startswith("mjw-p")]


async def test_many_running_tasks_are_one_silent_message(telling: Telling) -> None:
    await crowd(telling)

    await turns(telling)

    [board] = telling.messenger.sent
    lines = [block.text for block in board.cards[-1].blocks]
    assert not board.loud
    assert lines[0] == "📋 4 tasks are running"
    assert [line.rsplit(" ")[-1] for line in lines[1:]] == ["t3", "t2", "t1", "t0"]
    assert all("▱" in line for line in lines[1:])


async def test_a_board_waits_for_its_chats_turn(telling: Telling) -> None:
    telling.messenger.chat_pace = replace(telling.messenger.chat_pace, ring_seconds=5)
    await crowd(telling)
    telling.parts.lanes.rang(CHAT, telling.clock.monotonic())

    assert await turns(telling, 4) == 0
    assert await turns(telling, 2) == 1


async def test_three_have_cards_of_their_own(telling: Telling) -> None:
    await crowd(telling, 3)

    await turns(telling)

    assert boards(telling) == []
    assert len(telling.messenger.sent) == 3


async def test_cards_give_way_to_a_board_and_come_again_after_it(
    telling: Telling,
) -> None:
    watched = [await telling.desk.watch(f"c{n}", card=f"card-{n}") for n in range(3)]
    cards = [telling.messenger.has(f"card-{n}", CHAT) for n in range(3)]
    watched += await crowd(telling, 1)
    await turns(telling)
    for percent in (30, 50, 70):
        await telling.desk.running(watched[0].task_key, percent)
        await turns(telling)
    assert [len(card.cards) for card in cards] == [1, 1, 1]
    assert all("Now in the list" in card.words for card in cards)
    assert "70%" in boards(telling)[0].words

    await telling.ended(*watched)
    await telling.turns(5)
    await turns(telling)
    later = await telling.desk.watch("later", card="card-later")
    own = telling.messenger.has("card-later", CHAT)
    await telling.desk.running(later.task_key, 40)
    await turns(telling)

    assert [len(card.cards) for card in cards] == [1, 1, 1]
    assert len(boards(telling)) == 1
    assert "Nothing is running" in boards(telling)[0].words
    assert "40%" in own.words


async def test_a_ring_answers_the_card_that_shrank(telling: Telling) -> None:
    first = await telling.desk.watch("c1", card="card-1")
    telling.messenger.has("card-1", CHAT)
    await crowd(telling)
    await turns(telling)

    await telling.ended(first)
    await telling.turns(3)

    [ring] = telling.messenger.rings()
    assert ring.reply_to == "card-1"


async def test_a_board_stays_while_one_task_runs(telling: Telling) -> None:
    watched = await crowd(telling)
    await turns(telling)

    await telling.ended(*watched[1:])
    await telling.turns(3)
    await turns(telling)

    [board] = boards(telling)
    assert "1 task is running" in board.words
    assert "t0" in board.words


async def test_a_board_is_edited_rarely_and_only_when_it_reads_otherwise(
    telling: Telling,
) -> None:
    watched = await crowd(telling, BOARD_LINES + 1)
    await turns(telling)
    [board] = boards(telling)

    await telling.desk.moved(watched[0].task_key, 50)  # it is below the last line
    assert await turns(telling) == 0
    for percent in range(20, 60):
        await telling.desk.moved(watched[-1].task_key, percent)
        await turns(telling, 1)
    await turns(telling)

    assert "and 1 more" in board.words
    assert "59%" in board.words
    assert 80 / REST_SECONDS - 2 <= len(board.cards) <= 80 / REST_SECONDS + 2


async def test_a_restart_finds_the_board_where_it_is(telling: Telling) -> None:
    watched = await crowd(telling)
    await turns(telling)
    telling.restart()

    await telling.desk.moved(watched[0].task_key, 80)
    await turns(telling)

    [board] = boards(telling)
    assert "80%" in board.words


async def test_a_kill_between_posting_and_noting_makes_no_second_board(
    telling: Telling,
) -> None:
    await crowd(telling)
    telling.messenger.says("send", Lost())

    await telling.live.turn()
    telling.restart()
    await turns(telling)

    assert len(boards(telling)) == 1


async def test_where_nobody_can_say_a_board_is_posted_at_its_next_change(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    telling.messenger.says("send", Lost())
    watched = await crowd(telling)
    await turns(telling)
    assert len(boards(telling)) == 1

    await telling.desk.moved(watched[0].task_key, 80)
    await turns(telling)

    assert len(boards(telling)) == 2
    assert "80%" in boards(telling)[1].words


async def test_a_board_that_has_scrolled_away_is_posted_anew(
    telling: Telling,
) -> None:
    watched = await crowd(telling, 26)
    await turns(telling)
    for each in watched[:20]:
        await telling.ended(each)
        await telling.turns(2)
    await turns(telling)

    old, new = boards(telling)
    assert "further down" in old.words
    assert "6 tasks are running" in new.words
    assert not new.loud


async def test_a_board_that_scrolled_stays_in_use_if_it_cannot_be_posted_anew(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    watched = await crowd(telling, 26)
    await turns(telling)
    for each in watched[:20]:
        await telling.ended(each)
        await telling.turns(2)
    telling.messenger.says("send", Lost())
    await turns(telling)
    await telling.desk.moved(watched[-1].task_key, 90)
    await turns(telling)

    old, _lost = boards(telling)
    assert "90%" in old.words


async def test_a_deleted_board_is_posted_anew(telling: Telling) -> None:
    watched = await crowd(telling)
    await turns(telling)
    telling.messenger.sent.clear()

    await telling.desk.moved(watched[0].task_key, 80)
    await turns(telling)

    assert [posted.key[:5] for posted in telling.messenger.sent] == ["mjw-p"]


@pytest.mark.parametrize("reason", [Reason.INVALID, Reason.FORBIDDEN])
async def test_a_refused_board_waits_for_its_next_change(
    telling: Telling, reason: Reason
) -> None:
    watched = await crowd(telling)
    await turns(telling)
    telling.messenger.says("edit", Refused(reason=reason))
    await telling.desk.moved(watched[0].task_key, 80)
    await turns(telling)

    await telling.desk.moved(watched[0].task_key, 90)
    await turns(telling)

    [board] = boards(telling)
    assert len(board.cards) == 2
    assert "90%" in board.words


async def test_a_chat_that_is_gone_takes_its_board_and_watches_along(
    telling: Telling,
) -> None:
    await crowd(telling)
    telling.messenger.says("send", Refused(reason=Reason.GONE))

    await turns(telling)

    assert await telling.desk.store.running(CHAT, limit=9) == ([], 0)
    assert not await telling.desk.store.has_board(CHAT)
    await telling.turns(0)
    assert [person for person, _ in telling.messenger.personal] == [ANN]


async def test_a_board_that_cannot_be_closed_is_forgotten(telling: Telling) -> None:
    watched = await crowd(telling)
    await turns(telling)
    await telling.ended(*watched)
    await telling.turns(10)
    telling.messenger.says("edit", Refused(reason=Reason.INVALID))

    await turns(telling)

    assert not await telling.desk.store.has_board(CHAT)


async def test_a_crowd_that_ends_before_its_board_was_posted_has_none(
    telling: Telling,
) -> None:
    watched = await crowd(telling)
    telling.messenger.says("send", NOT_NOW)
    await telling.live.turn()
    await telling.ended(*watched)
    await telling.turns(40)

    await turns(telling, 60)

    assert boards(telling) == []
    assert not await telling.desk.store.has_board(CHAT)


@pytest.mark.parametrize(
    "outcome",
    [NOT_NOW, replace(NOT_NOW, whole_platform=True), Refused(reason=Reason.TOKEN)],
)
async def test_a_platform_that_asks_to_wait_is_waited_for(
    telling: Telling, outcome: Outcome
) -> None:
    await crowd(telling)
    telling.messenger.says("send", outcome)

    assert await turns(telling, 20) == 1
    await turns(telling, 60)

    assert len(boards(telling)) == 1


async def test_a_board_follows_its_chat_to_another_name(telling: Telling) -> None:
    await crowd(telling)
    telling.messenger.says("send", Moved(chat="999"))

    await turns(telling)

    [board] = boards(telling)
    assert board.to.chat == "999"


async def test_a_defect_in_one_board_stops_no_other(telling: Telling) -> None:
    await telling.watch_many(8, chats=2)
    telling.messenger.says("send", ValueError("a bug"), chat="chat-0")

    await turns(telling)

    assert {board.to.chat for board in boards(telling)} == {"chat-1"}


async def test_memory_that_fails_is_asked_again(telling: Telling) -> None:
    await crowd(telling)
    telling.messenger.says("send", StoreError("disk full"))

    await turns(telling)

    assert len(boards(telling)) == 1


async def test_a_silent_relay_is_said_once_above_the_lines(telling: Telling) -> None:
    watched = await crowd(telling)
    account = (await telling.desk.known(watched[0].task_key)).account
    since = telling.clock.now().isoformat()
    await telling.desk.store.save_fact(f"silent:{account}", since)

    await turns(telling)

    [board] = boards(telling)
    assert board.words.count("Relay silent since") == 1


async def test_a_board_of_old_tasks_is_edited_more_rarely(telling: Telling) -> None:
    watched = await crowd(telling)
    await turns(telling)
    [board] = boards(telling)
    telling.clock.move(600)

    for percent in range(20, 80):
        await telling.desk.moved(watched[0].task_key, percent)
        await turns(telling, 1)

    assert len(board.cards) <= 3
