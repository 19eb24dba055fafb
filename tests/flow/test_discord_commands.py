"""Slash commands, the message menu and suggestions, from a person's hand and back."""

from collections.abc import AsyncIterator

import pytest

from adapters.discord.adapter import DiscordDoor
from bot.commands.reply import Reply, Suggestion
from bot.domain.attachment import Attachment, FileKind
from bot.domain.subscription import Place, SubscriptionId
from bot.domain.task import TaskKey
from tests.fakes.commands import card
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_door import Stage

SUBSCRIPTION = SubscriptionId(7)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        yield Stage(fake)
        assert fake.refusals == []


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[DiscordDoor]:
    async with stage.serving() as door:
        yield door


async def test_commands_are_named_in_two_languages(
    stage: Stage, door: DiscordDoor
) -> None:
    told = {c["name"]: c for c in stage.fake.commands}
    assert set(told) == {
        "status",
        "watch",
        "unwatch",
        "list",
        "recent",
        "seed",
        "key",
        "feed",
        "settings",
        "help",
        "allow",
        "deny",
        "claim",
        "Task status",
    }
    assert told["status"]["name_localizations"]["zh-CN"] == "状态"
    assert told["status"]["description_localizations"]["zh-CN"] == "查看任务状态"
    assert told["watch"]["options"][0]["name_localizations"]["zh-CN"] == "任务"
    for command in told.values():
        assert command["contexts"] == [0, 1, 2]
        assert command["integration_types"] == [0, 1]


async def test_commands_are_registered_only_when_they_changed(stage: Stage) -> None:
    async with stage.serving():
        pass
    async with stage.serving():
        pass
    assert stage.fake.home.syncs == 1
    stage.facts.facts.clear()
    async with stage.serving():
        pass
    assert stage.fake.home.syncs == 2


async def test_no_privileged_intents(stage: Stage, door: DiscordDoor) -> None:
    assert stage.fake.gateway.identifies[0]["intents"] == 1 | 1 << 9 | 1 << 12


async def test_status_answers_at_once(stage: Stage, door: DiscordDoor) -> None:
    use = await stage.fake.slash(
        stage.fake.user, "status", {"ids": "12"}, locale="zh-CN"
    )
    message = await use.wait_message()
    assert message.embeds[0]["title"] == "status 12"
    assert not message.ephemeral
    asked = stage.commands.asked[0]
    assert asked.text == "12"
    assert asked.caller.locale == "zh-CN"
    assert asked.caller.destination == stage.here()
    assert asked.caller.person.id == str(stage.fake.user.id)
    assert f"discord:guild:{stage.fake.guild.id}" in asked.caller.groups
    assert not asked.caller.manages


async def test_who_manages_the_channel(stage: Stage, door: DiscordDoor) -> None:
    use = await stage.fake.slash(
        stage.fake.user, "settings", permissions=1 << 5 | 1 << 10
    )
    await use.wait_message()
    assert stage.commands.asked[0].caller.manages


async def test_private_answer(stage: Stage, door: DiscordDoor) -> None:
    use = await stage.fake.slash(
        stage.fake.user, "status", {"ids": "12", "private": True}
    )
    assert (await use.wait_message()).ephemeral


async def test_a_slow_relay_is_acknowledged_in_time(
    stage: Stage, door: DiscordDoor
) -> None:
    gate = stage.commands.hold("status")
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
    response = await use.wait_response()
    assert response.type == 5
    assert response.at - use.created < 3
    gate.set()
    message = await use.wait_message()
    assert message.embeds[0]["title"] == "status 12"


async def test_a_late_private_answer_stays_private(
    stage: Stage, door: DiscordDoor
) -> None:
    gate = stage.commands.hold("status")
    stage.commands.answers["status"] = Reply(card=card("for you"), private=True)
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
    await use.wait_response()
    gate.set()
    message = await use.wait_message()
    assert message.ephemeral
    assert message.embeds[0]["title"] == "for you"
    assert len(use.messages) == 1


