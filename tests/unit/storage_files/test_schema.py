"""The SQLite file's schema: made, brought up to date, never half changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

import storage.migrations
from bot.errors import StoreError
from storage import migrate
from storage.engine import open_store
from storage.tables import metadata
from tests.fakes.clock import MovedClock
from tests.unit.storage_files.conftest import desk_at, mode_of, set_schema


def test_the_newest_revision_is_the_one_we_name() -> None:
    config = Config()
    folder = Path(storage.migrations.__file__).parent
    config.set_main_option("script_location", str(folder))

    assert ScriptDirectory.from_config(config).get_heads() == [migrate.SCHEMA]


async def test_the_revisions_make_the_tables(path: Path, clock: MovedClock) -> None:
    async with desk_at(path, clock):
        pass

    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as conn:
        found = compare_metadata(MigrationContext.configure(conn), metadata)
    engine.dispose()

    assert found == []


async def test_a_new_database_is_made_without_a_backup(
    path: Path, clock: MovedClock
) -> None:
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        assert store.migration == migrate.Migration(
            before=None, after=migrate.SCHEMA, backup=None
        )
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        assert store.migration is None


async def test_an_unprepared_database_is_refused_where_asked(
    path: Path, clock: MovedClock
) -> None:
    with pytest.raises(StoreError, match="mjwatch migrate"):
        async with open_store(f"sqlite:///{path}", clock=clock, migrate=False):
            pass


async def test_a_newer_schema_is_refused_with_the_backups_name(
    path: Path, clock: MovedClock
) -> None:
    async with open_store(f"sqlite:///{path}", clock=clock):
        pass
    set_schema(path, "9999")
    backup = path.with_name("mjwatch.db.schema-0001.20261101T000000Z.bak")
    backup.touch()

    with pytest.raises(StoreError, match=backup.name):
        async with open_store(f"sqlite:///{path}", clock=clock):
            pass


async def test_an_existing_database_is_copied_before_it_changes(
    path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk_at(path, clock) as desk:
        await desk.store.save_fact("a", "1")
    set_schema(path, "0000")
    monkeypatch.setattr(migrate, "_upgrade", _pretend_upgrade)

    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        done = store.migration

    assert done
    assert done.backup
    assert done.backup.name == "mjwatch.db.schema-0000.20261122T120000Z.bak"
    assert mode_of(done.backup) == 0o600
    with closing(sqlite3.connect(done.backup)) as copy:
        assert copy.execute("SELECT value FROM facts").fetchall() == [("1",)]


async def test_a_failed_migration_leaves_the_old_schema(
    path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(f"sqlite:///{path}", clock=clock):
        pass
    set_schema(path, "0000")
    monkeypatch.setattr(migrate, "_upgrade", _broken_upgrade)

    with pytest.raises(RuntimeError):
        async with open_store(f"sqlite:///{path}", clock=clock):
            pass

    with closing(sqlite3.connect(path)) as left:
        tables = left.execute("SELECT name FROM sqlite_master WHERE name = 'facts'")
        assert tables.fetchall() == [("facts",)]


def _pretend_upgrade(conn: Connection) -> None:
    conn.execute(text(f"UPDATE alembic_version SET version_num = '{migrate.SCHEMA}'"))


def _broken_upgrade(conn: Connection) -> None:
    conn.execute(text("DROP TABLE facts"))
    raise RuntimeError
