"""Answers in bad weather: pictures too large, tokens dead, messages lost."""

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
from tests.fakes.discord import FakeDiscord, StoredMessage
from tests.fakes.discord_door import Stage

REFRESH = str(ButtonRef(verb=Verb.REFRESH, task_key=TaskKey(5)))
DONE = Reply(
    card=Card(
        blocks=card("done").blocks,
        buttons=((CardButton(label="Refresh", ref=REFRESH),),),
    ),
    picture=TaskKey(5),
)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        yield Stage(fake)
        assert fake.refusals == []


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[DiscordDoor]:
    async with stage.serving() as door:
        yield door


def photo(folder: Path, size: int = 3) -> Attachment:
    path = folder / "t1.png"
    path.write_bytes(b"x" * size)
    return Attachment(kind=FileKind.PHOTO, position=0, name="t1.png", path=path)


async def finished(stage: Stage, folder: Path) -> StoredMessage:
    stage.commands.pictures = [photo(folder)]
    stage.commands.answers["status"] = DONE
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "5"})
    return await use.wait_message(lambda m: m.files)


async def test_an_edit_in_place_keeps_the_picture_in_the_card(
    stage: Stage, door: DiscordDoor, tmp_path: Path
) -> None:
    message = await finished(stage, tmp_path)
    stage.commands.answers["press"] = Reply(card=card("newer"), how=How.EDIT)
    await stage.fake.click(stage.fake.user, message, REFRESH)
    await stage.fake.until(lambda: message.embeds[0].get("title") == "newer")
    assert message.embeds[0]["image"]["url"].endswith("/t1.png")
    assert len(message.files) == 1


async def test_a_picture_that_discord_finds_too_large(
    stage: Stage, door: DiscordDoor, tmp_path: Path
) -> None:
    stage.commands.pictures = [photo(tmp_path)]
    stage.commands.answers["status"] = DONE
    stage.fake.fault("PATCH /webhooks/*", status=413, code=40005)
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "5"})
    message = await use.wait_message(lambda m: "no picture" in str(m.embeds))
    assert "large" in message.embeds[0]["title"]


@pytest.mark.parametrize(("original", "offered"), [(False, ["reduced"]), (True, [])])
async def test_of_a_picture_that_was_shrunk_the_original_is_offered(
    stage: Stage, door: DiscordDoor, tmp_path: Path, original: bool, offered: list[str]
) -> None:
    stage.commands.pictures = [replace(photo(tmp_path), reduced=True)]
    stage.commands.says("status", replace(DONE, original=original))
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "5"})
    message = await use.wait_message(lambda m: m.files)
    assert stage.commands.problems == offered
    assert ("no picture: reduced" in str(message.embeds)) is not original


async def test_a_late_picture_goes_through_the_channel(
    stage: Stage, door: DiscordDoor, tmp_path: Path
) -> None:
    gate = stage.commands.hold("files")
    stage.commands.pictures = [photo(tmp_path)]
    stage.commands.answers["status"] = DONE
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "5"})
    message = await use.wait_message()
    stage.fake.kill_token(use)
    gate.set()
    await stage.fake.until(lambda: message.files)
    assert message.embeds[0]["image"]["url"] == message.files[0].url
    stage.forgive(50027)


async def test_a_late_private_picture_is_let_go(
    stage: Stage, door: DiscordDoor, tmp_path: Path
) -> None:
    gate = stage.commands.hold("files")
    stage.commands.pictures = [photo(tmp_path)]
    stage.commands.answers["status"] = DONE
    options = {"ids": "5", "private": True}
    use = await stage.fake.slash(stage.fake.user, "status", options)
    message = await use.wait_message()
    stage.fake.kill_token(use)
    gate.set()
    await stage.fake.until(lambda: stage.fake.count(401))
    assert message.files == []
    stage.forgive(50027)


async def test_a_private_answer_whose_token_died_is_shown_to_nobody(
    stage: Stage, door: DiscordDoor
) -> None:
    stage.fake.fault("POST /interactions/*", status=404, code=10062)
    stage.commands.answers["settings"] = Reply(card=card("secret"), private=True)
    await stage.fake.slash(stage.fake.user, "settings")
    await stage.fake.until(lambda: stage.fake.count(404))
    use = await stage.fake.slash(stage.fake.user, "help")
    await use.wait_message()
    assert "secret" not in str([m.embeds for m in stage.fake.messages()])


