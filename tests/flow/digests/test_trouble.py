"""Digests in trouble: kills, lost answers, refusals, and what is told after all."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.notification import Moved, Outcome, Reason, Refused
from bot.errors import StoreError
from bot.media.picture import PictureProblem
from tests.fakes.desk import ANN, CHAT
from tests.fakes.messenger import Lost
from tests.fakes.telling import SOON, Telling
from tests.flow.digests.conftest import NOT_NOW, SIX, ends, lines, verbs


async def test_a_kill_after_sending_tells_nothing_twice(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", Lost())
    await telling.dispatcher.turn()
    telling.restart()
    await telling.desk.watch("t9")

    await telling.turns(120)

    assert len(telling.messenger.rings()) == 1
    assert await telling.desk.store.running(CHAT, limit=9, offset=1) == ([], 1)


async def test_long_after_the_key_is_forgotten_a_digest_is_looked_for(
    telling: Telling,
) -> None:
    await ends(telling)
    telling.messenger.says("send", Lost())
    await telling.dispatcher.turn()
    telling.clock.move(3600)

    await telling.turns(10)

    assert len(telling.messenger.rings()) == 1
    assert [call for call, *_ in telling.messenger.calls] == ["send", "find"]
    assert await telling.desk.lease() == []


async def test_a_digest_that_was_not_sent_is_found_missing_and_sent(
    telling: Telling,
) -> None:
    await ends(telling)
    notes = await telling.desk.lease()
    ids = [note.id for note in notes]
    await telling.desk.store.mark_digest(ids, digest=ids[0], at=telling.clock.now())
    telling.restart()
    telling.clock.move(3600)

    await telling.turns(10)

    [ring] = telling.messenger.rings()
    assert len(verbs(ring)) == 6


async def test_what_ends_meanwhile_joins_no_earlier_digest(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", NOT_NOW)
    await telling.dispatcher.turn()
    await telling.ended(await telling.desk.watch("new"))

    await telling.turns(60)

    heads = {lines(ring)[0] for ring in telling.messenger.rings()}
    assert heads == {"6 tasks: ✅ 6", "✅ Done · new"}


async def test_where_nobody_can_say_a_digest_is_repeated_silently_and_a_line_rings(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    telling.messenger.says("send", Lost())
    await ends(telling)

    await telling.turns(60)

    [first, short] = telling.messenger.rings()
    [stand_in] = [m for m in telling.messenger.sent if m.receipt == short.reply_to]
    assert stand_in.words == first.words
    assert lines(short) == ["6 tasks: ✅ 6", "You may have heard this already."]


async def test_a_stand_in_that_cannot_be_posted_yet_is_posted_later(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    telling.messenger.says("send", Lost(), NOT_NOW)
    await ends(telling)

    await telling.turns(20)
    before = len(telling.messenger.sent)
    await telling.turns(60)

    [first, short] = telling.messenger.rings()
    assert (before, len(telling.messenger.sent)) == (1, 3)
    assert (len(verbs(first)), verbs(short)) == (6, [])
    assert await telling.desk.lease() == []


async def test_where_nobody_can_say_a_board_becomes_the_digest(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    watched = [await telling.desk.watch(f"t{n}") for n in range(SIX + 1)]
    await telling.live.turn()
    [board] = telling.messenger.sent
    telling.messenger.says("send", Lost())

    await telling.ended(*watched[:SIX])
    await telling.turns(60)
    await telling.live.turn()

    [lost, short] = telling.messenger.rings()
    anew = telling.messenger.sent[-1]
    assert len(verbs(lost)) == 6
    assert lines(board)[0] == "6 tasks: ✅ 6"
    assert short.reply_to == board.receipt
    assert verbs(short) == []
    assert "1 task is running" in anew.words


@pytest.mark.parametrize("reason", [Reason.TOO_LARGE, Reason.INVALID])
async def test_a_refused_digest_is_told_line_by_line(
    telling: Telling, reason: Reason
) -> None:
    telling.shelf.problem = PictureProblem.GONE
    await ends(telling)
    telling.messenger.says("send", Refused(reason=reason))

    await telling.turns(20)

    assert len(telling.messenger.rings()) == 6


async def test_a_defect_in_a_digest_is_told_around(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", ValueError("a bug"))

    await telling.turns(20)

    assert len(telling.messenger.rings()) == 6


async def test_memory_that_fails_brings_a_digest_back(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", StoreError("disk full"))

    await telling.turns(120)

    assert len(telling.messenger.rings()) == 1


@pytest.mark.parametrize(
    "outcome", [NOT_NOW, Moved(chat="999"), Refused(reason=Reason.TOKEN)]
)
async def test_a_digest_waits_and_follows(telling: Telling, outcome: Outcome) -> None:
    await ends(telling)
    telling.messenger.says("send", outcome)

    await telling.turns(120)

    [ring] = telling.messenger.rings()
    assert len(verbs(ring)) == 6


async def test_a_chat_that_is_gone_is_left_once(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", Refused(reason=Reason.GONE))

    await telling.turns(20)

    assert telling.messenger.rings() == []
    assert [person for person, _ in telling.messenger.personal] == [ANN]
    assert await telling.desk.lease() == []


async def test_a_stop_before_sending_leaves_no_trace(telling: Telling) -> None:
    telling.shelf.ready.clear()
    telling.restart(replace(SOON, picture_wait_seconds=60.0))
    await ends(telling)
    turn = asyncio.create_task(telling.dispatcher.turn())
    while not telling.shelf.asked:  # noqa: ASYNC110 - the shelf rings no bell
        await asyncio.sleep(0)
    turn.cancel()
    await asyncio.wait({turn})

    again = await telling.desk.lease()

    assert [(note.sending_since, note.attempts) for note in again] == [(None, 0)] * 6


async def test_a_stop_amid_sending_is_made_sure_of(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", asyncio.Event())
    turn = asyncio.create_task(telling.dispatcher.turn())
    await telling.messenger.begun.wait()
    turn.cancel()
    await asyncio.wait({turn})

    again = await telling.desk.lease()

    assert all(note.sending_since for note in again)
    assert {note.digest for note in again} == {again[0].id}
