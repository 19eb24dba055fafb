"""`mjwatch check`: every failure has its clear line, with the right setting's name."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from bot.cli import checking, relaycheck
from bot.cli.checking import ask_health, check_all
from bot.cli.exits import Exit
from bot.clock import SystemClock
from bot.relay import trial
from storage.engine import open_store
from storage.restore import restore
from tests.fakes.discord import FakeDiscord
from tests.fakes.measured import MEASURED
from tests.fakes.relay import KINDS, FakeRelay
from tests.fakes.telegram import FakeTelegram

DEAD: Final = "http://127.0.0.1:9"  # the discard port; nobody listens
PAGE: Final = "<html><body>Sorry, you have been blocked</body></html>"
NO_IMAGE: Final = {"dmxapi", "novicezk", "trueai"}
BY_SECRET: Final = {"onehub", "novicezk", "trueai"}
Told = dict[str, dict[str, Any]]
Check = Callable[..., Awaitable[tuple[Exit, Told]]]


@pytest.fixture
def check(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Check:
    """Check with these settings; give the code and the findings by name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the library warns without it

    async def run(**settings: str) -> tuple[Exit, Told]:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()  # of what the test itself has opened
        code = await check_all(as_json=True)
        printed = capsys.readouterr()
        for name, value in settings.items():
            if name.endswith(("KEY", "TOKEN")):
                assert value not in printed.out + printed.err
        told = json.loads(printed.out)
        assert set(told) == {"ok", "checks"}
        assert told["ok"] is (code is Exit.FOUND)
        assert told["ok"] is all(each["ok"] for each in told["checks"])
        return code, {each["name"]: each for each in told["checks"]}

    return run


def bad(told: Told) -> dict[str, str]:
    return {k: f"{v['message']} → {v['hint']}" for k, v in told.items() if not v["ok"]}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_relay_is_found_good(kind: str, check: Check) -> None:
    async with FakeRelay(kind) as relay:
        code, told = await check(RELAY_URL=relay.url, RELAY_KEY=relay.key)

    assert (code, bad(told)) == (Exit.FOUND, {})
    style = "mj-api-secret" if kind in BY_SECRET else "bearer"
    assert told["relay: key"]["message"] == f"accepted, as {style}"
    assert told["relay: list endpoint"]["message"] == "is there"
    assert ("not there" in told["relay: image proxy"]["message"]) is (kind in NO_IMAGE)
    assert all(len(seen.key_styles) < 2 for seen in relay.requests)
    assert relay.count("submit") == 0


@pytest.mark.parametrize("place", ["/mj", "/mj-fast/mj", "", "/api/mj"])
@pytest.mark.parametrize("kind", ["geeknow", "onehub", "novicezk", "trueai"])
async def test_a_wrong_prefix_is_told_with_the_right_one(
    kind: str, place: str, check: Check
) -> None:
    async with FakeRelay(kind, prefix=place) as relay:
        code, told = await check(
            RELAY_URL=relay.url, RELAY_KEY=relay.key, RELAY_PREFIX="/v2/wrong"
        )

    expected = "/mj-fast/mj" if (kind, place) == ("onehub", "/api/mj") else place or "/"
    assert code is Exit.FAILED
    assert f"RELAY_PREFIX={expected}:" in bad(told)["relay: prefix"]
    assert set(bad(told)) == {"relay: prefix"}


async def test_a_path_too_much_in_the_address_is_told(check: Check) -> None:
    async with FakeRelay() as relay:
        _, told = await check(
            RELAYS__GEEK__URL=f"{relay.url}/v1", RELAYS__GEEK__KEY=relay.key
        )

    assert f"RELAYS__GEEK__URL={relay.url}:" in bad(told)["relay geek: prefix"]


@pytest.mark.parametrize(
    ("kind", "auth", "instead"),
    [("onehub", "bearer", "mj-api-secret"), ("geeknow", "mj-api-secret", "bearer")],
)
async def test_the_other_style_of_key_is_named(
    kind: str, auth: str, instead: str, check: Check
) -> None:
    async with FakeRelay(kind) as relay:
        _, told = await check(
            RELAYS__Main__URL=relay.url,
            RELAYS__Main__KEY=relay.key,
            RELAYS__Main__AUTH=auth,
        )

    assert f"RELAYS__Main__AUTH={instead} " in bad(told)["relay main: key"]


