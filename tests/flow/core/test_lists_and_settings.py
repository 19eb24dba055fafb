"""`/list`, `/seed`, `/settings` and `/help` asked of the real core."""

from dataclasses import replace
from pathlib import Path

from bot.commands.reply import How
from bot.domain.task import RelayName
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import (
    ALONE,
    ANN,
    BOB,
    BOSS,
    Commanding,
    commanding,
    labels,
    ref,
    words,
)
from tests.fakes.relay import FakeRelay
from tests.flow.core.conftest import ONE, TWO


async def test_a_list_shows_this_chat_alone_in_pages(desk: Commanding) -> None:
    for number in range(10):
        await desk.commands.watch(ANN, f"task_{number:010}")
    elsewhere = replace(BOB, destination=replace(BOB.destination, chat="99"))

    first = await desk.commands.list(ANN)
    second = await desk.commands.press(ANN, ref(first, labels(first)[-1]))
    other = await desk.commands.list(elsewhere)

    assert "task_0000000009" in words(first)
    assert "task_0000000001" in words(second)
    assert second.how is How.EDIT
    assert "task_" not in words(other)


async def test_a_seed_is_copyable_and_its_absence_is_said(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS")
    relay.tasks[ONE].seed = "4242"
    relay.task(TWO, status="SUCCESS")
    relay.tasks[TWO].seed = ""

    there = await desk.commands.seed(ANN, ONE)
    missing = await desk.commands.seed(ANN, TWO)

    assert "4242" in words(there)
    assert "seed" in words(missing).lower()


async def test_settings_are_for_managers_and_take_effect(
    desk: Commanding, relay: FakeRelay
) -> None:
    refused = await desk.commands.settings(ANN)
    card = await desk.commands.settings(BOSS)
    chinese = await desk.commands.press(BOSS, ref(card, "中文"))
    relay.task(ONE, status="IN_PROGRESS", progress="40%")
    status = await desk.commands.status(ANN, ONE)

    assert "manage" in words(refused)
    assert chinese.how is How.EDIT
    assert status.card.language == "zh"


async def test_a_chat_may_choose_its_relay(
    store: SqlStore, clock: MovedClock, tmp_path: Path
) -> None:
    async with (
        FakeRelay(kind="newapi") as first,
        FakeRelay(kind="newapi") as second,
        commanding(store, clock, tmp_path / "p", [first, second]) as desk,
    ):
        card = await desk.commands.settings(BOSS)
        await desk.commands.press(BOSS, ref(card, "r2"))
        reply = await desk.commands.watch(ANN, "unknown1234567")

    running, _ = await store.running(ANN.destination, limit=1)
    assert reply.subscription is not None
    assert running[0].task.relay == RelayName("r2")


async def test_help_is_in_the_readers_language(desk: Commanding) -> None:
    english = await desk.commands.help(ANN)
    chinese = await desk.commands.help(replace(ANN, destination=ALONE, locale="zh-CN"))

    assert "/watch" in words(english)
    assert chinese.card.language == "zh"
