"""One way to read and one to write, whatever the engine.

SQLite has one writer: a lock in the process, one connection, BEGIN IMMEDIATE.
PostgreSQL has a pool, and rows are locked where two writers could meet.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from socket import gaierror
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreBusyError, StoreError

_REFUSED_SECONDS: Final = 30.0  # whoever writes tries again sooner
_CLOSE_SECONDS: Final = 5.0  # for what is under way when the program ends
_ORDER_LOCK: Final = 0x6D6A7731  # "mjw1"; any number that nobody else takes
# Drivers' own texts may hold parameters; these are about the file alone.
_REASONS: Final = {
    "SQLITE_NOTADB": "the file is not a database of SQLite",
    "SQLITE_CORRUPT": "the file is damaged; `mjwatch restore` puts a backup back",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "the file may only be read",
}
# The same of PostgreSQL's states.
_STATES: Final = {
    "28000": "the user may not come in",
    "28P01": "the user or the password is wrong",
    "3D000": "there is no database of this name",
    "42501": "the user lacks a right",
    "53100": "the disk is full",
    "53300": "too many connections are open",
    "57P03": "it is just starting, or stopping",
}


class Database:
    """An opened database.

    Args:
        reader: Engine for reading; the same as `writer` on PostgreSQL.
        writer: Engine for writing.
    """

    def __init__(self, *, reader: AsyncEngine, writer: AsyncEngine) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()
        self._under_way = 0  # reads and writes
        self._closed = False
        self._idle = asyncio.Event()
        self._refused_at = float(
            "-inf"
        )  # the last write that failed, if none did since

    @property
    def is_sqlite(self) -> bool:
        """Whether it is one file with one writer."""
        return self._writer.dialect.name == "sqlite"

    @property
    def path(self) -> str | None:
        """The SQLite file; None on PostgreSQL."""
        return self._writer.url.database if self.is_sqlite else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Read within one transaction; on SQLite that is one moment in time."""
        with translated(), self._counted():
            async with self._reader.connect() as conn:
                yield conn

    @property
    def refuses(self) -> bool:
        """Whether the last write failed, and lately: a full disk takes small ones."""
        now = asyncio.get_running_loop().time()
        return now - self._refused_at < _REFUSED_SECONDS

    @asynccontextmanager
    async def write(self, *, probing: bool = False) -> AsyncIterator[AsyncConnection]:
        """Write within one transaction: all of it, or nothing after an error.

        `probing`: it says nothing about larger writes.
        """
        try:
            async with self._writing() as conn:
                yield conn
        except StoreError:
            self._refused_at = asyncio.get_running_loop().time()
            raise
        if not probing:
            self._refused_at = float("-inf")

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        with translated(), self._counted():
            if not self.is_sqlite:
                async with self._writer.begin() as conn:
                    yield conn
                return
            async with self._turn, self._writer.begin() as conn:
                yield conn

    async def close(self) -> None:
        """Begin nothing more, and wait a little for what is under way.

        Not everybody who reads is waited for by the program: libraries start tasks of
        their own. A connection that came back to a pool which is gone would stay open.
        """
        self._closed = True
        if self._under_way:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._idle.wait()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._closed:
            raise StoreError("the database is closed")
        self._under_way += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def in_order(self, conn: AsyncConnection) -> None:
        """From here to the commit, no other writer numbers watches.

        Without it a lower number could become visible after a higher one was read,
        and a cursor would pass it by. SQLite has one writer anyway.
        """
        if not self.is_sqlite:
            await conn.execute(select(func.pg_advisory_xact_lock(_ORDER_LOCK)))

    def insert(self, table: Table) -> "postgresql.Insert | sqlite.Insert":
        """Start an INSERT that knows ON CONFLICT."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def begins(self, text: Column[str], words: str) -> ColumnElement[bool]:
        """Whether a text begins so; SQLite serves LIKE by no index, but GLOB.

        Args:
            text: The column.
            words: No sign in them means anything to GLOB.
        """
        if self.is_sqlite:
            return text.op("GLOB", is_comparison=True)(f"{words}*")
        return text.startswith(words, autoescape=True)

    async def upsert(
        self, conn: AsyncConnection, table: Table, row: dict[str, Any]
    ) -> None:
        """Insert a row, or overwrite what stands under its primary key."""
        keys = [column.name for column in table.primary_key]
        rest = {name: value for name, value in row.items() if name not in keys}
        statement = self.insert(table).values(row)
        await conn.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=rest)
        )


@contextmanager
def translated() -> Iterator[None]:
    """Let no driver's error out; their texts may hold parameters, so only the name.

    Raises:
        StoreBusyError: Another program holds the database.
        StoreError: Anything else that the engine refused.
    """
    try:
        yield
    except DBAPIError as error:
        if "locked" in str(error.orig):
            raise StoreBusyError("the database is locked by another program") from error
        raise StoreError(f"the database refused: {_reason(error.orig)}") from error
    except (PoolTimeoutError, OSError) as error:
        raise StoreError(f"the database is out of reach: {_away(error)}") from error


def _reason(error: BaseException | None) -> str:
    """Say what the engine's own name for an error means, else name its kind."""
    name = getattr(error, "sqlite_errorname", "")  # may be a longer, nearer one
    plain = "_".join(name.split("_")[:2])
    state = str(getattr(error, "sqlstate", ""))
    known = _REASONS.get(plain) or _STATES.get(state)
    return known or name or type(error).__name__


def _away(error: Exception) -> str:
    if isinstance(error, gaierror):
        return "its host is not known"
    if isinstance(error, TimeoutError | PoolTimeoutError):
        return "no answer in time"
    return "nobody answers there"
