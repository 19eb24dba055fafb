"""Who may do what at the Telegram door: every cell of the table, in the whole program.

One program serves all cells; each cell has people, groups and tasks of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from adapters.telegram.limits import PLATFORM
from bot.app import App
from bot.domain.access import claim_digest
from bot.domain.buttonref import ButtonRef, Verb
from bot.domain.subscription import Destination
from bot.domain.task import TaskKey
from bot.present.choices import Choice
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import Chat, FakeTelegram, Message, User
from tests.flow.test_who_may import ACTORS, ANNS_KEY, DEEDS, OPERATORS_KEY, table

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
NUMBERS: Final = count(1)
AWAY: Final = {"elsewhere", "stranger"}


@dataclass(frozen=True)
class House:
    """The program between its fakes."""

    app: App
    relay: FakeRelay
    telegram: FakeTelegram
    operator: User

    async def answer(self, who: User, chat: Chat, line: str) -> Message:
        """Let somebody write; gives what is answered."""
        before = len(self.telegram.messages(chat))
        await self.telegram.say(who, chat, line)
        await self.telegram.until(lambda: len(self.telegram.messages(chat)) > before)
        return self.telegram.messages(chat)[-1]


@dataclass(frozen=True)
class Cell:
    """One row and one column: who does it, and what they do it to.

    Attributes:
        room: Where the actor is.
        home: The asker's group; the actor's, too, unless they sit elsewhere.
        number: No other cell's.
    """

    house: House
    who: User
    asker: User
    room: Chat
    home: Chat
    number: int

    def task(self, **rest: object) -> str:
        """Put a task on the relay."""
        task_id = f"1767225{self.number:09}"
        self.house.relay.task(task_id, **rest)  # type: ignore[arg-type]  # fields by name
        return task_id

    def running(self, progress: str = "40%") -> str:
        """Put a task there that runs."""
        return self.task(status="IN_PROGRESS", progress=progress, hold=True)

    async def by_asker(self, line: str) -> Message:
        """Let the asker use a command at home."""
        return await self.house.answer(self.asker, self.home, line)

    async def answer(self, line: str) -> Message:
        """Let the actor use a command where they are."""
        return await self.house.answer(self.who, self.room, line)

    async def says(self, line: str) -> str:
        """Let the actor use a command; gives what is answered."""
        return (await self.answer(line)).words

    async def press(self, card: Message, wanted: str) -> str:
        """Let the actor press a button; gives the toast.

        Who does not see the card presses its button under another message.
        """
        known = {each["text"].split()[-1]: each for each in card.buttons}
        data = known[wanted]["callback_data"] if wanted in known else wanted
        if card.chat is not self.room:
            card = await self.answer("/help")
        press = await self.house.telegram.press(self.who, card, data, stale=True)
        return str((await press.wait_answer()).get("text", ""))

    async def watched(self, chat: Chat) -> int:
        """Count what a chat waits for."""
        return (await self.house.app.store.running(place(chat), limit=9))[1]


def place(chat: Chat) -> Destination:
    return Destination(platform=PLATFORM, chat=str(chat.id))


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
    async with FakeRelay(kind="newapi", keys=keys) as relay, FakeTelegram() as telegram:
        operator = telegram.user("operator")
        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": OPERATORS_KEY,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "OPERATORS": f"telegram:{operator.id}",
            "ALLOW": "telegram:1",
            "LIMIT_LOOKS": "0",
            "LIMIT_WATCHES": "0",
        }
        async with running_program(folder, env) as app:
            await until_ready(app)
            await ready.put(House(app, relay, telegram, operator))
            await over.wait()


async def cell(house: House, actor: str) -> Cell:
    """Make people and groups that no other cell knows; all but strangers are let in."""
    telegram, number = house.telegram, next(NUMBERS)
    asker, other = telegram.user(f"asker {number}"), telegram.user(f"{actor} {number}")
    who = {"operator": house.operator, "asker": asker}.get(actor, other)
    home = telegram.supergroup("Home", {asker: "member", house.operator: "member"})
    away = telegram.supergroup("Away", {who: "member"})
    await telegram.join(home, who, "administrator" if actor == "manager" else "member")
    let_in = [home.id, asker.id] + ([away.id, who.id] if actor != "stranger" else [])
    names = " ".join(f"telegram:{each}" for each in let_in)
    office = telegram.private(house.operator)
    assert (
        "Let in"
        in (await house.answer(house.operator, office, f"/allow {names}")).words
    )
    room = away if actor in AWAY else home
    return Cell(house, who, asker, room, home, number)


# --- the deeds: each says whether it was done ----------------------------------------


async def look(it: Cell) -> bool:
    return "60%" in await it.says(f"/status {it.running('60%')}")


async def seed(it: Cell) -> bool:
    task_id = it.task(status="SUCCESS")
    await it.by_asker(f"/status {task_id}")
    return "Seed" in await it.says(f"/seed {task_id}")


async def watch(it: Cell) -> bool:
    await it.says(f"/watch {it.running()}")
    return await it.watched(it.room) == 1


async def stop_own(it: Cell) -> bool:
    task_id = it.running()
    await it.says(f"/watch {task_id}")
    return "No longer watching" in await it.says(f"/unwatch {task_id}")


async def stop_askers(it: Cell) -> bool:
    task_id = it.running()
    await it.by_asker(f"/watch {task_id}")
    said = await it.says(f"/unwatch {task_id}")
    assert await it.watched(it.home) == ("No longer watching" not in said)
    return "No longer watching" in said


async def press_stop(it: Cell) -> bool:
    card = await it.by_asker(f"/watch {it.running()}")
    await it.press(card, "Stop")
    return await it.watched(it.home) == 0


async def see_list(it: Cell) -> bool:
    await it.by_asker(f"/watch {it.running()}")
    return "40%" in await it.says("/list")


async def see_recent(it: Cell) -> bool:
    task_id, telegram = it.running(), it.house.telegram
    await it.by_asker(f"/watch {task_id}")
    it.house.relay.becomes(task_id, status="SUCCESS")
    await telegram.until(lambda: any(m.chat is it.home for m in telegram.rings))
    return bool((await it.answer("/recent")).buttons)


async def be_offered(it: Cell) -> bool:
    await it.by_asker(f"/watch {it.running()}")
    return bool((await it.answer("/unwatch")).buttons)


async def refresh(it: Cell) -> bool:
    task_id = it.running()
    card = await it.by_asker(f"/status {task_id}")
    it.house.relay.becomes(task_id, status="IN_PROGRESS", progress="45%")
    await it.press(card, "Refresh")
    await it.house.telegram.until(lambda: refreshed(it) or refused(it) > 1)
    return refreshed(it)


def refreshed(it: Cell) -> bool:
    return any("45%" in m.words for m in it.house.telegram.messages(it.room))


def refused(it: Cell) -> int:
    said = (m.words for m in it.house.telegram.messages(it.room))
    return sum("not open to you" in words for words in said)


async def report(it: Cell) -> bool:
    card = await it.by_asker(f"/status {it.task(status='SUCCESS')}")
    return "MJ::" in await it.press(card, "U2")


async def report_own(it: Cell) -> bool:
    alone = it.house.telegram.private(it.asker)
    await it.house.answer(it.asker, alone, f"/key {ANNS_KEY}")
    task_id = it.task(status="SUCCESS", owner=ANNS_KEY)
    card = await it.house.answer(it.asker, alone, f"/status {task_id}")
    return "MJ::" in await it.press(card, "U2")


async def settings(it: Cell) -> bool:
    return "Settings of this chat" in await it.says("/settings")


async def change(it: Cell) -> bool:
    shown = await it.house.answer(it.house.operator, it.home, "/settings")
    ref = ButtonRef(
        verb=Verb.SETTING, task_key=TaskKey(0), position=int(Choice.SILENT_ON)
    )
    await it.press(shown, str(ref))
    return (await it.house.app.store.settings(place(it.home))).silent


async def feed(it: Cell) -> bool:
    await it.says("/feed")
    return bool(await it.house.app.store.feeds(place(it.room)))


async def keep_key(it: Cell) -> bool:
    alone = it.house.telegram.private(it.who)
    return (
        "works" in (await it.house.answer(it.who, alone, f"/key {OPERATORS_KEY}")).words
    )


async def allow(it: Cell) -> bool:
    name, store = f"telegram:{it.number}", it.house.app.store
    await it.says(f"/allow {name}")
    let_in = (await store.allowed()).get(name)
    await it.says(f"/deny {name}")
    kept_out = (await store.allowed()).get(name)
    return (let_in, kept_out) == (True, False)


async def claim(it: Cell) -> bool:
    await it.house.app.store.offer_claim(claim_digest("ABC234"))
    said = await it.says("/claim abc-234")
    assert f"telegram:{it.who.id}" in await it.house.app.store.operators()
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


# --- the cells ------------------------------------------------------------------------


@pytest.mark.parametrize(("deed", "actor", "may"), [*table()])
async def test_who_may_at_telegram(
    house: House, deed: str, actor: str, may: bool
) -> None:
    done = await DOINGS[deed](await cell(house, actor))

    assert done is may


async def test_every_deed_and_everybody_is_tried(house: House) -> None:
    assert house.telegram.broken_rules == []
    assert set(DOINGS) == set(DEEDS)
    assert {actor for _, actor, _ in table()} == set(ACTORS)
