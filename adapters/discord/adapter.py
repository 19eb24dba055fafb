"""The Discord door: the connection, kept up whatever comes."""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.budget import InvalidBudget
from adapters.discord.buttons import Press, Stranger, press_unseen
from adapters.discord.callers import Use
from adapters.discord.commands import Tree, build_tree
from adapters.discord.desk import Desk, DeskClient
from adapters.discord.ears import Ears
from adapters.discord.events import see_to
from adapters.discord.keys import take_form
from adapters.discord.line import Line, stay
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.outcomes import CALL_ERRORS
from adapters.discord.places import Places
from adapters.discord.unanswered import Unanswered
from adapters.discord.words import MenuWords
from bot.commands.commands import Commands
from bot.ports import Clock, Facts, Vault

log = structlog.get_logger(__name__)
_BASE_SECONDS: Final = 1.0
_MOST_SECONDS: Final = 300.0
_LASTS_SECONDS: Final = 60.0
_WAIT_FOR_LIMIT_SECONDS: Final = 30.0  # a longer 429 is an error, so no lane hangs
_BAD_TOKEN: Final = 4004


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordOptions:
    """How to reach Discord.

    Attributes:
        token: The bot's.
        vault: Seals the tokens of commands that wait.
        api_url: REST address, for a proxy of one's own; None: Discord's.
        proxy: Address of an http(s) proxy, for the gateway's socket, too.
        listen: Ask for the content of messages.
        default_language: For people whose client speaks none of ours.
        identify_seconds: Between the sign-ins of two shards.
        guilds_seconds: How long servers may take to arrive one after another.
    """

    token: str = field(repr=False)
    vault: Vault = field(repr=False)
    api_url: str | None = None
    proxy: str | None = None
    listen: bool = False
    default_language: str = "en"
    identify_seconds: float = 5.0
    guilds_seconds: float = 2.0


@asynccontextmanager
async def open_discord(
    options: DiscordOptions, *, commands: Commands, store: Facts, clock: Clock
) -> AsyncIterator["DiscordDoor"]:
    """Open the door; it serves while `run` runs."""
    with _pointed(options.api_url):
        yield DiscordDoor(options, commands=commands, store=store, clock=clock)


class DiscordDoor:
    """All of Discord's side.

    Attributes:
        messenger: For the dispatcher.
        routes: None; the gateway brings everything.
        notes: What an operator should know although the door works.
    """

    routes: tuple[()] = ()

    def __init__(
        self,
        options: DiscordOptions,
        *,
        commands: Commands,
        store: Facts,
        clock: Clock,
    ) -> None:
        self._options = options
        self._store = store
        self._clock = clock
        self._listen = options.listen
        self._line = Line(budget=InvalidBudget(clock))
        self.messenger = DiscordMessenger(line=self._line, clock=clock)
        self._unanswered = Unanswered(facts=store, vault=options.vault, clock=clock)
        self._desk = Desk(
            commands=commands,
            messenger=self.messenger,
            unanswered=self._unanswered,
            clock=clock,
            default_language=options.default_language,
        )
        self._ears = Ears(
            commands=commands,
            messenger=self.messenger,
            clock=clock,
            language=options.default_language,
        )
        self._trouble = "not connected yet"
        self._registered = False
        self.notes: list[str] = []

    async def run(self) -> None:
        """Serve for ever; only cancellation ends it."""
        failures = 0
        while True:
            begun = self._clock.monotonic()
            worked = await self._serve()
            seconds = self._clock.monotonic() - begun
            failures = failures_in_a_row(failures, worked=worked, seconds=seconds)
            wait = min(_BASE_SECONDS * 2.0 ** min(failures, 16), _MOST_SECONDS)
            await asyncio.sleep(wait * random.uniform(0.75, 1.25))  # noqa: S311 - spread

    def problems(self) -> list[str]:
        """Say why the door does not serve; [] while it does."""
        client = self._line.client
        if not (isinstance(client, DoorClient) and client.connected):
            return [f"discord: {self._trouble}"]
        if not self._registered:
            return ["discord: the commands are not registered yet"]
        return []

    # -- one client's life --------------------------------------------------------------

    async def _serve(self) -> bool:
        """Live with one client until it ends; says whether it had connected."""
        client = self._new_client()
        try:
            async with client:
                await client.login(self._options.token)
                self._line.client = client
                await self._connect(client)
        except Exception as error:  # noqa: BLE001 - the library lets anything out
            self._ended(error)
        finally:
            self._line.client = None
        return client.seen

    async def _connect(self, client: "DoorClient") -> None:
        async with asyncio.TaskGroup() as group:
            registering = group.create_task(self._register(client))
            closing = group.create_task(self._unanswered.close(client))
            try:
                await stay(client)
            finally:
                registering.cancel()
                closing.cancel()

    def _new_client(self) -> "DoorClient":
        return DoorClient(
            self._desk,
            ears=self._ears,
            places=self._line.places,
            options=self._options,
            listen=self._listen,
            trace=_counting(self._line.budget),
        )

    def _ended(self, error: BaseException) -> None:
        error = _first(error)
        if isinstance(error, discord.PrivilegedIntentsRequired):
            self._listen = False
            note = "Discord does not grant the message-content intent: no listening"
            self.notes = [note]
            log.warning("discord.intent_refused", note=note)
            return
        trouble = _words_for(error)
        if trouble != self._trouble:
            log.warning("discord.down", trouble=trouble, error=type(error).__name__)
        self._trouble = trouble

    # -- registering ------------------------------------------------------------------

    async def _register(self, client: "DoorClient") -> None:
        """Tell Discord of the commands where they have changed; until that works."""
        failures = 0
        while True:
            try:
                await self._sync(client)
            except CALL_ERRORS as error:
                failures += 1
                log.warning("discord.register_failed", error=type(error).__name__)
                wait = min(_BASE_SECONDS * 2.0**failures, _MOST_SECONDS)
                await asyncio.sleep(wait)
            else:
                self._registered = True
                return

    async def _sync(self, client: "DoorClient") -> None:
        fact = f"discord.commands.{client.application_id}"
        told = await _told(client.tree)
        digest = _digest(told)
        if await self._store.fact(fact) == digest or client.application_id is None:
            return
        # Not `tree.sync`: that stumbles over an answer it does not need.
        await client.http.bulk_upsert_global_commands(client.application_id, told)
        await self._store.save_fact(fact, digest)
        log.info("discord.registered")


