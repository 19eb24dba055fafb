"""SQLite's driver with fewer crossings between the loop and its thread.

aiosqlite crosses over once each for making a cursor, executing, fetching and closing;
SQLAlchemy asks for all four with every statement. A crossing costs more than most
statements, so here a statement is one.
"""

import sqlite3
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Self

import aiosqlite
from sqlalchemy import URL

Parameters = Sequence[Any] | dict[str, Any]
Rows = list[Any]
Cross = Callable[..., Coroutine[Any, Any, Any]]


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
    """A connection with such cursors."""

    def cursor(self) -> Cursor:  # type: ignore[override]  # it is made without crossing
        """Make a cursor."""
        return Cursor(self._execute, self._conn)


def connecting(address: URL) -> Callable[[], Coroutine[Any, Any, Connection]]:
    """Give what opens connections to an address."""
    given: Any = address.get_dialect()().create_connect_args(address)
    words, options = given

    async def connect() -> Connection:
        def open_file() -> sqlite3.Connection:
            found: sqlite3.Connection = sqlite3.connect(*words, **options)
            return found

        connection = Connection(open_file, iter_chunk_size=1)
        connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: a stop must not hang
        opened: Connection = await connection  # type: ignore[assignment]  # itself
        return opened

    return connect