async def test_a_wrong_key_and_a_missing_one_are_told_apart(check: Check) -> None:
    async with FakeRelay() as relay:
        _, missing = await check(RELAY_URL=relay.url)
        _, wrong = await check(RELAY_URL=relay.url, RELAY_KEY="sk-wrongKey0123456789")

    assert bad(missing)["relay: key"] == "the relay asks for a key → set RELAY_KEY"
    assert "refuses the key → look at RELAY_KEY" in bad(wrong)["relay: key"]


async def test_a_key_that_is_not_needed_and_wrong(check: Check) -> None:
    async with FakeRelay("quickrouter") as relay:
        _, told = await check(RELAY_URL=relay.url, RELAY_KEY="sk-wrongKey0123456789")

    assert "RELAY_AUTH=none" in bad(told)["relay: key"]


@pytest.mark.parametrize(
    ("fault", "line", "words"),
    [
        ({"http": 403, "body": PAGE}, "reachable", "such as Cloudflare"),
        ({"http": 502, "body": PAGE}, "reachable", "HTTP 502"),
        ({"http": 200, "body": PAGE}, "prefix", "a web page"),
        ({"http": 200, "body": {"hello": 1}}, "prefix", "HTTP 200"),
        ({"reset": True}, "reachable", "cannot be reached"),
        (
            {"http": 401, "body": {"error": {"message": "该令牌额度已用尽"}}},
            "key",
            "quota",
        ),
        ({"http": 403, "body": {"error": {"message": "no"}}}, "key", "forbids"),
        ({"http": 403, "body": {"error": {"message": "user banned"}}}, "key", "banned"),
        ({"http": 429, "headers": {"Retry-After": "7"}}, "key", "again in 7 s"),
    ],
)
async def test_each_trouble_has_its_line(
    fault: dict[str, Any], line: str, words: str, check: Check
) -> None:
    async with FakeRelay() as relay:
        relay.fault(times=None, **fault)
        code, told = await check(RELAY_URL=relay.url, RELAY_KEY=relay.key)

    assert code is Exit.FAILED
    assert words in bad(told)[f"relay: {line}"]


async def test_a_relay_that_hangs_does_not_hold_the_check_up(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "TRIAL_SECONDS", 0.1)
    async with FakeRelay() as relay:
        relay.fault(times=None, hang=relay.silence)
        _, slow = await check(RELAY_URL=relay.url, RELAY_KEY=relay.key)
        monkeypatch.setattr(relaycheck, "CHECK_SECONDS", 0.01)
        _, cut = await check(RELAY_URL=relay.url, RELAY_KEY=relay.key)
        relay.silence.set()

    assert "in time" in bad(slow)["relay: reachable"]
    assert "too slow" in bad(cut)["relay: reachable"]


async def test_https_where_the_relay_speaks_http_is_told_without_the_key(
    check: Check,
) -> None:
    async with FakeRelay() as relay:
        bare = relay.url.removeprefix("http://")
        _, told = await check(RELAY_URL=bare, RELAY_KEY=relay.key)

        assert relay.requests
        assert not any(seen.key_styles for seen in relay.requests)

    assert f"set RELAY_URL={relay.url}: by http" in bad(told)["relay: reachable"]


async def test_a_clock_that_is_far_off_is_told(check: Check) -> None:
    async with FakeRelay("quickrouter") as relay:
        date = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}
        relay.fault(http=204, headers=date, times=None, route="fetch")
        _, told = await check(RELAY_URL=relay.url)

    assert "behind this machine's" in bad(told)["relay: clock"]


async def test_hosts_that_stand_in_for_one_another_are_each_tried(check: Check) -> None:
    async with FakeRelay() as relay:
        _, told = await check(RELAY_URL=f"{relay.url},{DEAD}", RELAY_KEY=relay.key)

    assert set(bad(told)) == {f"relay at {DEAD}: reachable"}


