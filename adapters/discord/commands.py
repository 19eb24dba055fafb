"""Slash commands and the message menu, as Discord is told of them and as they come."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import discord
import structlog
from discord import app_commands
from discord.app_commands import Choice, locale_str

from adapters.discord import words
from adapters.discord.callers import Use, caller_of, in_private, reachable
from adapters.discord.desk import Ask, DeskClient, desk_of
from adapters.discord.keys import ask_key
from adapters.discord.limits import CHOICE_LIMIT, CHOICES, SUGGEST_SECONDS
from adapters.discord.written import text_of
from bot.commands.reply import Caller, Reply, Suggestion
from bot.domain.names import parse_argument
from bot.present.answers import no_id, our_fault

log = structlog.get_logger(__name__)
Command: TypeAlias = app_commands.Command[Any, ..., None]
Method: TypeAlias = Callable[[Caller, str], Awaitable[Reply]]
_EVERYWHERE: Final = app_commands.AppCommandContext(
    guild=True, dm_channel=True, private_channel=True
)
_BY_ANYBODY: Final = app_commands.AppInstallationType(guild=True, user=True)
_LAST: Final = re.compile(r"[^\s,;]*\Z")  # what is being typed, behind other ids


class Tree(app_commands.CommandTree[DeskClient]):
    """The commands; whatever goes wrong on the way to them gets an answer."""

    async def on_error(
        self, interaction: Use, error: app_commands.AppCommandError, /
    ) -> None:
        """Answer for a command that is gone, or a defect of ours."""
        log.error("discord.command_error", error=type(error).__name__)
        if interaction.type is discord.InteractionType.application_command:
            await desk_of(interaction).kind_word(interaction, our_fault)


def build_tree(client: DeskClient) -> Tree:
    """Make the commands of a client."""
    tree = Tree(
        client,
        fallback_to_global=True,
        allowed_contexts=_EVERYWHERE,
        allowed_installs=_BY_ANYBODY,
    )
    api = client.desk.commands
    for command in (
        _with_ids("status", api.status),
        _with_ids("seed", api.seed),
        _choosing("watch", api.watch, undo=api.unwatch),
        _choosing("unwatch", api.unwatch, personal=True),
        _plain("list", api.list, personal=True),
        _plain("recent", api.recent, personal=True),
        _command("key", ask_key),
        _worded("feed", api.feed, words.WISH_NAME, words.WISH),
        _plain("settings", api.settings, personal=True),
        _plain("help", api.help),
        _of_operators("allow", api.allow, words.WHOM_NAME, words.WHOM),
        _of_operators("deny", api.deny, words.WHOM_NAME, words.WHOM),
        _of_operators("claim", api.claim, words.CODE_NAME, words.CODE),
    ):
        tree.add_command(command)
    tree.add_command(app_commands.ContextMenu(name=words.MENU, callback=_menu))
    return tree


# --- kinds of commands ---------------------------------------------------------------


def _with_ids(name: str, method: Method) -> Command:
    """Make a command that needs ids."""

    @app_commands.rename(ids=words.IDS_NAME, private=words.PRIVATE_NAME)
    @app_commands.describe(ids=words.IDS, private=words.PRIVATE)
    async def run(interaction: Use, ids: str, private: bool = False) -> None:  # noqa: FBT001, FBT002 - so Discord is told of an option
        ask = Ask(think=lambda caller: method(caller, ids), private=private)
        await desk_of(interaction).answer(interaction, ask)

    return _suggesting(_command(name, run))


def _choosing(
    name: str, method: Method, *, undo: Method | None = None, personal: bool = False
) -> Command:
    """Make a command that offers a choice where it is given no id."""

    @app_commands.rename(ids=words.IDS_NAME, private=words.PRIVATE_NAME)
    @app_commands.describe(ids=words.IDS, private=words.PRIVATE)
    async def run(interaction: Use, ids: str = "", private: bool = False) -> None:  # noqa: FBT001, FBT002 - so Discord is told of an option
        ask = Ask(
            think=lambda caller: method(caller, ids),
            undo=_undoing(undo, ids) if undo else None,
            private=private,
            personal=personal,
            several=len(_ids(ids)) > 1,
        )
        await desk_of(interaction).answer(interaction, ask)

    return _suggesting(_command(name, run))


def _undoing(undo: Method, ids: str) -> Callable[[Caller], Awaitable[Reply]]:
    async def undo_all(caller: Caller) -> Reply:
        *first, last = _ids(ids)
        for each in first:
            await undo(caller, each)
        return await undo(caller, last)

    return undo_all


def _ids(text: str) -> list[str]:
    return [str(name) for name in parse_argument(text) or ()] or [text]


def _plain(
    name: str, method: Callable[[Caller], Awaitable[Reply]], *, personal: bool = False
) -> Command:
    """Make a command without ids."""

    @app_commands.rename(private=words.PRIVATE_NAME)
    @app_commands.describe(private=words.PRIVATE)
    async def run(interaction: Use, private: bool = False) -> None:  # noqa: FBT001, FBT002 - so Discord is told of an option
        ask = Ask(think=method, private=private, personal=personal)
        await desk_of(interaction).answer(interaction, ask)

    return _command(name, run)


def _of_operators(
    name: str, method: Method, label: locale_str, describes: locale_str
) -> Command:
    """Make a command for who runs the bot; others do not see it in most servers."""
    command = _worded(name, method, label, describes)
    command.default_permissions = discord.Permissions(manage_guild=True)
    return command


def _worded(
    name: str, method: Method, label: locale_str, describes: locale_str
) -> Command:
    """Make a command with free words, answered to its user alone."""

    @app_commands.rename(text=label)
    @app_commands.describe(text=describes)
    async def run(interaction: Use, text: str = "") -> None:
        ask = Ask(think=lambda caller: method(caller, text), private=True)
        await desk_of(interaction).answer(interaction, ask)

    return _command(name, run)


def _command(name: str, run: Callable[..., Any]) -> Command:
    return app_commands.Command(
        name=words.NAMES[name], description=words.DESCRIPTIONS[name], callback=run
    )


# --- the message menu ------------------------------------------------------------------


async def _menu(interaction: Use, message: discord.Message) -> None:
    desk = desk_of(interaction)

    async def think(caller: Caller) -> Reply:
        found = await desk.commands.free_text(caller, text_of(message))
        return found or Reply(card=no_id(desk.reader(interaction)), private=True)

    await desk.answer(interaction, Ask(think=think))


# --- suggestions -----------------------------------------------------------------------


def _suggesting(command: Command) -> Command:
    command.autocomplete("ids")(_suggest)
    return command


async def _suggest(interaction: Use, current: str) -> list[Choice[str]]:
    """Suggest ids for what is being typed; nothing, if that takes too long."""
    typed = _LAST.search(current)
    prefix = typed[0] if typed else ""
    head = current[: len(current) - len(prefix)]
    try:
        async with asyncio.timeout(SUGGEST_SECONDS):
            found = await _found(interaction, prefix)
    except Exception:
        log.exception("discord.suggest_failed")
        return []
    return [choice for each in found[:CHOICES] if (choice := _choice(head, each))]


async def _found(interaction: Use, prefix: str) -> list[Suggestion]:
    await desk_of(interaction).find_place(interaction)
    caller = caller_of(interaction)
    if not reachable(interaction):
        channel = await desk_of(interaction).direct_channel(interaction)
        caller = in_private(caller, channel) if channel else caller
    return list(await desk_of(interaction).commands.suggest(caller, prefix))


def _choice(head: str, suggestion: Suggestion) -> Choice[str] | None:
    value = f"{head}{suggestion.value}"
    if not 0 < len(value) <= CHOICE_LIMIT:
        return None
    return Choice(name=suggestion.label[:CHOICE_LIMIT] or value, value=value)
