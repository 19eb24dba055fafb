"""Try the token without opening the door: who are we, and may we come to the gateway."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import discord
from discord.http import Route

PATIENCE_SECONDS: Final = 8.0
_UNAUTHORIZED: Final = 401
_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordCheck:
    """What came of it.

    Attributes:
        name: The bot's own, if the token is good.
        refused: The token was refused.
        http: The last HTTP status; 0: Discord was not reached.
        starts_left: How often the bot may still sign in today.
        content_granted: Whether Discord grants the text of messages.
    """

    name: str | None = None
    refused: bool = False
    http: int = 0
    starts_left: int | None = None
    content_granted: bool = False

    @property
    def limited(self) -> bool:
        """Whether Discord, or what stands before it, has had enough of us."""
        return self.http == _TOO_MANY


@dataclass(slots=True)
class _Statuses:
    """The statuses of all answers, the library's own retries included."""

    seen: list[int] = field(default_factory=list)

    def trace(self) -> aiohttp.TraceConfig:
        trace = aiohttp.TraceConfig()

        async def ended(
            session: aiohttp.ClientSession,
            context: Any,  # noqa: ANN401 - aiohttp's own
            params: aiohttp.TraceRequestEndParams,
        ) -> None:
            del session, context
            self.seen.append(params.response.status)

        trace.on_request_end.append(ended)
        return trace


async def check_discord(token: str, *, api_url: str, proxy: str | None) -> DiscordCheck:
    """Ask Discord who the token belongs to; never raises for Discord.

    The library is pointed at `api_url` meanwhile: nothing else may use it.
    """
    statuses = _Statuses()
    client = discord.Client(
        intents=discord.Intents(guilds=True),  # without them the library warns
        proxy=proxy,
        http_trace=statuses.trace(),
        max_ratelimit_timeout=30.0,  # the library allows no less
    )
    with _pointed(api_url):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), client:
                return await _signed_in(client, token)
        except (
            discord.DiscordException,
            aiohttp.ClientError,
            OSError,
            # The library stumbles over answers that are not Discord's in many ways.
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
        ):
            pass
    last = statuses.seen[-1] if statuses.seen else 0
    return DiscordCheck(refused=last == _UNAUTHORIZED, http=last)


async def _signed_in(client: discord.Client, token: str) -> DiscordCheck:
    await client.login(token)
    _shards, _url, starts = await client.http.get_bot_gateway()
    flags = client.application_flags
    content = flags.gateway_message_content or flags.gateway_message_content_limited
    return DiscordCheck(
        name=client.user.name if client.user else None,
        http=200,
        starts_left=starts["remaining"],
        content_granted=content,
    )


@contextmanager
def _pointed(api_url: str) -> Iterator[None]:
    before = Route.BASE
    Route.BASE = api_url.rstrip("/")
    try:
        yield
    finally:
        Route.BASE = before
