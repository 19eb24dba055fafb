"""Turns what the fake remembers into the JSON that Discord sends."""

from datetime import UTC, datetime
from typing import Final

from tests.fakes.discord.jsontypes import Json, JsonList
from tests.fakes.discord.model import (
    DM_CHANNEL,
    Channel,
    Guild,
    StoredFile,
    StoredMessage,
    User,
)

ALL_PERMISSIONS: Final = (1 << 53) - 1
# View, send, embed, attach, read history, use commands: nobody who manages.
MEMBER_PERMISSIONS: Final = sum(1 << bit for bit in (10, 11, 14, 15, 16, 31))
_LONG_AGO: Final = "2024-01-01T00:00:00.000000+00:00"


def iso(seconds: float) -> str:
    """Write a time as Discord does."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def user_json(user: User) -> Json:
    """Describe a user."""
    return {
        "id": str(user.id),
        "username": user.name,
        "global_name": None if user.bot else user.name,
        "discriminator": "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def member_json(user: User, permissions: int | None = None) -> Json:
    """Describe a member; permissions only inside interactions."""
    member: Json = {
        "user": user_json(user),
        "nick": None,
        "avatar": None,
        "roles": [],
        "joined_at": _LONG_AGO,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    if permissions is not None:
        member["permissions"] = str(permissions)
    return member


def channel_json(channel: Channel, me: User | None = None) -> Json:
    """Describe a channel in full."""
    body: Json = {
        "id": str(channel.id),
        "type": channel.type,
        "last_message_id": None,
        "flags": 0,
    }
    if channel.private:
        people = [p for p in (channel.recipient,) if p is not None]
        body["recipients"] = [user_json(person) for person in people]
        if channel.type != DM_CHANNEL:
            body |= {"name": channel.name, "icon": None, "owner_id": "1"}
        return body
    return body | {
        "name": channel.name,
        "guild_id": str(channel.guild.id) if channel.guild else None,
        "position": 0,
        "topic": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "parent_id": str(channel.parent.id) if channel.parent else None,
        "permission_overwrites": _overwrites(channel),
        **(_thread_json() if channel.parent else {}),
    }


def _overwrites(channel: Channel) -> JsonList:
    if channel.guild is None or not channel.everyone_lacks:
        return []
    lacking = str(channel.everyone_lacks)
    return [{"id": str(channel.guild.id), "type": 0, "allow": "0", "deny": lacking}]


def _thread_json() -> Json:
    return {
        "owner_id": "1",
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": _LONG_AGO,
            "locked": False,
            "create_timestamp": _LONG_AGO,
        },
    }


def guild_json(guild: Guild, channels: list[Channel], me: User) -> Json:
    """Describe a server as GUILD_CREATE does."""
    everyone: Json = {
        "id": str(guild.id),
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(ALL_PERMISSIONS & ~(1 << 3)),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "owner_id": "1",
        "preferred_locale": guild.locale,
        "premium_tier": guild.premium_tier,
        "premium_subscription_count": 0,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "system_channel_flags": 0,
        "afk_timeout": 300,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [everyone],
        "channels": [channel_json(c) for c in channels if c.parent is None],
        "threads": [channel_json(c) for c in channels if c.parent is not None],
        "members": [member_json(me)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "member_count": 2,
        "large": False,
        "unavailable": False,
        "joined_at": _LONG_AGO,
    }


def application_json(me: User) -> Json:
    """Describe the application."""
    return {
        "id": str(me.id),
        "name": me.name,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "owner": user_json(User(id=1, name="owner")),
        "team": None,
        "bot": user_json(me),
    }


def file_json(file: StoredFile) -> Json:
    """Describe a stored file."""
    body: Json = {
        "id": str(file.id),
        "filename": file.filename,
        "size": len(file.content),
        "url": file.url,
        "proxy_url": file.url,
        "content_type": file.content_type,
    }
    if file.description is not None:
        body["description"] = file.description
    return body


def message_json(message: StoredMessage, people: dict[int, User]) -> Json:
    """Describe a message."""
    named = [people[u] for u in sorted(message.resolved_mentions.rings) if u in people]
    body: Json = {
        "id": str(message.id),
        "type": 19 if message.reference else 0,
        "channel_id": str(message.channel.id),
        "author": user_json(message.author),
        "content": message.content,
        "timestamp": iso(message.created),
        "edited_timestamp": message.edited,
        "tts": False,
        "mention_everyone": message.resolved_mentions.everyone,
        "mentions": [user_json(person) for person in named],
        "mention_roles": [str(r) for r in message.resolved_mentions.roles],
        "attachments": [file_json(file) for file in message.files],
        "embeds": [{"type": "rich", **embed} for embed in message.embeds],
        "components": message.components,
        "pinned": False,
        "flags": message.flags,
    }
    return body | _message_extras(message)


def _message_extras(message: StoredMessage) -> Json:
    extras: Json = {}
    if message.nonce is not None:
        extras["nonce"] = message.nonce
    if message.reference is not None:
        extras["message_reference"] = message.reference
    if message.interaction_id is not None:
        extras["application_id"] = str(message.author.id)
        extras["webhook_id"] = str(message.author.id)
    return extras
