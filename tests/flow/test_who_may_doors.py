"""Who may do what at the Telegram door of the whole program: the deeds that differ.

The whole table is asked of the core in `test_who_may.py`, and of the Discord door in
`test_who_may_discord.py`; here it is Telegram's word about who somebody is that counts.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Final

import pytest

from bot.telemetry.logs import set_up_logs
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram, User
from tests.fakes.telegram.model import Status
from tests.flow.test_who_may import DEEDS, table

RUNNING, OTHER = "1767225600000001", "1767225600000003"
# What is typed, and what is answered to somebody who may.
LINES: Final = {
    "look at an id": (f"status {OTHER}", "60%"),
    "stop the asker's watch": (f"unwatch {RUNNING}", "No longer watching"),
    "see the chat's list": ("list", "40%"),
    "see the settings": ("settings", "Settings of this chat"),
    "say /allow and /deny": ("allow telegram:5", "Let in"),
}
ACTORS: Final = ("operator", "manager", "asker", "member", "elsewhere", "stranger")
MAY: Final = {(deed, actor): may for deed, actor, may in table()}
Say = Callable[[str, str], Awaitable[str]]  # actor, line -> what is answered


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as opened:
        opened.task(RUNNING, status="IN_PROGRESS", progress="40%", hold=True)
        opened.task(OTHER, status="IN_PROGRESS", progress="60%", hold=True)
        yield opened


@asynccontextmanager
async def at_telegram(folder: Path, relay: FakeRelay) -> AsyncIterator[Say]:
    """Everybody on Telegram; Ann watches a task in the group."""
    async with FakeTelegram() as telegram:
        people = {name: telegram.user(name) for name in ACTORS}
        all_: dict[User, Status] = dict.fromkeys(people.values(), "member")
        home = telegram.group("Home", all_ | {people["manager"]: "administrator"})
        away, shut = telegram.group("Away", all_), telegram.group("Shut", all_)
        rooms = dict.fromkeys(ACTORS, home) | {"elsewhere": away, "stranger": shut}

        async def say(actor: str, line: str) -> str:
            room = rooms[actor]
            before = len(telegram.messages(room))
            await telegram.say(people[actor], room, f"/{line}")
            await telegram.until(lambda: len(telegram.messages(room)) > before)
            return telegram.messages(room)[-1].words

        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "OPERATORS": f"telegram:{people['operator'].id}",
            "ALLOW": f"telegram:{home.id}, telegram:{away.id}",
        }
        async with running_program(folder, env) as app:
            await until_ready(app)
            await say("asker", f"watch {RUNNING}")
            yield say


@pytest.mark.parametrize("deed", LINES)
@pytest.mark.parametrize("actor", ACTORS)
async def test_a_door_lets_do_what_the_table_says(
    tmp_path: Path, relay: FakeRelay, actor: str, deed: str
) -> None:
    line, done = LINES[deed]

    async with at_telegram(tmp_path, relay) as say:
        answer = await say(actor, line)

    assert (done in answer) is MAY[deed, actor]
    assert deed in DEEDS


# --- the first operator ---------------------------------------------------------------


async def test_the_code_in_the_log_makes_the_first_operator(
    tmp_path: Path, relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StringIO()
    monkeypatch.setattr("sys.stderr", log)
    set_up_logs("info", "json")
    async with FakeTelegram() as telegram:
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
