"""The wall clock jumps, or the machine sleeps: nothing is lost, twice or late."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import upkeep
from bot.clock import SystemClock
from tests.chaos.soaking import live
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.rooms import TASK, rooms
from tests.fakes.telegram import FakeTelegram

HOUR = 3600.0


class JumpingClock(SystemClock):
    """The machine's clock with its wall time set wrong; what is waited goes on.

    A machine that has slept looks the same: the steady count stands still then.
    """

    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead_seconds)


@pytest.mark.slow
@pytest.mark.parametrize("jump", [-HOUR, HOUR, 8 * HOUR], ids=["back", "on", "sleep"])
async def test_a_clock_that_jumps_loses_nothing_and_repeats_nothing(
    tmp_path: Path, jump: float
) -> None:
    clock = JumpingClock()
    tasks = [str(1767225600000001 + n) for n in range(6)]
    async with FakeRelay(kind="newapi", hold=True) as relay, FakeTelegram() as telegram:
        for task in tasks:
            relay.task(task, status="IN_PROGRESS", progress="40%")
        people = [telegram.user(f"P{n}") for n in range(3)]
        chats = [telegram.private(person) for person in people]
        settings = {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}
        settings |= {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        async with running_program(tmp_path, settings, clock=clock) as app:
            await until_ready(app)
            for n, task in enumerate(tasks):
                await telegram.say(people[n % 3], chats[n % 3], f"/watch {task}")
            await telegram.until(
                lambda: sum(len(telegram.messages(chat)) for chat in chats) == 6
            )
            relay.becomes(tasks[0], status="SUCCESS")
            await telegram.until(lambda: telegram.rings)

            clock.ahead_seconds = jump
            for task in tasks[1:]:
                relay.becomes(task, status="SUCCESS")
            await telegram.until(lambda: len(telegram.rings) >= len(tasks))

        rung = Counter(
            task for r in telegram.rings for task in tasks if task in r.words
        )
        assert rung == Counter(tasks)
        assert len(telegram.rings) == len(tasks)


async def put_off(database: Path) -> None:
    """Wait until a tell waits for its time."""
    query = "SELECT 1 FROM outbox WHERE state = 'pending' AND leased_until IS NULL AND reason IS NOT NULL"
    async with asyncio.timeout(PATIENCE_SECONDS):
        with closing(sqlite3.connect(database)) as conn:
            while not conn.execute(query).fetchall():  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_what_was_put_off_does_not_wait_for_a_clock_that_was_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "KEEP_SECONDS", 0.2)
    clock = JumpingClock()
    async with (
        FakeRelay(kind="newapi") as relay,
        rooms(tmp_path, relay, clock=clock) as here,
    ):
        await here.watch()
        refused = here.telegram.fault("*", chat=here.chat, retry_after=4, times=None)
        relay.becomes(TASK, status="FAILURE", failReason="no luck")
        await put_off(tmp_path / "data" / "mjwatch.db")
        clock.ahead_seconds = -HOUR
        refused.lift()
        await here.rung(pictured=False)

    assert len(here.rings()) == len(here.shouts()) == 1


@pytest.mark.slow
async def test_a_long_life_tells_all_once_and_its_database_stays_as_small(
    tmp_path: Path,
) -> None:
    states = [each async for each in live(tmp_path, 300, size=15)]

    grown_up, last = states[len(states) // 2], states[-1]
    assert (last.cycles, last.wrong) == (300, 0)
    assert last.open_files <= grown_up.open_files
    # A page is much of a database so small.
    assert last.database_bytes <= grown_up.database_bytes * 1.1
