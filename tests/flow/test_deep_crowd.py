"""A hundred ends at once in one group, through the whole program and a strict Telegram."""

from pathlib import Path
from typing import Final

import aiohttp
import pytest

from bot.delivery.grouping import DIGEST_MOST
from bot.domain.feed import digest_of
from bot.domain.subscription import Destination, Person, Place, Platform
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.model import Chat, Message

IDS: Final = [f"176722560000{n:04}" for n in range(100)]
TOKEN: Final = "t" * 43
MINUTE: Final = 60.0
MOST: Final = 10  # the relay's answers come one after the other, so a few come first


@pytest.mark.slow
async def test_a_hundred_ends_are_told_in_few_messages_within_a_minute(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        telegram.limit_flood()
        for task in IDS:
            relay.task(task, status="IN_PROGRESS", progress="40%", hold=True)
        ana = telegram.user("Ana")
        group = telegram.supergroup("Studio", {ana: "administrator"})
        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
        }
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            platform = Platform("telegram")
            await app.store.make_feed(
                Destination(platform=platform, chat=str(group.id), place=Place.GROUP),
                Person(platform=platform, id=str(ana.id), name="Ana"),
                digest=digest_of(TOKEN),
                at=app.clock.now(),
            )
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{app.web_url}/w/{TOKEN}", data=" ".join(IDS)) as answer,
            ):
                assert len((await answer.json())["watched"]) == len(IDS)
            await telegram.until(
                lambda: any(
                    "100 tasks are" in m.words for m in telegram.messages(group)
                ),
                MINUTE,
            )

            for task in IDS:
                relay.becomes(task, status="SUCCESS")
            await telegram.until(
                lambda: all(
                    any(task in ring.words for ring in rung(telegram, group))
                    for task in IDS
                ),
                MINUTE,
            )

        rings = rung(telegram, group)
        assert len(rings) <= MOST
        assert max(len(ring.labels) for ring in rings) > DIGEST_MOST
        assert telegram.broken_rules == []


def rung(telegram: FakeTelegram, group: Chat) -> list[Message]:
    return [m for m in telegram.messages(group) if not m.silent]
