"""The composition root: settings in, a running program out. Only here parts are built."""

import asyncio
import gc
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import structlog

from bot.app.claims import offer_claim
from bot.app.doors import Behind, Door, Showcase, doors
from bot.app.keys import open_keyring, relay_access
from bot.app.options import access_options, picture_options, watch_options
from bot.commands.access import Access
from bot.commands.commands import Commands
from bot.commands.core import Core
from bot.delivery.desk import Desk
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.lanes import Lanes
from bot.delivery.notices import Notices
from bot.delivery.options import DeliveryOptions
from bot.delivery.spaced import Spaced
from bot.delivery.turned_down import TurnedDown
from bot.domain.subscription import Destination
from bot.doorbell import Doorbell
from bot.errors import StoreError
from bot.gallery import Gallery
from bot.intake import Intake
from bot.media.picture import PictureOptions
from bot.media.pictures import open_pictures
from bot.ports import Clock, Messenger, Store
from bot.readers import Readers
from bot.relay.relays import Relays, open_relays
from bot.settings import Settings
from bot.settings.handing import relay_options
from bot.telemetry.metrics import CONTENT_TYPE, Metrics
from bot.upkeep import Upkeep
from bot.watch.seeking import Seeker
from bot.watch.watcher import Watcher

log = structlog.get_logger(__name__)

GC_THRESHOLD: Final = 20_000  # a full collection stops the loop: see the benchmark
STALLED_SECONDS: Final = 60.0  # a loop without a good turn for so long is ill
LAST_CALLS_SECONDS: Final = 5.0  # at a stop: what is on its way may arrive


class Bells:
    """Who wakes whom; latency only."""

    def __init__(self) -> None:
        self.watch = Doorbell()
        self.tell: list[Doorbell] = []

    def of_dispatcher(self) -> tuple[Doorbell, Doorbell]:
        """Hang two bells for a new dispatcher: rings and cards."""
        rings, cards = Doorbell(), Doorbell()
        self.tell += [rings, cards]
        return rings, cards


@dataclass(slots=True, kw_only=True)
class App:
    """The running program's parts."""

    settings: Settings
    clock: Clock
    store: Store
    relays: Relays
    gallery: Gallery
    readers: Readers
    bells: Bells
    access: Access
    commands: Commands
    watcher: Watcher
    seeker: Seeker
    upkeep: Upkeep
    metrics: Metrics
    doors: list[Door] = field(default_factory=list)
    dispatchers: list[Dispatcher] = field(default_factory=list)
    showcase: Showcase | None = None
    notices: Notices | None = None
    turned_down: TurnedDown | None = None
    web_url: str | None = None

    async def run(self) -> None:
        """Serve until cancelled; then let what is on its way arrive."""
        services: list[Callable[[], Coroutine[Any, Any, None]]] = [
            self.watcher.run,
            self.seeker.run,
            self.upkeep.run,
            self.commands.feeder.run,
            *(dispatcher.run for dispatcher in self.dispatchers),
            *(door.run for door in self.doors),
            *([self.notices.run] if self.notices else []),
            *([self.turned_down.run] if self.turned_down else []),
        ]
        async with asyncio.TaskGroup() as group:
            for service in services:
                group.create_task(service(), name=service.__qualname__)

    async def stop(self) -> None:
        """Begin nothing more, and wait a little for sends that are under way."""
        async with asyncio.TaskGroup() as group:
            for dispatcher in self.dispatchers:
                group.create_task(dispatcher.drain(LAST_CALLS_SECONDS))

    def alive(self) -> list[str]:
        """Name the loops that have not turned for long."""
        stalled = [n for n, age in self.loops().items() if age() > STALLED_SECONDS]
        return [f"{name}: no turn for {STALLED_SECONDS:.0f} s" for name in stalled]

    def loops(self) -> dict[str, Callable[[], float]]:
        """Name the loops, with the seconds since each one's last good turn."""
        pairs = zip(self.doors, self.dispatchers, strict=True)
        tellers = {f"dispatcher {d.messenger.platform}": loop for d, loop in pairs}
        named: dict[str, Watcher | Dispatcher] = {"watcher": self.watcher, **tellers}
        return {name: partial(self._age_of, loop) for name, loop in named.items()}

    def _age_of(self, loop: Watcher | Dispatcher) -> float:
        return self.clock.monotonic() - loop.heartbeat_at

    async def missing(self) -> list[str]:
        """Name what is missing to be ready; relays do not count."""
        lines = [line for door in self.doors for line in door.problems()]
        if not await self.store.writable():
            lines.insert(0, "database: cannot be written")
        return lines


