"""One running program for one memory, and on one machine for one token."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StoreBusyError, StoreError
from storage.database import translated

_PATIENCE_SECONDS: Final = 5.0  # a restart may overlap its predecessor's end
_PAUSE_SECONDS: Final = 0.05
_DIGITS: Final = 16  # of the hash that names a secret
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
        await _obtain(lambda: _locked(lock), str(path), patience_seconds)
        yield
    finally:
        os.close(lock)


async def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def name_lock(secret: str, *, what: str) -> AsyncIterator[None]:
    """Be the only program of this machine that uses a secret, such as a bot's token.

    Args:
        secret: It names a file among the temporary ones, by its hash.
        what: What it is, for people.

    Raises:
        StoreBusyError: Another program held it all the time.
    """
    digest = hashlib.sha256(secret.encode()).hexdigest()[:_DIGITS]
    path = Path(tempfile.gettempdir()) / f"mjwatch-{digest}.lock"
    lock = _open_shared(path)
    try:
        await _obtain(lambda: _locked(lock), what)
        yield
    finally:
        os.close(lock)


def _open_shared(path: Path) -> int:
    """Open a file that another user may have made: to lock it, reading is enough."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with contextlib.suppress(PermissionError):  # theirs is not made, but opened
            return os.open(path, flags | os.O_CREAT, 0o644)
        return os.open(path, flags)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError(f"cannot open {path}: {reason}") from error


@asynccontextmanager
async def server_lock(engine: AsyncEngine) -> AsyncIterator[None]:
    """Hold an advisory lock on a connection of its own.

    Raises:
        StoreBusyError: Another program held it all the time.
    """
    with translated():
        async with engine.connect() as raw:
            conn = await raw.execution_options(isolation_level="AUTOCOMMIT")
            attempt = select(func.pg_try_advisory_lock(_RUN_LOCK))
            await _obtain(lambda: conn.scalar(attempt), "the database")
            try:
                yield
            finally:
                await conn.execute(select(func.pg_advisory_unlock(_RUN_LOCK)))


async def _obtain(
    attempt: Callable[[], Awaitable[object]],
    what: str,
    patience_seconds: float = _PATIENCE_SECONDS,
) -> None:
    """Try until it works, or another program has held it for too long."""
    try:
        async with asyncio.timeout(patience_seconds):
            while not await attempt():  # noqa: ASYNC110 - nobody rings a bell
                await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError as error:
        raise StoreBusyError(f"another running mjwatch holds {what}") from error
