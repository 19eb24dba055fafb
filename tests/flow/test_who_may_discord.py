"""Who may do what at the Discord door: every cell of the table, in the whole program.

One program serves all cells; each cell has people, channels and tasks of its own.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from bot.app import App
from bot.domain.access import claim_digest
from bot.domain.buttonref import ButtonRef, Verb
from bot.domain.subscription import Destination
from bot.domain.task import TaskKey
from bot.present.choices import Choice
from tests.fakes.discord import Channel, FakeDiscord, Guild, StoredMessage, User
from tests.fakes.discord.interaction import Interaction
from tests.fakes.discord_door import DISCORD
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.flow.test_who_may import ACTORS, ANNS_KEY, DEEDS, OPERATORS_KEY, table

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
MANAGE_SERVER: Final = 1 << 5
HOME: Final = 1 << 10 | 1 << 11  # see the channel, write there
NUMBERS: Final = count(1)


@dataclass(frozen=True)
class House:
    """The program between its fakes."""

    app: App
    relay: FakeRelay
    discord: FakeDiscord
    operator: User
    shut: Guild


@dataclass(frozen=True)
class Cell:
    """One row and one column: who does it, and what they do it to.

    Attributes:
        room: Where the actor is.
        home: The asker's channel; the actor's, too, unless they sit elsewhere.
        ids: Ids of this cell's tasks, by what they are for.
    """

    house: House
    actor: str
    who: User
    asker: User
    room: Channel
    home: Channel
    number: int

    def task(self, kind: str, **rest: object) -> str:
        """Put a task on the relay."""
        task_id = f"1767{kind}{self.number:09}"
        self.house.relay.task(task_id, **rest)  # type: ignore[arg-type]  # fields by name
        return task_id

    def running(self, kind: str = "225", progress: str = "40%") -> str:
        """Put a task there that runs."""
        return self.task(kind, status="IN_PROGRESS", progress=progress, hold=True)

    async def by_asker(self, name: str, **options: object) -> StoredMessage:
        """Let the asker use a command at home."""
        made = self.house.discord.slash(self.asker, name, options, channel=self.home)
        return await (await made).wait_message()

    async def use(self, name: str, **options: object) -> Interaction:
        """Let the actor use a command."""
        return await self.house.discord.slash(
            self.who, name, options, channel=self.room, permissions=self.rights
        )

    async def says(self, name: str, **options: object) -> str:
        """Let the actor use a command; gives what is answered."""
        return words(await (await self.use(name, **options)).wait_message())

    async def press(self, message: StoredMessage, custom_id: str) -> str:
        """Let the actor press a button of the asker's; gives what is answered."""
        use = await self.house.discord.click(
            self.who, message, custom_id, channel=self.room, permissions=self.rights
        )
        answer = await use.wait_message()
        return words(use.messages[-1] if answer is message else answer)

    @property
    def rights(self) -> int:
        """What the actor may do in the server."""
        return HOME | (MANAGE_SERVER if self.actor == "manager" else 0)

    @property
    def chat(self) -> Destination:
        """The asker's channel."""
        return Destination(platform=DISCORD, chat=str(self.home.id))


def words(message: StoredMessage) -> str:
    return json.dumps([message.content, *message.embeds], ensure_ascii=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    ready: asyncio.Queue[House] = asyncio.Queue()
    over = asyncio.Event()
    living = asyncio.create_task(live(tmp_path_factory.mktemp("home"), ready, over))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            opened = await ready.get()
        yield opened
    finally:
        over.set()
        await living


async def live(folder: Path, ready: asyncio.Queue[House], over: asyncio.Event) -> None:
    """Run the program until it is over: it begins and ends in one task."""
    keys = (OPERATORS_KEY, ANNS_KEY)
    async with FakeRelay(kind="newapi", keys=keys) as relay, FakeDiscord() as discord:
        operator, shut = discord.add_user("operator"), discord.add_guild("Shut")
        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": OPERATORS_KEY,
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.url,
            "OPERATORS": f"discord:user:{operator.id}",
            "ALLOW": f"discord:guild:{discord.guild.id}",
            "LIMIT_LOOKS": "0",
            "LIMIT_WATCHES": "0",
        }
        async with running_program(folder, env) as app:
            await until_ready(app)
            await ready.put(House(app, relay, discord, operator, shut))
            await over.wait()


def cell(house: House, actor: str) -> Cell:
    """Make people and channels that no other cell knows."""
    discord, number = house.discord, next(NUMBERS)
    home = discord.add_channel(discord.guild, f"home-{number}")
    guilds = {"stranger": house.shut}
    away = discord.add_channel(guilds.get(actor, discord.guild), f"away-{number}")
    asker = discord.add_user(f"asker {number}")
    people = {"operator": house.operator, "asker": asker}
    return Cell(
        house=house,
        actor=actor,
        who=people.get(actor) or discord.add_user(f"{actor} {number}"),
        asker=asker,
        room=away if actor in {"elsewhere", "stranger"} else home,
        home=home,
        number=number,
    )


# --- the deeds: each says whether it was done ----------------------------------------


async def look(it: Cell) -> bool:
    return "60%" in await it.says("status", ids=it.running(progress="60%"))


async def seed(it: Cell) -> bool:
    task_id = it.task("226", status="SUCCESS")
    await it.by_asker("status", ids=task_id)
    return "Seed" in await it.says("seed", ids=task_id)


async def watch(it: Cell) -> bool:
    await it.says("watch", ids=it.running())
    return await watched(it, it.room) == 1