async def test_after_the_token_died_the_answer_comes_through_the_channel(
    stage: Stage, door: DiscordDoor
) -> None:
    gate = stage.commands.hold("status")
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
    await use.wait_response()
    stage.fake.kill_token(use)
    gate.set()
    message = await stage.fake.until(
        lambda: next((m for m in stage.fake.messages() if m.nonce), None)
    )
    assert message.embeds[0]["title"] == "status 12"
    stage.forgive(50027)


async def test_acknowledged_too_late_the_answer_comes_through_the_channel(
    stage: Stage, door: DiscordDoor
) -> None:
    # The event waits in the socket, as after a resume.
    fault = stage.fake.fault("POST /interactions/*", status=404, code=10062)
    stage.commands.answers["watch"] = Reply(
        card=card("live"), subscription=SUBSCRIPTION
    )
    await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"})
    await stage.until(stage.live_cards)
    message = stage.fake.messages()[0]
    assert fault.hits == 1
    assert stage.live_cards()[0][1] == f"{stage.fake.channel.id}:{message.id}"


async def test_an_interaction_delivered_twice_is_answered_once(
    stage: Stage, door: DiscordDoor
) -> None:
    use = await stage.fake.slash(stage.fake.user, "feed", {"wish": "renew"})
    await use.wait_message()
    await stage.fake.resend(use)
    other = await stage.fake.slash(stage.fake.user, "help")
    await other.wait_message()
    assert stage.commands.texts("feed") == ["renew"]
    assert len(stage.fake.messages()) == 2


async def test_one_that_was_answered_before_a_restart_is_not_answered_again(
    stage: Stage,
) -> None:
    async with stage.serving():
        use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
        await use.wait_message()
    async with stage.serving():
        await stage.fake.resend(use)
        await stage.fake.until(lambda: use.refused)
        other = await stage.fake.slash(stage.fake.user, "help")
        await other.wait_message()
    assert [error.code for error in use.refused] == [40060]
    assert len(stage.fake.messages()) == 2
    stage.forgive(40060)


async def test_a_cut_acknowledgement_is_repeated(
    stage: Stage, door: DiscordDoor
) -> None:
    stage.fake.fault("POST /interactions/*", reset=True)
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
    assert (await use.wait_message()).embeds[0]["title"] == "status 12"


async def test_an_acknowledgement_whose_answer_was_cut_is_found_out(
    stage: Stage, door: DiscordDoor
) -> None:
    stage.fake.fault("POST /interactions/*", reset=True, after=True)
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
    await stage.fake.until(lambda: [m for m in use.messages if m.edits])
    assert len(use.messages) == 1
    stage.forgive(40060)


async def test_a_live_card_is_handed_over(stage: Stage, door: DiscordDoor) -> None:
    stage.commands.answers["watch"] = Reply(
        card=card("live"), subscription=SUBSCRIPTION, version=3
    )
    use = await stage.fake.slash(stage.fake.user, "watch", {"ids": "12"})
    message = await use.wait_message()
    await stage.until(stage.live_cards)
    receipt = f"{stage.fake.channel.id}:{message.id}"
    assert stage.live_cards() == [(SUBSCRIPTION, receipt)]


async def test_missing_rights_are_named(stage: Stage, door: DiscordDoor) -> None:
    without = ((1 << 53) - 1) & ~(1 << 3) & ~(1 << 14) & ~(1 << 15)
    use = await stage.fake.slash(
        stage.fake.user,
        "watch",
        {"ids": "12"},
        app_permissions=without,
        locale="zh-CN",
    )
    message = await use.wait_message()
    assert "嵌入链接" in message.embeds[0]["title"]
    assert "添加文件" in message.embeds[0]["title"]
    assert stage.commands.asked == []


async def test_threads_are_threads_of_their_channel(
    stage: Stage, door: DiscordDoor
) -> None:
    thread = stage.fake.add_channel(stage.fake.guild, "post", parent=stage.fake.channel)
    use = await stage.fake.slash(
        stage.fake.user, "watch", {"ids": "12"}, channel=thread
    )
    await use.wait_message()
    assert stage.commands.asked[0].caller.destination == stage.here(thread)


