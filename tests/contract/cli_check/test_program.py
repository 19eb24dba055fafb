"""`mjwatch check` of the database, what it prints itself, and `mjwatch health`."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import checking
from bot.cli.checking import ask_health, check_all
from bot.cli.exits import Exit
from bot.clock import SystemClock
from storage.engine import open_store
from storage.restore import restore
from tests.contract.cli_check.conftest import Check, bad
from tests.fakes.measured import MEASURED
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.relay import FakeRelay


async def test_a_database_in_use_is_good_and_said(check: Check, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'mjwatch.db'}"
    _, fresh = await check(DATABASE_URL=url)
    async with open_store(url, clock=SystemClock(), exclusive=True):
        _, running = await check(DATABASE_URL=url)
    _, stopped = await check(DATABASE_URL=url)

    assert "`run` makes it" in fresh["database"]["message"]
    assert "opens" in running["database"]["message"]
    assert running["bot"]["message"] == "runs on this database"
    assert stopped["bot"]["message"] == "does not run"


async def test_what_is_no_database_is_told(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "mjwatch.db"
    path.write_text("no database at all " * 100)
    _, told = await check(DATABASE_URL=f"sqlite:///{path}")

    assert "DATABASE_URL" in bad(told)["database"]


async def test_what_is_wrong_inside_a_database_is_told(
    check: Check, tmp_path: Path
) -> None:
    path, copy = tmp_path / "mjwatch.db", tmp_path / "copy.db"
    url, clock = f"sqlite:///{path}", SystemClock()
    async with open_store(url, clock=clock) as store:
        await store.backup(copy)
    await restore(copy, url, clock=clock)
    _, restored = await check(DATABASE_URL=url)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("INSERT INTO uploads VALUES (7, 'x', 'photo', 0, 'f')")
    _, damaged = await check(DATABASE_URL=url)

    assert "holds 0 messages back" in bad(restored)["database"]
    assert "restore --confirm" in bad(restored)["database"]
    assert "damaged (1 findings)" in bad(damaged)["database"]


async def test_a_database_that_cannot_be_made_is_told(
    check: Check, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    _, told = await check(DATABASE_URL=f"sqlite:///{tmp_path}/file/mjwatch.db")

    assert "cannot be made" in bad(told)["database"]


async def test_a_folder_that_cannot_be_opened_is_told(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, there = tmp_path / "mjwatch.db", Path.exists

    def looked_for(self: Path) -> bool:
        if self == path:
            raise PermissionError(13, "Permission denied", str(path))
        return there(self)

    monkeypatch.setattr(Path, "exists", looked_for)  # to root every folder is open
    _, told = await check(DATABASE_URL=f"sqlite:///{path}")

    assert "cannot be opened" in bad(told)["database"]


async def test_who_runs_on_it_is_said_of_either_engine(
    check: Check, store_url: str
) -> None:
    async with open_store(store_url, clock=SystemClock(), exclusive=True):
        _, running = await check(DATABASE_URL=store_url)
    _, stopped = await check(DATABASE_URL=store_url)

    assert running["bot"]["message"] == "runs on this database"
    assert stopped["bot"]["message"] == "does not run"


async def test_it_is_one_line_each_for_people(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    async with FakeRelay() as relay:
        monkeypatch.setenv("RELAY_URL", relay.url)
        assert await check_all(as_json=False) is Exit.FAILED

    lines = capsys.readouterr().out.splitlines()
    assert {line[0] for line in lines} == {"✓", "✗", "–"}  # noqa: RUF001 - as printed
    assert "✗ relay: key: the relay asks for a key → set RELAY_KEY" in lines


async def test_the_command_itself_says_it_with_its_code(tmp_path: Path) -> None:
    async with FakeRelay() as relay:
        env = {"RELAY_URL": relay.url, "RELAY_KEY": relay.key, **MEASURED}
        env |= {"PYTHONPATH": str(Path.cwd())}
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bot", "check", "--json"],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    assert (done.returncode, json.loads(done.stdout)["ok"]) == (0, True)
    assert relay.key not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("status", "code"), [(b"200 OK", Exit.FOUND), (b"503 No", Exit.FAILED)]
)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_health_asks_at_home(
    status: bytes,
    code: Exit,
    host: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    async def answer(reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        assert asked.startswith(b"GET /healthz ")
        out.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        await out.drain()
        out.close()

    monkeypatch.chdir(tmp_path)
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("WEB_HOST", host)
        monkeypatch.setenv("WEB_PORT", str(port))

        assert await ask_health() is code


async def test_health_of_nobody_is_bad(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WEB_PORT", "9")
    monkeypatch.setattr(checking, "HEALTH_SECONDS", 1.0)
    assert await ask_health() is Exit.FAILED
    monkeypatch.setenv("WEB", "off")
    assert await ask_health() is Exit.FAILED
