"""A place for an SQLite file, and a desk on it."""

import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from storage.engine import open_store
from tests.fakes.clock import MovedClock
from tests.fakes.desk import Desk


@asynccontextmanager
async def desk_at(path: Path, clock: MovedClock) -> AsyncIterator[Desk]:
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        yield Desk(store=store, clock=clock)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mjwatch.db"


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def rubbish(tmp_path: Path) -> Path:
    file = tmp_path / "rubbish.db"
    file.write_bytes(b"no database at all " * 100)
    return file


def set_schema(path: Path, schema: str) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("UPDATE alembic_version SET version_num = ?", (schema,))
        conn.commit()
