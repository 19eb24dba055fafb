"""The port to durable memory: one method, one transaction, named for an intention.

Each part of `Store` is what one station needs; one class implements them all.
Instants are aware and UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from bot.domain.notification import Farewell, LiveCard, Notification, NotificationId
from bot.domain.subscription import (
    ChatSettings,
    Destination,
    Person,
    Platform,
    Receipt,
    Standing,
    StoredTask,
    Subscription,
    SubscriptionId,
    Watched,
)
from bot.domain.task import AccountId, RelayName, Snapshot, State, TaskId, TaskKey
from bot.domain.transition import Transition
from bot.ports.feeds import FeedMemory
from bot.ports.keys import AccessMemory, KeyMemory
from bot.ports.limits import Joined, LimitReached, Limits
from bot.ports.together import BoardMemory, DigestMemory


class WatchRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A watched task as the watcher loads it; a few scalars, no snapshot."""

    watch_id: int  # grows with every watch begun; the cursor of `watch_changes`
    task_key: TaskKey
    account: AccountId
    task_id: TaskId
    state: State
    progress: int | None
    standing: Standing
    added_at: datetime  # when this watch began; a task may be watched anew
    changed_at: datetime  # last change of what the relay says; may be long before


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchChanges:
    """Watches begun and ended since a cursor."""

    opened: tuple[WatchRow, ...]
    closed: tuple[TaskKey, ...]
    cursor: tuple[int, int]


class WatchMemory(Protocol):
    """What the watcher and intake keep."""

    async def account(self, relay: RelayName, owner: str = "") -> AccountId:
        """Name the account of a relay; `owner` "" is the operator's. Made if new."""

    async def watch_changes(
        self, since: tuple[int, int] = (0, 0), *, limit: int = 10_000
    ) -> WatchChanges:
        """List watches begun and ended since a cursor, oldest first.

        Apply `opened`, then `closed`; a task watched anew is only in `opened`. The
        first call, from (0, 0), names none that ended. Fewer than `limit` opened:
        that was all for now.
        """

    async def record(self, transitions: Sequence[Transition]) -> int:
        """Write transitions and their tells, all or nothing; say how many told.

        Monotone: a task whose stored state is terminal keeps it, and then only
        late fields are filled from a snapshot. A tell reaches the outbox once for
        each open subscription and kind, however often it is recorded; of a task
        that has ended only the end is told. A final tell ends nothing by itself:
        subscriptions end when it is settled.
        `Tell.AMEND` goes to those whose ring for the end is out already, so that
        its message is edited; where the ring still waits, it will show it anyway.
        It may come again, whenever a snapshot has filled something more.
        `ends_watch` removes the watch, so that the watcher forgets the task.
        """

    async def remember(
        self, account: AccountId, snapshot: Snapshot, at: datetime
    ) -> StoredTask:
        """Keep a snapshot that somebody looked at, merged with what is known.

        Records no tell: of a task that is watched it keeps no new state, only what
        else is new; intake records the state, with what is to be told.
        """

    async def move_task(self, key: TaskKey, account: AccountId) -> None:
        """Have those who wait for a task never seen wait for the account's of that id.

        Nothing happens if it was seen meanwhile, or if nobody waits for it any more.
        """

    async def task(self, key: TaskKey) -> StoredTask | None:
        """Fetch one task; None if it was never stored."""

    async def tasks(self, keys: Sequence[TaskKey]) -> dict[TaskKey, StoredTask]:
        """Fetch many; unknown keys are absent."""

    async def find_tasks(self, task_id: TaskId) -> list[StoredTask]:
        """List what is known under this id, on any account, latest look first."""


