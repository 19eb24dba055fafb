"""The door: connected for as long as it runs, whatever Telegram does meanwhile."""

import asyncio
import logging
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog
from telegram import Bot
from telegram.error import (
    BadRequest,
    Conflict,
    InvalidToken,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import ApplicationBuilder
from telegram.request import HTTPXRequest

from adapters.telegram.buttons import Buttons
from adapters.telegram.chats import Chats
from adapters.telegram.commands import CommandAnswers, install
from adapters.telegram.ears import Ears
from adapters.telegram.inline import Inline
from adapters.telegram.ledger import Ledger
from adapters.telegram.limits import UPDATES_AT_ONCE
from adapters.telegram.links import USERNAME_FACT
from adapters.telegram.memory import DoorMemory
from adapters.telegram.menu import set_menus
from adapters.telegram.messenger import TelegramMessenger
from adapters.telegram.options import TelegramOptions
from adapters.telegram.outcomes import retry_seconds
from adapters.telegram.people import People
from adapters.telegram.polling import READ_SECONDS, Poller
from adapters.telegram.reading import reading
from adapters.telegram.replies import Replies
from adapters.telegram.standing import NO_ANSWER, OTHER_POLLER, Standing
from adapters.telegram.updates import App, CallsRequest, Updates, UpdatesRequest, failed
from adapters.telegram.webhook import Route, Webhook
from adapters.telegram.wire import own_way
from bot.commands.commands import Commands
from bot.ports import Clock

log = structlog.get_logger(__name__)

_LONGEST_WAIT_SECONDS: Final = 30.0
_CONNECT_SECONDS: Final = 10.0
_UPLOAD_SECONDS: Final = 60.0
_POOL_SECONDS: Final = 3.0
_TROUBLES: Final[tuple[tuple[type[TelegramError], str], ...]] = (
    (InvalidToken, "the token is refused"),
    (Conflict, OTHER_POLLER),
    (RetryAfter, "told to wait (429)"),
    (BadRequest, "the webhook is refused"),
    (TimedOut, NO_ANSWER),
)
# Both forms of `retry_after` are read; the library warns of the change at each 429.
_WARNED: Final = r"Deprecated since version v22\.2: In a future"


class TelegramDoor:
    """One bot: its messenger, its updates, how it stands."""

    def __init__(
        self,
        *,
        app: App,
        options: TelegramOptions,
        messenger: TelegramMessenger,
        memory: DoorMemory,
        clock: Clock,
    ) -> None:
        self.messenger = messenger
        self._app = app
        self._bot: Bot = app.bot
        self._options = options
        self._memory = memory
        self._standing = Standing(clock)
        updates = Updates(app=app, memory=memory, clock=clock)
        self._poller = Poller(
            bot=app.bot,
            updates=updates,
            standing=self._standing,
            again_seconds=options.again_seconds,
        )
        self._known = False  # getMe has answered
        self._webhook: Webhook | None = None
        if options.public_url:
            self._webhook = Webhook(
                updates=updates, options=options, ready=lambda: self._known
            )

    @property
    def routes(self) -> Sequence[Route]:
        """What the web server is to serve for us; nothing when we poll."""
        return self._webhook.routes if self._webhook else ()

    def problems(self) -> list[str]:
        """Say what is missing before the door is ready; nothing: it is."""
        trouble = self._standing.trouble
        return [f"telegram: {trouble}"] if trouble else []

    async def run(self) -> None:
        """Serve for ever; only cancellation ends it."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await self._connect(group)
                    await self._serve(group)
                except TelegramError as error:
                    await asyncio.sleep(self._wait_after(error))

    async def _connect(self, group: asyncio.TaskGroup) -> None:
        """Learn who we are; the first success tells Telegram our commands, too."""
        if self._known:
            return
        with reading():
            await self._app.initialize()
        await self._memory.save_fact(USERNAME_FACT, self._bot.username)
        self._known = True
        group.create_task(set_menus(self._bot), name="telegram.menus")

    async def _serve(self, group: asyncio.TaskGroup) -> None:
        if self._webhook is not None:
            await self._keep_webhook(self._webhook)
        await self._poller.run(group)

    async def _keep_webhook(self, webhook: Webhook) -> None:
        await webhook.set_up(self._bot)
        while True:
            self._standing.lasts()
            self._standing.well()
            await asyncio.sleep(self._options.check_seconds)
            with reading():
                await webhook.check(self._bot)

    def _wait_after(self, error: TelegramError) -> float:
        """Note what is wrong, and say how long to leave Telegram alone."""
        self._standing.bad(in_words(error))
        if isinstance(error, RetryAfter):
            return retry_seconds(error)
        wait = self._options.retry_seconds * 2.0 ** min(self._standing.failures - 1, 10)
        return min(wait, _LONGEST_WAIT_SECONDS)


@asynccontextmanager
async def open_telegram(
    options: TelegramOptions,
    *,
    commands: Commands,
    store: DoorMemory,
    clock: Clock,
) -> AsyncIterator[TelegramDoor]:
    """Build the door; its `run` connects it. Nothing is asked of Telegram before."""
    # At INFO it logs every address, and the token is part of each.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # A traceback with the body for each answer that is a page; we say it, and once.
    logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", message=_WARNED)
    requests = _request(options, CallsRequest), _request(options, UpdatesRequest)
    app = _application(options, *requests)
    ledger = Ledger(clock)
    messenger = TelegramMessenger(app.bot, ledger=ledger)
    door = TelegramDoor(
        app=app, options=options, messenger=messenger, memory=store, clock=clock
    )
    people = People(bot=app.bot)
    chats = Chats(memory=store, clock=clock)
    replies = Replies(
        messenger=TelegramMessenger(app.bot, ledger=ledger, answers=True),
        commands=commands,
        chats=chats,
        options=options,
    )
    install(
        app,
        commands=CommandAnswers(
            commands=commands,
            people=people,
            replies=replies,
            chats=chats,
            memory=store,
        ),
        ears=Ears(commands=commands, people=people, replies=replies),
        buttons=Buttons(
            commands=commands,
            people=people,
            replies=replies,
            memory=store,
            options=options,
            clock=clock,
        ),
        inline=Inline(bot=app.bot, commands=commands, people=people, options=options),
    )
    app.add_error_handler(failed)
    try:
        yield door
    finally:
        await app.shutdown()
        for request in requests:  # also when they were never initialized
            await request.shutdown()


def _application(
    options: TelegramOptions, calls: HTTPXRequest, updates: HTTPXRequest
) -> App:
    api = options.api_url.rstrip("/")
    return (
        ApplicationBuilder()
        .token(options.token)
        .base_url(f"{api}/bot")
        .base_file_url(f"{api}/file/bot")
        .request(calls)
        .get_updates_request(updates)
        .updater(None)
        .concurrent_updates(UPDATES_AT_ONCE)
        .build()
    )


def _request(options: TelegramOptions, kind: type[HTTPXRequest]) -> HTTPXRequest:
    return kind(
        proxy=options.proxy,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        pool_timeout=_POOL_SECONDS,
        media_write_timeout=_UPLOAD_SECONDS,
        httpx_kwargs=own_way(),
    )


def in_words(error: TelegramError) -> str:
    """Say what is wrong in words of ours: the library's can hold the token."""
    found = (words for kind, words in _TROUBLES if isinstance(error, kind))
    return next(found, "cannot be reached")
