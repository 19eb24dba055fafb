"""Feeds through the whole program: bytes posted, a ring in the chat, a clean log."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from bot.app import App
from bot.cli.feeding import watch_by_feed
from bot.domain.feed import digest_of
from bot.domain.subscription import Destination, Person, Platform
from tests.fakes.discord import FakeDiscord
from tests.fakes.measured import MEASURED
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import CASES, FakeRelay
from tests.fakes.telegram import FakeTelegram

ONE: Final = "1767225600000201"
# Given out by the first release with feeds; a promise for every later one.
TOKEN: Final = "kJ3v-0Xw_9yQ2mB7sT5uN8rL4pH6dF1aC0eG3iK5oM7"


@asynccontextmanager
async def feeding_discord(
    folder: Path, relay: FakeRelay, discord: FakeDiscord, **more: str
) -> AsyncIterator[App]:
    env = {
        "RELAY_URL": relay.url,
        "RELAY_KEY": relay.key,
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.url,
    }
    async with running_program(folder, env | more) as app:
        await until_ready(app)
        await app.store.make_feed(
            Destination(platform=Platform("discord"), chat=str(discord.channel.id)),
            person_of(discord),
            digest=digest_of(TOKEN),
            at=app.clock.now(),
        )
        yield app


def person_of(discord: FakeDiscord) -> Person:
    return Person(platform=Platform("discord"), id=str(discord.user.id), name="Ana")


async def posted(
    app: App, body: bytes, *, token: str = TOKEN, method: str = "POST"
) -> tuple[int, Any]:
    """Post as `curl -d` does, with its content type."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    async with ClientSession() as session:
        address = f"{app.web_url}/w/{token}"
        async with session.request(method, address, data=body, headers=kind) as answer:
            text = await answer.text()
            is_json = answer.content_type == "application/json"
            return answer.status, json.loads(text) if is_json else text


BODIES: Final = {
    "text": ONE.encode(),
    "list": json.dumps({"ids": [ONE]}).encode(),
    "submit": json.dumps({"code": 1, "result": ONE}).encode(),
    "number": b'{"code":1,"description":"ok","result":1767225600000201}',
    "queued": json.dumps({"code": 22, "result": ONE}).encode(),
    "hook": CASES["hook_out_of_order"].answer().body,
}


@pytest.mark.parametrize("kind", BODIES)
async def test_what_is_posted_rings_on_discord(kind: str, tmp_path: Path) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
        async with feeding_discord(tmp_path, relay, discord) as app:
            status, told = await posted(app, BODIES[kind])
            await discord.until(lambda: discord.messages(discord.channel))
            relay.becomes(ONE, status="SUCCESS")
            await discord.until(
                lambda: any(m.rang.rings for m in discord.messages(discord.channel))
            )

        rings = [m for m in discord.messages(discord.channel) if m.rang.rings]
        assert (status, told) == (200, {"watched": [ONE], "not_watched": []})
        assert [m.rang.users for m in rings] == [{discord.user.id}]
        assert discord.refusals == []


async def test_what_is_posted_rings_on_telegram(tmp_path: Path) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
        ana = telegram.user("Ana")
        chat = telegram.private(ana)
        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
        }
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            await telegram.say(ana, chat, "/help")
            await telegram.until(lambda: telegram.messages(chat))
            platform = Platform("telegram")
            await app.store.make_feed(
                Destination(platform=platform, chat=str(chat.id)),
                Person(platform=platform, id=str(ana.id), name="Ana"),
                digest=digest_of(TOKEN),
                at=app.clock.now(),
            )
            await posted(app, BODIES["submit"])
            await telegram.until(lambda: len(telegram.messages(chat)) > 1)
            relay.becomes(ONE, status="SUCCESS")
            await telegram.until(lambda: any(m.media for m in telegram.messages(chat)))

        ring = next(m for m in telegram.messages(chat) if m.media)
        assert not ring.silent
        assert telegram.mentions(ring) == [ana]
        assert telegram.broken_rules == []


async def test_a_hook_is_quicker_than_the_watcher(tmp_path: Path) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
        slow = {"POLL_SECONDS": "60"}
        async with feeding_discord(tmp_path, relay, discord, **slow) as app:
            await posted(app, BODIES["text"])
            relay.becomes(ONE, status="SUCCESS")
            done = CASES["hook_duplicate_terminal"].answer().body
            first = await posted(app, done)
            await discord.until(
                lambda: any(m.rang.rings for m in discord.messages(discord.channel))
            )
            again = [await posted(app, done), await posted(app, BODIES["hook"])]

        rings = [m for m in discord.messages(discord.channel) if m.rang.rings]
        assert first[1]["not_watched"][0]["reason"] == "finished"
        assert {status for status, _ in again} == {200}
        assert len(rings) == 1


