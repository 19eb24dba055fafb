"""The door: connected for as long as it runs, whatever Telegram does meanwhile."""

import asyncio
import logging
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog
from telegram import Bot, Update
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
from adapters.telegram.commands import Commands, install
from adapters.telegram.ears import Ears
from adapters.telegram.inline import Inline
from adapters.telegram.limits import POLL_SECONDS, UPDATES_AT_ONCE
from adapters.telegram.links import USERNAME_FACT
from adapters.telegram.memory import DoorMemory
from adapters.telegram.menu import set_menus
from adapters.telegram.messenger import TelegramMessenger
from adapters.telegram.options import TelegramOptions
from adapters.telegram.outcomes import retry_seconds
from adapters.telegram.people import People
from adapters.telegram.replies import Replies
from adapters.telegram.standing import Standing
from adapters.telegram.updates import (
    ALLOWED,
    App,
    CallsRequest,
    Updates,
    UpdatesRequest,
    failed,
    place_of,
)
from adapters.telegram.webhook import Route, Webhook
from adapters.telegram.wire import own_way
from bot.commands.commands import CommandsApi
from bot.ports import Clock

log = structlog.get_logger(__name__)

_LONGEST_WAIT_SECONDS: Final = 30.0
_CONNECT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 20.0  # an upload is answered when Telegram has looked at it
_UPLOAD_SECONDS: Final = 60.0
_POOL_SECONDS: Final = 3.0
_SETTLE_SECONDS: Final = 3.0
_FAREWELL_SECONDS: Final = 2.0
_BEGUN_SECONDS: Final = 1.0  # a refusal would have come by then
_OTHER_POLLER: Final = "another process fetches this bot's updates (409)"
_NO_ANSWER: Final = "no answer in time"
_BEGUN_AFTER: Final = {
    _OTHER_POLLER: 5.0,  # its refusal is held back for three
    _NO_ANSWER: 100.0,  # only an answer ends that: the next silence is noticed before
}
_TROUBLES: Final[tuple[tuple[type[TelegramError], str], ...]] = (
    (InvalidToken, "the token is refused"),
    (Conflict, _OTHER_POLLER),
    (RetryAfter, "told to wait (429)"),
    (BadRequest, "the webhook is refused"),
    (TimedOut, _NO_ANSWER),
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
        self._updates = Updates(app=app, memory=memory, clock=clock)
        self._known = False  # getMe has answered
        self._next: int | None = None  # the first update not yet taken
        self._failures = 0
        self._webhook: Webhook | None = None
        if options.public_url:
            self._webhook = Webhook(
                updates=self._updates, options=options, ready=lambda: self._known
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
        await self._app.initialize()
        await self._memory.save_fact(USERNAME_FACT, self._bot.username)
        self._known = True
        group.create_task(set_menus(self._bot), name="telegram.menus")

    async def _serve(self, group: asyncio.TaskGroup) -> None:
        if self._webhook is not None:
            await self._keep_webhook(self._webhook)
        await self._poll(group)

    async def _keep_webhook(self, webhook: Webhook) -> None:
        await webhook.set_up(self._bot)
        while True:
            self._failures = 0
            self._standing.well()
            await asyncio.sleep(self._options.check_seconds)
            await webhook.check(self._bot)

    async def _poll(self, group: asyncio.TaskGroup) -> None:
        """Fetch updates; each is worked at on its own, so none waits for another."""
        await self._end_webhook()
        room = asyncio.Semaphore(UPDATES_AT_ONCE)
        try:
            seconds = 0  # the first is answered at once: then polling is known to run
            while True:
                for update in await self._fetch(seconds):
                    await room.acquire()
                    self._next = update.update_id + 1
                    group.create_task(self._work(update, room))
                seconds = POLL_SECONDS
        except asyncio.CancelledError:
            await self._farewell()
            raise

    async def _end_webhook(self) -> None:
        """Take a webhook away; where that fails, polling tells whether it matters."""
        try:
            await self._bot.delete_webhook()
        except RetryAfter:
            raise
        except TelegramError as error:
            log.warning("telegram.webhook_stays", error=type(error).__name__)

    async def _fetch(self, seconds: int) -> tuple[Update, ...]:
        """Wait for updates, as patiently whether Telegram hurries as asked or not."""
        begun = self._when_begun()
        try:
            found = await self._bot.get_updates(
                offset=self._next,
                timeout=seconds,
                read_timeout=_READ_SECONDS + POLL_SECONDS - seconds,
                allowed_updates=ALLOWED,
            )
        finally:
            begun.cancel()
        if seconds:
            self._failures = 0
        # Against another poller a short call always wins, and proves nothing.
        if seconds or self._standing.trouble != _OTHER_POLLER:
            self._standing.well()
        return found

    def _when_begun(self) -> asyncio.TimerHandle:
        """Count a poll that is not refused as one that runs, answered or not."""
        wait = _BEGUN_AFTER.get(self._standing.trouble or "", _BEGUN_SECONDS)
        return asyncio.get_running_loop().call_later(wait, self._standing.well)

    async def _work(self, update: Update, room: asyncio.Semaphore) -> None:
        try:
            await self._updates.take(update)
        except Exception as error:  # noqa: BLE001 - one update must not end the others
            log.warning("telegram.update_failed", **place_of(error))
        finally:
            room.release()

    async def _farewell(self) -> None:
        """Let what was taken end, and confirm it; the rest comes again later."""
        await self._updates.settle(_SETTLE_SECONDS)
        open_one = self._updates.oldest_open
        if self._next is None:
            return
        self._next = self._next if open_one is None else min(open_one, self._next)
        try:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._fetch(0)
        except (TelegramError, TimeoutError) as error:
            log.info("telegram.farewell_failed", error=type(error).__name__)

    def _wait_after(self, error: TelegramError) -> float:
        """Note what is wrong, and say how long to leave Telegram alone."""
        self._standing.bad(_words(error))
        self._failures += 1
        if isinstance(error, RetryAfter):
            return retry_seconds(error)
        wait = self._options.retry_seconds * 2.0 ** min(self._failures - 1, 10)
        return min(wait, _LONGEST_WAIT_SECONDS)


@asynccontextmanager
async def open_telegram(
    options: TelegramOptions,
    *,
    commands: CommandsApi,
    store: DoorMemory,
    clock: Clock,
) -> AsyncIterator[TelegramDoor]:
    """Build the door; its `run` connects it. Nothing is asked of Telegram before."""
    # At INFO it logs every address, and the token is part of each.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=_WARNED)
    requests = _request(options, CallsRequest), _request(options, UpdatesRequest)
    app = _application(options, *requests)
    messenger = TelegramMessenger(app.bot, clock=clock)
    door = TelegramDoor(
        app=app, options=options, messenger=messenger, memory=store, clock=clock
    )
    people = People(bot=app.bot, clock=clock)
    chats = Chats(
        memory=store, messenger=messenger, clock=clock, language=options.language
    )
    replies = Replies(
        messenger=messenger, commands=commands, chats=chats, options=options
    )
    install(
        app,
        commands=Commands(
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
        read_timeout=_READ_SECONDS,
        pool_timeout=_POOL_SECONDS,
        media_write_timeout=_UPLOAD_SECONDS,
        httpx_kwargs=own_way(),
    )


def _words(error: TelegramError) -> str:
    """Say what is wrong in words of ours: the library's can hold the token."""
    found = (words for kind, words in _TROUBLES if isinstance(error, kind))
    return next(found, "cannot be reached")
