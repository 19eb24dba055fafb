"""REST routes that use the bot's token: channels, messages, people, commands."""

from typing import Final
from urllib.parse import unquote

from tests.fakes.discord import payloads
from tests.fakes.discord.ask import Ask
from tests.fakes.discord.command_rules import check_command, check_commands
from tests.fakes.discord.emoji import drawable
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.jsontypes import Json, JsonList
from tests.fakes.discord.model import Channel, Guild, StoredMessage, User
from tests.fakes.discord.rest import Route
from tests.fakes.discord.rules import Place, check_message
from tests.fakes.discord.world import World

_READ_HISTORY: Final = 1 << 16
_CHANNEL: Final = "/channels/{channel}"
_MESSAGE: Final = "/channels/{channel}/messages/{message}"
_COMMANDS: Final = "/applications/{application}/commands"


class ChannelRoutes:
    """Messages in channels."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway
        self.typing: list[Channel] = []

    def table(self) -> list[Route]:
        """List the routes."""
        return [
            ("GET", _CHANNEL, self.get_channel),
            ("GET", f"{_CHANNEL}/messages", self.list_messages),
            ("POST", f"{_CHANNEL}/messages", self.send),
            ("GET", _MESSAGE, self.get_message),
            ("PATCH", _MESSAGE, self.edit),
            ("DELETE", _MESSAGE, self.delete),
            ("POST", f"{_CHANNEL}/typing", self.type),
            ("PUT", f"{_MESSAGE}/reactions/{{emoji}}/@me", self.react),
            ("DELETE", f"{_MESSAGE}/reactions/{{emoji}}/@me", self.unreact),
        ]

    async def get_channel(self, ask: Ask) -> Json:
        return payloads.channel_json(self._channel(ask, "view"))

    async def list_messages(self, ask: Ask) -> JsonList:
        channel = self._channel(ask, "view")
        found = [m for m in self._world.visible(channel) if not m.ephemeral]
        if channel.everyone_lacks & _READ_HISTORY:
            return []  # Discord does not refuse
        limit = int(ask.query.get("limit", 50))
        if "after" in ask.query:
            found = [m for m in found if m.id > int(ask.query["after"])][:limit]
        elif "around" in ask.query:
            middle = int(ask.query["around"])
            found = sorted(found, key=lambda m: abs(m.id - middle))[:limit]
        elif "before" in ask.query:
            found = [m for m in found if m.id < int(ask.query["before"])]
        newest = sorted(found, key=lambda m: m.id, reverse=True)[:limit]
        return [self._json(message) for message in newest]

    async def send(self, ask: Ask) -> Json:
        channel = self._channel(ask, "send")
        body = ask.body()
        check_message(body, self._place("create", channel, ask))
        message = self._world.repeated(channel, body)
        if message is None:
            message = self._world.create(channel, self._world.bot, body, ask.files)
            await self._gateway.announce("MESSAGE_CREATE", message)
        return self._json(message)

    async def get_message(self, ask: Ask) -> Json:
        return self._json(self._message(ask, "view"))

    async def edit(self, ask: Ask) -> Json:
        message = self._message(ask, "edit")
        if message.author is not self._world.bot:
            raise ApiError(50005)
        place = self._place("edit", message.channel, ask, message)
        check_message(ask.body(), place)
        self._world.edit(message, ask.body(), ask.files)
        await self._gateway.announce("MESSAGE_UPDATE", message)
        return self._json(message)

    async def delete(self, ask: Ask) -> None:
        message = self._message(ask, "edit")
        self._world.delete(message)
        await self._gateway.announce("MESSAGE_DELETE", message)

    async def type(self, ask: Ask) -> None:
        self.typing.append(self._channel(ask, "send"))

    async def react(self, ask: Ask) -> None:
        message = self._message(ask, "react")
        message.reactions.add(self._emoji(ask))
        self._world.changes.touch()

    async def unreact(self, ask: Ask) -> None:
        self._message(ask, "react").reactions.discard(self._emoji(ask))

    def _emoji(self, ask: Ask) -> str:
        emoji = unquote(ask.word("emoji"))
        identity = emoji.rpartition(":")[2]
        custom = identity.isdecimal() and int(identity) in self._world.emojis
        if not drawable(emoji) and not custom:
            raise ApiError(10014)
        return emoji

    def _channel(self, ask: Ask, action: str) -> Channel:
        return self._world.channel(ask.number("channel"), action)

    def _message(self, ask: Ask, action: str) -> StoredMessage:
        channel = self._channel(ask, action)
        return self._world.message(channel, ask.number("message"))

    def _place(
        self, kind: str, channel: Channel, ask: Ask, before: StoredMessage | None = None
    ) -> Place:
        return Place(kind, channel.file_limit, self._world.emojis, before, ask.files)

    def _json(self, message: StoredMessage) -> Json:
        return payloads.message_json(message, self._world.users)


class HomeRoutes:
    """Who the bot is, where the gateway is, which commands there are."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.shards = 1
        self.syncs = 0

    def table(self) -> list[Route]:
        """List the routes."""
        return [
            ("GET", "/gateway", self.gateway),
            ("GET", "/gateway/bot", self.gateway),
            ("GET", "/users/@me", self.me),
            ("POST", "/users/@me/channels", self.open_direct),
            ("GET", "/users/{user}", self.get_user),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/applications/@me", self.application),
            ("GET", _COMMANDS, self.get_commands),
            ("PUT", _COMMANDS, self.put_commands),
            ("POST", _COMMANDS, self.post_command),
            ("GET", "/guilds/{guild}", self.get_guild),
            ("GET", "/guilds/{guild}/channels", self.get_channels),
            ("GET", "/guilds/{guild}/members/{user}", self.get_member),
        ]

    async def gateway(self, ask: Ask) -> Json:
        url = self._world.base.replace("http", "ws", 1) + "/gateway"
        if ask.path == "/gateway":
            return {"url": url}
        limit = {"total": 1000, "remaining": 999, "reset_after": 0}
        limit["max_concurrency"] = 16
        return {"url": url, "shards": self.shards, "session_start_limit": limit}

    async def me(self, ask: Ask) -> Json:
        return payloads.user_json(self._world.bot) | {"mfa_enabled": False}

    async def application(self, ask: Ask) -> Json:
        return payloads.application_json(self._world.bot)

    async def open_direct(self, ask: Ask) -> Json:
        user = self._user(int(ask.body().get("recipient_id") or 0))
        channel = self._world.direct_channel(user)
        if self._world.terse:
            return {"id": str(channel.id), "type": channel.type}
        return payloads.channel_json(channel)

    async def get_user(self, ask: Ask) -> Json:
        return payloads.user_json(self._user(ask.number("user")))

    async def get_member(self, ask: Ask) -> Json:
        self._guild(ask)
        return payloads.member_json(self._user(ask.number("user")))

    async def get_guild(self, ask: Ask) -> Json:
        guild = self._guild(ask)
        return payloads.guild_json(guild, self._inside(guild), self._world.bot)

    async def get_channels(self, ask: Ask) -> JsonList:
        return [payloads.channel_json(c) for c in self._inside(self._guild(ask))]

    async def get_commands(self, ask: Ask) -> JsonList:
        return self._world.commands

    async def put_commands(self, ask: Ask) -> JsonList:
        if not isinstance(ask.json, list):
            raise ApiError(50035, "Invalid Form Body")
        check_commands(ask.json)
        self.syncs += 1
        self._world.commands = [self._registered(command) for command in ask.json]
        return ask.json if self._world.terse else self._world.commands

    async def post_command(self, ask: Ask) -> Json:
        check_command(ask.body())
        command = self._registered(ask.body())
        key = (command["name"], command["type"])
        rest = [c for c in self._world.commands if (c["name"], c["type"]) != key]
        self._world.commands = [*rest, command]
        return command

    def _registered(self, command: Json) -> Json:
        kind = command.get("type") or 1
        before = next(
            (
                c["id"]
                for c in self._world.commands
                if (c["name"], c["type"]) == (command["name"], kind)
            ),
            str(self._world.clock.snowflake()),
        )
        return {"description": "", "options": [], **command} | {
            "id": before,
            "application_id": str(self._world.bot.id),
            "version": str(self._world.clock.snowflake()),
            "type": kind,
        }

    def _inside(self, guild: Guild) -> list[Channel]:
        channels = self._world.channels.values()
        return [c for c in channels if c.guild is guild and not c.deleted]

    def _guild(self, ask: Ask) -> Guild:
        guild = self._world.guilds.get(ask.number("guild"))
        if guild is None or not guild.bot_member:
            raise ApiError(10004, scripted=guild is not None)
        return guild

    def _user(self, user_id: int) -> User:
        user = self._world.users.get(user_id)
        if user is None:
            raise ApiError(10013)
        return user
