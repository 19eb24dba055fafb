"""The fake Discord, driven by the real discord.py client."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from typing import Any, Self

import aiohttp
import discord
import pytest
from discord import app_commands

from tests.fakes.discord import FakeDiscord, StoredMessage
from tests.fakes.patience import PATIENCE_SECONDS

Use = discord.Interaction[Any]
CARD = "t:(?P<task>[0-9]+):(?P<index>[0-9]+)"


class Press(discord.ui.DynamicItem[discord.ui.Button[Any]], template=CARD):
    """A button that needs no memory."""

    def __init__(self, task: str, index: str) -> None:
        self.task = task
        button: discord.ui.Button[Any] = discord.ui.Button(
            label="U1", emoji="🔍", custom_id=f"t:{task}:{index}"
        )
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, interaction: Use, item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["task"], match["index"])

    async def callback(self, interaction: Use) -> None:
        await interaction.response.send_message(f"pressed {self.task}", ephemeral=True)


class Key(discord.ui.Modal, title="Your key"):
    """A modal with one field."""

    key: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Key")

    async def on_submit(self, interaction: Use) -> None:
        await interaction.response.send_message(f"got {self.key.value}")


def view() -> discord.ui.View:
    made = discord.ui.View(timeout=None)
    made.add_item(Press("12", "3"))
    return made


class Bot(discord.AutoShardedClient):
    """A small bot that does one of each."""

    def __init__(self, intents: discord.Intents) -> None:
        quiet = discord.AllowedMentions.none()
        super().__init__(
            intents=intents, guild_ready_timeout=0.05, allowed_mentions=quiet
        )
        self.tree = app_commands.CommandTree(
            self,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )
        self.heard: list[discord.Message] = []
        self.resumes = 0
        self._register()

    def _register(self) -> None:
        @self.tree.command(description="Show a task")
        async def status(interaction: discord.Interaction[Any], ids: str) -> None:
            await interaction.response.defer()
            picture = discord.File(io.BytesIO(b"png"), "a.png")
            embed = discord.Embed(title=ids).set_image(url="attachment://a.png")
            await interaction.edit_original_response(
                embed=embed, attachments=[picture], view=view()
            )

        @status.autocomplete("ids")
        async def suggest(
            interaction: discord.Interaction[Any], typed: str
        ) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=typed * 2, value=typed)]

        @self.tree.command(description="Store a key")
        async def key(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_modal(Key())

        @self.tree.context_menu(name="Task status")
        async def menu(
            interaction: discord.Interaction[Any], message: discord.Message
        ) -> None:
            await interaction.response.send_message(f"seen {message.content}")

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Press)
        await self.tree.sync()

    async def before_identify_hook(
        self, shard_id: int | None, *, initial: bool = False
    ) -> None:
        """Leave out the library's pause of five seconds."""

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)

    async def on_shard_resumed(self, shard_id: int) -> None:
        self.resumes += 1


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as server:
        with server.point_client():
            yield server


@pytest.fixture
async def bot(fake: FakeDiscord) -> AsyncIterator[Bot]:
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
    client = Bot(intents)
    running = asyncio.create_task(client.start(fake.token))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await fake.ready()
        await client.wait_until_ready()
    try:
        yield client
    finally:
        await client.close()
        await running


def channel_of(bot: Bot, fake: FakeDiscord) -> discord.TextChannel:
    found = bot.get_channel(fake.channel.id)
    assert isinstance(found, discord.TextChannel)
    return found


async def answer(fake: FakeDiscord) -> StoredMessage:
    use = await fake.slash(fake.user, "status", {"ids": "12"}, locale="zh-CN")
    return await use.wait_message()


async def test_login_syncs_and_declares_intents(fake: FakeDiscord, bot: Bot) -> None:
    assert {c["name"] for c in fake.commands} == {"status", "key", "Task status"}
    assert fake.home.syncs == 1
    assert fake.gateway.identifies[0]["intents"] == bot.intents.value
    assert [guild.name for guild in bot.guilds] == ["Home"]
    assert fake.refusals == []


async def test_slash_defers_and_edits_with_a_file(fake: FakeDiscord, bot: Bot) -> None:
    use = await fake.slash(fake.user, "status", {"ids": "12"})
    response = await use.wait_response()
    message = await use.wait_message()
    assert response.type == 5
    assert message.files[0].content == b"png"
    assert message.embeds[0]["image"]["url"] == message.files[0].url
    assert fake.refusals == []