@asynccontextmanager
async def open_app(
    settings: Settings, *, clock: Clock, showcase: Showcase | None = None
) -> AsyncIterator[App]:
    """Open every part in order; close them in reverse.

    Args:
        settings: What the operator has set.
        clock: Time.
        showcase: With it this is the demo.

    Raises:
        SettingsError: A setting turns out wrong, such as a port that is taken.
        StoreError: Memory cannot be opened.
        StoreBusyError: Another copy runs on the same memory, or with the same token.
    """
    from storage.engine import open_store

    gc.set_threshold(GC_THRESHOLD)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(settings.database_url, clock=clock, exclusive=True)
        )
        await _be_alone(settings, stack)
        app = await _assemble(settings, store, clock=clock, stack=stack)
        app.showcase = showcase
        await store.reclaim()
        await _open_doors(app, stack)
        app.notices = await _notices(app)
        app.turned_down = TurnedDown(
            messengers={door.messenger.platform: door.messenger for door in app.doors},
            store=store,
            readers=app.readers,
        )
        if showcase is None:
            await offer_claim(app.access, store)
        _measure(app)
        await _open_web(app, stack)
        await app.upkeep.recall()
        yield app


async def _be_alone(settings: Settings, stack: AsyncExitStack) -> None:
    """Take this machine's locks on the bots' tokens, before any door connects."""
    from storage.lock import name_lock

    tokens = {"Discord": settings.discord_token, "Telegram": settings.telegram_token}
    for platform, token in tokens.items():
        if token:
            lock = name_lock(token, what=f"this {platform} token")
            await stack.enter_async_context(lock)


@asynccontextmanager
async def open_beside(settings: Settings, *, clock: Clock) -> AsyncIterator[App]:
    """Open the parts for one deed beside a program that runs: no doors, no loops.

    Raises:
        StoreError: Memory cannot be opened, or is not of this program's schema.
    """
    from storage.engine import open_store

    path = settings.database_path
    if path is not None and not path.is_file():
        raise StoreError(f"there is no {path}: the bot has not run here")
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(settings.database_url, clock=clock, migrate=False)
        )
        folder = stack.enter_context(TemporaryDirectory(prefix="mjwatch-"))
        pictures = replace(picture_options(settings), folder=Path(folder))
        yield await _assemble(
            settings, store, clock=clock, stack=stack, pictures=pictures
        )


