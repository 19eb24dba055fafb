"""One program before a relay and both platforms: a watch in each, and what rang there."""

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from bot.app import App
from bot.ports import Clock
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord import StoredMessage as DiscordMessage
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.model import Chat, Message, User

TASK: Final = "1767225600000001"


@dataclass(eq=False)
class Rooms:
    """A private Telegram chat, a Discord channel, and a program that serves both."""

    relay: FakeRelay
    telegram: FakeTelegram
    discord: FakeDiscord
    ana: User
    chat: Chat
    desk: Chat  # the operator's
    app: App

    async def watch(self, task: str = TASK) -> None:
        """Have a running task watched in both rooms."""
        if task not in self.relay.tasks:
            self.relay.task(task, status="IN_PROGRESS", progress="40%", hold=True)
        telegram, discord = self.telegram, self.discord
        await telegram.say(self.ana, self.chat, f"/watch {task}")
        await discord.slash(discord.user, "watch", {"ids": task})
        await telegram.until(lambda: any(task in m.words for m in self.letters()))
        await discord.until(
            lambda: any(task in str(m.embeds) + m.content for m in self.posts())
        )

    def letters(self) -> list[Message]:
        """Give what the bot has written in the Telegram chat."""
        return self.telegram.messages(self.chat)

    def posts(self) -> list[DiscordMessage]:
        """Give what the bot has written in the Discord channel."""
        return self.discord.messages(self.discord.channel)

    def rings(self) -> list[Message]:
        """Give the Telegram messages that rang."""
        return [m for m in self.letters() if not m.silent]

    def shouts(self) -> list[DiscordMessage]:
        """Give the Discord messages that rang."""
        return [m for m in self.posts() if m.rang.rings]

    async def rung(self, *, pictured: bool = True) -> None:
        """Wait until both rooms were told, with a picture or whatever is there."""
        await self.telegram.until(
            lambda: any(m.media or not pictured for m in self.rings())
        )
        await self.discord.until(
            lambda: any(m.files or not pictured for m in self.shouts())
        )

    async def ends(self, task: str = TASK, **fields: object) -> None:
        """Let a watched task succeed, and wait for the pictures."""
        self.relay.becomes(task, **{"status": "SUCCESS", **fields})
        await self.rung()


@asynccontextmanager
async def rooms(
    folder: Path,
    relay: FakeRelay,
    settings: Mapping[str, str] | None = None,
    *,
    clock: Clock | None = None,
    operated: bool = False,
) -> AsyncIterator[Rooms]:
    """Open both rooms; at the end no rule of a platform may have been broken.

    With `operated` there is an operator's chat on Telegram, too.
    """
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(FakeTelegram())
        discord = await stack.enter_async_context(FakeDiscord())
        ana, op = telegram.user("Ana"), telegram.user("Op")
        desk = {"OPERATOR_CHAT": f"telegram:{op.id}"} if operated else {}
        environment = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.url,
        }
        app = await stack.enter_async_context(
            running_program(
                folder, environment | desk | dict(settings or {}), clock=clock
            )
        )
        await until_ready(app)
        chat, office = telegram.private(ana), telegram.private(op)
        yield Rooms(relay, telegram, discord, ana, chat, office, app)
        assert telegram.broken_rules == []
        assert discord.refusals == []


def same_picture(one: bytes, other: bytes) -> bool:
    """Whether two files show the same, whatever they are packed in."""
    with Image.open(io.BytesIO(one)) as a, Image.open(io.BytesIO(other)) as b:
        return a.convert("RGB").tobytes() == b.convert("RGB").tobytes()
