"""A group full of questions, through the whole program: the ring goes all the same."""

from pathlib import Path

import pytest

from adapters.telegram.limits import ANSWERS_STOP_AT, GROUP_CALLS
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

TASK, OTHER = "1767225600000001", "1767225600000002"


@pytest.mark.slow
async def test_a_ring_does_not_wait_for_room_that_answers_have_taken(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        flood = telegram.limit_flood()
        relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
        relay.task(OTHER, status="IN_PROGRESS", progress="10%", hold=True)
        ana = telegram.user("Ana")
        group = telegram.supergroup("Team", {ana: "member"})
        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "LIMIT_LOOKS": "0",
        }
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            await telegram.say(ana, group, f"/watch {TASK}")
            await telegram.until(lambda: telegram.messages(group))
            for _ in range(25):
                await telegram.say(ana, group, f"/status {OTHER}")
            await telegram.until(
                lambda: len(telegram.messages(group)) >= ANSWERS_STOP_AT
            )

            relay.becomes(TASK, status="SUCCESS")
            ring = await telegram.until(lambda: telegram.rings)

    assert ring[0].media
    assert TASK in ring[0].words
    assert flood.group_per_minute == GROUP_CALLS
    assert [each for each in telegram.refusals if each.code == 429] == []
