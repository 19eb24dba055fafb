"""Nobody types a command: a webhook's mention, and a group that is listened to.

The whole program between the fakes: what a message names is watched, and rings.
"""

from pathlib import Path

from bot.domain.subscription import ChatSettings, Destination, Platform
from tests.fakes.discord import FakeDiscord
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

TASK = "1767225600000001"


def on_relay(relay: FakeRelay) -> dict[str, str]:
    relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
    return {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}


async def test_a_webhooks_mention_rings_in_its_channel_and_mentions_nobody(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="dmxapi") as relay, FakeDiscord() as discord:
        env = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.url}
        async with running_program(tmp_path, on_relay(relay) | env) as app:
            await until_ready(app)
            await discord.hook(discord.channel, f"<@{discord.bot.id}> submitted {TASK}")
            await discord.until(discord.messages)

            relay.becomes(TASK, status="SUCCESS")
            await discord.until(lambda: [m for m in discord.messages() if not m.silent])

        live, ring = discord.messages()[:2]
        assert live.silent
        assert ring.files
        assert not ring.rang.rings
        assert not ring.rang.everyone
        assert discord.refusals == []


async def test_a_mention_by_a_person_rings_for_that_person(tmp_path: Path) -> None:
    async with FakeRelay(kind="dmxapi") as relay, FakeDiscord() as discord:
        env = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.url}
        async with running_program(tmp_path, on_relay(relay) | env) as app:
            await until_ready(app)
            said = await discord.say(
                discord.user, discord.channel, f"how is {TASK}?", (discord.bot,)
            )
            await discord.until(discord.messages)

            relay.becomes(TASK, status="SUCCESS")
            await discord.until(lambda: [m for m in discord.messages() if not m.silent])

        live, ring = discord.messages()[:2]
        assert (live.reference or {})["message_id"] == str(said.id)
        assert ring.rang.rings == {discord.user.id}


async def test_what_a_group_says_is_nodded_at_and_rings(tmp_path: Path) -> None:
    async with FakeRelay(kind="dmxapi") as relay, FakeTelegram() as telegram:
        telegram.privacy = False
        env = {
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "LISTEN": "on",
        }
        ann = telegram.user("Ann", username="ann_a")
        group = telegram.supergroup("Team", {ann: "member"})
        here = Destination(platform=Platform("telegram"), chat=str(group.id))
        async with running_program(tmp_path, on_relay(relay) | env) as app:
            await app.store.save_settings(here, ChatSettings(listening=True))
            await until_ready(app)
            await telegram.say(ann, group, "my number is 0049176123456789")
            await telegram.say(ann, group, f"rendering {TASK}")
            await telegram.until(lambda: telegram.called("setMessageReaction"))
            nothing_but_the_nod = telegram.messages(group)

            relay.becomes(TASK, status="SUCCESS")
            await telegram.until(lambda: telegram.messages(group))

        assert nothing_but_the_nod == []
        assert len(telegram.called("setMessageReaction")) == 1
        assert [telegram.mentions(each) for each in telegram.rings] == [[ann]]
        assert telegram.broken_rules == []
