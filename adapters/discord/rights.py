"""Which rights the bot lacks in a channel, in Discord's own words for them."""

from typing import Any, Final

import discord

# As Discord's settings name them: English, and 简体中文.
_NAMES: Final = {
    "view_channel": {"en": "View Channel", "zh": "查看频道"},
    "send_messages": {"en": "Send Messages", "zh": "发送消息"},
    "send_messages_in_threads": {
        "en": "Send Messages in Threads",
        "zh": "在子区内发送消息",
    },
    "embed_links": {"en": "Embed Links", "zh": "嵌入链接"},
    "attach_files": {"en": "Attach Files", "zh": "添加文件"},
}
_ANYWHERE: Final = ("embed_links", "attach_files")


def missing_names(
    permissions: discord.Permissions, *, thread: bool, language: str = "en"
) -> str:
    """Name the rights that a card and its picture need and the bot lacks; "" if none."""
    if permissions.administrator:
        return ""
    needed = (*_speaking(thread=thread), *_ANYWHERE)
    lacking = [name for name in needed if not getattr(permissions, name)]
    return ", ".join(_NAMES[name][language] for name in lacking)


def only_files_lack(client: discord.Client | None, channel_id: int) -> bool:
    """Whether it is the files alone that the bot may not send, as far as is known."""
    known = cached_rights(client, channel_id)
    if known is None:
        return False
    permissions, thread = known
    speaks = all(getattr(permissions, name) for name in _speaking(thread=thread))
    return speaks and not permissions.attach_files


def _speaking(*, thread: bool) -> tuple[str, str]:
    speak = "send_messages_in_threads" if thread else "send_messages"
    return ("view_channel", speak)


def cached_rights(
    client: discord.Client | None, channel_id: int
) -> tuple[discord.Permissions, bool] | None:
    """Look up the bot's rights in a channel and whether it is a thread, if known."""
    channel = client.get_channel(channel_id) if client else None
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return None
    try:
        permissions = channel.permissions_for(channel.guild.me)
    except (AttributeError, discord.ClientException):  # ourselves, or a parent,
        return None  # are not in the cache (yet)
    if not permissions.value:  # a server told in part: nobody is without any right
        return None
    return permissions, isinstance(channel, discord.Thread)


def reads_history(client: discord.Client, channel_id: int) -> bool:
    """Whether the bot surely sees what was said in a channel before."""
    known = cached_rights(client, channel_id)
    return known is not None and known[0].read_message_history


def rights_of(use: discord.Interaction[Any]) -> discord.Permissions | None:
    """Say what the bot may do where it was used; None if it is not known."""
    if use.app_permissions.value:
        return use.app_permissions
    known = cached_rights(use.client, use.channel_id or 0)
    return known[0] if known else None


def cached_missing(
    client: discord.Client | None, channel_id: int, language: str = "en"
) -> str:
    """Name what the bot lacks in a channel as far as it is known."""
    known = cached_rights(client, channel_id)
    if known is None:
        return ""
    return missing_names(known[0], thread=known[1], language=language)