async def test_a_follow_up_that_fails_costs_only_itself(
    stage: Stage, door: DiscordDoor
) -> None:
    stage.commands.answers["status"] = Reply(
        card=card("one"), more=(card("two"), card("three"))
    )
    stage.fake.fault("POST /webhooks/*", status=400, code=40094)
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "5"})
    await use.wait_message(lambda m: m.embeds[0]["title"] == "three")
    assert len(use.messages) == 2


async def test_a_watch_that_is_answered_in_private_has_its_card_in_the_chat(
    stage: Stage, door: DiscordDoor
) -> None:
    stage.commands.answers["watch"] = Reply(
        card=card("live"), subscription=SubscriptionId(3), private=True
    )
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "5"})
    answer = await use.wait_message()
    await stage.until(stage.live_cards)
    live = stage.fake.messages()[-1]
    assert live is not answer
    assert stage.live_cards() == [(3, f"{stage.fake.channel.id}:{live.id}")]


async def test_direct_messages_that_cannot_be_opened(
    stage: Stage, door: DiscordDoor
) -> None:
    away = stage.fake.add_guild("Away", bot_member=False)
    far = stage.fake.add_channel(away, "far")
    stage.fake.fault("POST /users/@me/channels", status=400, code=50007, times=3)
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "5"}, channel=far)
    assert (await use.wait_message()).ephemeral
    assert stage.commands.asked == []
    looked = await stage.fake.slash(
        stage.fake.user, "status", {"ids": "5"}, channel=far
    )
    await looked.wait_message()
    assert stage.commands.asked[0].caller.destination == stage.here(far)


async def test_a_direct_message_that_is_only_late_is_left_to_the_dispatcher(
    stage: Stage, door: DiscordDoor
) -> None:
    away = stage.fake.add_guild("Away", bot_member=False)
    far = stage.fake.add_channel(away, "far")
    stage.commands.answers["watch"] = Reply(
        card=card("live"), subscription=SubscriptionId(3)
    )
    stage.fake.fault("POST /channels/*/messages", status=503, times=2)
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "5"}, channel=far)
    assert (await use.wait_message()).embeds[0]["title"] == "live"
    assert stage.live_cards() == []
    assert stage.commands.texts("unwatch") == []


async def test_a_command_of_an_older_release_gets_a_kind_word(
    stage: Stage, door: DiscordDoor
) -> None:
    stage.fake.commands[0]["name"] = "gone"
    name = str(stage.fake.commands[0]["name"])
    use = await stage.fake.slash(stage.fake.user, name, {"ids": "5"})
    assert (await use.wait_message()).ephemeral


async def test_suggestions_away_are_of_the_direct_messages(
    stage: Stage, door: DiscordDoor
) -> None:
    away = stage.fake.add_guild("Away", bot_member=False)
    far = stage.fake.add_channel(away, "far")
    use = await stage.fake.autocomplete(
        stage.fake.user, "status", "ids", "x", channel=far
    )
    await use.wait_response()
    direct = stage.here(stage.fake.dm())
    assert stage.commands.asked[0].caller.destination == direct


async def test_the_menu_reads_cards_too(stage: Stage, door: DiscordDoor) -> None:
    said = await stage.fake.say(stage.fake.user, stage.fake.channel, "")
    said.embeds = [
        {
            "title": "task_9",
            "fields": [{"name": "id", "value": "task_10"}],
            "footer": {"text": "task_11"},
        }
    ]
    use = await stage.fake.context_menu(stage.fake.user, said, "Task status")
    await use.wait_message()
    (text,) = stage.commands.texts("free_text")
    assert text.split() == ["task_9", "id", "task_10", "task_11"]


async def test_the_menu_reads_texts_among_components(
    stage: Stage, door: DiscordDoor
) -> None:
    said = await stage.fake.say(stage.fake.user, stage.fake.channel, "")
    inner = {"type": 10, "id": 3, "content": "task_8 inside"}
    said.components = [
        {"type": 10, "id": 1, "content": "task_7"},
        {"type": 17, "id": 2, "components": [inner]},
    ]
    use = await stage.fake.context_menu(stage.fake.user, said, "Task status")
    await use.wait_message()
    (text,) = stage.commands.texts("free_text")
    assert text.split() == ["task_7", "task_8", "inside"]


async def test_a_slow_private_command(stage: Stage, door: DiscordDoor) -> None:
    gate = stage.commands.hold("status")
    options = {"ids": "5", "private": True}
    use = await stage.fake.slash(stage.fake.user, "status", options)
    assert (await use.wait_response()).payload["flags"] == 64
    gate.set()
    assert (await use.wait_message()).ephemeral
