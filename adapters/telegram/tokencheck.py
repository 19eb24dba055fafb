"""Try the token without opening the door: who are we, and who else gets our updates."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from telegram import Bot
from telegram.error import (
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from adapters.telegram.wire import own_way

PATIENCE_SECONDS: Final = 8.0
_CONNECT_SECONDS: Final = 4.0


class TelegramTrouble(StrEnum):
    """Why Telegram did not answer as it should."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    LIMITED = "limited"
    ODD = "odd"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramCheck:
    """What came of it; never a text of the server's.

    Attributes:
        name: The bot's own, if the token is good.
        webhook_host: Where a webhook sends the bot's updates, if one is set.
        webhook_failing: Telegram could not deliver to it of late.
    """

    name: str | None = None
    trouble: TelegramTrouble | None = None
    webhook_host: str | None = None
    webhook_failing: bool = False


async def check_telegram(
    token: str, *, api_url: str, proxy: str | None
) -> TelegramCheck:
    """Ask Telegram who the token belongs to; never raises for Telegram."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await _asked(token, api_url=api_url, proxy=proxy)
    except InvalidToken:
        trouble = TelegramTrouble.REFUSED
    except RetryAfter:
        trouble = TelegramTrouble.LIMITED
    except (TimeoutError, TimedOut):
        trouble = TelegramTrouble.UNREACHABLE
    except NetworkError as error:
        unreached = type(error) is NetworkError
        trouble = TelegramTrouble.UNREACHABLE if unreached else TelegramTrouble.ODD
    # The library stumbles over answers that are no Bot API's in many ways.
    except (TelegramError, OSError, ValueError, TypeError, LookupError, AttributeError):
        trouble = TelegramTrouble.ODD
    return TelegramCheck(trouble=trouble)


async def _asked(token: str, *, api_url: str, proxy: str | None) -> TelegramCheck:
    request = HTTPXRequest(
        proxy=proxy,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=PATIENCE_SECONDS,
        httpx_kwargs=own_way(),
    )
    base = api_url.rstrip("/")
    bot = Bot(token, base_url=f"{base}/bot", request=request)
    async with request:
        me = await bot.get_me()
        hook = await bot.get_webhook_info()
    return TelegramCheck(
        name=me.username,
        webhook_host=urlsplit(hook.url).hostname if hook.url else None,
        webhook_failing=hook.last_error_date is not None,
    )