async def test_direct_messages_are_private(stage: Stage, door: DiscordDoor) -> None:
    use = await stage.fake.slash(
        stage.fake.user, "watch", {"ids": "12"}, channel=stage.fake.dm()
    )
    await use.wait_message()
    caller = stage.commands.asked[0].caller
    assert caller.destination.place is Place.PRIVATE
    assert caller.manages


async def test_suggestions(stage: Stage, door: DiscordDoor) -> None:
    stage.commands.suggestions = [
        Suggestion(value=f"task_{n}", label=f"fox {n}") for n in range(30)
    ]
    use = await stage.fake.autocomplete(stage.fake.user, "status", "ids", "11, ta")
    await use.wait_response()
    assert stage.commands.asked[0].text == "ta"
    assert use.choices[0] == {"name": "fox 0", "value": "11, task_0"}
    assert len(use.choices) == 25


async def test_suggestions_never_come_too_late(stage: Stage, door: DiscordDoor) -> None:
    gate = stage.commands.hold("suggest")
    use = await stage.fake.autocomplete(stage.fake.user, "status", "ids", "x")
    response = await use.wait_response()
    assert response.at - use.created < 2.5
    assert use.choices == []
    gate.set()


async def test_suggestions_survive_trouble(stage: Stage, door: DiscordDoor) -> None:
    stage.commands.failing["suggest"] = RuntimeError("boom")
    use = await stage.fake.autocomplete(stage.fake.user, "watch", "ids", "x")
    await use.wait_response()
    assert use.choices == []


async def test_the_message_menu_finds_ids(stage: Stage, door: DiscordDoor) -> None:
    stage.commands.found = Reply(card=card("found"))
    said = await stage.fake.say(stage.fake.user, stage.fake.channel, "see task_123")
    use = await stage.fake.context_menu(stage.fake.user, said, "Task status")
    assert (await use.wait_message()).embeds[0]["title"] == "found"
    assert stage.commands.asked[0].text == "see task_123"


async def test_the_message_menu_without_an_id(stage: Stage, door: DiscordDoor) -> None:
    said = await stage.fake.say(stage.fake.user, stage.fake.channel, "hello")
    use = await stage.fake.context_menu(stage.fake.user, said, "Task status")
    assert (await use.wait_message()).ephemeral


async def test_a_defect_gets_a_kind_word(stage: Stage, door: DiscordDoor) -> None:
    stage.commands.failing["status"] = RuntimeError("boom")
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
    message = await use.wait_message()
    assert message.ephemeral
    assert "boom" not in str(message.embeds)


async def test_the_picture_follows_the_card(
    stage: Stage, door: DiscordDoor, tmp_path: object
) -> None:
    gate = stage.commands.hold("files")
    stage.commands.pictures = [picture(tmp_path)]
    stage.commands.answers["status"] = Reply(card=card("done"), picture=TaskKey(1))
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
    message = await use.wait_message()
    assert message.files == []
    gate.set()
    await stage.fake.until(lambda: message.files)
    assert message.files[0].content == b"png"
    assert message.embeds[0]["image"]["url"] == message.files[0].url
    assert message.embeds[0]["title"] == "done"


async def test_a_picture_that_cannot_be_had(stage: Stage, door: DiscordDoor) -> None:
    stage.commands.picture_error = "gone"
    stage.commands.answers["status"] = Reply(card=card("done"), picture=TaskKey(1))
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
    await use.wait_message(lambda m: "gone" in str(m.embeds))


async def test_further_cards_follow(stage: Stage, door: DiscordDoor) -> None:
    reply = Reply(card=card("one"), more=(card("two"),))
    stage.commands.answers["status"] = reply
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
    second = await use.wait_message(lambda m: m.embeds[0]["title"] == "two")
    assert not second.ephemeral


def picture(folder: object, name: str = "t1.png") -> Attachment:
    """Make a file."""
    from pathlib import Path

    path = Path(str(folder)) / name
    path.write_bytes(b"png")
    return Attachment(kind=FileKind.PHOTO, position=0, name=name, path=path)
