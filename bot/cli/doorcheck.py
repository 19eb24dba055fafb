"""What the doors' tokens and the proxies on the way turn out to be good for."""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.cli.findings import Finding
from bot.domain.clean import clean_line
from bot.settings import Settings

if TYPE_CHECKING:  # the platforms' libraries are slow to import, and may not be needed
    from adapters.discord.tokencheck import DiscordCheck
    from adapters.telegram.tokencheck import TelegramCheck

PROXY_SECONDS = 4.0
_FEW_STARTS = 10
_PORTS = {"http": 80, "https": 443}


async def check_doors(settings: Settings) -> list[Finding]:
    """Try each token that is set."""
    async with asyncio.TaskGroup() as group:
        discord = group.create_task(_discord(settings))
        telegram = group.create_task(_telegram(settings))
    found = [*discord.result(), *telegram.result()]
    if not settings.has_door:
        message = "none is set; `run` needs DISCORD_TOKEN or TELEGRAM_TOKEN"
        found.append(Finding(name="door", ok=True, note=True, message=message))
    return found


async def _discord(settings: Settings) -> list[Finding]:
    if not settings.discord_token:
        return []
    from adapters.discord.tokencheck import check_discord

    found = await check_discord(
        settings.discord_token,
        api_url=settings.discord_api_url,
        proxy=settings.discord_proxy,
    )
    return [_discord_finding(found, settings)]


def _discord_finding(found: "DiscordCheck", settings: Settings) -> Finding:
    if found.name is not None:
        return _discord_good(found, settings)
    if found.refused:
        message, hint = "the token is refused", "set DISCORD_TOKEN to the bot's token"
    elif found.limited:
        message = "Discord wants no requests from here for now"
        hint = "wait some minutes before trying again, or set DISCORD_PROXY"
    elif found.http:
        message = f"Discord answers HTTP {found.http}"
        hint = "look at DISCORD_API_URL if you have set it, else try again later"
    else:
        message = "Discord cannot be reached"
        hint = "look at the network, DISCORD_PROXY and DISCORD_API_URL"
    return Finding(name="discord", ok=False, message=message, hint=hint)


def _discord_good(found: "DiscordCheck", settings: Settings) -> Finding:
    message = f"the token is good, the bot is {clean_line(found.name or '')}"
    if found.starts_left is not None and found.starts_left < _FEW_STARTS:
        message += f", but may sign in only {found.starts_left} times more today"
        hint = "find out what starts the bot over and over; it is renewed in a day"
        return Finding(name="discord", ok=False, message=message, hint=hint)
    if settings.listen and not found.content_granted:
        message += "; LISTEN=on, but the message content intent is not granted"
        hint = "turn it on in Discord's developer portal, or set LISTEN=off"
        return Finding(name="discord", ok=False, message=message, hint=hint)
    return Finding(name="discord", ok=True, message=message)


async def _telegram(settings: Settings) -> list[Finding]:
    if not settings.telegram_token:
        return []
    from adapters.telegram.tokencheck import check_telegram

    found = await check_telegram(
        settings.telegram_token,
        api_url=settings.telegram_api_url,
        proxy=settings.telegram_proxy,
    )
    if found.name is None:
        return [_telegram_bad(found)]
    return [_telegram_good(found, settings)]


def _telegram_bad(found: "TelegramCheck") -> Finding:
    words = {
        "refused": (
            "the token is refused",
            "set TELEGRAM_TOKEN to what @BotFather gave; look at TELEGRAM_API_URL, too",
        ),
        "limited": ("too many requests", "try again in a minute"),
        "odd": (
            "what answers there is no Bot API",
            "look at TELEGRAM_API_URL and TELEGRAM_PROXY",
        ),
    }
    unreached = (
        "Telegram cannot be reached, or is in trouble",
        "look at the network, TELEGRAM_PROXY and TELEGRAM_API_URL",
    )
    message, hint = words.get(str(found.trouble), unreached)
    return Finding(name="telegram", ok=False, message=message, hint=hint)


def _telegram_good(found: "TelegramCheck", settings: Settings) -> Finding:
    message = f"the token is good, the bot is @{clean_line(found.name or '')}"
    host = found.webhook_host
    ours = urlsplit(settings.public_url).hostname if settings.public_url else None
    if host and host != ours:
        message += f"; its updates go to a webhook at {clean_line(host)}"
        hint = "if another program uses this token, give it a bot of its own"
        hint += "; `run` takes the updates over" if not ours else ""
        return Finding(name="telegram", ok=False, message=message, hint=hint)
    if host and found.webhook_failing:
        message += "; lately Telegram could not reach the webhook"
        hint = "look at PUBLIC_URL and at what stands before the web server"
        return Finding(name="telegram", ok=False, message=message, hint=hint)
    return Finding(name="telegram", ok=True, message=message)


async def check_proxies(settings: Settings) -> list[Finding]:
    """Knock at each proxy that something is to go through."""
    used: dict[str, list[str]] = {}
    for relay in settings.relays:
        for url in dict.fromkeys(map(settings.relay_proxy_for, relay.hosts)):
            _use(used, url, f"relay {relay.name}")
    _use(used, settings.discord_token and settings.discord_proxy, "discord")
    _use(used, settings.telegram_token and settings.telegram_proxy, "telegram")
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_proxy(url, users)) for url, users in used.items()]
    return [task.result() for task in tasks]


def _use(used: dict[str, list[str]], url: str | None, who: str) -> None:
    if url:
        used.setdefault(url, []).append(who)


async def _proxy(url: str, users: list[str]) -> Finding:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)
    name, whose = f"proxy {host}:{port}", f"for {', '.join(users)}"
    try:
        async with asyncio.timeout(PROXY_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except (TimeoutError, OSError):
        kinds = sorted({each.split()[0].upper() for each in users})
        hint = f"look at {' and '.join(f'{each}_PROXY' for each in kinds)}"
        message = f"{whose}: cannot be reached"
        hint += " (or HTTPS_PROXY; NO_PROXY names hosts to reach straight)"
        return Finding(name=name, ok=False, message=message, hint=hint)
    return Finding(name=name, ok=True, message=f"{whose}: takes connections")
