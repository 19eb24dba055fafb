"""What relays and people may send: shown as text within limits, or one clear line."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.relay import FakeRelay
from tests.fakes.rooms import TASK, rooms

RTL = "\u202e\u2066\u200f"
HOSTILE = (
    "@everyone <@1> <@&2> @here **bold** [x](https://evil.test) `code` ||s|| "
    "<b>html</b> &amp; https://evil.test/p tg://user?id=1 __u__ # head\n> quote "
    f"{RTL}abc ```js\nx```"
)
PROMPTS = {"hostile": HOSTILE, "emoji": "🦄" * 4000, "both": HOSTILE + "👩‍👩‍👧" * 4000}


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as server:
        yield server


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
async def test_a_hostile_prompt_is_text_on_both_doors(
    prompt: str, relay: FakeRelay, tmp_path: Path
) -> None:
    relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
    relay.becomes(TASK, status="IN_PROGRESS", prompt=prompt, promptEn=prompt)
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        relay.becomes(
            TASK, status="FAILURE", prompt=prompt, promptEn=prompt, failReason=prompt
        )
        await here.rung(pictured=False)
        letters, posts, bot = here.letters(), here.posts(), here.discord.bot
        ana = here.discord.user.id
        drawn = {e["type"] for m in letters for e in m.entities}

    assert not drawn & {"url", "text_link", "spoiler", "pre", "underline", "hashtag"}
    assert not any(m.shows_preview for m in letters)
    assert not any(mark in m.words for mark in RTL for m in letters)
    assert {user for p in posts for user in p.rang.users} <= {ana, bot.id}
    assert not any(p.rang.everyone or p.rang.roles for p in posts)
    assert TASK in letters[-1].words


BODIES = {
    "20 MB": b'{"id":"' + b"x" * (20 * 1024 * 1024) + b'"}',
    "truncated": b'{"id":"1","status":"SUCC',
    "html": b"<!doctype html><html><body>hello</body></html>",
    "empty": b"",
    "null": b"null",
    "number": b"7",
    "not utf-8": b'{"status":"\xff\xfe"}',
    "deep": b"[" * 100_000,
    "list": b"[1,2,3]",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_makes_no_sense_is_one_line_and_never_a_verdict(
    body: bytes, relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        odd = relay.fault(http=200, body=body, times=None)
        await here.telegram.say(here.ana, here.chat, f"/status {TASK}")
        await here.telegram.until(lambda: len(here.letters()) > 1)
        said = here.letters()[1].words
        odd.lift()
        await here.ends()

    assert said
    assert not any(part in said for part in ("xxx", "html", "Traceback", "None"))
    assert len(here.rings()) == len(here.shouts()) == 1
    assert here.rings()[0].words.startswith("✅")


@pytest.mark.parametrize(
    "line",
    ["/status a/b", "/watch ../../etc", "/status 任务", "/status " + "x" * 65,
     "/status " + "ab cd! " * 500, "/seed <script>", "/unwatch 💥"],
)  # fmt: skip
async def test_what_can_be_no_id_gets_one_line_and_asks_nobody(
    line: str, relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.telegram.say(here.ana, here.chat, line)
        await here.telegram.until(here.letters)

    (said,) = here.letters()
    assert len(said.words) < 400
    assert relay.requests == []


async def test_an_error_that_repeats_the_key_is_shown_nowhere(
    relay: FakeRelay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = relay.key[:24]
    body = json.dumps({"error": {"message": f"Invalid token {part}***", "type": "x"}})
    relay.fault(http=401, body=body, times=None)
    async with rooms(tmp_path, relay) as here:
        await here.telegram.say(here.ana, here.chat, f"/status {TASK}")
        await here.telegram.until(here.letters)
    told = capsys.readouterr()

    assert part not in here.letters()[0].words
    assert part not in told.out + told.err
