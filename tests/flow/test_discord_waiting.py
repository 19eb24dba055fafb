"""Commands that wait for their answer while the program ends, and after it is back."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.fakes.discord import FakeDiscord, Interaction
from tests.fakes.discord_door import Stage

FACT = "discord.unanswered"
ID = "1767225600000123"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        yield Stage(fake)
        assert fake.refusals == []


async def acknowledged(stage: Stage) -> Interaction:
    """Ask for what takes long; comes back when the asker sees that it does."""
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": ID})
    await use.wait_response()
    return use


async def test_a_start_ends_the_waiting_that_a_stop_left(stage: Stage) -> None:
    stage.commands.hold("status")
    async with stage.serving():
        use = await acknowledged(stage)
        assert use.token not in stage.facts.facts[FACT]

    async with stage.serving():
        answer = await use.wait_message()
        await stage.until(lambda: FACT not in stage.facts.facts)

    assert "went wrong" in answer.embeds[0]["title"]


async def test_an_answer_that_comes_is_not_waited_for(stage: Stage) -> None:
    gate = stage.commands.hold("status")
    async with stage.serving():
        use = await acknowledged(stage)
        gate.set()
        answer = await use.wait_message()
        await stage.until(lambda: FACT not in stage.facts.facts)
        shown = answer.embeds

    async with stage.serving():
        pass

    assert answer.embeds == shown


async def test_after_the_tokens_life_nothing_is_tried(stage: Stage) -> None:
    stage.commands.hold("status")
    async with stage.serving():
        use = await acknowledged(stage)
    stage.clock.move(15 * 60)

    async with stage.serving():
        await stage.until(lambda: FACT not in stage.facts.facts)

    assert not stage.fake.made("PATCH", use.token)


async def test_a_token_that_is_refused_keeps_no_door_shut(stage: Stage) -> None:
    stage.commands.hold("status")
    async with stage.serving():
        use = await acknowledged(stage)
    stage.fake.fault("PATCH /webhooks/*", status=401, code=50027)
    broken = {"token": "AAAA", "until": "2999-01-01T00:00:00+00:00", "language": "zh"}
    kept = json.loads(stage.facts.facts[FACT])
    stage.facts.facts[FACT] = json.dumps({"7": broken, **kept})

    async with stage.serving():
        await stage.until(lambda: FACT not in stage.facts.facts)

    assert not [each for each in use.messages if each.embeds]