# We never speak, so nothing is missing where the voice extras are.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class DoorClient(DeskClient):
    """The library's client, made for one life.

    Attributes:
        seen: It has been connected.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        ears: Ears,
        places: Places,
        options: DiscordOptions,
        listen: bool,
        trace: aiohttp.TraceConfig,
    ) -> None:
        super().__init__(
            desk,
            intents=_intents(listen=listen),
            proxy=options.proxy,
            http_trace=trace,
            max_ratelimit_timeout=_WAIT_FOR_LIMIT_SECONDS,
            guild_ready_timeout=options.guilds_seconds,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
        )
        see_to(self._connection.parsers)
        self._ears = ears
        self._places = places
        self._identify_seconds = options.identify_seconds
        self._shards_up: set[int] = set()
        self.seen = False
        self.tree: Tree = build_tree(self)

    @property
    def connected(self) -> bool:
        """Whether every shard has said READY or RESUMED."""
        return bool(self._shards_up) and len(self._shards_up) == self.shard_count

    async def setup_hook(self) -> None:
        """Get ready before the first event."""
        self.add_dynamic_items(Press, Stranger)
        await self.tree.set_translator(MenuWords())

    async def before_identify_hook(
        self,
        shard_id: int | None,  # noqa: ARG002 - the library's call
        *,
        initial: bool = False,
    ) -> None:
        """Keep the distance between sign-ins that Discord wants."""
        if not initial:
            await asyncio.sleep(self._identify_seconds)

    async def launch_shard(
        self, gateway: yarl.URL, shard_id: int, *, initial: bool = False
    ) -> None:
        """Sign a shard in; later sign-ins go to the same gateway, not to Discord's."""
        DiscordWebSocket.DEFAULT_GATEWAY = gateway
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def on_interaction(self, interaction: Use) -> None:
        """Answer the presses and forms that the library would drop."""
        await press_unseen(interaction)
        if interaction.type is discord.InteractionType.modal_submit:
            await take_form(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Take what a message names."""
        await self._ears.take(self, message)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Keep its name for those whom we tell."""
        threads = getattr(channel, "threads", ())
        self._places.lost([channel, *threads])

    async def on_thread_delete(self, thread: discord.Thread) -> None:
        """Keep its name for those whom we tell."""
        self._places.lost([thread])

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Keep its channels' names for those whom we tell."""
        self._places.lost([*guild.channels, *guild.threads])

    async def on_shard_connect(self, shard_id: int) -> None:
        """Note READY."""
        self._up(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Note RESUMED."""
        self._up(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Note that the socket is gone."""
        self._shards_up.discard(shard_id)

    def _up(self, shard_id: int) -> None:
        self._shards_up.add(shard_id)
        self.seen = True
        log.info("discord.connected", shard=shard_id)


def failures_in_a_row(so_far: int, *, worked: bool, seconds: float) -> int:
    """Count connections that failed; one that ends soon did: 1000 a day are allowed."""
    return 0 if worked and seconds > _LASTS_SECONDS else so_far + 1


def _intents(*, listen: bool) -> discord.Intents:
    """Ask for messages; without `listen` only those to us come with their words."""
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.dm_messages = True
    intents.message_content = listen
    return intents


def _counting(budget: InvalidBudget) -> aiohttp.TraceConfig:
    """Count the status of every answer, the library's own retries included."""
    trace = aiohttp.TraceConfig()

    async def ended(
        session: aiohttp.ClientSession,
        context: Any,  # noqa: ANN401 - aiohttp's own
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        del session, context
        budget.count(params.response.status)

    trace.on_request_end.append(ended)
    return trace


async def _told(tree: Tree) -> list[dict[str, Any]]:
    """The commands as Discord is told of them."""
    translator = MenuWords()
    return [
        await command.get_translated_payload(tree, translator)
        for command in tree.get_commands()
    ]


def _digest(told: list[dict[str, Any]]) -> str:
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _words_for(error: BaseException) -> str:
    refused = isinstance(error, discord.LoginFailure) or (
        isinstance(error, discord.ConnectionClosed) and error.code == _BAD_TOKEN
    )
    if refused:
        return "the token was refused; look at DISCORD_TOKEN"
    if isinstance(error, discord.DiscordException):
        return f"Discord does not let us in ({type(error).__name__})"
    return f"Discord cannot be reached ({type(error).__name__})"


@contextmanager
def _pointed(api_url: str | None) -> Iterator[None]:
    """Let the library talk to another address, and put it back afterwards."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    if api_url:
        Route.BASE = api_url.rstrip("/")
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before
