"""Who wants to hear of a task, and where."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec

from bot.domain.task import AccountId, RelayName, Snapshot, TaskId, TaskKey

Platform = NewType("Platform", str)  # a value in data, never a branch in the core
SubscriptionId = NewType("SubscriptionId", int)
Receipt = NewType("Receipt", str)  # the platform's handle of a sent message


class Place(StrEnum):
    """What kind of chat a destination is; paces and rights differ."""

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a card goes."""

    platform: Platform
    chat: str
    thread: str | None = None
    place: Place = Place.GROUP


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on a platform; `name` is how a mention reads where it needs words."""

    platform: Platform
    id: str
    name: str = ""

    @property
    def key(self) -> str:
        """The person across the program, `platform:id`."""
        return f"{self.platform}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """What those who manage a chat have chosen for it (all its threads)."""

    language: str | None = None  # None: not chosen
    default_relay: RelayName | None = None
    live_card: bool = True
    mention: bool = True
    silent: bool = False
    listening: bool = False
    previews: bool = False
    key_owner: str | None = None  # whose own relay key looks here may use


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A destination's standing wish to hear of a task."""

    id: SubscriptionId
    task_key: TaskKey
    destination: Destination
    askers: tuple[Person, ...]
    card: Receipt | None = None  # the live card, once sent


class Standing(StrEnum):
    """What we make of a watched task beyond the relay's own word."""

    FINE = "fine"
    UNSEEN = "unseen"  # no relay has shown it yet
    SILENT = "silent"  # its relay has not answered for long
    LOST = "lost"  # the relay says it does not know it (any more)
    STUCK = "stuck"  # unchanged for long; still watched, slowly
    GIVEN_UP = "given_up"  # unchanged for too long; watched no more


class StoredTask(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A task as memory holds it: the last snapshot and how we stand to it."""

    key: TaskKey
    account: AccountId
    relay: RelayName
    task_id: TaskId
    snapshot: Snapshot | None  # None: never seen
    standing: Standing = Standing.FINE
    added_at: datetime
    changed_at: datetime  # last change of what the relay says
    looked_at: datetime | None = None  # last successful look
    ended_at: datetime | None = None  # when its end was seen
    watched: bool = False  # whether the watcher still asks for it
    version: int = 0  # grows with every change that a card would show


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One line of a chat's list: a subscription and its task."""

    subscription: Subscription
    task: StoredTask


def silent_fact(account: AccountId) -> str:
    """Name the stored fact that says since when an account's relay is silent."""
    return f"silent:{account}"


def refused_fact(account: AccountId) -> str:
    """Name the stored fact that says why a relay refuses an account, while it does."""
    return f"refused:{account}"
