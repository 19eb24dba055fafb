"""The watcher: asks the relays about many tasks at once and hands on what changed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final

import structlog

from bot.domain.look import Seen, Trouble, Unavailable, Unknown
from bot.domain.subscription import Standing, refused_fact, silent_fact
from bot.domain.task import AccountId, RelayName, TaskKey
from bot.doorbell import Doorbell
from bot.errors import StoreError
from bot.intake import Intake
from bot.ports import Clock, Store, WatchRow
from bot.relay.batch import Batch
from bot.relay.client import RelayClient
from bot.relay.reply import DENIALS
from bot.watch import reading
from bot.watch.options import WatchOptions
from bot.watch.reading import Moment, Step
from bot.watch.rota import Rota
from bot.watch.watch import Watch

log = structlog.get_logger(__name__)

IDLE_SECONDS: Final = 2.0  # how late a new watch is found when no bell rings
STORE_REST_SECONDS: Final = 5.0  # after memory could not be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to ask for an account's tasks: its relay, and the key if it is a person's."""

    relay: RelayName
    client: RelayClient
    key: str | None = field(default=None, repr=False)


def _nothing() -> None:
    """Do nothing."""


class Watcher:
    """Asks; one clockwork for each account, so that no relay waits for another.

    Args:
        store: Memory: which tasks are watched.
        intake: Where what was learnt goes.
        access: How an account's relay is asked; None if that is not possible now.
        clock: Time.
        bell: Rings when a watch began or ended.
        options: How hard to watch.
    """

    def __init__(
        self,
        *,
        store: Store,
        intake: Intake,
        access: Callable[[AccountId], Awaitable[Access | None]],
        clock: Clock,
        bell: Doorbell,
        options: WatchOptions,
    ) -> None:
        self._store = store
        self._intake = intake
        self._access = access
        self._clock = clock
        self._bell = bell
        self._options = options
        self._cursor = (0, 0)
        self._accounts: dict[TaskKey, AccountId] = {}
        self.rotas: dict[AccountId, Rota] = {}
        self.heartbeat_at = clock.monotonic()

    async def run(self) -> None:
        """Watch for ever; only cancellation ends it."""
        async with asyncio.TaskGroup() as group:
            running: set[AccountId] = set()
            while True:
                await self._guarded_refresh()
                for account in self.rotas.keys() - running:
                    running.add(account)
                    group.create_task(
                        self._run_account(account), name=f"watch-{account}"
                    )
                await self._bell.wait(IDLE_SECONDS)

    @property
    def watching(self) -> int:
        """How many tasks are watched."""
        return len(self._accounts)

    async def turn(self) -> int:
        """Ask once for all that is due; say for how many tasks that was."""
        await self.refresh()
        asked = 0
        for rota in self.rotas.values():
            while batch := rota.take(self._clock.monotonic()):
                asked += len(batch)
                await self._ask(rota, batch)
        return asked

    async def refresh(self) -> None:
        """Learn which watches began and ended since the last time."""
        changes = await self._store.watch_changes(self._cursor)
        while changes.opened or changes.closed:
            await self._open(changes.opened)
            for key in changes.closed:
                self._close(key)
            self._cursor = changes.cursor
            changes = await self._store.watch_changes(self._cursor)

    async def _guarded_refresh(self) -> None:
        try:
            await self.refresh()
        except StoreError:
            log.warning("watch.refresh_postponed")
            return
        self.heartbeat_at = self._clock.monotonic()

    async def _run_account(self, account: AccountId) -> None:
        rota = self.rotas[account]
        free = asyncio.Semaphore(self._options.in_flight)
        async with asyncio.TaskGroup() as group:
            while True:
                await free.acquire()
                batch = rota.take(self._clock.monotonic())
                if batch:
                    group.create_task(self._ask(rota, batch, heard=free.release))
                    continue
                free.release()
                await rota.bell.wait(self._wait_seconds(rota))

    def _wait_seconds(self, rota: Rota) -> float:
        due = rota.next_due()
        return IDLE_SECONDS if due is None else due - self._clock.monotonic()

    async def _ask(
        self, rota: Rota, batch: list[Watch], *, heard: Callable[[], None] = _nothing
    ) -> None:
        """Ask for one batch, write what changed, hang the batch again.

        `heard` is called when the relay has said all: a slow disk keeps no others
        from being asked for in time.
        """
        asked_at = self._clock.monotonic()
        for watch in batch:
            watch.looked_at = asked_at
        try:
            try:
                said = await self._look(rota, batch)
            finally:
                heard()
            if said is not None:
                await self._write(rota, *said)
        except StoreError:
            # Nothing was applied, so all of it is looked at and written again.
            log.warning("watch.not_written", account=rota.account)
            rota.rest(self._clock.monotonic(), seconds=STORE_REST_SECONDS)
        rota.back(batch, now=self._clock.monotonic())
        rota.bell.ring()

    async def _look(
        self, rota: Rota, batch: list[Watch]
    ) -> tuple[list[Step], Moment] | None:
        """Say what an answer makes of a batch, and when it came; None without one."""
        access = await self._access(rota.account)
        if access is None:
            await self._not_asked(rota, Trouble.BAD_KEY)
            return None
        answer = await access.client.fetch_many(
            [w.task_id for w in batch], key=access.key
        )
        if not isinstance(answer, Batch):
            after = answer.after_seconds if isinstance(answer, Unavailable) else None
            await self._not_asked(rota, answer.trouble, after_seconds=after)
            return None
        await self._answered(rota)
        if answer.trouble is not None and answer.trouble.trouble is Trouble.BUSY:
            rota.slow_down(self._clock.monotonic())
        now = self._moment(rota)
        options = self._options
        news = reading.sift(batch, answer, now=now.seconds, options=options)
        wanted = reading.wants_full(news, now=now.seconds, options=options)
        full = await self._full_looks(access, wanted) if wanted else {}
        return reading.read(news, full, now=now, options=options), now

    async def _write(self, rota: Rota, steps: list[Step], now: Moment) -> None:
        transitions = [s.transition for s in steps if s.transition is not None]
        await self._intake.take(transitions)
        reading.apply(steps, now=now)
        for step in steps:
            rota.learn(step.watch, at=now.steady)
        for transition in transitions:
            if transition.ends_watch:
                self._close(transition.task_key)

    async def _full_looks(
        self, access: Access, watches: Sequence[Watch]
    ) -> dict[str, Seen | Unknown]:
        """Fetch singly what a slim list object left out, before anything is told."""
        found: dict[str, Seen | Unknown] = {}
        free = asyncio.Semaphore(self._options.in_flight)

        async def fetch(watch: Watch) -> None:
            async with free:
                look = await access.client.fetch(watch.task_id, key=access.key)
            if isinstance(look, Seen | Unknown):
                found[watch.task_id] = look

        async with asyncio.TaskGroup() as group:
            for watch in watches:
                group.create_task(fetch(watch))
        return found

    async def _not_asked(
        self, rota: Rota, trouble: Trouble, *, after_seconds: float | None = None
    ) -> None:
        """The relay could not be asked: that counts for nothing but its silence."""
        now = self._clock.monotonic()
        if trouble is Trouble.BUSY:
            rota.slow_down(now, after_seconds=after_seconds)
        else:
            rota.failed(now, after_seconds=after_seconds)
        await self._note_refusal(rota, trouble if trouble in DENIALS else None)
        if rota.silent or rota.down_for(now) < self._options.silent_seconds:
            return
        since = self._clock.now() - timedelta(seconds=rota.down_for(now))
        await self._store.save_fact(silent_fact(rota.account), since.isoformat())
        await self._intake.take(reading.silence(rota.watches, at=self._clock.now()))
        rota.silent = True  # only what is written is done
        log.warning("relay.silent", account=rota.account, trouble=trouble)

    async def _answered(self, rota: Rota) -> None:
        rota.answered(self._clock.monotonic())
        await self._note_refusal(rota, None)
        if not rota.silent:
            return
        # The fact first: cards are drawn with it as soon as they are rung for.
        await self._store.save_fact(silent_fact(rota.account), None)
        await self._intake.take(reading.sound(rota.watches, at=self._clock.now()))
        rota.silent = False
        log.warning("relay.answers_again", account=rota.account)

    async def _note_refusal(self, rota: Rota, trouble: Trouble | None) -> None:
        """Keep why the relay refuses us, for the operator, while it does."""
        if rota.refused != trouble:
            await self._store.save_fact(refused_fact(rota.account), trouble)
            rota.refused = trouble

    def _moment(self, rota: Rota) -> Moment:
        steady = self._clock.monotonic()
        return Moment(at=self._clock.now(), steady=steady, seconds=rota.seconds(steady))

    async def _open(self, rows: Sequence[WatchRow]) -> None:
        now, wall = self._clock.monotonic(), self._clock.now()
        for account, together in groupby(rows, key=attrgetter("account")):
            rota = self.rotas.get(account)
            if rota is None:
                rota = await self._begin(account, now=now)
            opened = list(together)
            rota.open(*opened, now=now, wall=wall)
            # A crash may have cleared the fact alone: the mark is taken away, too.
            if any(row.standing is Standing.SILENT for row in opened):
                rota.silent = True
            self._accounts.update((row.task_key, account) for row in opened)

    async def _begin(self, account: AccountId, *, now: float) -> Rota:
        rota = Rota(account, options=self._options, now=now)
        rota.silent = await self._store.fact(silent_fact(account)) is not None
        rota.refused = await self._store.fact(refused_fact(account))
        self.rotas[account] = rota
        return rota

    def _close(self, key: TaskKey) -> None:
        rota = self.rotas.get(self._accounts.pop(key, AccountId(0)))
        if rota is not None:
            rota.close(key)