async def stop_own(it: Cell) -> bool:
    task_id = it.running()
    await it.says("watch", ids=task_id)
    return "No longer watching" in await it.says("unwatch", ids=task_id)


async def stop_askers(it: Cell) -> bool:
    task_id = it.running()
    await it.by_asker("watch", ids=task_id)
    said = await it.says("unwatch", ids=task_id)
    assert await watched(it, it.home) == ("No longer watching" not in said)
    return "No longer watching" in said


async def press_stop(it: Cell) -> bool:
    card = await it.by_asker("watch", ids=it.running())
    await it.press(card, card.custom_id("Stop"))
    return await watched(it, it.home) == 0


async def see_list(it: Cell) -> bool:
    await it.by_asker("watch", ids=it.running())
    return "40%" in await it.says("list")


async def see_recent(it: Cell) -> bool:
    task_id = it.running()
    await it.by_asker("watch", ids=task_id)
    it.house.relay.becomes(task_id, status="SUCCESS")
    await it.house.discord.until(
        lambda: [m for m in it.house.discord.messages(it.home) if m.rang.rings]
    )
    message = await (await it.use("recent")).wait_message()
    return bool(message.buttons())


async def be_offered(it: Cell) -> bool:
    task_id = it.running()
    await it.by_asker("watch", ids=task_id)
    use = await it.house.discord.autocomplete(
        it.who, "status", "ids", task_id[:10], channel=it.room, permissions=it.rights
    )
    await use.wait_response()
    return [each["value"] for each in use.choices] == [task_id]


async def refresh(it: Cell) -> bool:
    card = await it.by_asker("status", ids=it.running())
    return "40%" in await it.press(card, card.custom_id("Refresh"))


async def report(it: Cell) -> bool:
    card = await it.by_asker("status", ids=it.task("226", status="SUCCESS"))
    return "MJ::" in await it.press(card, card.custom_id("U2"))


async def report_own(it: Cell) -> bool:
    discord = it.house.discord
    aside = discord.add_channel(discord.guild, "aside")  # nobody else has seen it
    await keep(it, it.asker, aside, ANNS_KEY)
    ids = {"ids": it.task("227", status="SUCCESS", owner=ANNS_KEY)}
    use = await discord.slash(it.asker, "status", ids, channel=aside)
    card = await use.wait_message()
    return "MJ::" in await it.press(card, card.custom_id("U2"))


async def settings(it: Cell) -> bool:
    return "Settings of this chat" in await it.says("settings")


async def change(it: Cell) -> bool:
    use = await it.house.discord.slash(
        it.house.operator, "settings", channel=it.home, permissions=HOME
    )
    shown = await use.wait_message()
    ref = ButtonRef(
        verb=Verb.SETTING, task_key=TaskKey(0), position=int(Choice.SILENT_ON)
    )
    await it.press(shown, str(ref))
    return (await it.house.app.store.settings(it.chat)).silent


async def feed(it: Cell) -> bool:
    await it.says("feed")
    here = Destination(platform=DISCORD, chat=str(it.room.id))
    return bool(await it.house.app.store.feeds(here))


async def keep_key(it: Cell) -> bool:
    return "works" in await keep(it, it.who, it.room, OPERATORS_KEY)


async def allow(it: Cell) -> bool:
    name = f"telegram:{it.number}"
    await it.says("allow", names=name)
    let_in = (await it.house.app.store.allowed()).get(name)
    await it.says("deny", names=name)
    kept_out = (await it.house.app.store.allowed()).get(name)
    return (let_in, kept_out) == (True, False)


async def claim(it: Cell) -> bool:
    await it.house.app.store.offer_claim(claim_digest("ABC234"))
    said = await it.says("claim", code="abc-234")
    assert f"discord:{it.who.id}" in await it.house.app.store.operators()
    return "You run this bot now" in said


DOINGS: Final[Mapping[str, Callable[[Cell], Awaitable[bool]]]] = {
    "look at an id": look,
    "ask for a seed": seed,
    "watch": watch,
    "stop one's own watch": stop_own,
    "stop the asker's watch": stop_askers,
    "press Stop on the asker's card": press_stop,
    "see the chat's list": see_list,
    "see what ended in the chat": see_recent,
    "be offered the chat's ids": be_offered,
    "press Refresh on a card": refresh,
    "press a customId": report,
    "press on a card of the asker's own account": report_own,
    "see the settings": settings,
    "change the settings": change,
    "have a feed of the chat": feed,
    "keep a key of one's own": keep_key,
    "say /allow and /deny": allow,
    "claim with the code of the start": claim,
}


async def watched(it: Cell, room: Channel) -> int:
    """Count what a channel waits for."""
    here = Destination(platform=DISCORD, chat=str(room.id))
    return (await it.house.app.store.running(here, limit=9))[1]


async def keep(it: Cell, who: User, room: Channel, key: str) -> str:
    """Let somebody keep a key of their own; gives what is answered."""
    opener = await it.house.discord.slash(who, "key", channel=room)
    await opener.wait_response()
    use = await it.house.discord.submit_modal(opener, {"mjw-key.key": key})
    return words(await use.wait_message())


# --- the cells ------------------------------------------------------------------------


@pytest.mark.parametrize(("deed", "actor", "may"), [*table()])
async def test_who_may_at_discord(
    house: House, deed: str, actor: str, may: bool
) -> None:
    done = await DOINGS[deed](cell(house, actor))

    assert done is may


async def test_every_deed_and_everybody_is_tried(house: House) -> None:
    assert house.discord.refusals == []
    assert set(DOINGS) == set(DEEDS)
    assert {actor for _, actor, _ in table()} == set(ACTORS)
