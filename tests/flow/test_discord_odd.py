"""Answers of Discord that the library stumbles over: what they answer is done."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.discord.adapter import DiscordDoor
from bot.commands.reply import How, Reply
from bot.domain.attachment import Attachment, FileKind
from bot.domain.buttonref import ButtonRef, Verb
from bot.domain.subscription import SubscriptionId
from bot.domain.task import TaskKey
from bot.present.card import Card, CardButton
from tests.fakes.commands import card
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_door import Stage

REFRESH = str(ButtonRef(verb=Verb.REFRESH, task_key=TaskKey(5)))
LIVE = Reply(
    card=Card(
        blocks=card("live").blocks,
        buttons=((CardButton(label="Refresh", ref=REFRESH),),),
    ),
    subscription=SubscriptionId(3),
)
odd = pytest.mark.parametrize("how", [{"status": 204}, {"status": 200, "html": True}])


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        stage = Stage(fake)
        stage.commands.says("watch", LIVE)
        yield stage
        assert fake.refusals == []


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[DiscordDoor]:
    async with stage.serving() as door:
        yield door


@odd
@pytest.mark.usefixtures("door")
async def test_an_acknowledgement_that_tells_nothing(
    stage: Stage, how: dict[str, object]
) -> None:
    stage.fake.fault("POST /interactions/*", after=True, **how)  # type: ignore[arg-type]  # as parametrized
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"})
    message = await use.wait_message()

    await stage.until(stage.live_cards)

    assert stage.live_cards() == [(3, f"{stage.fake.channel.id}:{message.id}")]
    assert stage.fake.messages() == [message]


@odd
@pytest.mark.usefixtures("door")
async def test_a_late_answer_that_tells_nothing(
    stage: Stage, how: dict[str, object]
) -> None:
    gate = stage.commands.hold("watch")
    stage.fake.fault("PATCH /webhooks/*", after=True, **how)  # type: ignore[arg-type]  # as parametrized
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"})
    await use.wait_response()
    gate.set()
    message = await use.wait_message()

    await stage.until(stage.live_cards)

    assert stage.live_cards() == [(3, f"{stage.fake.channel.id}:{message.id}")]
    assert stage.fake.messages() == [message]


@odd
@pytest.mark.usefixtures("door")
async def test_an_edit_in_place_that_tells_nothing(
    stage: Stage, how: dict[str, object]
) -> None:
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"})
    message = await use.wait_message()
    stage.commands.says("press", Reply(card=card("newer"), how=How.EDIT))
    stage.fake.fault("POST /interactions/*", after=True, **how)  # type: ignore[arg-type]  # as parametrized

    await stage.fake.click(stage.fake.user, message, REFRESH)

    await stage.fake.until(lambda: message.embeds[0]["title"] == "newer")
    assert stage.fake.messages() == [message]


@odd
@pytest.mark.usefixtures("door")
async def test_a_picture_that_may_be_shown_is_not_called_missing(
    stage: Stage, tmp_path: Path, how: dict[str, object]
) -> None:
    path = tmp_path / "t1.png"
    path.write_bytes(b"x")
    photo = Attachment(kind=FileKind.PHOTO, position=0, name="t1.png", path=path)
    stage.commands.pictures = (photo,)
    stage.commands.says("status", Reply(card=card("done"), picture=TaskKey(5)))
    stage.fake.fault("PATCH /webhooks/*", after=True, **how)  # type: ignore[arg-type]  # as parametrized
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "5"})

    await use.wait_message(lambda m: m.files)
    await (await stage.fake.slash(stage.fake.user, "help")).wait_message()

    assert stage.commands.problems == []


@odd
@pytest.mark.usefixtures("door")
async def test_further_cards_whose_answer_tells_nothing(
    stage: Stage, how: dict[str, object]
) -> None:
    more = (card("two"), card("three"))
    stage.commands.says("status", Reply(card=card("one"), more=more))
    stage.fake.fault("POST /webhooks/*", after=True, **how)  # type: ignore[arg-type]  # as parametrized
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "5"})

    await use.wait_message(lambda m: m.embeds[0]["title"] == "three")

    assert len(use.messages) == 3


@odd
@pytest.mark.usefixtures("door")
async def test_a_live_card_alone_whose_answer_tells_nothing(
    stage: Stage, how: dict[str, object]
) -> None:
    stage.fake.fault("POST /channels/*", after=True, **how)  # type: ignore[arg-type]  # as parametrized
    stage.commands.says("watch", replace(LIVE, private=True))

    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"})
    await use.wait_message()

    await stage.until(stage.live_cards)
    assert len(stage.fake.messages()) == 2


@odd
async def test_an_echo_whose_answer_tells_nothing(
    stage: Stage, door: DiscordDoor, how: dict[str, object]
) -> None:
    far = stage.fake.add_channel(stage.fake.add_guild("Away", bot_member=False), "far")
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"}, channel=far)
    await use.wait_message()
    await stage.until(stage.live_cards)
    receipt = stage.live_cards()[0][1]
    stage.fake.fault("PATCH /webhooks/*", **how)  # type: ignore[arg-type]  # as parametrized

    outcome = await door.messenger.edit(
        receipt, card("50 %"), to=stage.here(stage.fake.dm())
    )

    assert type(outcome).__name__ == "Delivered"


@odd
@pytest.mark.usefixtures("door")
async def test_a_form_whose_answer_tells_nothing(
    stage: Stage, how: dict[str, object]
) -> None:
    stage.fake.fault("POST /interactions/*", after=True, **how)  # type: ignore[arg-type]  # as parametrized

    use = await stage.fake.slash(stage.fake.user, "key")
    await (await stage.fake.slash(stage.fake.user, "help")).wait_message()

    assert use.modal
    assert use.messages == []
