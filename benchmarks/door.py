"""The shipped messengers on their client libraries, and when each ring was accepted."""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import discord
from discord.http import Route

from adapters.discord.budget import InvalidBudget
from adapters.discord.line import Line
from adapters.discord.messenger import DiscordMessenger
from adapters.telegram.adapter import open_telegram
from adapters.telegram.options import TelegramOptions
from bot.app.app import App
from bot.domain.notification import Delivered, Outcome
from bot.domain.subscription import Platform, Receipt
from bot.ports import Letter, Messenger

DISCORD: Final = Platform("discord")
TELEGRAM: Final = Platform("telegram")
TOKEN: Final = "1:bench"


class Timed:
    """A messenger, and when the platform's answer to each message was there."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self.accepted: dict[Receipt, float] = {}
        self.bare = 0  # rings without a file

    def __getattr__(self, wanted: str) -> Any:  # noqa: ANN401 - whatever it has
        return getattr(self._messenger, wanted)

    async def send(self, letter: Letter) -> Outcome:
        """Send, and note when that was done."""
        outcome = await self._messenger.send(letter)
        if isinstance(outcome, Delivered):
            self.accepted[outcome.receipt] = time.monotonic()
            self.bare += letter.loud and not letter.files
        return outcome


@asynccontextmanager
async def open_door(platform: Platform, app: App, port: int) -> AsyncIterator[Timed]:
    """Open the door's way out to the platform on a port; nothing comes in."""
    url = f"http://127.0.0.1:{port}"
    opens = {DISCORD: _discord, TELEGRAM: _telegram}
    opened: AbstractAsyncContextManager[Messenger] = opens[platform](app, url)
    async with opened as messenger:
        yield Timed(messenger)


@asynccontextmanager
async def _discord(app: App, url: str) -> AsyncIterator[Messenger]:
    """Log in without the gateway, which no message takes."""
    before, Route.BASE = Route.BASE, url
    client = discord.Client(intents=discord.Intents.none())
    try:
        async with client:
            await client.login(TOKEN)
            line = Line(budget=InvalidBudget(app.clock), client=client)
            yield DiscordMessenger(line=line, clock=app.clock)
    finally:
        Route.BASE = before


@asynccontextmanager
async def _telegram(app: App, url: str) -> AsyncIterator[Messenger]:
    options = TelegramOptions(token=TOKEN, api_url=url)
    async with open_telegram(
        options, commands=app.commands, store=app.store, clock=app.clock
    ) as door:
        yield door.messenger
