"""Feeds and operators as an operator's machine runs them: a process, its log, its exit codes."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from tests.fakes.outside import Outside, outside_command, outside_program
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram, User

TASK: Final = "1767225600000001"
OPERATORS, ANNS = "an-operators-key-0000", "canary-anns-own-7f3a91c2"
GUESSES: Final = 10_000


def settings(relay: FakeRelay, telegram: FakeTelegram) -> dict[str, str]:
    return {
        "RELAY_URL": relay.url,
        "RELAY_KEY": relay.key,
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "IMAGE_HOSTS": "127.0.0.1",
    }


async def answered(telegram: FakeTelegram, who: User, text: str) -> str:
    """Say something in private; gives the answer."""
    chat = telegram.private(who)
    before = len(telegram.messages(chat))
    await telegram.say(who, chat, text)
    await telegram.until(lambda: len(telegram.messages(chat)) > before)
    return telegram.messages(chat)[before].words


async def posted(program: Outside, path: str, body: str) -> tuple[int, Any]:
    port = (await program.says("web.listening"))["port"]
    url = f"http://127.0.0.1:{port}{path}"
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as got:
        return got.status, await got.json()


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None
    return match[1]


@pytest.mark.slow
async def test_who_claims_the_bot_ends_anothers_feed(tmp_path: Path) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
        ana, eve = telegram.user("Ana"), telegram.user("Eve")
        env = settings(relay, telegram)
        watch = ("watch", TASK, "--to", "feed1", "--json")
        async with outside_program(tmp_path, env) as program:
            await program.until_ready()
            path = found(r"(/w/[\w-]+)", await answered(telegram, eve, "/feed"))
            code = found(r"(/claim \w+)", json.dumps(program.lines))
            await answered(telegram, ana, code)
            await answered(telegram, ana, f"/deny telegram:{eve.id}")
            shut = await answered(telegram, eve, f"/status {TASK}")
            status, told = await posted(program, path, TASK)
            refused, out, _ = await outside_command(tmp_path, env, *watch)
            await answered(telegram, ana, f"/allow telegram:{eve.id}")
            again = await posted(program, path, TASK)
            taken, _, _ = await outside_command(tmp_path, env, *watch)

        assert shut == "I am not open to you here. Ask Ana to let you in."
        assert (status, told["not_watched"][0]["reason"]) == (403, "not_allowed")
        assert (refused, json.loads(out)["error"]) == (4, "refused")
        assert again == (200, {"watched": [TASK], "not_watched": []})
        assert taken == 0
        assert path.removeprefix("/w/") not in json.dumps(program.lines)
        assert telegram.broken_rules == []


@pytest.mark.slow
async def test_ten_thousand_guesses_write_nothing_and_close_no_feed(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        eve = telegram.user("Eve")
        async with outside_program(tmp_path, settings(relay, telegram)) as program:
            await program.until_ready()
            path = found(r"(/w/[\w-]+)", await answered(telegram, eve, "/feed"))
            port = (await program.says("web.listening"))["port"]
            size, lines = written(tmp_path), len(program.lines)
            async with aiohttp.ClientSession() as session:
                for number in range(GUESSES):
                    token = hashlib.sha256(b"%d" % number).hexdigest()[:43]
                    url = f"http://127.0.0.1:{port}/w/{token}"
                    async with session.post(url, data=TASK) as answer:
                        assert answer.status == 404
                grown = written(tmp_path) - size
                said = len(program.lines) - lines
                good = await posted(program, path, "not/an/id")

        assert grown < 10 * GUESSES  # the door itself writes a page now and then
        assert said == 0
        assert good[0] == 400
        assert relay.requests == []


def written(folder: Path) -> int:
    """How many bytes the database holds, and what waits beside it."""
    files = (folder / "data").glob("mjwatch.db*")
    return sum(file.stat().st_size for file in files)


@pytest.mark.slow
async def test_an_own_key_outlives_a_new_secret(tmp_path: Path) -> None:
    async with (
        FakeRelay(kind="newapi", keys=(OPERATORS, ANNS)) as relay,
        FakeTelegram() as telegram,
    ):
        relay.task(TASK, status="IN_PROGRESS", progress="40%", owner=ANNS, hold=True)
        ana = telegram.user("Ana")
        env = settings(relay, telegram)
        new = tmp_path / "new.key"
        new.write_text("another-secret-of-sufficient-length-0123456789")
        async with outside_program(tmp_path, env) as program:
            await program.until_ready()
            kept = await answered(telegram, ana, f"/key {ANNS}")
        rotated = await outside_command(
            tmp_path, env, "rotate-key", "--new-key-file", str(new)
        )
        async with outside_program(tmp_path, env) as program:
            await program.until_ready()
            shown = await answered(telegram, ana, f"/status {TASK}")

        database = b"".join(
            file.read_bytes() for file in (tmp_path / "data").glob("mjwatch.db*")
        )
        assert "works" in kept
        assert (rotated[0], rotated[2]) == (0, "")
        assert "40%" in shown
        assert ANNS.encode() not in database
        assert ANNS not in json.dumps(program.lines)
