"""The browser door on a real web server, with commands that say what they are told."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from adapters.browser.adapter import Browser, BrowserOptions, open_browser
from adapters.browser.commands import Imagine
from adapters.browser.language import Chip
from adapters.browser.limits import HERE, YOU
from adapters.browser.messenger import BrowserMessenger
from adapters.web.probes import Probes
from adapters.web.server import WebOptions, open_web
from bot.clock import SystemClock
from bot.domain.notification import Delivered
from bot.domain.subscription import Destination, Person, Receipt
from bot.ports import Clock, Letter, Store
from bot.present.card import Card
from storage.engine import open_store
from tests.fakes.commands import FakeCommands
from tests.fakes.ports import held_port

CHIPS = (Chip(line="/imagine ", name="imagine"), Chip(line="/status t1", name="done"))


@dataclass(eq=False)
class Console:
    """A console on loopback, to be killed and opened again on the same memory.

    Attributes:
        folder: Holds the database and the pictures.
        port: Where it listens, every time that it is opened.
        commands: Answer what they are told to.
    """

    folder: Path
    port: int
    commands: FakeCommands = field(default_factory=FakeCommands)
    clock: Clock = field(default_factory=SystemClock)
    imagine: Imagine | None = None
    chips: tuple[Chip, ...] = CHIPS
    door: Browser | None = None
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    here: ClassVar[Destination] = HERE
    you: ClassVar[Person] = YOU

    @property
    def url(self) -> str:
        """The page's address."""
        return f"{self.origin}/chat"

    @property
    def origin(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def messenger(self) -> BrowserMessenger:
        """The door's way out."""
        assert self.door is not None
        return self.door.messenger

    async def open(self) -> None:
        """Listen."""
        self.door = await self._open.enter_async_context(_opened(self))

    async def close(self) -> None:
        """Stop listening, and leave every page alone."""
        await self._open.aclose()
        self._open = AsyncExitStack()

    async def tell(self, card: Card, key: str, *, loud: bool = False) -> Receipt:
        """Bring a card into the chat, as delivery does."""
        letter = Letter(card=card, to=HERE, key=key, loud=loud)
        outcome = await self.messenger.send(letter)
        assert isinstance(outcome, Delivered)
        return outcome.receipt


@asynccontextmanager
async def open_console(folder: Path) -> AsyncIterator[Console]:
    """Open a console, and close it at the end."""
    with held_port() as port:
        console = Console(folder, port)
        await console.open()
        try:
            yield console
        finally:
            await console.close()


@asynccontextmanager
async def _opened(console: Console) -> AsyncIterator[Browser]:
    options = BrowserOptions(
        host="127.0.0.1",
        folder=console.folder / "chat",
        imagine=console.imagine,
        chips=console.chips,
    )
    url = await _database(console)
    async with (
        open_store(url, clock=console.clock, migrate=False) as store,
        open_browser(
            options, commands=console.commands, store=store, clock=console.clock
        ) as door,
        _serving(door, console.port, store),
    ):
        yield door


async def _database(console: Console) -> str:
    """Name the console's database: at first a copy of one that all tests share."""
    path = console.folder / "mjwatch.db"
    empty = console.folder.parent / "mjwatch-empty.db"
    if not empty.exists():
        async with open_store(f"sqlite:///{empty}", clock=console.clock):
            pass
    if not path.exists():
        shutil.copy(empty, path)
    return f"sqlite:///{path}"


@asynccontextmanager
async def _serving(door: Browser, port: int, store: Store) -> AsyncIterator[None]:
    async def ready() -> list[str]:
        return [] if await store.writable() else ["store"]

    probes = Probes(alive=list, ready=ready, metrics=bytes)
    options = WebOptions(port=port, stop_seconds=0.05)
    async with open_web(options, probes=probes, routes=door.routes):
        running = asyncio.create_task(door.run())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
