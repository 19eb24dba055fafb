"""A call whose answer was lost: the result is told, and never posted twice."""

import pytest

from bot.delivery.ringing import Ringer
from bot.domain.notification import (
    Deferred,
    Reason,
    Unsure,
)
from bot.domain.transition import Tell
from tests.fakes.desk import CHAT
from tests.fakes.messenger import Lost
from tests.fakes.telling import PICTURE, Telling

LOST_CALL = Lost()


@pytest.mark.parametrize("reached", [True, False])
async def test_where_keys_repeat_safely_an_unsure_ring_is_sent_again(
    telling: Telling, reached: bool
) -> None:
    telling.messenger.says(
        "send", LOST_CALL if reached else Unsure(reason=Reason.TIMEOUT)
    )
    await telling.ended(await telling.desk.watch())
    await telling.turns(20)
    keys = {key for call, _, key in telling.messenger.calls if call == "send"}
    assert (len(telling.messenger.rings()), len(keys)) == (1, 1)


@pytest.mark.parametrize("reached", [True, False])
async def test_an_old_unsure_ring_is_looked_for_in_the_history(
    telling: Telling, reached: bool
) -> None:
    telling.messenger.says(
        "send", LOST_CALL if reached else Unsure(reason=Reason.TIMEOUT)
    )
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    telling.clock.move(3600)
    telling.restart()
    await telling.turns(0)
    (ring,) = telling.messenger.rings()
    assert ring.files == (PICTURE,)
    assert await telling.turns(10) == 0


async def test_one_found_that_cannot_be_edited_now_gets_its_picture_later(
    telling: Telling,
) -> None:
    telling.messenger.says("send", LOST_CALL)
    telling.messenger.says("edit", Unsure(reason=Reason.TIMEOUT))
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    telling.clock.move(3600)
    await telling.turns(2)
    (ring,) = telling.messenger.rings()
    assert (len(ring.cards), ring.files) == (2, (PICTURE,))


@pytest.mark.parametrize("reached", [True, False])
async def test_where_nobody_can_say_the_card_becomes_the_result_and_a_line_rings(
    telling: Telling, reached: bool
) -> None:
    telling.messenger.repeats = False
    card = telling.messenger.has("c1", CHAT)
    telling.messenger.says(
        "send", LOST_CALL if reached else Unsure(reason=Reason.TIMEOUT)
    )
    await telling.ended(await telling.desk.watch(card="c1"))
    await telling.turns(20)
    await telling.live.turn()

    rings = telling.messenger.rings()
    assert len(rings) == 1 + reached
    assert (rings[-1].reply_to, rings[-1].files) == ("c1", ())
    assert len(rings[-1].cards[-1].blocks) == 1
    assert card.files == (PICTURE,)
    assert len(card.cards) == 1, "the result is not shrunk to a line"
    assert "U1" in card.words


async def test_a_repair_that_was_cut_short_makes_the_same_card_the_result(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    card = telling.messenger.has("c1", CHAT)
    telling.messenger.says("send", LOST_CALL, LOST_CALL)
    await telling.ended(await telling.desk.watch(card="c1"))
    await telling.turns(40)

    rings = telling.messenger.rings()
    assert [bool(ring.files) for ring in rings] == [True, False, False]
    assert card.files == (PICTURE,)


async def test_without_a_card_the_board_becomes_the_result(telling: Telling) -> None:
    telling.messenger.repeats = False
    watched = [await telling.desk.watch(f"t{n}") for n in range(4)]
    for each in watched:
        await telling.desk.running(each.task_key)
    await telling.live.turn()
    [board] = telling.messenger.sent
    telling.messenger.says("send", LOST_CALL)
    await telling.ended(watched[0])
    await telling.turns(20)

    rings = telling.messenger.rings()
    assert [bool(ring.files) for ring in rings] == [True, False]
    assert (board.files, rings[-1].reply_to) == ((PICTURE,), board.receipt)


async def test_without_a_card_a_silent_message_is_made_the_result(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    telling.messenger.says("send", LOST_CALL)
    await telling.ended(await telling.desk.watch())
    await telling.turns(20)

    first, short = telling.messenger.rings()
    [stand_in] = [m for m in telling.messenger.sent if m.receipt == short.reply_to]
    assert (stand_in.files, stand_in.words) == (first.files, first.words)
    assert (stand_in.key, short.key) == (f"{first.key}r", f"{first.key}s")
    assert len(short.cards[-1].blocks) == 1


async def test_however_often_answers_are_lost_the_result_rings_once(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    telling.messenger.says("send", LOST_CALL, LOST_CALL, LOST_CALL)
    telling.messenger.says("edit", LOST_CALL)
    await telling.ended(await telling.desk.watch())
    await telling.turns(60)

    rings = [len(ring.cards[-1].blocks) > 1 for ring in telling.messenger.rings()]
    assert rings[0]
    assert not any(rings[1:])
    assert await telling.desk.lease() == []


async def test_a_card_that_cannot_be_edited_counts_as_none(telling: Telling) -> None:
    telling.messenger.repeats = False
    telling.messenger.says("send", LOST_CALL)
    await telling.ended(await telling.desk.watch(card="deleted"))
    await telling.turns(20)
    assert [ring.files for ring in telling.messenger.rings()] == [(PICTURE,), ()]
    assert telling.messenger.sent[-2].files == (PICTURE,)


@pytest.mark.parametrize("call", ["edit", "send"])
async def test_a_repair_put_off_is_still_a_repair(telling: Telling, call: str) -> None:
    telling.messenger.repeats = False
    telling.messenger.has("c1", CHAT)
    later = Deferred(after_seconds=3, reason=Reason.RATE_LIMITED, counts=False)
    telling.messenger.says("send", LOST_CALL)
    await telling.ended(await telling.desk.watch(card="c1"))
    await telling.turns(0)
    telling.messenger.says(call, later)
    await telling.turns(30)
    assert [bool(r.files) for r in telling.messenger.rings()] == [True, False]


async def test_a_ring_that_waits_for_its_chat_stays_marked_as_unsure(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    telling.messenger.has("c1", CHAT)
    telling.messenger.says("send", LOST_CALL)
    await telling.ended(await telling.desk.watch(card="c1"))
    await telling.turns(0)
    telling.clock.move(10)
    (note,) = await telling.desk.lease()
    telling.parts.lanes.pause(CHAT, until=telling.clock.monotonic() + 60)
    await Ringer(telling.parts).tell(note)
    await telling.turns(90)
    assert [bool(r.files) for r in telling.messenger.rings()] == [True, False]


async def test_a_message_that_needs_input_keeps_its_live_card_after_a_repair(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    card = telling.messenger.has("c1", CHAT)
    watched = await telling.desk.watch(card="c1")
    await telling.desk.running(watched.task_key, 10)
    await telling.desk.says(watched.task_key, Tell.STUCK)
    telling.messenger.says("send", LOST_CALL)
    await telling.turns(20)
    await telling.desk.moved(watched.task_key, 50)
    await telling.live.turn()
    assert len(card.cards) == 2
