"""Rows to domain and back; snapshots as JSON that later releases can read.

Reading is tolerant: keys that a row lacks take their defaults, keys that this
release does not know are passed over.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import structs
from sqlalchemy import ColumnElement, Row, Select, and_, select

from bot.domain.subscription import (
    ChatSettings,
    Destination,
    Person,
    Place,
    Platform,
    Receipt,
    Standing,
    StoredTask,
    Subscription,
    SubscriptionId,
)
from bot.domain.task import AccountId, RelayName, Snapshot, State, TaskId, TaskKey
from storage.tables import accounts, askers, chats, clean, destinations, tasks, watches

_FORM: Final = 1  # of the JSON; a later form says how to read this one
_SNAPSHOT: Final = msgspec.json.Decoder(Snapshot)
_SETTINGS: Final = msgspec.json.Decoder(ChatSettings)

ASKER: Final = (askers.c.platform, askers.c.person, askers.c.name)
DESTINATION: Final = (
    destinations.c.platform,
    destinations.c.chat,
    destinations.c.thread,
    destinations.c.place,
)


def select_tasks() -> Select[Any]:
    """Select tasks with all that `stored_task` reads."""
    return (
        select(
            tasks,
            accounts.c.relay,
            watches.c.watch_id,
            watches.c.state.label("watch_state"),
            watches.c.progress.label("watch_progress"),
            watches.c.standing.label("watch_standing"),
            watches.c.version.label("watch_version"),
            watches.c.changed_at.label("watch_changed_at"),
        )
        .join(accounts, accounts.c.id == tasks.c.account)
        .outerjoin(watches, watches.c.task_key == tasks.c.key)
    )


def stored_task(row: Row[Any]) -> StoredTask:
    """Join a task's cold row with the hot one of its watch."""
    watched = row.watch_id is not None
    changed_at = max(row.changed_at, row.watch_changed_at or row.changed_at)
    return StoredTask(
        key=TaskKey(row.key),
        account=AccountId(row.account),
        relay=RelayName(row.relay),
        task_id=TaskId(row.task_id),
        snapshot=_newest(row),
        standing=Standing(row.watch_standing or row.standing),
        added_at=row.added_at,
        changed_at=changed_at,
        looked_at=max(row.looked_at, changed_at) if row.looked_at else None,
        ended_at=row.ended_at,
        watched=watched,
        version=max(row.version, row.watch_version or 0),
    )


def settings_of_destination() -> ColumnElement[bool]:
    """Join a destination with the settings of its chat, if it has any."""
    return and_(
        chats.c.platform == destinations.c.platform,
        chats.c.chat == destinations.c.chat,
    )


def _newest(row: Row[Any]) -> Snapshot | None:
    """Lay the watch's progress over the snapshot, unless that knows better."""
    if row.snapshot is None:
        return None
    snapshot = snapshot_from(row.snapshot)
    if row.watch_state != snapshot.state or snapshot.terminal:
        return snapshot
    if (row.watch_progress or 0) <= (snapshot.progress or 0):
        return snapshot
    return structs.replace(snapshot, progress=row.watch_progress)


def task_row(task: StoredTask) -> dict[str, Any]:
    """Say what of a task may have changed; `at_key` names the row."""
    snapshot = task.snapshot
    return {
        "at_key": task.key,
        "state": snapshot.state if snapshot else State.PENDING,
        "snapshot": snapshot_text(snapshot) if snapshot else None,
        "standing": task.standing,
        "version": task.version,
        "changed_at": task.changed_at,
        "looked_at": task.looked_at,
        "ended_at": task.ended_at,
    }


def watch_row(task: StoredTask) -> dict[str, Any]:
    """Say what of a watch follows its task; `at_key` names the task."""
    snapshot = task.snapshot
    return {
        "at_key": task.key,
        "state": snapshot.state if snapshot else State.PENDING,
        "progress": snapshot.progress if snapshot else None,
        "standing": task.standing,
        "version": task.version,
        "changed_at": task.changed_at,
    }


def snapshot_text(snapshot: Snapshot) -> str:
    """Write a snapshot as JSON, without what is at its default."""
    return f'{{"v":{_FORM},{_json(snapshot)[1:]}'


def snapshot_from(text: str) -> Snapshot:
    """Read a snapshot of this or an earlier release."""
    return _SNAPSHOT.decode(text)


def settings_text(settings: ChatSettings) -> str:
    """Write a chat's settings as JSON."""
    return _json(settings)


def settings_from(text: str | None) -> ChatSettings:
    """Read a chat's settings; None: nothing was chosen."""
    return ChatSettings() if text is None else _SETTINGS.decode(text)


def _json(value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # a lone surrogate somewhere in foreign text
        return msgspec.json.encode(_cleaned(msgspec.to_builtins(value))).decode()


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {name: _cleaned(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value


def destination(row: Row[Any]) -> Destination:
    """Read the columns of `DESTINATION`."""
    return Destination(
        platform=Platform(row.platform),
        chat=row.chat,
        thread=row.thread or None,
        place=Place(row.place),
    )


def person(row: Row[Any]) -> Person:
    """Read the columns of `ASKER`."""
    return Person(platform=Platform(row.platform), id=row.person, name=row.name)


def subscription(row: Row[Any], asked: Sequence[Person]) -> Subscription:
    """Read a subscription joined with its destination."""
    return Subscription(
        id=SubscriptionId(row.id),
        task_key=TaskKey(row.task_key),
        destination=destination(row),
        askers=tuple(asked),
        card=Receipt(row.card) if row.card else None,
    )
