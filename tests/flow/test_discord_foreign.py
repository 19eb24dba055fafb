"""Events that are told otherwise than by our fake: barer, stranger, in another order."""

from collections.abc import AsyncIterator, Callable

import pytest

from adapters.discord.adapter import DiscordDoor
from bot.commands.reply import How, Reply
from bot.domain.buttonref import ButtonRef, Verb
from bot.domain.subscription import Place, SubscriptionId
from bot.domain.task import TaskKey
from bot.present.card import Card, CardButton
from tests.fakes.commands import Asking, card
from tests.fakes.discord import Channel, FakeDiscord
from tests.fakes.discord import builders as building
from tests.fakes.discord.builders import Deed
from tests.fakes.discord.interaction import COMMAND, COMPONENT, Interaction
from tests.fakes.discord.jsontypes import Json
from tests.fakes.discord_door import Stage

Change = Callable[[Json], None]
REFRESH = str(ButtonRef(verb=Verb.REFRESH, task_key=TaskKey(5)))
SHOWN = Card(
    blocks=card("a card").blocks,
    buttons=((CardButton(label="Refresh", ref=REFRESH),),),
)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        stage = Stage(fake)
        live = Reply(card=card("live"), subscription=SubscriptionId(3))
        stage.commands.says("watch", live)
        yield stage
        assert fake.refusals == []


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[DiscordDoor]:
    async with stage.serving() as door:
        yield door


async def watch(
    stage: Stage, *changes: Change, channel: Channel | None = None
) -> Interaction:
    """Let Ana watch a task, told as `changes` would have it."""
    fake = stage.fake
    deed = Deed(fake.user, channel or fake.channel)
    body = building.slash(fake.world, "watch", {"ids": "12"})
    made = building.interaction(fake.world, deed, COMMAND, body)
    for change in changes:
        change(made.wire)
    await fake.resend(made)
    return made


def without(*names: str) -> Change:
    """Leave things out; a dot leads into one."""

    def change(wire: Json) -> None:
        for name in names:
            *path, last = name.split(".")
            inside = wire
            for each in path:
                inside = inside[each]
            inside.pop(last, None)

    return change


def told(**values: object) -> Change:
    """Tell something else."""
    return lambda wire: wire.update(values)


def bare_member(wire: Json) -> None:
    wire["member"] = {"user": bare_user(wire["member"]["user"])}


def user_instead(wire: Json) -> None:
    wire["user"] = wire.pop("member")["user"]


def bare_user(user: Json) -> Json:
    return {"id": user["id"], "username": user["username"]}


def bare_channel(wire: Json) -> None:
    kept = {"id", "type", "parent_id"}
    wire["channel"] = {k: v for k, v in wire["channel"].items() if k in kept}


def odd_channel(wire: Json) -> None:
    wire["channel"]["type"] = 99


def numbers(wire: Json) -> None:
    """Ids as numbers."""
    for name in ("id", "guild_id", "channel_id", "application_id"):
        wire[name] = int(wire[name])
    wire["member"]["user"]["id"] = int(wire["member"]["user"]["id"])


def with_more(wire: Json) -> None:
    """Fields of a later Discord."""
    wire |= {"novelty": {"a": [1]}, "context": 7, "locale": "xx-YY", "version": 9}
    wire["member"]["novelty"] = wire["channel"]["novelty"] = [None]
    wire["data"]["novelty"] = 1


LITTLE = (
    "version", "attachment_size_limit", "app_permissions", "guild", "entitlements",
    "authorizing_integration_owners", "context", "locale", "guild_locale",
)  # fmt: skip
CHANGES: dict[str, tuple[Change, ...]] = {
    "little": (without(*LITTLE),),
    "null owners": (told(authorizing_integration_owners={}),),
    "no channel": (without("channel"),),
    "a bare channel": (bare_channel,),
    "a kind of channel that nobody knows": (odd_channel,),
    "a bare member": (bare_member,),
    "a user instead of a member": (user_instead,),
    "no rights": (without("member.permissions", "app_permissions"),),
    "numbers": (numbers,),
    "more": (with_more,),
    "hardly anything": (without(*LITTLE), bare_channel, bare_member),
}