async def test_missing_routes_are_no_fault(check: Check) -> None:
    async with FakeRelay("dmxapi") as relay:
        relay.listing = "404"
        code, told = await check(RELAY_URL=relay.url, RELAY_KEY=relay.key)

    assert code is Exit.FOUND
    assert "singly" in told["relay: list endpoint"]["message"]


async def test_wrong_settings_are_findings_and_nothing_is_asked(check: Check) -> None:
    code, told = await check(RELAY_URL="http://a", POLL_SECONDS="soon")

    assert code is Exit.FAILED
    assert set(told) == {"settings"}
    assert "POLL_SECONDS" in told["settings"]["message"]


async def test_no_relay_is_told_and_no_door_is_noted(check: Check) -> None:
    code, told = await check()

    assert code is Exit.FAILED
    assert "RELAY_URL" in bad(told)["settings"]
    assert told["door"]["ok"]


async def test_good_tokens_are_named(check: Check) -> None:
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        _, told = await check(**doors(discord, telegram))

    assert "mjwatch" in told["discord"]["message"]
    assert "@mjwatch_bot" in told["telegram"]["message"]
    assert told["discord"]["ok"]
    assert told["telegram"]["ok"]
    assert not discord.refusals
    assert not telegram.refusals


async def test_bad_tokens_are_told(check: Check) -> None:
    wrong = {"DISCORD_TOKEN": "wrong.token", "TELEGRAM_TOKEN": "12345:wrong-token"}
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        _, told = await check(**doors(discord, telegram) | wrong)

    assert "refused → set DISCORD_TOKEN" in bad(told)["discord"]
    assert "refused → set TELEGRAM_TOKEN" in bad(told)["telegram"]


async def test_platforms_that_are_away_are_told(check: Check) -> None:
    _, told = await check(
        DISCORD_TOKEN="some.token",
        DISCORD_API_URL=f"{DEAD}/api/v10",
        TELEGRAM_TOKEN="12345:some-token",
        TELEGRAM_API_URL=DEAD,
    )

    assert "cannot be reached" in bad(told)["discord"]
    assert "cannot be reached" in bad(told)["telegram"]


async def test_platforms_in_trouble_are_told(check: Check) -> None:
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        discord.fault("GET /users/@me", status=429, via=False, times=9)
        telegram.fault("getMe", retry_after=30)
        _, limited = await check(**doors(discord, telegram))
        telegram.fault("getMe", status=400, body="what?")
        discord.fault("GET /users/@me", status=403)
        _, odd = await check(**doors(discord, telegram))

    assert "no requests" in bad(limited)["discord"]
    assert "too many requests" in bad(limited)["telegram"]
    assert "telegram" in bad(odd)


async def test_a_webhook_of_somebody_else_is_told(check: Check) -> None:
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        other = "https://other.example.com/secret-path"
        info = {"url": other, "has_custom_certificate": False}
        hook = {"ok": True, "result": info | {"pending_update_count": 0}}
        telegram.fault("getWebhookInfo", status=200, body=hook, times=None)
        _, told = await check(**doors(discord, telegram))

    assert "other.example.com" in bad(told)["telegram"]
    assert "secret-path" not in str(told)


async def test_listening_needs_the_intent(check: Check) -> None:
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        _, told = await check(**doors(discord, telegram), LISTEN="on")

    assert ("LISTEN=off" in str(told["discord"]["hint"])) is not told["discord"]["ok"]


async def test_a_proxy_that_is_away_is_told(check: Check) -> None:
    async with FakeRelay() as relay:
        _, told = await check(
            RELAY_URL=relay.url, RELAY_PROXY="http://user:hunter22@127.0.0.1:9"
        )

    assert "RELAY_PROXY" in bad(told)["proxy 127.0.0.1:9"]
    assert "RELAY_PROXY" in bad(told)["relay: reachable"]
    assert "hunter22" not in str(told)


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
            timeout=30,
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


def doors(discord: FakeDiscord, telegram: FakeTelegram) -> dict[str, str]:
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.url,
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
    }
