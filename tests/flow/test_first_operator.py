"""The first operator: the log of the start holds a code, and whoever sends it first is it."""

import json
from io import StringIO
from pathlib import Path

import pytest

from bot.telemetry.logs import set_up_logs
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram, User


async def test_the_code_in_the_log_makes_the_first_operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StringIO()
    monkeypatch.setattr("sys.stderr", log)
    set_up_logs("info", "json")
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        ana, eve = telegram.user("Ana"), telegram.user("Eve")
        env = {
            "RELAY_URL": relay.url,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "ALLOW": "telegram:1",
        }
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            code = offered(log.getvalue())
            first = await claimed(telegram, ana, code)
            second = await claimed(telegram, eve, code)
        async with running_program(tmp_path, env) as app:
            await until_ready(app)

    assert "You run this bot now" in first
    assert "not good" in second
    assert log.getvalue().count("/claim ") == 1
    database = b"".join(
        file.read_bytes() for file in (tmp_path / "data").glob("mjwatch.db*")
    )
    assert code.encode() not in database


async def claimed(telegram: FakeTelegram, who: User, code: str) -> str:
    """Send a code in private; gives what was answered."""
    chat = telegram.private(who)
    await telegram.say(who, chat, f"/claim {code}")
    await telegram.until(lambda: telegram.messages(chat))
    return telegram.messages(chat)[0].words


def offered(log: str) -> str:
    """The one-time code that a start has logged."""
    lines = (json.loads(line) for line in log.splitlines())
    said = next(line["to_become_one"] for line in lines if "to_become_one" in line)
    return str(said).split()[2]
