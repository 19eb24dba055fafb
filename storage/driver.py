"""SQLite's driver with fewer crossings between the loop and its thread.

aiosqlite crosses over once each for making a cursor, executing, fetching and closing;
SQLAlchemy asks for all four with every statement. A crossing costs more than most
statements, so here a statement is one.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterable, Sequence
from threading import Thread
from typing import Any, Final, Self

import aiosqlite
from sqlalchemy import URL

Parameters = Sequence[Any] | dict[str, Any]
Rows = list[Any]
Cross = Callable[..., Coroutine[Any, Any, Any]]

_WAIT_SECONDS: Final = 5.0


class Cursor:
    """What SQLAlchemy needs of one: all rows come with the execution.

    Attributes:
        description: The columns; None of what gives no rows.
    """

    arraysize = 1

    def __init__(self, cross: Cross, connection: sqlite3.Connection) -> None:
        self._cross = cross
        self._connection = connection
        self._rows: Rows = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Parameters = ()) -> Self:
        """Execute a statement and fetch what it gives."""
        await self._cross(self._run, self._connection.execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Parameters]) -> Self:
        """Execute a statement for each set of parameters."""
        await self._cross(self._run, self._connection.executemany, sql, parameters)
        return self

    async def fetchall(self) -> Rows:
        """Give the rows that are there already."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Do nothing: the driver's own cursor is gone since it was read."""

    def _run(self, execute: Callable[..., sqlite3.Cursor], *words: object) -> None:
        cursor = execute(*words)
        self._rows = cursor.fetchall()
        self.description = cursor.description
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid
        cursor.close()


class Connection(aiosqlite.Connection):
    """A connection with such cursors.

    Attributes:
        opened: What the thread has opened, also if nobody waited for it.
    """

    opened: sqlite3.Connection | None = None

    def cursor(self) -> Cursor:  # type: ignore[override]  # it is made without crossing
        """Make a cursor."""
        return Cursor(self._execute, self._conn)

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread; what it opened for a start that was cancelled is closed."""
        self._tx.put_nowait((None, self._close_unclaimed))
        return super().stop()

    def _close_unclaimed(self) -> None:
        if self._connection is None and self.opened is not None:
            self.opened.close()


Connect = Callable[[], Coroutine[Any, Any, Connection]]


def connecting(address: URL, threads: list[Thread]) -> Connect:
    """Give what opens connections to an address; `threads` keeps those that serve."""
    given: Any = address.get_dialect()().create_connect_args(address)
    words, options = given

    async def connect() -> Connection:
        def open_file() -> sqlite3.Connection:
            connection.opened = sqlite3.connect(*words, **options)
            return connection.opened

        connection = Connection(open_file, iter_chunk_size=1)
        thread = connection._thread  # noqa: SLF001 - it has no other name
        thread.daemon = True  # as SQLAlchemy does: a stop must not hang
        threads[:] = [*(each for each in threads if each.is_alive()), thread]
        opened: Connection = await connection  # type: ignore[assignment]  # itself
        return opened

    return connect


async def all_ended(threads: Iterable[Thread]) -> None:
    """Wait until no connection's thread has anything to say to the loop any more.

    The driver itself leaves those alone whose opening or statement was cancelled.
    """
    for thread in threads:
        await asyncio.to_thread(thread.join, _WAIT_SECONDS)