class ChatMemory(Protocol):
    """What chats and people asked for."""

    async def settings(self, destination: Destination) -> ChatSettings:
        """The chat's settings (one set for all its threads)."""

    async def save_settings(
        self, destination: Destination, settings: ChatSettings
    ) -> None:
        """Keep what those who manage the chat have chosen."""

    async def subscribe(
        self,
        account: AccountId,
        task_id: TaskId,
        *,
        destination: Destination,
        person: Person | None,
        limits: Limits,
        at: datetime,
    ) -> Joined | LimitReached:
        """Begin a watch or join it; also watches the task if nobody did yet.

        One open subscription for each (task, destination). `person` None is a
        feed: it counts for the chat alone. If the task's end is known already,
        nothing is watched and the end is in the outbox at once.
        """

    async def unsubscribe(
        self, subscription: SubscriptionId, *, person: Person | None, at: datetime
    ) -> bool:
        """Take a person off; None ends it at once. True if the subscription ended.

        A task that nobody waits for any more is no longer watched.
        """

    async def subscriptions(
        self, key: TaskKey, destination: Destination
    ) -> list[Subscription]:
        """The chat's open subscriptions to a task (all its threads)."""

    async def attach_card(
        self,
        subscription: SubscriptionId,
        receipt: Receipt,
        *,
        at: datetime,
        version: int | None = None,
    ) -> None:
        """Note which message is the live card, as shown just now.

        `version` is that of the task that was shown; None: its newest.
        """

    async def running(
        self, destination: Destination, *, limit: int, offset: int = 0
    ) -> tuple[list[Watched], int]:
        """The chat's open watches, newest first, and how many there are in all."""

    async def recent(
        self, destination: Destination, *, limit: int, offset: int = 0
    ) -> tuple[list[StoredTask], int]:
        """The chat's finished tasks that it watched, latest end first, and the total."""

    async def suggest(
        self, destination: Destination, person: Person, prefix: str, *, limit: int
    ) -> list[StoredTask]:
        """List tasks of this chat whose id or prompt fits, latest first.

        The chat's are those it watched and those this person looked at in it. Among
        the latest, part of the prompt is enough; else an id must begin so.
        """

    async def note_look(
        self, person: Person, destination: Destination, key: TaskKey, *, at: datetime
    ) -> None:
        """Remember that the person looked at a task here."""

    async def last_looks(
        self, person: Person, destination: Destination, *, limit: int
    ) -> list[StoredTask]:
        """The tasks the person looked at last in this chat, latest first."""

    async def person_language(self, person: Person) -> str | None:
        """The language the person chose, if any."""

    async def save_person_language(self, person: Person, language: str) -> None:
        """Keep the language that a person chose."""


