"""Short words for what tests of memory say again and again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from bot.domain.notification import LiveCard, Notification
from bot.domain.subscription import (
    Destination,
    Person,
    Platform,
    Receipt,
    Standing,
    StoredTask,
    Subscription,
)
from bot.domain.task import RelayName, Snapshot, State, TaskId, TaskKey
from bot.domain.transition import Tell, Transition
from bot.ports import Clock, Joined, Limits, Store

DISCORD: Final = Platform("discord")
ANN: Final = Person(platform=DISCORD, id="1", name="Ann")
BOB: Final = Person(platform=DISCORD, id="2", name="Bob")
CHAT: Final = Destination(platform=DISCORD, chat="100")
THREAD: Final = replace(CHAT, thread="7")
ELSEWHERE: Final = Destination(platform=DISCORD, chat="200")
NO_LIMITS: Final = Limits(person_watches=0, chat_watches=0)
LEASE: Final = timedelta(seconds=30)


def seen(task_id: str, state: State = State.RUNNING, **rest: object) -> Snapshot:
    """Make a snapshot."""
    return structs.replace(Snapshot(task_id=TaskId(task_id), state=state), **rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A Store and a clock, asked in few words."""

    store: Store
    clock: Clock

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def watch(
        self,
        task_id: str = "t1",
        *,
        to: Destination = CHAT,
        by: Person | None = ANN,
        card: str | None = None,
    ) -> Subscription:
        """Subscribe, and attach a card if it is named."""
        account = await self.store.account(RelayName("relay"))
        joined = await self.store.subscribe(
            account,
            TaskId(task_id),
            destination=to,
            person=by,
            limits=NO_LIMITS,
            at=self.now,
        )
        assert isinstance(joined, Joined)
        if card:
            await self.store.attach_card(
                joined.subscription.id, Receipt(card), at=self.now
            )
        return joined.subscription

    async def look(self, task_id: str, state: State, **rest: object) -> StoredTask:
        """Keep what a person's look has shown."""
        account = await self.store.account(RelayName("relay"))
        fresh = seen(task_id, state, **rest)
        return await self.store.remember(account, fresh, self.now)

    async def moved(self, key: TaskKey, progress: int) -> int:
        """Record a step of progress."""
        step = Transition(
            task_key=key, at=self.now, progress=progress, standing=Standing.FINE
        )
        return await self.store.record([step])

    async def running(self, key: TaskKey, progress: int = 0, **rest: object) -> int:
        """Record that a task runs."""
        task = await self.known(key)
        fresh = seen(task.task_id, State.RUNNING, progress=progress, **rest)
        return await self.store.record([self._to(key, fresh)])

    async def ended(self, *keys: TaskKey, **rest: object) -> int:
        """Record that tasks have succeeded."""
        return await self.store.record(
            [
                self._to(
                    key,
                    seen((await self.known(key)).task_id, State.SUCCEEDED, **rest),
                    tell=Tell.ENDED,
                )
                for key in keys
            ]
        )

    async def amended(self, key: TaskKey, **rest: object) -> int:
        """Record what came after a task's end."""
        late = seen((await self.known(key)).task_id, State.SUCCEEDED, **rest)
        change = Transition(task_key=key, at=self.now, snapshot=late, tell=Tell.AMEND)
        return await self.store.record([change])

    def _to(
        self, key: TaskKey, fresh: Snapshot, tell: Tell | None = None
    ) -> Transition:
        return Transition(
            task_key=key,
            at=self.now,
            state=fresh.state,
            progress=fresh.progress,
            snapshot=fresh,
            standing=Standing.FINE,
            tell=tell,
            ends_watch=fresh.terminal,
        )

    async def says(self, key: TaskKey, tell: Tell, *, ends: bool = False) -> int:
        """Record a verdict of ours."""
        verdict = Transition(task_key=key, at=self.now, tell=tell, ends_watch=ends)
        return await self.store.record([verdict])

    async def known(self, key: TaskKey) -> StoredTask:
        """Fetch a task that is there."""
        task = await self.store.task(key)
        assert task is not None
        return task

    async def lease(
        self, *, limit: int = 50, busy: tuple[Destination, ...] = ()
    ) -> list[Notification]:
        """Lease what is due on Discord."""
        return await self.store.lease(
            DISCORD, now=self.now, limit=limit, lease_for=LEASE, busy=busy
        )

    async def told(
        self, note: Notification, receipt: str | None = "m1", *, owed: bool = False
    ) -> None:
        """Settle a notification."""
        message = Receipt(receipt) if receipt else None
        await self.store.settle(note, receipt=message, picture_owed=owed, at=self.now)

    async def stale(self, *busy: Destination) -> list[LiveCard]:
        """List the stale cards on Discord."""
        return await self.store.stale_cards(DISCORD, limit=50, busy=busy)

    async def showed(self, card: LiveCard, receipt: str | None = "c1") -> None:
        """Note that a card was shown."""
        message = Receipt(receipt) if receipt else None
        await self.store.card_shown(
            card.subscription, version=card.version, receipt=message, at=self.now
        )
