"""The lists of commands that clients show, in each language and for each kind of chat."""

import asyncio
import re
from collections.abc import Iterator
from typing import Final

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.error import RetryAfter, TelegramError

from adapters.telegram.limits import DESCRIPTION_UNITS
from adapters.telegram.outcomes import retry_seconds
from bot.i18n import LANGUAGES, translator
from bot.present.text import clip

log = structlog.get_logger(__name__)

_EVERYWHERE: Final = ("status", "watch", "list", "recent", "unwatch", "seed", "help")
_MANAGERS: Final = (*_EVERYWHERE[:-1], "feed", "settings", "help")
_ALONE: Final = (*_MANAGERS[:-1], "key", "help")
_SCOPES: Final[tuple[tuple[BotCommandScope, tuple[str, ...]], ...]] = (
    (BotCommandScopeDefault(), _EVERYWHERE),
    (BotCommandScopeAllPrivateChats(), _ALONE),
    (BotCommandScopeAllGroupChats(), _EVERYWHERE),
    (BotCommandScopeAllChatAdministrators(), _MANAGERS),
)
_LEAD: Final = re.compile(r"^\s*(?:id)?\s*[:\uff1a]?\s*", re.IGNORECASE)


async def set_menus(bot: Bot) -> None:
    """Tell Telegram the commands; a list that is missing stops nobody."""
    for scope, names in _SCOPES:
        for language in LANGUAGES:
            shown = list(_commands(names, language))
            code = None if language == LANGUAGES[0] else language
            try:
                await _set(bot, shown, scope, code)
            except TelegramError as error:
                log.warning(
                    "telegram.menu_refused",
                    scope=scope.type,
                    language=language,
                    error=type(error).__name__,
                )


async def _set(
    bot: Bot, shown: list[BotCommand], scope: BotCommandScope, code: str | None
) -> None:
    """Set one list; where Telegram asks for patience, once more."""
    try:
        await bot.set_my_commands(shown, scope=scope, language_code=code)
    except RetryAfter as error:
        await asyncio.sleep(retry_seconds(error))
        await bot.set_my_commands(shown, scope=scope, language_code=code)


def _commands(names: tuple[str, ...], language: str) -> Iterator[BotCommand]:
    for name in names:
        yield BotCommand(name, clip(_description(name, language), DESCRIPTION_UNITS))


def _description(name: str, language: str) -> str:
    """Say what a command does: the line of the help, without the command."""
    words = translator(language)
    if name == "help":
        return words("help.title").rstrip(":\uff1a")
    return _LEAD.sub("", words(f"help.{name}", command=""))
