"""The doors that the settings turn on, and the web server that some hang on."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from bot.app.options import derived
from bot.commands.commands import CommandsApi
from bot.ports import Clock, Messenger, Store
from bot.settings import Settings

Route = tuple[str, str, Callable[..., Awaitable[Any]]]


class Door(Protocol):
    """What every adapter is to the program."""

    @property
    def messenger(self) -> Messenger:
        """Its way out."""

    @property
    def routes(self) -> Sequence[Route]:
        """What it hangs on the web server."""

    def problems(self) -> list[str]:
        """What it lacks to be ready, a line each."""

    async def run(self) -> None:
        """Serve for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showcase:
    """What the demo's chat page offers beside the commands.

    Attributes:
        imagine: Starts a task on the simulated relay and gives its id.
        ids: Ready-made tasks that a newcomer may try by a tap.
    """

    imagine: Callable[[str], Awaitable[str]]
    ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What every door leads to."""

    settings: Settings
    commands: CommandsApi
    store: Store
    clock: Clock
    showcase: Showcase | None = None


def doors(behind: Behind) -> Iterator[AbstractAsyncContextManager[Door]]:
    """Name the doors to open; each brings its library only then."""
    if behind.settings.discord_token:
        yield _discord(behind, behind.settings.discord_token)
    if behind.settings.telegram_token:
        yield _telegram(behind, behind.settings.telegram_token)
    if behind.settings.browser_chat:
        yield _browser(behind)


def _discord(behind: Behind, token: str) -> AbstractAsyncContextManager[Door]:
    from adapters.discord.adapter import DiscordOptions, open_discord

    settings = behind.settings
    options = DiscordOptions(
        token=token,
        api_url=settings.discord_api_url,
        proxy=settings.discord_proxy,
        listen=settings.listen,
        default_language=settings.default_language,
    )
    return open_discord(
        options, commands=behind.commands, store=behind.store, clock=behind.clock
    )


def _telegram(behind: Behind, token: str) -> AbstractAsyncContextManager[Door]:
    from adapters.telegram.adapter import open_telegram
    from adapters.telegram.options import TelegramOptions

    settings = behind.settings
    options = TelegramOptions(
        token=token,
        api_url=settings.telegram_api_url,
        proxy=settings.telegram_proxy,
        public_url=settings.public_url,
        webhook_secret=derived(settings, "telegram webhook"),
        language=settings.default_language,
    )
    return open_telegram(
        options, commands=behind.commands, store=behind.store, clock=behind.clock
    )


def _browser(behind: Behind) -> AbstractAsyncContextManager[Door]:
    from adapters.browser.adapter import BrowserOptions, open_browser
    from adapters.browser.language import Chip

    settings, showcase = behind.settings, behind.showcase
    options = BrowserOptions(
        host=settings.web_host,
        folder=settings.home / "chat",
        language=settings.default_language,
        imagine=showcase.imagine if showcase else None,
        chips=tuple(Chip(line=line) for line in showcase.ids) if showcase else (),
    )
    return open_browser(
        options, commands=behind.commands, store=behind.store, clock=behind.clock
    )
