"""Whom strangers are told to ask: an operator, by name where it is known."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.commands.access import AccessOptions
from bot.commands.reply import Caller
from bot.domain.access import claim_digest
from bot.domain.subscription import Person, Platform
from bot.present.card import Mention
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, BOB, CHAT, Commanding, commanding, words
from tests.fakes.relay import FakeRelay

ONE: Final = "1767225600000001"
OP: Final = replace(BOB, person=Person(platform=CHAT, id="9", name="Op"))
FAR: Final = replace(ANN, person=Person(platform=Platform("far"), id="5", name="Eve"))
SHUT: Final = AccessOptions(allow=frozenset({"chat:77"}), operators=("chat:9",))


@pytest.fixture
async def bot(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> AsyncIterator[Commanding]:
    async with commanding(store, clock, tmp_path / "p", [relay], access=SHUT) as opened:
        yield opened


async def told(bot: Commanding, caller: Caller = ANN) -> str:
    """Say what a stranger reads."""
    return words(await bot.commands.status(caller, ONE))


async def test_an_operator_who_never_met_us_is_named_by_number(
    bot: Commanding,
) -> None:
    assert await told(bot) == "I am not open to you here. Ask 9 to let you in."


async def test_an_operator_who_has_used_the_bot_is_named(bot: Commanding) -> None:
    await bot.commands.list(OP)

    reply = await bot.commands.status(ANN, ONE)

    assert "Ask Op to let you in" in words(reply)
    assert Mention(OP.person) in reply.card.blocks[0].inlines


async def test_who_claimed_is_named_also_after_a_restart(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    nobody = replace(SHUT, operators=())
    await store.offer_claim(claim_digest("ABC234"))
    async with commanding(store, clock, tmp_path / "p", [relay], access=nobody) as bot:
        before = await told(bot)
        await bot.commands.claim(BOB, "ABC234")
    async with commanding(store, clock, tmp_path / "q", [relay], access=nobody) as bot:
        await bot.core.access.recall()
        after = await told(bot)

    assert "Ask whoever runs this bot" in before
    assert "Ask Bob to let you in" in after


async def test_an_operator_of_another_platform_is_named_with_it(
    bot: Commanding,
) -> None:
    nameless = await told(bot, FAR)
    await bot.commands.list(OP)

    assert "Ask chat:9 to let you in" in nameless
    assert "Ask Op (chat) to let you in" in await told(bot, FAR)


async def test_a_new_name_takes_the_place_of_the_old(bot: Commanding) -> None:
    await bot.commands.list(OP)
    await bot.commands.list(replace(OP, person=replace(OP.person, name="Opal")))

    assert "Ask Opal to let you in" in await told(bot)
    assert await bot.store.operator_names() == {"chat:9": "Opal"}


async def test_strangers_are_not_remembered(bot: Commanding) -> None:
    await told(bot)

    assert await bot.store.operator_names() == {}
