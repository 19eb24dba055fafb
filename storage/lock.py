"""One running program for one memory."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreBusyError
from storage.database import translated

_PATIENCE_SECONDS: Final = 5.0  # a restart may overlap its predecessor's end
_PAUSE_SECONDS: Final = 0.05
_RUN_LOCK: Final = 0x6D6A7772  # "mjwr"; any number that nobody else takes


@asynccontextmanager
async def file_lock(
    path: Path, *, patience_seconds: float = _PATIENCE_SECONDS
) -> AsyncIterator[None]:
    """Hold `<path>.lock`; the system lets go of it however the program ends.

    Raises:
        StoreBusyError: Another program held it all the time.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC  # no child inherits it
    lock = os.open(f"{path}.lock", flags, 0o600)
    try:
        await _obtain_file(lock, path, patience_seconds)
        yield
    finally:
        os.close(lock)


async def _obtain_file(lock: int, path: Path, patience_seconds: float) -> None:
    try:
        async with asyncio.timeout(patience_seconds):
            while not _locked(lock):  # noqa: ASYNC110 - a file rings no bell
                await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError as error:
        raise _busy(str(path)) from error


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def server_lock(
    engine: AsyncEngine, *, patience_seconds: float = _PATIENCE_SECONDS
) -> AsyncIterator[None]:
    """Hold an advisory lock on a connection of its own.

    Raises:
        StoreBusyError: Another program held it all the time.
    """
    with translated():
        async with engine.connect() as raw:
            conn = await raw.execution_options(isolation_level="AUTOCOMMIT")
            await _obtain_server(conn, patience_seconds)
            try:
                yield
            finally:
                await conn.execute(select(func.pg_advisory_unlock(_RUN_LOCK)))


async def _obtain_server(conn: AsyncConnection, patience_seconds: float) -> None:
    attempt = select(func.pg_try_advisory_lock(_RUN_LOCK))
    try:
        async with asyncio.timeout(patience_seconds):
            while not await conn.scalar(attempt):  # noqa: ASYNC110 - as above
                await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError as error:
        raise _busy("the database") from error


def _busy(what: str) -> StoreBusyError:
    return StoreBusyError(f"another running mjwatch holds {what}")