def watched(stage: Stage) -> Asking:
    return next(each for each in stage.commands.asked if each.name == "watch")


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.usefixtures("door")
async def test_a_command_in_a_server(stage: Stage, how: str) -> None:
    use = await watch(stage, *CHANGES[how])

    message = await use.wait_message()
    await stage.until(stage.live_cards)

    assert stage.live_cards() == [(3, f"{stage.fake.channel.id}:{message.id}")]
    caller = watched(stage).caller
    assert caller.destination == stage.here()
    assert caller.person.id == str(stage.fake.user.id)
    assert f"discord:guild:{stage.fake.guild.id}" in caller.groups
    assert not caller.manages
    assert len(stage.fake.gateway.identifies) == 1


@pytest.mark.parametrize(
    "how",
    [
        (),
        (without("channel.parent_id"),),
        (without("channel.thread_metadata", "channel.owner_id"),),
        (without("channel.message_count", "channel.member_count"),),
        (bare_channel,),
        (without("channel"),),
    ],
)
@pytest.mark.usefixtures("door")
async def test_a_command_in_a_thread(stage: Stage, how: tuple[Change, ...]) -> None:
    forum = stage.fake.add_channel(stage.fake.guild, "forum", 15)
    post = stage.fake.add_channel(stage.fake.guild, "post", parent=forum)
    await stage.fake.invite(stage.fake.guild)

    use = await watch(stage, *how, channel=post)

    await use.wait_message()
    assert watched(stage).caller.destination == stage.here(post)


@pytest.mark.parametrize("kind", [10, 11, 12])
@pytest.mark.parametrize("how", [(), (bare_channel,)], ids=["full", "bare"])
@pytest.mark.usefixtures("door")
async def test_a_thread_that_no_event_has_told_of(
    stage: Stage, how: tuple[Change, ...], kind: int
) -> None:
    post = stage.fake.add_channel(stage.fake.guild, "post", parent=stage.fake.channel)
    post.type = kind

    await (await watch(stage, *how, channel=post)).wait_message()

    assert watched(stage).caller.destination == stage.here(post)


@pytest.mark.parametrize("kind", [2, 5, 13, 15, 16, 99])
@pytest.mark.usefixtures("door")
async def test_a_channel_of_any_kind_that_no_event_has_told_of(
    stage: Stage, kind: int
) -> None:
    hall = stage.fake.add_channel(stage.fake.guild, "hall", kind)

    await (await watch(stage, channel=hall)).wait_message()

    assert watched(stage).caller.destination == stage.here(hall)


@pytest.mark.parametrize(
    "how",
    [
        (),
        (without(*LITTLE),),
        (without("channel"),),
        (without("channel.recipients"),),
        (bare_channel,),
        (told(context=1), without("channel")),
        (told(guild_id=None),),
    ],
)
@pytest.mark.usefixtures("door")
async def test_a_command_in_direct_messages(
    stage: Stage, how: tuple[Change, ...]
) -> None:
    direct = stage.fake.dm()

    use = await watch(stage, *how, channel=direct)

    await use.wait_message()
    caller = watched(stage).caller
    assert caller.destination == stage.here(direct)
    assert caller.destination.place is Place.PRIVATE
    assert caller.person.id == str(stage.fake.user.id)


@pytest.mark.usefixtures("door")
async def test_a_conversation_that_we_are_not_in_is_not_the_direct_messages(
    stage: Stage,
) -> None:
    theirs = stage.fake.add_channel(None, "two friends")
    await (await watch(stage, told(context=2), channel=theirs)).wait_message()

    assert watched(stage).caller.destination == stage.here(stage.fake.dm())


