"""A chat is gone: those who had asked hear of it alone, whatever comes in between."""

import asyncio
from dataclasses import replace

import pytest

from bot.delivery import farewells
from bot.delivery.farewells import Farewells
from bot.domain.notification import Deferred, Reason, Refused
from bot.domain.subscription import Place
from tests.fakes.desk import ANN, BOB, CHAT
from tests.fakes.messenger import Lost
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.telling import Telling
from tests.flow.test_delivery_edges import fails_once


async def gone(telling: Telling) -> None:
    """Let a chat end for which two people had asked."""
    await telling.desk.watch()
    await telling.desk.watch("t2", by=BOB)
    await telling.desk.store.end_chat(
        CHAT, reason="gone", at=telling.desk.now, name="#foxes"
    )


def told(telling: Telling) -> list[str]:
    return [person.name for person, _ in telling.messenger.personal]


async def test_a_kill_before_anybody_is_told_loses_nothing(telling: Telling) -> None:
    await gone(telling)
    telling.restart()

    await telling.turns(20)

    assert told(telling) == ["Ann", "Bob"]


async def test_one_to_whom_nothing_can_be_sent_now_is_told_later(
    telling: Telling,
) -> None:
    later = Deferred(after_seconds=60.0, reason=Reason.RATE_LIMITED, counts=False)
    telling.messenger.says("tell", later, Refused(reason=Reason.TOKEN), chat=ANN.id)
    await gone(telling)

    await telling.turns(50)
    before = told(telling)
    await telling.turns(20)

    assert before == ["Bob"]
    assert told(telling) == ["Bob", "Ann"]
    assert len(telling.messenger.calls) == 4


async def test_a_private_chat_that_is_gone_is_not_written_to(
    telling: Telling,
) -> None:
    private = replace(CHAT, place=Place.PRIVATE)
    telling.messenger.says("send", Refused(reason=Reason.GONE))
    await telling.ended(await telling.desk.watch(to=private))

    await telling.turns(20)

    assert told(telling) == []


async def test_while_the_platform_rests_nobody_is_told(telling: Telling) -> None:
    await gone(telling)
    until = telling.clock.monotonic() + 30
    telling.parts.lanes.pause_all(until=until)

    await telling.turns(20)

    assert told(telling) == []


async def test_an_unsure_word_is_repeated_where_that_is_the_same_message(
    telling: Telling,
) -> None:
    telling.messenger.says("tell", *[Lost()] * 3, chat=ANN.id)
    await gone(telling)

    await telling.turns(20)

    keys = {key for _, chat, key in telling.messenger.calls if chat == ANN.id}
    assert told(telling).count("Ann") == 4
    assert len(keys) == 1


async def test_an_unsure_word_may_come_twice_elsewhere_and_no_more(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    telling.messenger.says("tell", *[Lost()] * 9, chat=ANN.id)
    await gone(telling)

    await telling.turns(20)

    assert told(telling).count("Ann") == 2


async def test_a_defect_keeps_nobody_else_from_being_told(telling: Telling) -> None:
    telling.messenger.says("tell", RuntimeError("boom"), chat=ANN.id)
    await gone(telling)

    await telling.turns(20)

    assert told(telling) == ["Bob"]


async def test_memory_that_fails_puts_it_off(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farewells, "LOOK_SECONDS", 0.0)
    again = fails_once(telling, monkeypatch, "farewells")

    async with asyncio.TaskGroup() as group:
        running = group.create_task(Farewells(telling.parts).run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await again.wait()
        running.cancel()

    assert told(telling) == []