async def _assemble(
    settings: Settings,
    store: Store,
    *,
    clock: Clock,
    stack: AsyncExitStack,
    pictures: PictureOptions | None = None,
) -> App:
    metrics = Metrics()
    relays = await stack.enter_async_context(
        open_relays(
            relay_options(settings, asked=metrics.asked),
            clock=clock,
            default=settings.default_relay,
        )
    )
    album = await stack.enter_async_context(
        open_pictures(pictures or picture_options(settings), clock=clock)
    )
    readers = Readers(
        store=store,
        clock=clock,
        default_language=settings.default_language,
        relays_shown=len(relays) > 1,
    )
    keyring = open_keyring(settings, store, clock=clock)
    gallery = Gallery(
        relays=relays,
        pictures=album,
        store=store,
        metrics=metrics,
        key_of=keyring.key_of,
    )
    bells = Bells()
    intake = Intake(store=store, bells=bells.tell, metrics=metrics)
    access = Access(options=access_options(settings), store=store, clock=clock)
    await access.recall()
    core = Core(
        relays=relays,
        store=store,
        intake=intake,
        gallery=gallery,
        readers=readers,
        access=access,
        keyring=keyring,
        clock=clock,
        watch_bell=bells.watch,
        metrics=metrics,
        can_listen=settings.listen,
        feeds_open=settings.web,
        public_url=settings.public_url,
    )
    watcher = Watcher(
        store=store,
        intake=intake,
        access=await relay_access(relays, store, keyring),
        clock=clock,
        bell=bells.watch,
        options=watch_options(settings),
    )
    seeker = Seeker(
        rotas=watcher.rotas,
        relays=[(await store.account(each.name), each) for each in relays.in_order()],
        store=store,
        clock=clock,
        bell=bells.watch,
        every_seconds=settings.poll_seconds,
    )
    retention = timedelta(days=settings.retention_days)
    return App(
        settings=settings,
        clock=clock,
        store=store,
        relays=relays,
        gallery=gallery,
        readers=readers,
        bells=bells,
        access=access,
        commands=Commands(core),
        watcher=watcher,
        seeker=seeker,
        upkeep=Upkeep(relays=relays, store=store, clock=clock, retention=retention),
        metrics=metrics,
    )


async def _open_doors(app: App, stack: AsyncExitStack) -> None:
    behind = Behind(
        settings=app.settings,
        commands=app.commands,
        store=app.store,
        clock=app.clock,
        showcase=app.showcase,
    )
    for open_door in doors(behind):
        door = await stack.enter_async_context(open_door)
        app.doors.append(door)
        app.dispatchers.append(new_dispatcher(app, door.messenger))


def new_dispatcher(app: App, messenger: Messenger) -> Dispatcher:
    """Build what tells on one platform."""
    lanes = Lanes(pace=messenger.pace, calls_a_second=messenger.calls_a_second)
    options = DeliveryOptions(picture_wait_seconds=app.settings.picture_wait_seconds)
    desk = Desk(
        messenger=cast("Messenger", Spaced(messenger)),
        store=app.store,
        gallery=app.gallery,
        lanes=lanes,
        readers=app.readers,
        clock=app.clock,
        metrics=app.metrics,
        chance=random.random,
        options=options,
    )
    return Dispatcher(desk, bells=app.bells.of_dispatcher())


def _measure(app: App) -> None:
    """Let each scrape ask for what is not counted but known."""
    app.metrics.watches.set_function(lambda: app.watcher.watching)
    for name, age in app.loops().items():
        app.metrics.show_heartbeat(name, age)


async def _notices(app: App) -> Notices | None:
    """Find the operator's chat behind one of the doors."""
    chat = app.settings.operator_chat
    doors = [d for d in app.doors if chat and d.messenger.platform == chat.platform]
    if chat is None or not doors:
        return None
    return Notices(
        messenger=doors[0].messenger,
        to=Destination(platform=chat.platform, chat=chat.chat),
        accounts={await app.store.account(r.name): r.name for r in app.relays},
        store=app.store,
        readers=app.readers,
        clock=app.clock,
    )


async def _open_web(app: App, stack: AsyncExitStack) -> None:
    settings = app.settings
    if not settings.web:
        return
    from adapters.web.hooks import Hooks
    from adapters.web.probes import Probes
    from adapters.web.server import WebOptions, open_web

    probes = Probes(
        alive=app.alive,
        ready=app.missing,
        metrics=app.metrics.render,
        metrics_type=CONTENT_TYPE,
    )
    routes = [route for door in app.doors for route in door.routes]
    routes += Hooks(app.commands.feeder).routes
    options = WebOptions(host=settings.web_host, port=settings.web_port)
    server = await stack.enter_async_context(
        open_web(options, probes=probes, routes=routes)
    )
    app.web_url = server.url
