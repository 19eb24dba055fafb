"""The whole program before a relay and Telegram."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import App
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import Chat, FakeTelegram, Message, User

TASK = "1767225600000001"


@dataclass(frozen=True)
class House:
    """The program between its fakes."""

    app: App
    relay: FakeRelay
    telegram: FakeTelegram
    folder: Path

    async def watch(self, who: User, chat: Chat, task: str = TASK) -> Message:
        """Let somebody watch a task that runs; gives its live card."""
        if task not in self.relay.tasks:
            self.relay.task(task, status="IN_PROGRESS", progress="40%", hold=True)
        before = len(self.telegram.messages(chat))
        await self.telegram.say(who, chat, f"/watch {task}")
        await self.telegram.until(lambda: len(self.telegram.messages(chat)) > before)
        return self.telegram.messages(chat)[before]

    def rings(self, chat: Chat) -> list[Message]:
        return [each for each in self.telegram.rings if each.chat is chat]


@asynccontextmanager
async def program(
    folder: Path, relay: FakeRelay, telegram: FakeTelegram
) -> AsyncIterator[House]:
    env = {
        "RELAY_URL": relay.url,
        "RELAY_KEY": relay.key,
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
    }
    async with running_program(folder, env) as app:
        await until_ready(app)
        yield House(app, relay, telegram, folder)
    assert telegram.broken_rules == []
    assert telegram.strays == []
