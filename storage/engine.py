"""Open the database: SQLite in one file, or PostgreSQL."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from threading import Thread
from typing import Final

from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import StoreError
from bot.ports import Clock
from storage.database import Database, translated
from storage.driver import Connect, all_ended, connecting
from storage.lock import file_lock, server_lock
from storage.migrate import bring_up_to_date
from storage.store import SqlStore

_BUSY_MS: Final = 5000  # how long SQLite waits for another process's lock
_READERS: Final = 4
_SERVER_POOL: Final = 5
_FULL: Final = 2  # PRAGMA synchronous: nothing that was committed is lost
# What hosts of databases write behind the address for libpq: asyncpg's name for a
# word; "" where leaving it out changes nothing.
_WORDS: Final = {
    "host": "host",
    "port": "port",
    "ssl": "ssl",
    "sslmode": "ssl",
    "application_name": "",
    "channel_binding": "",
    "connect_timeout": "",
}


@asynccontextmanager
async def open_store(
    url: str, *, clock: Clock, migrate: bool = True, exclusive: bool = False
) -> AsyncIterator[SqlStore]:
    """Open memory; made if it is not there.

    Args:
        url: `sqlite:///path` or `postgresql://...`.
        clock: Time, for the names of backups and the age of cards.
        migrate: Bring an older schema up to date; else it is refused.
        exclusive: Be the only program that runs on it.

    Raises:
        StoreBusyError: Another program holds it (`exclusive`).
        StoreError: It cannot be opened, or its schema is not this program's.
    """
    address = _address(url)
    async with AsyncExitStack() as stack:
        database = await (
            _open_file(stack, address, exclusive=exclusive)
            if address.get_backend_name() == "sqlite"
            else _open_server(stack, address, exclusive=exclusive)
        )
        stack.push_async_callback(database.close)
        migration = await bring_up_to_date(database, clock=clock, allowed=migrate)
        yield SqlStore(database=database, clock=clock, migration=migration)


def file_of(url: str) -> Path | None:
    """The SQLite file that an address names; None: it is PostgreSQL.

    Raises:
        StoreError: It is no address of a database.
    """
    address = _address(url)
    on_disk = address.get_backend_name() == "sqlite"
    return Path(str(address.database)) if on_disk else None


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: of its port
        raise StoreError("this is no address of a database") from error
    match address.drivername.partition("+")[0]:
        case "sqlite" if address.database not in {None, "", ":memory:"}:
            return address.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return _asyncpg(address.set(drivername="postgresql+asyncpg"))
        case _:
            raise StoreError("a database is sqlite:///path or postgresql://...")


def _asyncpg(address: URL) -> URL:
    if not address.query.keys() <= _WORDS.keys():  # unnamed: it may be a password's end
        known = ", ".join(_WORDS)
        raise StoreError(f"behind the ? of a database's address may stand: {known}")
    words = {_WORDS[word]: value for word, value in address.query.items()}
    words.pop("", None)
    return address.set(query=words)


async def _open_server(
    stack: AsyncExitStack, address: URL, *, exclusive: bool
) -> Database:
    engine = create_async_engine(
        address, pool_size=_SERVER_POOL, pool_pre_ping=True, hide_parameters=True
    )
    stack.push_async_callback(engine.dispose)
    if exclusive:
        await stack.enter_async_context(server_lock(engine))
    return Database(reader=engine, writer=engine)


async def _open_file(
    stack: AsyncExitStack, address: URL, *, exclusive: bool
) -> Database:
    path = Path(str(address.database))
    _make_private(path)
    if exclusive:
        await stack.enter_async_context(file_lock(path))
    threads: list[Thread] = []
    stack.push_async_callback(all_ended, threads)
    connect = connecting(address, threads)
    writer = _sqlite(address, connect, size=1, begin="BEGIN IMMEDIATE")
    stack.push_async_callback(writer.dispose)
    reader = _sqlite(address, connect, size=_READERS, begin="BEGIN", query_only=True)
    stack.push_async_callback(reader.dispose)
    await _assert_durable(writer)
    return Database(reader=reader, writer=writer)


def _make_private(path: Path) -> None:
    """Make the file, and a folder that is not there yet, its owner's alone.

    SQLite gives its side files the file's own rights.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError(f"cannot write {path}: {reason}") from error


def _sqlite(
    address: URL, connect: Connect, *, size: int, begin: str, query_only: bool = False
) -> AsyncEngine:
    engine = create_async_engine(
        address,
        async_creator=connect,
        pool_size=size,
        max_overflow=0,
        hide_parameters=True,
    )

    def connected(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say
        cursor = connection.cursor()
        for pragma in _pragmas(query_only=query_only):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", lambda conn: conn.exec_driver_sql(begin))
    return engine


def _pragmas(*, query_only: bool) -> tuple[str, ...]:
    pragmas = (
        f"busy_timeout = {_BUSY_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    )
    return (*pragmas, "query_only = ON") if query_only else pragmas


async def _assert_durable(engine: AsyncEngine) -> None:
    """Refuse a file system on which a commit would not be for good."""
    with translated():
        async with engine.connect() as conn:
            journal = await conn.exec_driver_sql("PRAGMA journal_mode")
            synchronous = await conn.exec_driver_sql("PRAGMA synchronous")
            found = (journal.scalar(), synchronous.scalar())
    if found != ("wal", _FULL):
        raise StoreError(f"SQLite does not keep its journal here: {found}")