class TellMemory(Protocol):
    """The outbox, live cards, receipts."""

    async def lease(
        self,
        platform: Platform,
        *,
        now: datetime,
        limit: int,
        lease_for: timedelta,
        busy: Sequence[Destination] = (),
        crowd: int = 0,
    ) -> list[Notification]:
        """Take the sole right to tell what is due, oldest first, skipping busy chats.

        A row whose lease ran out comes again, `sending_since` still set if its
        try was never settled. At most `limit` rows, but a digest comes whole, and
        up to `crowd` more that wait for the same places come along.
        """

    async def mark_sending(
        self, ids: Sequence[NotificationId], *, at: datetime
    ) -> None:
        """Write down, before the call, that a try begins."""

    async def keep_message(
        self, ids: Sequence[NotificationId], message: Receipt
    ) -> None:
        """Write down which message is to become the result, as these's `message`."""

    async def settle(
        self,
        note: Notification,
        *,
        receipt: Receipt | None,
        uploads: Mapping[tuple[str, int], str] | None = None,
        picture_owed: bool = False,
        at: datetime,
    ) -> None:
        """Told: keep the receipt, end the subscription after a final tell.

        With `picture_owed` a `Tell.AMEND` row for the same message is added.
        `uploads`, as in `uploads()`: (file kind, position) -> the platform's id.
        """

    async def postpone(
        self,
        note: NotificationId,
        *,
        until: datetime,
        reason: str,
        counts: bool = True,
        clear_sending: bool = True,
    ) -> None:
        """Give the lease back and try again later.

        `clear_sending` False keeps the mark of an unsure try.
        """

    async def release(
        self, ids: Sequence[NotificationId], *, clear_sending: bool
    ) -> None:
        """Give leases back as if never taken (a stop is not an attempt)."""

    async def reclaim(self) -> None:
        """Give all leases back: whoever took them is no more (marks stay).

        For a start that is alone on this memory.
        """

    async def give_up(self, note: NotificationId, *, reason: str, at: datetime) -> None:
        """Make it a dead letter, kept with its reason; its subscription ends if final."""

    async def dead_letters(self, since: datetime) -> int:
        """Count messages given up since then, though their chat is open to us."""

    async def next_due_at(self, platform: Platform) -> datetime | None:
        """When the earliest waiting tell is due or its lease runs out."""

    async def stale_cards(
        self, platform: Platform, *, limit: int, busy: Sequence[Destination] = ()
    ) -> list[LiveCard]:
        """Live cards that no longer show their task's newest state, longest stale first.

        Chats with live cards off, and cards younger than a moment that the door
        is still sending, are left out; so is a card whose final tell waits in the
        outbox. When that is settled the card comes once more, `told`, and then
        never again. A subscription that its chat ended has no live card any more.
        Where there is a board only cards that are there come, once, `boarded`.
        """

    async def card_shown(
        self,
        subscription: SubscriptionId,
        *,
        version: int,
        receipt: Receipt | None,
        at: datetime,
        over: bool = False,
    ) -> None:
        """Note what a card shows now. `receipt` None: it is gone and is not made again.

        `over`: it stays as it is shown now.
        """

    async def move_chat(self, platform: Platform, old: str, new: str) -> None:
        """The chat has another name now: rewrite all that is stored under the old one."""

    async def end_chat(
        self, destination: Destination, *, reason: str, at: datetime, name: str | None
    ) -> None:
        """End every subscription of a chat that is gone; with a thread: of that alone.

        Where the chat has a `name`, "" being one, there is a farewell from then on
        for each person who had asked.
        """

    async def farewells(self, platform: Platform) -> list[Farewell]:
        """List what people are still to be told alone."""

    async def uploads(
        self, key: TaskKey, platform: Platform
    ) -> dict[tuple[str, int], str]:
        """Earlier uploads: (file kind, position) -> the platform's file id."""

    async def save_upload(
        self,
        key: TaskKey,
        platform: Platform,
        *,
        kind: str,
        position: int,
        file_id: str,
    ) -> None:
        """Keep the platform's name of an uploaded file."""

    async def claim_update(
        self, platform: Platform, update_id: int, *, at: datetime
    ) -> bool:
        """Say whether this update is new; an update delivered twice is done once."""


class Facts(Protocol):
    """Small facts with a name."""

    async def fact(self, name: str) -> str | None:
        """Recall a fact."""

    async def save_fact(self, name: str, value: str | None) -> None:
        """Keep a fact; None forgets it."""


class NoteMemory(Facts, Protocol):
    """Facts, and upkeep."""

    async def silent_since(self, account: AccountId) -> datetime | None:
        """Since when an account's relay has not answered; None if it does."""

    async def writable(self) -> bool:
        """Whether a write succeeds now; for readiness."""

    async def set_back(self, by: timedelta) -> None:
        """Move what waits back with a wall clock that was set back.

        Else what is due in a minute would wait for that and the span as well.
        """

    async def prune(self, *, before: datetime) -> int:
        """Forget what ended before an instant, and facts that were `dated` before it.

        Says how many rows.
        """


class Store(
    WatchMemory,
    ChatMemory,
    TellMemory,
    FeedMemory,
    KeyMemory,
    AccessMemory,
    BoardMemory,
    DigestMemory,
    NoteMemory,
    Protocol,
):
    """Durable memory; passes tests/contract/test_store*.py."""