async def test_dynamic_button_answers(fake: FakeDiscord, bot: Bot) -> None:
    card = await answer(fake)
    click = await fake.click(fake.user, card, card.custom_id("U1"))
    said = await click.wait_message()
    assert said.content == "pressed 12"
    assert said.ephemeral


async def test_autocomplete(fake: FakeDiscord, bot: Bot) -> None:
    typing = await fake.autocomplete(fake.user, "status", "ids", "ab")
    await typing.wait_response()
    assert typing.choices == [{"name": "abab", "value": "ab"}]


async def test_modal_and_menu(fake: FakeDiscord, bot: Bot) -> None:
    opener = await fake.slash(fake.user, "key", channel=fake.dm())
    await opener.wait_response()
    field = opener.modal["components"][0]["components"][0]["custom_id"]
    sent = await fake.submit_modal(opener, {field: "k1"})
    assert (await sent.wait_message()).content == "got k1"
    said = await fake.say(fake.user, fake.channel, "task_1")
    menu = await fake.context_menu(fake.user, said, "Task status")
    assert (await menu.wait_message()).content == "seen task_1"


async def test_content_only_with_a_mention(fake: FakeDiscord, bot: Bot) -> None:
    await fake.say(fake.user, fake.channel, "secret")
    await fake.say(fake.user, fake.channel, "open", mentions=[fake.bot])
    # Events keep their order, so a later answer means that both were heard.
    await answer(fake)
    contents = [m.content for m in bot.heard if m.author.id == fake.user.id]
    assert contents == ["", f"<@{fake.bot.id}> open"]


async def test_resume_replays_what_was_missed(fake: FakeDiscord, bot: Bot) -> None:
    fake.drop_connections()
    use = await fake.slash(fake.user, "status", {"ids": "12"})
    message = await use.wait_message()
    assert message.embeds[0]["title"] == "12"
    assert next(iter(fake.gateway.sessions.values())).resumed == 1
    assert len(fake.gateway.identifies) == 1


async def test_nonce_prevents_a_second_message(fake: FakeDiscord, bot: Bot) -> None:
    place = channel_of(bot, fake)
    first = await place.send("done", nonce="abc")
    again = await place.send("done", nonce="abc")
    fake.advance(301)
    later = await place.send("done", nonce="abc")
    assert first.id == again.id != later.id


async def test_lost_answer_then_nonce(fake: FakeDiscord, bot: Bot) -> None:
    fake.fault("POST /channels/*/messages", reset=True, after=True)
    place = channel_of(bot, fake)
    with pytest.raises(aiohttp.ClientError):
        await place.send("done", nonce="abc")
    await place.send("done", nonce="abc")
    assert len(fake.messages()) == 1


async def test_mentions_resolve_only_as_allowed(fake: FakeDiscord, bot: Bot) -> None:
    other = fake.add_user("Eve")
    place = channel_of(bot, fake)
    text = f"<@{fake.user.id}> <@{other.id}> @everyone"
    only = discord.AllowedMentions(
        everyone=False, roles=False, users=[discord.Object(fake.user.id)]
    )
    await place.send(text, allowed_mentions=only)
    assert fake.messages()[0].rang.users == {fake.user.id}
    assert not fake.messages()[0].rang.everyone


async def test_scripted_denials(fake: FakeDiscord, bot: Bot) -> None:
    place = channel_of(bot, fake)
    fake.deny(fake.channel, 50013, "send")
    with pytest.raises(discord.Forbidden) as caught:
        await place.send("x")
    assert caught.value.code == 50013
    fake.user.accepts_dms = False
    person = await bot.fetch_user(fake.user.id)
    with pytest.raises(discord.Forbidden) as refused:
        await person.send("x")
    assert refused.value.code == 50007
    assert fake.invalid_requests == 2
    assert fake.refusals == []


async def test_rate_limit_is_waited_out(fake: FakeDiscord, bot: Bot) -> None:
    fault = fake.fault("POST /channels/*/messages", status=429, retry_after=0.01)
    await channel_of(bot, fake).send("x")
    assert fault.hits == 1
    fake.fault("POST /channels/*/messages", html=True)
    with pytest.raises(discord.HTTPException):
        await channel_of(bot, fake).send("x")
    assert fake.count(429) == 2


