"""SIGKILL while commands are worked at: none is lost, and none is done twice."""

import asyncio
from pathlib import Path

import pytest

from tests.fakes.outside import outside_program
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

SLOW, QUICK = "1767225600000001", "1767225600000002"


@pytest.mark.slow
async def test_a_command_is_answered_though_the_program_was_killed_over_it(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        for task in (SLOW, QUICK):
            relay.task(task, status="IN_PROGRESS", progress="40%", hold=True)
        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
        }
        ana = telegram.user("Ana")
        chat = telegram.private(ana)
        silence = relay.fault(hang=asyncio.Event(), task_id=SLOW, times=None)
        async with outside_program(tmp_path, env) as program:
            await program.until_ready()
            await telegram.say(ana, chat, f"/watch {SLOW}")
            await relay.until(lambda: silence.hits)
            await telegram.say(ana, chat, f"/status {QUICK}")
            await telegram.until(lambda: telegram.messages(chat))
            polls = len(telegram.called("getUpdates"))
            await telegram.until(lambda: len(telegram.called("getUpdates")) > polls + 1)
            program.process.kill()
            await program.process.wait()
        answered = [each.words for each in telegram.messages(chat)]
        silence.lift()

        async with outside_program(tmp_path, env) as program:
            await program.until_ready()
            await telegram.until(lambda: not telegram.updates.pending)
            relay.becomes(SLOW, status="SUCCESS")
            await telegram.until(lambda: telegram.rings)

    assert len(answered) == 1
    assert QUICK in answered[0]
    shown = [m for m in telegram.messages(chat) if QUICK in m.words]
    assert len(shown) == 1
    assert [m for m in telegram.rings if SLOW in m.words]
