"""The gateway: one websocket a shard, sessions that survive it, replay."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from tests.fakes.discord import payloads
from tests.fakes.discord.jsontypes import Json, JsonList
from tests.fakes.discord.model import Guild, StoredMessage
from tests.fakes.discord.world import World

GUILDS: Final = 1 << 0
GUILD_MESSAGES: Final = 1 << 9
DIRECT_MESSAGES: Final = 1 << 12
MESSAGE_CONTENT: Final = 1 << 15
PRIVILEGED: Final = (1 << 1) | (1 << 8) | MESSAGE_CONTENT
_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME = 0, 1, 2, 6
_RECONNECT, _INVALID, _HELLO, _ACK = 7, 9, 10, 11
_BAD_TOKEN: Final = 4004
_DISALLOWED: Final = 4014


@dataclass(eq=False)
class Session:
    """What Discord keeps of a shard while its socket comes and goes."""

    id: str
    shard: tuple[int, int]
    intents: int
    socket: web.WebSocketResponse | None = None
    sent: list[Json] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    resumed: int = 0

    async def dispatch(self, event: str, body: Json) -> None:
        """Number an event, keep it for a replay and send it if possible."""
        async with self.lock:
            number = len(self.sent) + 1
            frame = {"op": _DISPATCH, "t": event, "s": number, "d": body}
            self.sent.append(frame)
            await self.send(frame)

    async def send(self, frame: Json) -> None:
        """Send a frame if the socket is up; a lost one is for the replay."""
        if self.socket is None or self.socket.closed:
            return
        try:
            await self.socket.send_str(json.dumps(frame))
        except ConnectionError:
            self.socket = None


class Gateway:
    """All shards' connections.

    ``identifies`` keeps what clients sent, without the token.
    """

    def __init__(self, world: World, token: str) -> None:
        self._world = world
        self._token = token
        self.sessions: dict[str, Session] = {}
        self.identifies: list[Json] = []
        self.disallowed_intents = PRIVILEGED
        self.heartbeat_seconds = 41.25
        self.deaf = False
        self.mute = False
        self.connections = 0
        self.refused = 0
        self._refusing = 0
        self._sockets: dict[web.WebSocketResponse, web.Request] = {}

    @property
    def connected(self) -> list[Session]:
        """Return the sessions whose socket is up."""
        alive = self.sessions.values()
        return [s for s in alive if s.socket is not None and not s.socket.closed]

    async def entry(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        if self._refusing > 0:
            self._refusing -= 1
            self.refused += 1
            self._world.changes.touch()
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=16384)
        await socket.prepare(request)
        self.connections += 1
        self._sockets[socket] = request
        self._world.changes.touch()
        try:
            await self._converse(socket)
        except ConnectionError:
            pass
        finally:
            self._sockets.pop(socket, None)
            self._forget(socket)
            self._world.changes.touch()
        return socket

    async def announce(self, event: str, message: StoredMessage) -> None:
        """Tell the bot about a message, as far as its intents go."""
        if message.ephemeral:
            return
        guild = message.channel.guild
        wanted = DIRECT_MESSAGES if guild is None else GUILD_MESSAGES
        for session in self._of(guild):
            if session.intents & wanted and self._member(guild):
                body = self._message_event(event, message, session.intents)
                await session.dispatch(event, body)

    async def dispatch(self, event: str, body: Json, guild: Guild | None) -> None:
        """Send an event to the shard of a server (None: direct messages)."""
        for session in self._of(guild):
            await session.dispatch(event, body)

    def drop(self) -> None:
        """Cut all connections without a word; sessions can be resumed."""
        for socket, request in list(self._sockets.items()):
            self._forget(socket)
            if request.transport is not None:
                request.transport.abort()

    def refuse(self, times: int) -> None:
        """Refuse the next connections with 503."""
        self._refusing = times

    async def ask_reconnect(self) -> None:
        """Send op 7 to all."""
        for session in self.connected:
            await session.send({"op": _RECONNECT, "d": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Send op 9 to all; unless resumable their sessions are forgotten."""
        sessions = self.connected
        if not resumable:
            self.sessions.clear()
        for session in sessions:
            await session.send({"op": _INVALID, "d": resumable})

    async def close(self) -> None:
        """End all connections as a server that goes away."""
        for socket, request in list(self._sockets.items()):
            if request.transport is not None:
                request.transport.abort()
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _converse(self, socket: web.WebSocketResponse) -> None:
        interval = int(self.heartbeat_seconds * 1000)
        if self.mute:  # greets nobody
            await socket.receive()
            return
        await _say(socket, {"op": _HELLO, "d": {"heartbeat_interval": interval}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                return
            await self._hear(socket, json.loads(message.data))

    async def _hear(self, socket: web.WebSocketResponse, frame: Json) -> None:
        if frame["op"] == _HEARTBEAT and not self.deaf:
            await _say(socket, {"op": _ACK, "d": None})
        elif frame["op"] == _IDENTIFY:
            await self._identify(socket, frame["d"])
        elif frame["op"] == _RESUME:
            await self._resume(socket, frame["d"])

    async def _identify(self, socket: web.WebSocketResponse, body: Json) -> None:
        self.identifies.append({k: v for k, v in body.items() if k != "token"})
        self._world.changes.touch()
        if body["token"] != self._token:
            await socket.close(code=_BAD_TOKEN, message=b"Authentication failed.")
        elif body["intents"] & self.disallowed_intents:
            await socket.close(code=_DISALLOWED, message=b"Disallowed intent(s).")
        else:
            await self._welcome(socket, body)

    async def _welcome(self, socket: web.WebSocketResponse, body: Json) -> None:
        shard_id, shard_count = body.get("shard") or (0, 1)
        name = f"{self._world.clock.snowflake():x}"
        session = Session(name, (shard_id, shard_count), body["intents"], socket)
        self._replace_dead(session)
        self.sessions[name] = session
        guilds = [g for g in self._world.guilds.values() if _served(session, g)]
        await session.dispatch("READY", self._ready(session, guilds))
        for guild in guilds if session.intents & GUILDS else ():
            await session.dispatch("GUILD_CREATE", self.guild_event(guild))
        self._world.changes.touch()

    def _replace_dead(self, new: Session) -> None:
        # Two live processes with one token both hear everything, as in real life.
        for name, old in list(self.sessions.items()):
            if old.shard == new.shard and old not in self.connected:
                del self.sessions[name]

    async def _resume(self, socket: web.WebSocketResponse, body: Json) -> None:
        session = self.sessions.get(body["session_id"])
        if session is None or body["token"] != self._token:
            await _say(socket, {"op": _INVALID, "d": False})
            return
        async with session.lock:
            session.socket = socket
            for frame in session.sent[body["seq"] or 0 :]:
                await session.send(frame)
            session.resumed += 1
        await session.dispatch("RESUMED", {})
        self._world.changes.touch()

    def guild_event(self, guild: Guild) -> Json:
        """Build the body of GUILD_CREATE."""
        channels = [
            c
            for c in self._world.channels.values()
            if c.guild is guild and not c.deleted
        ]
        return payloads.guild_json(guild, channels, self._world.bot)

    def _ready(self, session: Session, guilds: list[Guild]) -> Json:
        missing: JsonList = [{"id": str(g.id), "unavailable": True} for g in guilds]
        return {
            "v": 10,
            "user": payloads.user_json(self._world.bot) | {"mfa_enabled": False},
            "guilds": missing,
            "session_id": session.id,
            "resume_gateway_url": self._world.base.replace("http", "ws", 1)
            + "/gateway",
            "shard": list(session.shard),
            "application": {"id": str(self._world.bot.id), "flags": 0},
        }

    def _message_event(self, event: str, message: StoredMessage, intents: int) -> Json:
        guild = message.channel.guild
        place: Json = {"channel_id": str(message.channel.id)}
        if guild is not None:
            place["guild_id"] = str(guild.id)
        if event == "MESSAGE_DELETE":
            return place | {"id": str(message.id)}
        body = payloads.message_json(message, self._world.users) | place
        if message.webhook:
            body |= {"webhook_id": str(message.author.id)}
        answered = self._world.messages.get(_answered(message))
        if answered is not None:
            told = payloads.message_json(answered, self._world.users)
            body["referenced_message"] = told
        if guild is not None and not message.webhook:
            member = payloads.member_json(message.author)
            member.pop("user")
            body["member"] = member
        if not self._readable(message, intents):
            body |= {"content": "", "embeds": [], "components": [], "attachments": []}
        return body

    def _readable(self, message: StoredMessage, intents: int) -> bool:
        bot = self._world.bot
        return bool(
            intents & MESSAGE_CONTENT
            or message.channel.private
            or message.author is bot
            or bot.id in message.resolved_mentions.rings
        )

    def _of(self, guild: Guild | None) -> list[Session]:
        return [s for s in self.sessions.values() if _serves(s, guild)]

    def _member(self, guild: Guild | None) -> bool:
        return guild is None or guild.bot_member

    def _forget(self, socket: web.WebSocketResponse) -> None:
        for session in self.sessions.values():
            if session.socket is socket:
                session.socket = None


def _answered(message: StoredMessage) -> int:
    return int(message.reference["message_id"]) if message.reference else 0


def _serves(session: Session, guild: Guild | None) -> bool:
    shard_id, shard_count = session.shard
    wanted = 0 if guild is None else (guild.id >> 22) % shard_count
    return shard_id == wanted


def _served(session: Session, guild: Guild) -> bool:
    return guild.bot_member and _serves(session, guild)


async def _say(socket: web.WebSocketResponse, frame: Json) -> None:
    await socket.send_str(json.dumps(frame))
