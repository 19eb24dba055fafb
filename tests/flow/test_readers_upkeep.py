"""Who reads a card, and the chores beside the loops."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.subscription import ChatSettings, Place
from bot.domain.task import RelayName
from bot.errors import StoreError
from bot.readers import Readers
from bot.relay import RelayOptions, Relays
from bot.relay.relays import open_relays
from bot.upkeep import PRUNE_EVERY, Upkeep, habits_fact
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.desk import ANN, CHAT
from tests.fakes.patience import PATIENCE_SECONDS

PRIVATE = replace(CHAT, place=Place.PRIVATE)
RELAY = RelayName("relay")


@pytest.fixture
def readers(store: SqlStore, clock: MovedClock) -> Readers:
    return Readers(store=store, clock=clock, default_language="en", relays_shown=False)


async def test_a_card_for_all_is_in_the_chats_language(readers: Readers) -> None:
    await readers.of_person(ANN, "zh-CN")
    chosen = ChatSettings(language="zh")
    assert (await readers.of_chat(CHAT, chosen)).language == "zh"
    assert (await readers.of_chat(CHAT, ChatSettings(), [ANN])).language == "en"


async def test_a_private_chat_that_has_not_chosen_reads_as_its_person(
    readers: Readers,
) -> None:
    assert (await readers.of_chat(PRIVATE, ChatSettings(), [ANN])).language == "en"
    await readers.of_person(ANN, "zh-CN")
    assert (await readers.of_chat(PRIVATE, ChatSettings(), [ANN])).language == "zh"
    assert (await readers.of_chat(PRIVATE, ChatSettings())).language == "en"


async def test_what_a_person_reads_is_remembered_where_it_is_not_said(
    readers: Readers,
) -> None:
    assert (await readers.of_person(ANN, None)).language == "en"
    assert (await readers.of_person(ANN, "zh")).language == "zh"
    assert (await readers.of_person(ANN, "zh")).language == "zh"
    assert (await readers.of_person(ANN, None)).language == "zh"


@pytest.fixture
async def relays(clock: MovedClock) -> AsyncIterator[Relays]:
    options = RelayOptions(name=RELAY, hosts=("http://127.0.0.1:9",))
    async with open_relays([options], clock=clock) as opened:
        yield opened


def upkeep(relays: Relays, memory: SqlStore, now: MovedClock) -> Upkeep:
    return Upkeep(relays=relays, store=memory, clock=now, retention=timedelta(days=30))


async def test_what_was_found_out_about_a_relay_outlives_a_restart(
    relays: Relays,
    store: SqlStore,
    clock: MovedClock,
) -> None:
    first = upkeep(relays, store, clock)
    await first.recall()
    relays[RELAY].image_route_missing()
    await first.turn()
    learnt = json.loads(await store.fact(habits_fact(RELAY)) or "{}")
    assert learnt == relays[RELAY].facts()
    assert learnt

    relays[RELAY].restore({})
    await upkeep(relays, store, clock).recall()
    assert relays[RELAY].facts() == learnt


async def test_old_rows_go_once_an_hour(
    relays: Relays,
    store: SqlStore,
    clock: MovedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pruned = []

    async def prune(*, before: object) -> int:
        pruned.append(before)
        return 7

    monkeypatch.setattr(store, "prune", prune)
    chores = upkeep(relays, store, clock)
    assert await chores.turn() == 7
    clock.move(60)
    assert await chores.turn() == 0
    clock.move(PRUNE_EVERY.total_seconds())
    assert await chores.turn() == 7
    assert pruned[1] == clock.now() - timedelta(days=30)


async def test_memory_that_fails_ends_no_chores(
    relays: Relays,
    store: SqlStore,
    clock: MovedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = asyncio.Event()

    async def refuse(name: str, value: str | None) -> None:
        tried.set()
        raise StoreError("the disk is full")

    monkeypatch.setattr(store, "save_fact", refuse)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(upkeep(relays, store, clock).run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await tried.wait()
        await asyncio.sleep(0)
        assert not running.done()
        running.cancel()


class WrongClock(MovedClock):
    """A clock whose wall time is set."""

    def set(self, seconds: float) -> None:
        """Move the wall time alone."""
        self._now += timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "back"), [(-3600, [3600.0]), (3600, []), (-0.5, []), (0, [])]
)
async def test_a_clock_that_was_set_back_is_noticed_once(
    relays: Relays,
    store: SqlStore,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    back: list[float],
) -> None:
    noticed = []

    async def set_back(by: timedelta) -> None:
        noticed.append(by.total_seconds())

    monkeypatch.setattr(store, "set_back", set_back)
    wrong = WrongClock()
    chores = upkeep(relays, store, wrong)
    wrong.set(seconds)
    for _ in range(2):
        wrong.move(60)
        await chores.turn()

    assert noticed == back
