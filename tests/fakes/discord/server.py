"""The strict fake Discord itself: REST and gateway on one loopback port."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Self, TypeVar, Unpack

import yarl
from aiohttp import web

from discord.gateway import DiscordWebSocket
from discord.http import Route
from tests.fakes.discord.actors import Actors
from tests.fakes.discord.channel_routes import ChannelRoutes, HomeRoutes
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.faults import Fault, How
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.interaction import Interaction
from tests.fakes.discord.interaction_routes import InteractionRoutes
from tests.fakes.discord.jsontypes import JsonList
from tests.fakes.discord.model import (
    GROUP_DM_CHANNEL,
    TEXT_CHANNEL,
    Call,
    Channel,
    Guild,
    Refusal,
    StoredMessage,
    User,
)
from tests.fakes.discord.rest import INVALID_STATUSES, PREFIX, Rest
from tests.fakes.discord.world import World
from tests.fakes.patience import PATIENCE_SECONDS

T = TypeVar("T")
# A machine runs a token once: each process that tests has its own.
TOKEN: Final = (
    f"NzAwMDAwMDAwMDAwMDAwMDAw.Gfake0.not-a-real-token-for-tests-{os.getpid()}"
)
_UPLOADS: Final = 64 * 1024 * 1024


class FakeDiscord(Actors):
    """A Discord for tests; an async context manager that serves while open.

    It starts with one server (``guild``), one channel in it (``channel``) and one
    person (``user``).

    Args:
        port: Loopback port, 0 for any.
        token: The bot token that is accepted.
    """

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        world = World()
        self.token = token
        super().__init__(world, Gateway(world, token), Channel(0, "unset"))
        self._port = port
        self._channels = ChannelRoutes(world, self.gateway)
        self.home = HomeRoutes(world)
        hooks = InteractionRoutes(world, self.gateway)
        table = [*self._channels.table(), *self.home.table(), *hooks.table()]
        self.rest = Rest(world, token, table)
        self.guild = self.add_guild("Home")
        self.channel = self.add_channel(self.guild, "general")
        self.user = self.add_user("Ana")
        self._runner: web.AppRunner | None = None
        self._time: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, *extra: web.RouteDef) -> None:
        """Open the port; ``extra`` are further routes beside Discord's."""
        app = web.Application(client_max_size=_UPLOADS)
        app.router.add_route("*", PREFIX + "/{tail:.*}", self.rest.entry)
        app.router.add_get("/gateway", self.gateway.entry)
        app.router.add_get("/gateway/", self.gateway.entry)
        app.router.add_get("/attachments/{channel}/{file}/{name}", self._file)
        app.router.add_routes(extra)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, self._port = self._runner.addresses[0][:2]
        self.world.base = f"http://{host}:{self._port}"
        self._time = asyncio.create_task(self.world.clock.run())

    async def stop(self) -> None:
        """Close at once, whatever is still open."""
        self.rest.faults.clear()
        if self._time is not None:
            self._time.cancel()
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address with the API's prefix: what ``DISCORD_API_URL`` takes."""
        return self.world.base + PREFIX

    @contextmanager
    def point_client(self) -> Iterator[None]:
        """Let discord.py in this process talk to the fake, then put it back."""
        before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
        gateway = self.world.base.replace("http", "ws", 1) + "/gateway"
        Route.BASE = self.url
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        try:
            yield
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before

    # -- what was sent ---------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """All requests in order of arrival."""
        return self.rest.calls

    @property
    def refusals(self) -> list[Refusal]:
        """Requests refused by the fake's own rules, not by a script."""
        return self.rest.refusals

    @property
    def commands(self) -> JsonList:
        """The commands that the bot registered."""
        return self.world.commands

    @property
    def bot(self) -> User:
        """The bot's own account."""
        return self.world.bot

    @property
    def typing(self) -> list[Channel]:
        """Where the bot said that it types."""
        return self._channels.typing

    @property
    def invalid_requests(self) -> int:
        """How many answers were 401, 403 or 429: 10,000 are a ban."""
        return sum(self.rest.statuses[status] for status in INVALID_STATUSES)

    def count(self, status: int) -> int:
        """How many answers had a status (0: cut off)."""
        return self.rest.statuses[status]

    def made(self, method: str, path: str = "") -> list[Call]:
        """List the requests with a method whose path contains a text."""
        return [c for c in self.calls if c.method == method and path in c.path]

    def messages(self, channel: Channel | None = None) -> list[StoredMessage]:
        """List a place's messages by the bot, oldest first, ephemeral ones too.

        What only says that the bot is thinking is none yet.
        """
        found = self.world.visible(channel or self.channel)
        return [m for m in found if m.author is self.bot and not m.loading]

    async def until(
        self,
        predicate: Callable[[], T | None],
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109 - as Changes.until
    ) -> T:
        """Wait for something to become true; look again after each request.

        Raises:
            TimeoutError: With the last requests and all refusals.
        """
        return await self.world.changes.until(predicate, timeout, self._report)

    async def ready(self, timeout: float = PATIENCE_SECONDS) -> None:  # noqa: ASYNC109 - as until
        """Wait for a connected gateway session."""
        await self.until(lambda: self.gateway.connected, timeout)

    # -- the stage -------------------------------------------------------------

    def add_user(self, name: str, locale: str = "en-US", *, bot: bool = False) -> User:
        """Add a person or another bot."""
        user = User(self.world.clock.snowflake(), name, bot, locale)
        self.world.users[user.id] = user
        return user

    def add_guild(
        self, name: str, locale: str = "en-US", *, bot_member: bool = True
    ) -> Guild:
        """Add a server (before the bot connects, or use ``invite``)."""
        guild = Guild(self.world.clock.snowflake(), name, locale, bot_member)
        self.world.guilds[guild.id] = guild
        return guild

    def add_channel(
        self,
        guild: Guild | None,
        name: str,
        kind: int = TEXT_CHANNEL,
        parent: Channel | None = None,
    ) -> Channel:
        """Add a channel, a thread (with a parent) or, without a server, a group DM."""
        if guild is None:
            kind = GROUP_DM_CHANNEL
        if parent is not None:
            kind = 11
        identity = self.world.clock.snowflake()
        channel = Channel(identity, name, kind, guild=guild, parent=parent)
        self.world.channels[channel.id] = channel
        return channel

    def dm(self, user: User | None = None) -> Channel:
        """Return the direct messages with a person."""
        return self.world.direct_channel(user or self.user)

    # -- what goes wrong -------------------------------------------------------

    def deny(self, channel: Channel, code: int, action: str = "view") -> None:
        """Refuse the bot's ``view`` (all), ``send``, ``edit`` or ``react`` there."""
        ApiError(code)
        channel.refusals[action] = code

    def allow(self, channel: Channel) -> None:
        """Lift all that ``deny`` did."""
        channel.refusals.clear()

    def fault(self, route: str, **how: Unpack[How]) -> Fault:
        """Let something go wrong on a route such as ``POST /channels/*/messages``.

        See ``How``. Faults for one route strike in the order they were queued.
        """
        return self.rest.faults.add(Fault(route, **how))

    def kill_token(self, interaction: Interaction) -> None:
        """End an interaction's token now."""
        interaction.token_dead = True

    def advance(self, seconds: float) -> None:
        """Let time pass for the fake only."""
        self.world.clock.advance(seconds)

    def drop_connections(self) -> None:
        """Cut all gateway sockets; the sessions can be resumed."""
        self.gateway.drop()

    def refuse_connections(self, times: int) -> None:
        """Refuse the next gateway connections."""
        self.gateway.refuse(times)

    async def _file(self, request: web.Request) -> web.Response:
        wanted = int(request.match_info["file"])
        for message in self.world.messages.values():
            for file in message.files:
                if file.id == wanted and not message.deleted:
                    return web.Response(
                        body=file.content, content_type=file.content_type
                    )
        raise web.HTTPNotFound

    def _report(self) -> str:
        last = [(c.method, c.path, c.status) for c in self.calls[-8:]]
        return f"last requests: {last}; refusals: {self.refusals}"
