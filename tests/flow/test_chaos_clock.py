"""The wall clock jumps, or the machine sleeps: nothing is lost, nothing is twice."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import SystemClock
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
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
            await telegram.until(lambda: len(telegram.rings) >= len(tasks), 20)

        rung = Counter(
            task for r in telegram.rings for task in tasks if task in r.words
        )
        assert rung == Counter(tasks)
        assert len(telegram.rings) == len(tasks)
