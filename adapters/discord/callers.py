"""Who uses the bot, where, and what may be done there."""

from dataclasses import replace
from typing import Any, Final, TypeAlias

import discord

from adapters.discord.messenger import PLATFORM
from bot.commands.reply import Caller
from bot.domain.subscription import Destination, Person, Place

_MEMBER: Final = "member"
Use: TypeAlias = discord.Interaction[Any]  # any client: only its cache is asked


def reachable(use: Use) -> bool:
    """Whether the bot can write there by itself: in its servers and direct messages.

    Installed by a person, it may be used where it is no member.
    """
    if use.guild_id is not None:
        known = use.client.get_guild(use.guild_id) is not None
        return known or _MEMBER in use.extras
    return _direct(use)


def untold(use: Use) -> bool:
    """Whether we may be a member of its server although no event has told of that."""
    if use.guild_id is None or reachable(use):
        return False
    return use.is_guild_integration() or not use.is_user_integration()


def note_member(use: Use) -> None:
    """Note that we can see the channel, so that `reachable` says so."""
    use.extras[_MEMBER] = True


def on_hidden(use: Use) -> bool:
    """Whether what was pressed is a message that only the presser sees."""
    return use.message is not None and use.message.flags.ephemeral


def destination_of(use: Use) -> Destination:
    """The chat, and the thread or forum post in it."""
    here = str(use.channel_id)
    if isinstance(use.channel, discord.Thread):
        parent = str(use.channel.parent_id)
        return Destination(platform=PLATFORM, chat=parent, thread=here)
    place = Place.PRIVATE if _direct(use) else Place.GROUP
    return Destination(platform=PLATFORM, chat=here, place=place)


def person_of(use: Use) -> Person:
    """Who asks."""
    return Person(platform=PLATFORM, id=str(use.user.id), name=use.user.display_name)


def caller_of(use: Use) -> Caller:
    """Who asks, from where."""
    person = person_of(use)
    groups = [f"{PLATFORM}:user:{person.id}"]
    if use.guild_id is not None:
        groups.append(f"{PLATFORM}:guild:{use.guild_id}")
    return Caller(
        person=person,
        destination=destination_of(use),
        locale=use.locale.value,
        manages=_manages(use),
        groups=tuple(groups),
        hears=_direct(use) or use.client.intents.message_content,
    )


def writer_of(message: discord.Message) -> Caller:
    """Who wrote a message, and where; of a writer Discord tells no language."""
    author, guild = message.author, message.guild
    groups = [f"{PLATFORM}:user:{author.id}"]
    if guild is not None:
        groups.append(f"{PLATFORM}:guild:{guild.id}")
    return Caller(
        person=Person(platform=PLATFORM, id=str(author.id), name=author.display_name),
        destination=_written_in(message),
        manages=guild is None,
        groups=tuple(groups),
        program=author.bot or message.webhook_id is not None,
    )


def _written_in(message: discord.Message) -> Destination:
    channel, here = message.channel, str(message.channel.id)
    if isinstance(channel, discord.Thread):
        parent = str(channel.parent_id)
        return Destination(platform=PLATFORM, chat=parent, thread=here)
    place = Place.GROUP if message.guild is not None else Place.PRIVATE
    return Destination(platform=PLATFORM, chat=here, place=place)


def _direct(use: Use) -> bool:
    """Whether it is the direct messages with the bot; a context need not be told."""
    if use.context.to_array():
        return bool(use.context.dm_channel)
    return isinstance(use.channel, discord.DMChannel)


def in_private(caller: Caller, channel: int) -> Caller:
    """The same person, in their direct messages with the bot."""
    here = Destination(platform=PLATFORM, chat=str(channel), place=Place.PRIVATE)
    return replace(caller, destination=here, manages=True)


def _manages(use: Use) -> bool:
    if use.guild_id is None:
        return True
    may = use.permissions
    return may.administrator or may.manage_guild or may.manage_channels
