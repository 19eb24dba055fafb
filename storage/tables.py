"""The tables, once for both engines.

Instants are whole microseconds since 1970 (UTC). Integer keys grow in the order of
insertion and are never given twice: chat buttons, delivery keys and the watcher's
cursor are made of them.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.types import TypeEngine

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Count an instant as `Instant` keeps it."""
    return (at - _EPOCH) // _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole microseconds."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = BigInteger
    cache_ok: bool | None = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> int | None:
        """Turn a datetime into microseconds."""
        return None if value is None else microseconds(value)

    def result_processor(
        self,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
        coltype: object,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> Callable[[int | None], datetime | None]:
        """Turn microseconds into a datetime, by one call for each of many rows."""
        return _instant


def _instant(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + value * _MICROSECOND


class Words(TypeDecorator[str]):
    """Other people's text: without what PostgreSQL or UTF-8 cannot hold."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> str | None:
        """Replace lone surrogates, drop NUL."""
        return None if value is None else clean(value)


def clean(text: str) -> str:
    """Make text storable: lone surrogates become "?", NUL goes."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


# SQLite counts up by itself only in a column declared INTEGER.
_KEY: Final = BigInteger().with_variant(Integer(), "sqlite")
# Ids are compared byte by byte, so that a prefix is a range of the index.
_ID: Final = Text().with_variant(Text(collation="C"), "postgresql")
# What never gives a number twice, not even the last one after its row is gone.
_NEVER_TWICE: Final[dict[str, Any]] = {"sqlite_autoincrement": True}

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str) -> Column[int]:
    return Column(name, _KEY, primary_key=True, autoincrement=True)


def _points_at(name: str, target: str, *, unique: bool | None = None) -> Column[int]:
    return Column(name, _KEY, ForeignKey(target), nullable=False, unique=unique)


accounts: Final = Table(
    "accounts",
    metadata,
    _key("id"),
    Column("relay", Text, nullable=False),
    Column("owner", Text, nullable=False),  # "": the operator
    Column("secret", LargeBinary),  # the owner's relay key, encrypted
    UniqueConstraint("relay", "owner"),
    **_NEVER_TWICE,
)

tasks: Final = Table(
    "tasks",
    metadata,
    _key("key"),
    _points_at("account", "accounts.id"),
    Column("task_id", _ID, nullable=False),
    Column("state", Text, nullable=False),
    Column("snapshot", Text),  # JSON; null: never seen
    Column("standing", Text, nullable=False),
    # Grows by two, so that "the ring is out" is the odd step between (see cards).
    Column("version", BigInteger, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("looked_at", Instant),
    Column("ended_at", Instant),
    UniqueConstraint("account", "task_id"),
    Index(None, "task_id"),
    Index(None, "ended_at"),
    **_NEVER_TWICE,
)

# Small and hot: a step of progress touches nothing else.
watches: Final = Table(
    "watches",
    metadata,
    _key("watch_id"),
    _points_at("task_key", "tasks.key", unique=True),
    Column("state", Text, nullable=False),
    Column("progress", SmallInteger),
    Column("standing", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    **_NEVER_TWICE,
)

closed: Final = Table(
    "closed",
    metadata,
    _key("seq"),
    Column("task_key", _KEY, nullable=False),
    Column("at", Instant, nullable=False),
    **_NEVER_TWICE,
)

destinations: Final = Table(
    "destinations",
    metadata,
    _key("id"),
    Column("platform", Text, nullable=False),
    Column("chat", Text, nullable=False),
    Column("thread", Text, nullable=False),  # "": none
    Column("place", Text, nullable=False),
    UniqueConstraint("platform", "chat", "thread"),
    **_NEVER_TWICE,
)

chats: Final = Table(
    "chats",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("chat", Text, primary_key=True),
    Column("settings", Text, nullable=False),  # JSON
    Column("live_card", SmallInteger, nullable=False),  # as in the JSON, for queries
)

subscriptions: Final = Table(
    "subscriptions",
    metadata,
    _key("id"),
    _points_at("task_key", "tasks.key"),
    _points_at("destination", "destinations.id"),
    Column("platform", Text, nullable=False),  # the destination's, for an index
    Column("task_id", _ID, nullable=False),  # the task's, for an index
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("card", Text),  # receipt of the live card
    Column("card_version", BigInteger, nullable=False),  # shown; -1: none yet
    Column("shown_at", Instant, nullable=False),  # created_at until it is shown
    Column("sent_at", Instant),  # when the card's message was made
    Column("told", SmallInteger, nullable=False),  # 1: the ring is out
    Column("live", SmallInteger, nullable=False),  # 1: its card may yet be edited
    # The feed that may not want the task, of which too little was seen to say; until
    # that is known the place hears nothing of it.
    Column("sift", _KEY),
    Index(None, "task_key"),
    Index(None, "destination", "task_id"),
    **_NEVER_TWICE,
)

# Conditions of partial indexes are written out, never bound: a planner must see them.
open_subscription: Final[ColumnElement[bool]] = subscriptions.c.ended_at.is_(None)
sifted: Final[ColumnElement[bool]] = subscriptions.c.sift.is_(None)
unsifted: Final[ColumnElement[bool]] = subscriptions.c.sift.is_not(None)
live_card: Final[ColumnElement[bool]] = subscriptions.c.live == literal_column("1")


def _partial(name: str, *columns: Column[Any], where: ColumnElement[bool]) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


Index(
    "uq_subscriptions_open",
    subscriptions.c.task_key,
    subscriptions.c.destination,
    unique=True,
    sqlite_where=open_subscription,
    postgresql_where=open_subscription,
)
_partial(
    "ix_subscriptions_waiting",
    subscriptions.c.destination,
    subscriptions.c.id,
    where=open_subscription,
)
_partial(
    "ix_subscriptions_live",
    subscriptions.c.platform,
    subscriptions.c.shown_at,
    where=live_card,
)

askers: Final = Table(
    "askers",
    metadata,
    Column(
        "subscription",
        _KEY,
        ForeignKey("subscriptions.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("platform", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("name", Words, nullable=False),
    Column("position", Integer, nullable=False),  # in the order in which they asked
    # 1: named by a feed, so that it counts for the chat alone
    Column("fed", SmallInteger, nullable=False, server_default="0"),
    Index(None, "platform", "person"),
)

_partial("ix_subscriptions_unsifted", subscriptions.c.id, where=unsifted)

outbox: Final = Table(
    "outbox",
    metadata,
    _key("id"),
    Column("platform", Text, nullable=False),
    _points_at("destination", "destinations.id"),
    _points_at("subscription", "subscriptions.id"),
    _points_at("task_key", "tasks.key"),
    Column("tell", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", Instant),
    Column("sending_since", Instant),
    Column("state", Text, nullable=False),  # pending delivered dead suppressed
    Column("reason", Words),
    Column("receipt", Text),
    Column("message", Text),  # the sent message that this one edits
    Column("digest", _KEY),  # told together: the first one's id; null: alone
    Column("settled_at", Instant),
    UniqueConstraint("subscription", "tell"),
    Index(None, "task_key"),
    Index(None, "destination"),
    **_NEVER_TWICE,
)
pending: Final[ColumnElement[bool]] = outbox.c.state == literal_column("'pending'")
_partial("ix_outbox_pending", outbox.c.platform, outbox.c.due_at, where=pending)

uploads: Final = Table(
    "uploads",
    metadata,
    Column("task_key", _KEY, ForeignKey("tasks.key"), primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("file_id", Text, nullable=False),
)

looks: Final = Table(
    "looks",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("chat", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("task_key", _KEY, ForeignKey("tasks.key"), primary_key=True),
    Column("at", Instant, nullable=False),
    Index(None, "platform", "chat", "person", "at"),
    Index(None, "task_key"),
)

people: Final = Table(
    "people",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("language", Text, nullable=False),
)

updates: Final = Table(
    "updates",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Index(None, "at"),
)

facts: Final = Table(
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Words, nullable=False),
)

# A chat's address for programs; only a digest of its token is kept.
feeds: Final = Table(
    "feeds",
    metadata,
    _key("id"),
    Column("token_digest", Text, nullable=False, unique=True),
    _points_at("destination", "destinations.id"),
    Column("platform", Text, nullable=False),  # of the person
    Column("person", Text, nullable=False),
    Column("person_name", Words, nullable=False),
    Column("name", Text, nullable=False),  # for the command line
    Column("state_prefix", Words, nullable=False),  # "": any
    Column("action", Text, nullable=False),  # "": any
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
    # Further names of the place for the allow list, between spaces; null: not known
    Column("groups", Text),
    UniqueConstraint("destination", "platform", "person"),
    **_NEVER_TWICE,
)

# The one message that lists what runs in a busy chat.
boards: Final = Table(
    "boards",
    metadata,
    Column("destination", _KEY, ForeignKey("destinations.id"), primary_key=True),
    Column("receipt", Text),
    Column("shown", Text, nullable=False),  # digest of what it shows
    Column("shown_at", Instant, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("below", Integer, nullable=False),  # messages since it was posted
)

# Whom an operator has let in or out by a command; beside the setting ALLOW.
allowed: Final = Table(
    "allowed",
    metadata,
    Column("name", Text, primary_key=True),  # as in ALLOW
    Column("may", SmallInteger, nullable=False),  # 0: denied
    Column("at", Instant, nullable=False),
)
