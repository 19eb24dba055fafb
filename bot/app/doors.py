"""The doors that the settings turn on, and the web server that some hang on."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bot.app.options import derived
from bot.commands.commands import Commands
from bot.ports import Clock, Messenger, Store
from bot.settings import Settings

# Ready-made tasks by the last digits of their ids: the command that shows each best.
_OFFERED: Final = {
    "002": ("watch", "live"),
    "001": ("status", "done"),
    "009": ("status", "upscale"),
    "010": ("status", "album"),
    "011": ("status", "video"),
    "012": ("status", "describe"),
    "007": ("status", "input"),
    "008": ("status", "stuck"),
    "005": ("status", "failed"),
    "014": ("status", "hostile"),
}

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
    commands: Commands
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
    from storage.vault import Vault

    settings = behind.settings
    options = DiscordOptions(
        token=token,
        vault=Vault(derived(settings, "discord answers")),
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
        # Nobody can bring what no server takes: then updates are fetched.
        public_url=settings.public_url if settings.web else None,
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
        chips=tuple(Chip(line=line, name=name) for line, name in _tries(showcase)),
    )
    return open_browser(
        options, commands=behind.commands, store=behind.store, clock=behind.clock
    )


def _tries(showcase: Showcase | None) -> Iterator[tuple[str, str]]:
    """Offer a newcomer lines to say, each with the name of its words on the page."""
    if showcase is None:
        return
    yield "/imagine ", "imagine"
    by_number = {task_id[-3:]: task_id for task_id in showcase.ids}
    for number, (command, name) in _OFFERED.items():
        if number in by_number:
            yield f"/{command} {by_number[number]}", name