async def test_dead_token_and_late_answer(fake: FakeDiscord, bot: Bot) -> None:
    opener = await fake.slash(fake.user, "key")
    await opener.wait_response()
    hook = f"{fake.url}/webhooks/{fake.bot.id}/{opener.token}"
    fake.advance(15 * 60 + 1)
    callback = f"{fake.url}/interactions/{opener.id}/{opener.token}/callback"
    async with aiohttp.ClientSession() as http:
        async with http.post(hook, json={"content": "x"}) as late:
            assert (late.status, (await late.json())["code"]) == (401, 50027)
        async with http.post(callback, json={"type": 5}) as twice:
            assert (twice.status, (await twice.json())["code"]) == (400, 40060)


async def test_invalid_session_identifies_anew(fake: FakeDiscord, bot: Bot) -> None:
    await fake.gateway.invalidate()
    await fake.until(lambda: len(fake.gateway.identifies) == 2)
    await fake.ready()


async def test_refused_connections_are_tried_again(fake: FakeDiscord, bot: Bot) -> None:
    # Slow to end: the library sleeps out its pause before it lets itself be closed.
    fake.refuse_connections(1)
    fake.drop_connections()
    await fake.until(lambda: fake.gateway.refused == 1)


async def test_where_the_bot_is_no_member(fake: FakeDiscord, bot: Bot) -> None:
    there = fake.add_channel(fake.add_guild("Away", bot_member=False), "far")
    use = await fake.slash(fake.user, "status", {"ids": "12"}, channel=there)
    card = await use.wait_message()
    click = await fake.click(fake.user, card, card.custom_id("U1"))
    assert (await click.wait_message()).content == "pressed 12"
    with pytest.raises(discord.Forbidden) as caught:
        await bot.get_partial_messageable(there.id).send("x")
    assert caught.value.code == 50001
    hook = f"{fake.url}/webhooks/{fake.bot.id}/{use.token}"
    async with aiohttp.ClientSession() as http:
        for status in (200, 200, 200, 200, 200, 400):
            async with http.post(hook, json={"content": "x"}) as answered:
                assert answered.status == status


async def test_group_conversation(fake: FakeDiscord, bot: Bot) -> None:
    group = fake.add_channel(None, "friends")
    use = await fake.slash(
        fake.user, "status", {"ids": "1"}, channel=group, user_installed_only=True
    )
    assert (await use.wait_message()).embeds[0]["title"] == "1"


async def test_thread_and_deleted_card(fake: FakeDiscord, bot: Bot) -> None:
    thread = fake.add_channel(fake.guild, "talk", parent=fake.channel)
    message = await bot.get_partial_messageable(thread.id).send("x")
    await message.add_reaction("👀")
    await fake.delete_message(fake.messages(thread)[0])
    with pytest.raises(discord.NotFound) as caught:
        await message.edit(content="y")
    assert caught.value.code == 10008


async def test_reply_rings_its_author_only_if_wanted(
    fake: FakeDiscord, bot: Bot
) -> None:
    asked = await fake.say(fake.user, fake.channel, "x")
    place = channel_of(bot, fake)
    target = place.get_partial_message(asked.id)
    await place.send("quiet", reference=target)
    await place.send("loud", reference=target, mention_author=True)
    rings = [message.rang.rings for message in fake.messages()]
    assert rings == [frozenset(), {fake.user.id}]


async def test_held_request_is_served_after_release(
    fake: FakeDiscord, bot: Bot
) -> None:
    gate = asyncio.Event()
    fault = fake.fault("POST /channels/*/messages", hold=gate)
    sending = asyncio.create_task(channel_of(bot, fake).send("x"))
    await fault.reached.wait()
    assert fake.messages() == []
    gate.set()
    await sending
    assert len(fake.messages()) == 1


async def test_privileged_intents_are_refused(fake: FakeDiscord) -> None:
    client = Bot(discord.Intents(guilds=True, message_content=True))
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await client.start(fake.token)
    await client.close()


async def test_wrong_token(fake: FakeDiscord) -> None:
    client = Bot(discord.Intents.none())
    with pytest.raises(discord.LoginFailure):
        await client.start("wrong")
    await client.close()
    assert fake.count(401) == 1


async def test_refused_over_the_wire(fake: FakeDiscord, bot: Bot) -> None:
    with pytest.raises(discord.HTTPException) as caught:
        await channel_of(bot, fake).send("x" * 2001)
    assert caught.value.code == 50035
    assert [refusal.code for refusal in fake.refusals] == [50035]
