"""`mjwatch migrate`, `backup`, `restore` and `simulate`."""

import asyncio
import os
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest

from bot.cli.exits import Exit
from bot.cli.keeping import back_up, confirm_restore, migrate_database, restore_file
from bot.cli.simulating import simulate_relay
from bot.clock import SystemClock
from storage.engine import open_store
from tests.fakes.desk import Desk
from tests.fakes.measured import MEASURED
from tests.fakes.patience import PATIENCE_SECONDS

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOG_LEVEL", "critical")
    return tmp_path / "data" / "mjwatch.db"


def count(path: Path, what: str) -> int:
    with closing(sqlite3.connect(path)) as opened:
        found: int = opened.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
        return found


async def end_one(path: Path) -> None:
    """Make a database with one end that waits to be told."""
    clock = SystemClock()
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        desk = Desk(store=store, clock=clock)
        await desk.ended((await desk.watch("t1", card="c1")).task_key)


async def test_migrate_makes_and_then_has_nothing_to_do(
    path: Path, capsys: Printed
) -> None:
    assert await migrate_database() is Exit.FOUND
    assert await migrate_database() is Exit.FOUND

    made, nothing = capsys.readouterr().out.splitlines()
    assert made.startswith("schema none -> ")
    assert nothing.endswith("nothing to do")
    assert count(path, "outbox") == 0


async def test_a_backup_is_made_while_the_bot_runs(path: Path, capsys: Printed) -> None:
    await end_one(path)
    copy = path.with_name("copy.db")
    async with open_store(f"sqlite:///{path}", clock=SystemClock(), exclusive=True):
        assert await back_up(copy) is Exit.FOUND

    assert count(copy, "outbox") == count(path, "outbox") == 1
    assert copy.stat().st_mode & 0o777 == 0o600
    assert "secret.key" in capsys.readouterr().out


async def test_a_restore_holds_back_until_it_is_confirmed(
    path: Path, capsys: Printed
) -> None:
    await end_one(path)
    copy = path.with_name("copy.db")
    await back_up(copy)

    assert await confirm_restore("tell") is Exit.FOUND
    assert "nothing is held back" in capsys.readouterr().out
    assert await restore_file(copy) is Exit.FOUND
    told = capsys.readouterr().out
    assert "1 messages are held back" in told
    assert "before-restore" in told
    assert count(path, "outbox WHERE state = 'suppressed'") == 1
    assert await confirm_restore("tell") is Exit.FOUND
    assert count(path, "outbox WHERE state = 'pending'") == 1


async def test_what_is_dropped_is_told_no_more(path: Path) -> None:
    await end_one(path)
    copy = path.with_name("copy.db")
    await back_up(copy)
    await restore_file(copy)

    assert await confirm_restore("drop") is Exit.FOUND
    assert count(path, "outbox WHERE state IN ('pending', 'suppressed')") == 0


async def test_a_restore_needs_nothing_but_the_backup(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await end_one(path)
    copy = tmp_path / "copy.db"
    await back_up(copy)
    fresh = tmp_path / "elsewhere" / "mjwatch.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{fresh}")

    assert await restore_file(copy) is Exit.FOUND
    assert count(fresh, "outbox") == 1


async def test_what_cannot_be_done_is_said_and_harms_nothing(
    path: Path, capsys: Printed
) -> None:
    assert await back_up(path.with_name("copy.db")) is Exit.FAILED
    assert await confirm_restore("drop") is Exit.FAILED
    assert await restore_file(path) is Exit.FAILED  # it was not made by the way
    await end_one(path)
    odd = path.with_name("odd.db")
    odd.write_text("no backup")
    for wrong in (path, path.parent, odd, path.with_name("not-there")):
        assert await restore_file(wrong) is Exit.FAILED
    assert await back_up(path) is Exit.FAILED
    assert await back_up(path.parent) is Exit.FAILED
    assert await back_up(path.parent / "no" / "folder.db") is Exit.FAILED
    device = path.with_name("device")
    os.mkfifo(device)
    assert await back_up(device) is Exit.FAILED

    assert device.is_fifo()
    assert count(path, "outbox") == 1
    assert len(capsys.readouterr().err.splitlines()) == 11


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [("DELETE FROM alembic_version", "damaged"), ("DROP TABLE outbox", "not replaced")],
)
async def test_a_backup_that_is_not_whole_replaces_nothing(
    path: Path, capsys: Printed, spoilt: str, said: str
) -> None:
    await end_one(path)
    copy = path.with_name("copy.db")
    await back_up(copy)
    with closing(sqlite3.connect(copy)) as conn, conn:
        conn.execute(spoilt)

    assert await restore_file(copy) is Exit.FAILED
    assert said in capsys.readouterr().err
    assert count(path, "outbox") == 1
    assert not list(path.parent.glob("*.restoring"))


async def test_a_restore_where_no_folder_can_be_made(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    await end_one(path)
    copy = path.with_name("copy.db")
    await back_up(copy)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{copy}/folder/mjwatch.db")

    assert await restore_file(copy) is Exit.FAILED
    assert "cannot write" in capsys.readouterr().err


async def test_a_running_bot_keeps_its_database(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await end_one(path)
    copy = path.with_name("copy.db")
    await back_up(copy)
    clock = SystemClock()
    async with open_store(f"sqlite:///{path}", clock=clock, exclusive=True):
        assert await restore_file(copy) is Exit.BUSY


async def test_postgresql_is_left_to_its_own_tools(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert await back_up(path) is Exit.FAILED
    assert await restore_file(path) is Exit.FAILED
    assert "pg_dump" in capsys.readouterr().err


async def test_wrong_wishes_for_a_simulated_relay(capsys: Printed) -> None:
    assert await simulate_relay(kind="none", port=0, key=None) is Exit.USAGE
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        code = await simulate_relay(kind="dmxapi", port=port, key=None)

    assert code is Exit.FAILED
    assert "crazyrouter" in capsys.readouterr().err


async def test_the_simulated_relay_serves_until_a_signal(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "bot",
        "simulate",
        "--kind",
        "geeknow",
        "--port",
        "0",
    ]
    program = await asyncio.create_subprocess_exec(
        *words,
        env={**MEASURED, "PYTHONPATH": str(Path.cwd()), "PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout
    first = (await program.stdout.readline()).decode()
    curl = (await program.stdout.readline()).decode().split()
    try:
        assert first.startswith("RELAY_URL=http://127.0.0.1:")
        status = await asyncio.to_thread(
            lambda: urlopen(curl[1], timeout=PATIENCE_SECONDS).status
        )
        assert status == 200
    finally:
        program.send_signal(signal.SIGTERM)
        await program.communicate()
    assert program.returncode == 0


@pytest.mark.parametrize(
    "words", [["restore"], ["restore", "x.db", "--confirm", "tell"]]
)
async def test_restore_wants_one_of_two(words: list[str], tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        env={**MEASURED, "PYTHONPATH": str(Path.cwd())},
        cwd=tmp_path,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await program.wait() == Exit.USAGE


async def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    heavy = ("aiohttp", "discord", "telegram", "sqlalchemy", "pydantic", "PIL")
    check = f"import sys, bot.cli.main; print([m for m in {heavy} if m in sys.modules])"
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        check,
        env={**MEASURED, "PYTHONPATH": str(Path.cwd())},
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await program.communicate()
    assert told.decode().strip() == "[]"