async def test_a_forged_hook_is_answered_404_and_nothing_is_fetched(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        async with feeding_discord(tmp_path, relay, discord) as app:
            status, told = await posted(
                app, CASES["hook_forged_unknown_id"].answer().body
            )

        assert status == 404
        assert told["not_watched"][0]["reason"] == "unknown_task"
        assert {seen.method for seen in relay.requests} <= {"GET", "POST"}
        assert discord.messages(discord.channel) == []


async def test_a_refused_submit_says_why(tmp_path: Path) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        async with feeding_discord(tmp_path, relay, discord) as app:
            full = await posted(app, CASES["imagine_queue_full_23"].answer().body)
            page = await posted(app, b"<html>502</html>")

        assert full[0] == 200
        assert full[1]["watched"] == []
        assert "code 23" in full[1]["not_watched"][0]["message"]
        assert (page[0], page[1]["not_watched"][0]["reason"]) == (400, "not_an_id")


async def test_strangers_learn_nothing_and_write_nothing(tmp_path: Path) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        async with feeding_discord(tmp_path, relay, discord) as app:
            before = await app.store.watch_changes()
            wrong = await posted(app, BODIES["text"], token="x" * 43)
            short = await posted(app, BODIES["text"], token="x")
            get = await posted(app, b"", method="GET")
            get_wrong = await posted(app, b"", token="x" * 43, method="GET")
            large = await posted(app, b"1" * 262_145)
            after = await app.store.watch_changes()

        assert (
            wrong
            == short
            == (404, {"error": "unknown_feed", "message": "no such feed"})
        )
        assert get == get_wrong
        assert (get[0], get[1]["error"]) == (405, "post_only")
        assert large[0] == 413
        assert after == before
        assert relay.requests == []


async def test_a_token_appears_in_no_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        with capture_logs() as logged:
            async with feeding_discord(tmp_path, relay, discord) as app:
                await posted(app, BODIES["text"])
                await posted(app, b"", token=f"{TOKEN}x")
                await posted(app, b"", method="GET")

    out = capfd.readouterr()
    assert any(line["event"] == "feed.fed" for line in logged)
    assert TOKEN not in f"{logged}{out.out}{out.err}"


# --- the command line ------------------------------------------------------------


async def told(
    folder: Path, relay: FakeRelay, *words: str, stdin: bytes = b""
) -> tuple[int | None, Any]:
    """Run `mjwatch watch ... --json` as a process of its own: (code, JSON or text)."""
    env = {
        **MEASURED,
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "RELAY_URL": relay.url,
        "RELAY_KEY": relay.key,
        "LOG_LEVEL": "critical",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "watch", *words),
        cwd=folder,
        env=env,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, errors = await process.communicate(stdin)
    text = out.decode() or errors.decode()
    return process.returncode, json.loads(text) if text[:1] == "{" else text


async def test_the_command_line_feeds_a_program_that_runs(tmp_path: Path) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
        async with feeding_discord(tmp_path, relay, discord):
            by_name = await told(tmp_path, relay, ONE, "--to", "feed1", "--json")
            by_token = await told(
                tmp_path, relay, "-", "--to", TOKEN, stdin=BODIES["submit"]
            )
            relay.becomes(ONE, status="SUCCESS")
            await discord.until(
                lambda: any(m.rang.rings for m in discord.messages(discord.channel))
            )

        rings = [m for m in discord.messages(discord.channel) if m.rang.rings]
        assert by_name == (0, {"watched": [ONE], "not_watched": []})
        assert by_token == (0, f"watched  {ONE}\n")
        assert [m.rang.users for m in rings] == [{discord.user.id}]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("../x", ONE), 2, "an id is 1 to 64"),
        (tuple(f"id{n}" for n in range(101)), 2, "at most 100 ids"),
        (("moon:1",), 2, "moon:1: no relay of this name"),
        ((ONE,), 0, f"watched  {ONE}"),
        ((ONE, "2"), 0, "watched  2"),
    ],
)
async def test_the_command_lines_codes(
    words: tuple[str, ...],
    code: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeDiscord() as discord:
        async with feeding_discord(tmp_path, relay, discord, LOG_LEVEL="critical"):
            got = await watch_by_feed(words, to=TOKEN, as_json=False)

        out = capsys.readouterr()
        assert got == code
        assert said in out.out + out.err


@pytest.mark.parametrize(
    ("name", "reason"),
    [("imagine_banned_24", "not_accepted"), ("hook_forged_unknown_id", "unknown_task")],
)
async def test_a_refusal_is_one_object(
    name: str,
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = BytesIO(CASES[name].answer().body)
    monkeypatch.setattr("sys.stdin", TextIOWrapper(body))
    async with (
        FakeRelay(kind="newapi") as relay,
        FakeDiscord() as discord,
        feeding_discord(tmp_path, relay, discord, LOG_LEVEL="critical"),
    ):
        code = await watch_by_feed(["-"], to="feed1", as_json=True)

    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (code, told["error"]) in {(4, "refused"), (3, "unknown_task")}
    assert (told["relay"], told["watched"]) == (None, [])
    assert told["not_watched"][0]["reason"] == reason
    assert told["message"] == told["not_watched"][0]["message"]


async def test_an_unknown_feed_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        FakeRelay(kind="newapi") as relay,
        FakeDiscord() as discord,
        feeding_discord(tmp_path, relay, discord, LOG_LEVEL="critical"),
    ):
        code = await watch_by_feed([ONE], to="feed99", as_json=True)

    assert code == 2
    assert "--to names no feed" in capsys.readouterr().err


async def test_too_much_on_standard_input_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RELAY_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"1" * 262_145)))

    assert await watch_by_feed(["-"], to="feed1", as_json=True) == 2


async def test_standard_input_beside_ids_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RELAY_URL", "http://127.0.0.1:1")

    assert await watch_by_feed([ONE, "-"], to="feed1", as_json=True) == 2
    assert "- stands alone" in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [True, False])
async def test_without_a_database_it_is_unavailable(
    as_json: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RELAY_URL", "http://127.0.0.1:1")

    code = await watch_by_feed([ONE], to="feed1", as_json=as_json)

    assert code == 5
    assert "the bot has not run here" in capsys.readouterr().out
    assert not (tmp_path / "data").exists()
