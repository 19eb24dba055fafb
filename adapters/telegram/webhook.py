"""Updates that Telegram brings: the route, its secret, and the address kept standing."""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web
from telegram import Bot

from adapters.telegram.limits import WEBHOOK_CONNECTIONS
from adapters.telegram.options import TelegramOptions
from adapters.telegram.updates import ALLOWED, Updates

log = structlog.get_logger(__name__)

PATH: Final = "/telegram/updates"
_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
Route = tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]


class Webhook:
    """Takes what Telegram posts; each update is worked at before it is confirmed.

    Args:
        updates: Where they go.
        options: Address and secret.
        ready: Whether the bot knows itself; before that Telegram is asked to wait.
    """

    def __init__(
        self,
        *,
        updates: Updates,
        options: TelegramOptions,
        ready: Callable[[], bool],
    ) -> None:
        self._updates = updates
        self._secret = options.secret
        self._url = f"{(options.public_url or '').rstrip('/')}{PATH}"
        self._ready = ready
        self._patience_seconds = options.confirm_seconds
        self._working: set[asyncio.Task[None]] = set()

    @property
    def routes(self) -> list[Route]:
        """What our web server is to serve."""
        return [("POST", PATH, self.take)]

    async def set_up(self, bot: Bot) -> None:
        """Tell Telegram where to bring updates; again is harmless."""
        await bot.set_webhook(
            self._url,
            allowed_updates=ALLOWED,
            max_connections=WEBHOOK_CONNECTIONS,
            secret_token=self._secret,
        )

    async def check(self, bot: Bot) -> None:
        """Set the address again if somebody else took it away."""
        info = await bot.get_webhook_info()
        if info.url != self._url:
            log.warning("telegram.webhook_lost")
            await self.set_up(bot)

    async def take(self, request: web.Request) -> web.Response:
        """Take one update."""
        if not self._trusted(request):
            return web.Response(status=403)
        if not self._ready():
            return _later()
        # The web server has read it, and bounds it: its stream is at its end by now.
        return await self._work(await request.read())

    def _trusted(self, request: web.Request) -> bool:
        given = request.headers.get(_HEADER, "").encode()
        return hmac.compare_digest(given, self._secret.encode())

    async def _work(self, body: bytes) -> web.Response:
        try:
            update = self._updates.read(json.loads(body))
        except (ValueError, RecursionError):
            return web.Response(status=400)
        if update is None:
            return web.Response()  # brought again it would be no better
        work = asyncio.create_task(self._updates.take(update))
        self._working.add(work)  # nobody else holds it
        work.add_done_callback(self._working.discard)
        await asyncio.wait({work}, timeout=self._patience_seconds)
        if work.done():
            work.result()
            return web.Response()
        log.warning("telegram.update_slow", update=update.update_id)
        return _later()  # brought again it is waited for again, and done once


def _later() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": "5"})
