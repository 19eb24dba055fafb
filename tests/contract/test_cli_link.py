"""`mjwatch link`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.telegram.links import USERNAME_FACT, read_payload
from bot.cli.exits import Exit
from bot.cli.linking import print_link
from bot.cli.main import app
from bot.clock import SystemClock
from storage.engine import open_store

ID = "1767225600000123"
LONG = "relay:" + "x" * 64
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOG_LEVEL", "critical")
    return f"sqlite:///{tmp_path / 'data' / 'mjwatch.db'}"


@pytest.fixture
async def connected(url: str) -> str:
    async with open_store(url, clock=SystemClock()) as store:
        await store.save_fact(USERNAME_FACT, "mjwatch_bot")
    return url


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize(
    ("task", "watch", "link"),
    [
        (ID, False, f"https://t.me/mjwatch_bot?start={ID}"),
        (ID, True, f"https://t.me/mjwatch_bot?start=w_{ID}"),
        (f"https://r.example/mj/task/{ID}/fetch", False, f"...?start={ID}"),
    ],
)
async def test_a_link_is_printed(
    task: str, watch: bool, link: str, capsys: Printed
) -> None:
    assert await print_link(task, watch=watch) is Exit.FOUND

    printed = capsys.readouterr().out.strip()
    assert printed.endswith(link.removeprefix("..."))


async def test_a_long_one_is_kept_under_a_token_also_while_the_bot_runs(
    connected: str, capsys: Printed
) -> None:
    async with open_store(connected, clock=SystemClock(), exclusive=True) as store:
        code = await print_link(LONG, watch=True)
        payload = capsys.readouterr().out.strip().partition("start=")[2]
        start = await read_payload(store, payload)

    assert code is Exit.FOUND
    assert len(payload) <= 64
    assert (start.text, start.watch) == (LONG, True)


async def test_before_the_bot_ever_connected_it_says_so(
    url: str, capsys: Printed
) -> None:
    async with open_store(url, clock=SystemClock()):
        capsys.readouterr()

    assert await print_link(ID, watch=False) is Exit.UNAVAILABLE
    told = capsys.readouterr()
    assert told.out == ""
    assert "TELEGRAM_TOKEN" in told.err


@pytest.mark.usefixtures("url")
async def test_where_nothing_ever_ran_nothing_is_made(
    tmp_path: Path, capsys: Printed
) -> None:
    assert await print_link(ID, watch=False) is Exit.UNAVAILABLE

    assert "connect once" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("task", ["a/b", "1 2", "纸船", ""])
async def test_what_is_no_id_is_wrong_usage(task: str, capsys: Printed) -> None:
    assert await print_link(task, watch=False) is Exit.USAGE

    assert "1 to 64" in capsys.readouterr().err


async def test_another_schema_is_not_touched(
    monkeypatch: pytest.MonkeyPatch, url: str, tmp_path: Path, capsys: Printed
) -> None:
    path = tmp_path / "data" / "mjwatch.db"
    path.parent.mkdir()
    path.touch()

    assert await print_link(ID, watch=False) is Exit.UNAVAILABLE
    assert capsys.readouterr().err


@pytest.mark.usefixtures("url")
def test_the_word_is_there() -> None:
    told = CliRunner().invoke(app, ["link", ID, "--watch"])

    assert told.exit_code == Exit.UNAVAILABLE
