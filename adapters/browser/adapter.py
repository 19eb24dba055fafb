"""The browser door, opened and closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.browser.answers import Answers
from adapters.browser.buttons import Buttons
from adapters.browser.chat import Chat
from adapters.browser.commands import Conversation, Imagine
from adapters.browser.files import Folder
from adapters.browser.guard import Guard, is_loopback
from adapters.browser.language import Chip, Tongue
from adapters.browser.messenger import BrowserMessenger
from adapters.browser.page import Desk, Route, routes_of
from adapters.browser.posts import Posts
from bot.commands.commands import Commands
from bot.errors import SettingsError
from bot.ports import Clock, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserOptions:
    """How the door stands.

    Attributes:
        host: Where the web server listens; refused if not loopback.
        folder: Where the chat's pictures are kept; ours alone.
        language: For a browser that asks for none of ours.
        imagine: Starts a task on a simulated relay and gives its id; None outside
            the demo.
        chips: What a newcomer may try by a tap.
    """

    host: str
    folder: Path
    language: str = "en"
    imagine: Imagine | None = None
    chips: tuple[Chip, ...] = ()


class Browser:
    """The open door."""

    def __init__(
        self, messenger: BrowserMessenger, chat: Chat, routes: tuple[Route, ...]
    ) -> None:
        self.messenger = messenger
        self.routes = routes
        self._chat = chat

    async def run(self) -> None:
        """Stay until cancelled, then send the pages away, so that a stop is quick."""
        try:
            await asyncio.Event().wait()
        finally:
            self._chat.close()

    def problems(self) -> list[str]:
        """Name what is missing: nothing, for it needs nobody but our own server."""
        return []


@asynccontextmanager
async def open_browser(
    options: BrowserOptions, *, commands: Commands, store: Store, clock: Clock
) -> AsyncIterator[Browser]:
    """Open the door, history and all; hand `routes` to the web server.

    Raises:
        SettingsError: The web server would not listen on loopback.
        StoreError: The history could not be read.
    """
    if not is_loopback(options.host):
        line = "BROWSER_CHAT should be off, or WEB_HOST should be 127.0.0.1"
        raise SettingsError((line,))
    chat = await Chat(store, clock).open()
    folder = Folder(options.folder)
    await folder.sweep(chat.files)
    messenger = BrowserMessenger(chat, folder)
    tongue = Tongue(store, options.language)
    await tongue.refresh()
    routes = _routes(options, commands, messenger, (chat, folder, tongue))
    try:
        yield Browser(messenger, chat, routes)
    finally:
        chat.close()


def _routes(
    options: BrowserOptions,
    commands: Commands,
    messenger: BrowserMessenger,
    rooms: tuple[Chat, Folder, Tongue],
) -> tuple[Route, ...]:
    chat, folder, tongue = rooms
    answers = Answers(commands, messenger, chat)
    conversation = Conversation(commands, chat, answers, options.imagine)
    buttons = Buttons(commands, chat, answers)
    posts = Posts(chat=chat, tongue=tongue, conversation=conversation, buttons=buttons)
    desk = Desk(
        guard=Guard(),
        chat=chat,
        folder=folder,
        tongue=tongue,
        conversation=conversation,
        posts=posts,
        chips=options.chips,
    )
    return routes_of(desk)