@pytest.mark.parametrize(
    "how",
    [
        (),
        (without(*LITTLE),),
        (without("message.flags", "message.attachments", "message.embeds"),),
        (without("message.components"),),
        (without("message"),),
        (bare_channel, bare_member),
    ],
)
@pytest.mark.usefixtures("door")
async def test_a_press(stage: Stage, how: tuple[Change, ...]) -> None:
    stage.commands.says("status", Reply(card=SHOWN))
    use = await stage.fake.slash(stage.fake.user, "status", {"ids": "1"})
    message = await use.wait_message()
    stage.commands.says("press", Reply(card=card("newer"), how=How.EDIT))
    world, deed = stage.fake.world, Deed(stage.fake.user, stage.fake.channel)
    body = building.component(message, REFRESH, None)
    made = building.interaction(world, deed, COMPONENT, body, message)
    for change in how:
        change(made.wire)

    await stage.fake.resend(made)

    await stage.fake.until(lambda: message.embeds[0]["title"] == "newer")
    assert stage.commands.texts("press") == [REFRESH]


async def test_a_server_that_is_not_told_of(stage: Stage) -> None:
    """It belongs to an outage, or its event comes later than the command."""
    async with stage.serving():
        later = stage.fake.add_guild("Later")
        channel = stage.fake.add_channel(later, "hall")
        use = await watch(stage, channel=channel)
        message = await use.wait_message()
        await stage.until(stage.live_cards)

    assert stage.live_cards() == [(3, f"{channel.id}:{message.id}")]


async def test_where_we_are_no_member_after_all_is_looked_at_once(
    stage: Stage,
) -> None:
    """Installed for its commands alone, a server seems ours and is not."""
    strange = stage.fake.add_guild("Strange", bot_member=False)
    hall = stage.fake.add_channel(strange, "hall")
    owners = told(authorizing_integration_owners={"0": str(strange.id)})
    async with stage.serving():
        for _ in range(3):
            await (await watch(stage, owners, channel=hall)).wait_message()

    direct = stage.here(stage.fake.dm())
    asked = [each.caller.destination for each in stage.commands.asked]
    assert asked == [direct] * 3
    assert stage.fake.count(403) == 1


@pytest.mark.usefixtures("door")
async def test_a_server_in_an_outage(stage: Stage) -> None:
    gone = {"id": str(stage.fake.guild.id), "unavailable": True}
    await stage.fake.gateway.dispatch("GUILD_DELETE", gone, stage.fake.guild)

    await (await watch(stage)).wait_message()

    assert watched(stage).caller.destination == stage.here()


@pytest.mark.usefixtures("door")
async def test_a_large_id(stage: Stage) -> None:
    guild = stage.fake.add_guild("Large")
    guild.id = (1 << 63) - 25
    channel = stage.fake.add_channel(guild, "hall")
    channel.id = (1 << 63) - 24
    stage.fake.world.channels[channel.id] = channel
    await stage.fake.invite(guild)

    await (await watch(stage, channel=channel)).wait_message()

    assert watched(stage).caller.destination.chat == str((1 << 63) - 24)


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("GUILD_CREATE", {"id": None}),
        ("CHANNEL_UPDATE", {}),
        ("MESSAGE_CREATE", {"id": "1", "channel_id": "2"}),
        ("INTERACTION_CREATE", {"id": "1", "type": 2}),
        ("INTERACTION_CREATE", {"id": "1", "type": 99, "token": "t", "data": None}),
        ("THREAD_LIST_SYNC", {"guild_id": "1"}),
        ("NOVELTY_CREATE", {"a": 1}),
    ],
)
@pytest.mark.usefixtures("door")
async def test_an_event_that_the_library_trips_over_ends_nothing(
    stage: Stage, event: str, body: Json
) -> None:
    await stage.fake.gateway.dispatch(event, body, stage.fake.guild)

    await (await watch(stage)).wait_message()

    assert len(stage.fake.gateway.identifies) == 1


async def test_the_door_opens_though_servers_come_late(stage: Stage) -> None:
    stage.fake.guild.bot_member = False
    async with stage.serving() as door:
        stage.fake.guild.bot_member = True
        await stage.fake.invite(stage.fake.guild)
        use = await watch(stage)
        await use.wait_message()
        assert door.problems() == []

    assert watched(stage).caller.destination == stage.here()
