"""Where it is not sure whether a message is out: odd answers, and looking for it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from adapters.discord.messenger import DiscordMessenger
from bot.domain.notification import Delivered, Unsure
from bot.ports import Letter
from bot.present.card import Card, CardButton
from tests.contract.test_discord_messenger import EDIT, SEND, letter, receipt_of
from tests.fakes.commands import card
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_door import Stage, person

SINCE = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        yield Stage(fake)
        assert fake.refusals == []


@pytest.fixture
async def messenger(stage: Stage) -> AsyncIterator[DiscordMessenger]:
    async with stage.serving() as door:
        yield door.messenger


# --- an earlier delivery ------------------------------------------------------------------


async def test_an_earlier_delivery_is_found(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    receipt = receipt_of(await messenger.send(letter(stage.here())))
    for number in range(5):
        await messenger.send(letter(stage.here(), f"other{number}"))
    assert await messenger.find(letter(stage.here()), since=SINCE) == receipt
    assert await messenger.find(letter(stage.here(), "k2"), since=SINCE) is False


async def test_an_earlier_delivery_is_found_without_its_nonce(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    receipt = receipt_of(await messenger.send(letter(stage.here())))
    stage.fake.messages()[0].nonce = None
    assert await messenger.find(letter(stage.here()), since=SINCE) == receipt


def silent(stage: Stage, ref: str = "m1u.1.0.abc") -> Letter:
    quiet = Card(
        blocks=card("Done").blocks, buttons=((CardButton(label="U1", ref=ref),),)
    )
    return letter(stage.here(), card=quiet, loud=False)


async def test_a_silent_one_is_found_without_its_nonce_by_its_buttons(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    receipt = receipt_of(await messenger.send(silent(stage)))
    stage.fake.messages()[0].nonce = None
    assert await messenger.find(silent(stage), since=SINCE) == receipt
    assert await messenger.find(silent(stage, "other"), since=SINCE) is False
    assert await messenger.find(letter(stage.here(), loud=False), since=SINCE) is False


@pytest.mark.parametrize("older", [True, False])
async def test_what_was_there_before_or_answers_somebody_is_not_taken_for_it(
    stage: Stage, messenger: DiscordMessenger, older: bool
) -> None:
    receipt_of(await messenger.send(silent(stage)))
    [message] = stage.fake.messages()
    message.nonce, message.interaction_id = None, None if older else 1
    since = SINCE.replace(year=2099) if older else SINCE
    assert await messenger.find(silent(stage), since=since) is False


async def test_where_nobody_may_look_it_cannot_be_said(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    stage.fake.deny(stage.fake.channel, 50001)
    assert await messenger.find(letter(stage.here()), since=SINCE) is True


async def test_without_the_right_to_read_on_it_cannot_be_said(stage: Stage) -> None:
    stage.fake.channel.everyone_lacks = 1 << 16
    async with stage.serving() as door:
        await stage.until(lambda: "general" in door.messenger.chat_name(stage.here()))
        receipt_of(await door.messenger.send(letter(stage.here())))
        assert await door.messenger.find(letter(stage.here()), since=SINCE) is True


async def test_an_empty_channel_that_nothing_is_known_of_says_nothing(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    unknown = stage.fake.add_channel(stage.fake.guild, "new")
    assert await messenger.find(letter(stage.here(unknown)), since=SINCE) is True
    assert await messenger.find(letter(stage.here()), since=SINCE) is False
    assert (
        await messenger.find(letter(stage.here(stage.fake.dm())), since=SINCE) is False
    )


async def test_too_much_has_been_said_since(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    for number in range(51):
        await stage.fake.say(stage.fake.user, stage.fake.channel, f"chat {number}")
    assert await messenger.find(letter(stage.here()), since=SINCE) is True


# --- answers that the library stumbles over ---------------------------------------------

ODD: list[dict[str, object]] = [
    {"status": 200},  # an object without what a message must have
    {"status": 200, "html": True},  # no object at all
]


@pytest.mark.parametrize("how", ODD)
async def test_an_answer_that_is_no_message_is_unsure(
    stage: Stage, messenger: DiscordMessenger, how: dict[str, object]
) -> None:
    stage.fake.fault(SEND, after=True, **how)  # type: ignore[arg-type]  # as parametrized
    with capture_logs() as logs:
        outcome = await messenger.send(letter(stage.here()))

    assert isinstance(outcome, Unsure)
    assert [each["event"] for each in logs] == ["discord.odd_answer"]
    receipt_of(await messenger.send(letter(stage.here())))
    assert len(stage.fake.messages()) == 1


@pytest.mark.parametrize("how", ODD)
async def test_an_edits_answer_that_is_no_message_is_unsure(
    stage: Stage, messenger: DiscordMessenger, how: dict[str, object]
) -> None:
    receipt = receipt_of(await messenger.send(letter(stage.here())))
    stage.fake.fault(EDIT, after=True, **how)  # type: ignore[arg-type]  # as parametrized

    outcome = await messenger.edit(receipt, card("x"), to=stage.here())

    assert isinstance(outcome, Unsure)
    again = await messenger.edit(receipt, card("x"), to=stage.here())
    assert again == Delivered(receipt=receipt)


@pytest.mark.parametrize("how", ODD)
async def test_odd_answers_to_the_other_calls(
    stage: Stage, messenger: DiscordMessenger, how: dict[str, object]
) -> None:
    for route in ("GET /channels/*", "PUT /channels/*", "POST /users/@me/channels"):
        stage.fake.fault(route, **how)  # type: ignore[arg-type]  # as parametrized

    found = await messenger.find(letter(stage.here()), since=SINCE)
    told = await messenger.tell_person(person(stage.fake.user), card("x"), key="k")

    assert found is True
    assert not isinstance(told, Delivered)
    assert stage.fake.messages(stage.fake.dm()) == []


async def test_direct_messages_need_no_more_than_their_number(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    stage.fake.world.terse = True

    told = await messenger.tell_person(person(stage.fake.user), card("x"), key="k")

    receipt_of(told)


@pytest.mark.parametrize(
    "how", [{"status": 429, "retry_after": 40.0}, {"status": 403, "code": 50013}]
)
async def test_a_message_of_which_a_part_is_out_is_unsure(
    stage: Stage, messenger: DiscordMessenger, how: dict[str, object]
) -> None:
    many = tuple(CardButton(label="x", ref=f"m1b.{n:x}.0.00000000") for n in range(40))
    ring = Card(blocks=card("many").blocks, buttons=(many,))
    stage.fake.fault(SEND, status=0)  # the first part passes
    stage.fake.fault(SEND, **how)  # type: ignore[arg-type]  # as parametrized

    outcome = await messenger.send(letter(stage.here(), card=ring))

    assert isinstance(outcome, Unsure)
    assert len(stage.fake.messages()) == 1
    receipt_of(await messenger.send(letter(stage.here(), card=ring)))
    assert len(stage.fake.messages()) == 2
