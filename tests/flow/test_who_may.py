"""Who may do what: every cell of the table in docs/permissions.md, asked of the core."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.commands.access import AccessOptions
from bot.commands.reply import Caller, How, Reply
from bot.domain.access import claim_digest
from bot.domain.buttonref import ButtonRef, Verb, check_of
from bot.domain.task import TaskId, TaskKey
from bot.present.choices import Choice
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import (
    ALONE,
    ANN,
    BOB,
    BOSS,
    Commanding,
    commanding,
    words,
)
from tests.fakes.relay import FakeRelay

PAGE: Final = Path(__file__).parents[2] / "docs" / "permissions.md"
RUNNING, ENDED, OTHER, OWN = (f"176722560000000{n}" for n in (1, 2, 3, 4))
OPERATORS_KEY, ANNS_KEY = "a-key-of-the-bot", "key-of-ann"
ACTORS: Final[dict[str, Caller]] = {
    "operator": replace(BOB, person=replace(BOB.person, id="9", name="Op")),
    "manager": BOSS,
    "asker": ANN,
    "member": BOB,
    "elsewhere": replace(
        BOB,
        person=replace(BOB.person, id="6", name="Eve"),
        destination=replace(BOB.destination, chat="20"),
    ),
    "stranger": replace(
        BOB,
        person=replace(BOB.person, id="7", name="Sam"),
        destination=replace(BOB.destination, chat="30"),
    ),
}
ALLOWED: Final = AccessOptions(
    allow=frozenset({"chat:10", "chat:20", "chat:1"}), operators=("chat:9",)
)
Deed = Callable[[Commanding, Caller], Awaitable[bool]]


def table() -> Iterator[tuple[str, str, bool]]:
    """Read the page: deed, actor, whether they may."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith("|") and not line.startswith("|--")
    ]
    head, *rest = rows
    for deed, *cells in rest:
        for actor, cell in zip(head[1:], cells, strict=True):
            yield deed, actor, {"yes": True, "no": False}[cell]


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi", keys=(OPERATORS_KEY, ANNS_KEY)) as opened:
        opened.task(RUNNING, status="IN_PROGRESS", progress="40%", hold=True)
        opened.task(ENDED, status="SUCCESS")
        opened.task(OTHER, status="IN_PROGRESS", progress="60%", hold=True)
        opened.task(OWN, status="SUCCESS", owner=ANNS_KEY, prompt="a private cat")
        yield opened


@pytest.fixture
async def desk(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> AsyncIterator[Commanding]:
    """A chat where Ann watches one task, one has ended, and one of hers is private."""
    async with commanding(
        store, clock, tmp_path / "p", [relay], access=ALLOWED
    ) as opened:
        await opened.commands.watch(ANN, RUNNING)
        await _ended(opened)
        alone = replace(ANN, destination=ALONE, manages=True)
        await opened.commands.key(alone, ANNS_KEY)
        await opened.commands.status(alone, OWN)
        yield opened


async def _ended(desk: Commanding) -> None:
    """Let the chat have watched a task to its end."""
    await desk.commands.status(ANN, ENDED)
    [task] = await desk.store.find_tasks(TaskId(ENDED))
    await desk.store.subscribe(
        task.account,
        task.task_id,
        destination=ANN.destination,
        person=ANN.person,
        limits=ALLOWED.watches,
        at=desk.clock.now(),
    )


# --- the deeds: each says whether it was done ----------------------------------------


async def look(desk: Commanding, who: Caller) -> bool:
    return "60%" in words(await desk.commands.status(who, OTHER))


async def seed(desk: Commanding, who: Caller) -> bool:
    return "Seed" in words(await desk.commands.seed(who, ENDED))


async def watch(desk: Commanding, who: Caller) -> bool:
    return (await desk.commands.watch(who, OTHER)).subscription is not None


async def stop_own(desk: Commanding, who: Caller) -> bool:
    await desk.commands.watch(who, OTHER)
    return "No longer watching" in words(await desk.commands.unwatch(who, OTHER))


async def stop_askers(desk: Commanding, who: Caller) -> bool:
    return "No longer watching" in words(await desk.commands.unwatch(who, RUNNING))


async def press_stop(desk: Commanding, who: Caller) -> bool:
    return "No longer watching" in words(await pressed(desk, who, Verb.STOP, RUNNING))


async def see_list(desk: Commanding, who: Caller) -> bool:
    return "40%" in words(await desk.commands.list(who))


async def see_recent(desk: Commanding, who: Caller) -> bool:
    reply = await desk.commands.recent(who)
    [task] = await desk.store.find_tasks(TaskId(ENDED))
    refs = [b.ref for group in reply.card.buttons for b in group]
    return any(str(task.key) in str(ref).split(".")[1:2] for ref in refs)


async def be_offered(desk: Commanding, who: Caller) -> bool:
    return bool(await desk.commands.suggest(who, RUNNING[:10]))


async def refresh(desk: Commanding, who: Caller) -> bool:
    return "40%" in words(await pressed(desk, who, Verb.REFRESH, RUNNING))


async def report(desk: Commanding, who: Caller) -> bool:
    return await reported(desk, who, ENDED)


async def report_own(desk: Commanding, who: Caller) -> bool:
    return await reported(desk, who, OWN)


async def settings(desk: Commanding, who: Caller) -> bool:
    return "Settings of this chat" in words(await desk.commands.settings(who))


async def change(desk: Commanding, who: Caller) -> bool:
    ref = ButtonRef(
        verb=Verb.SETTING, task_key=TaskKey(0), position=int(Choice.SILENT_ON)
    )
    await desk.commands.press(who, str(ref))
    return (await desk.store.settings(who.destination)).silent


async def feed(desk: Commanding, who: Caller) -> bool:
    await desk.commands.feed(who, "")
    return bool(await desk.store.feeds(ANN.destination))


async def keep_key(desk: Commanding, who: Caller) -> bool:
    reply = await desk.commands.key(who, OPERATORS_KEY, unseen=True)
    return "works" in words(reply)


async def allow(desk: Commanding, who: Caller) -> bool:
    await desk.commands.allow(who, "telegram:5")
    await desk.commands.deny(who, "telegram:6")
    return bool(await desk.store.allowed())


async def claim(desk: Commanding, who: Caller) -> bool:
    await desk.store.offer_claim(claim_digest("ABC234"))
    await desk.commands.claim(who, "abc-234")
    return who.person.key in await desk.store.operators()


DEEDS: Final[dict[str, Deed]] = {
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


async def pressed(desk: Commanding, who: Caller, verb: Verb, task_id: str) -> Reply:
    [task] = await desk.store.find_tasks(TaskId(task_id))
    ref = ButtonRef(verb=verb, task_key=task.key, check=check_of(task_id))
    return await desk.commands.press(who, str(ref))


async def reported(desk: Commanding, who: Caller, task_id: str) -> bool:
    [task] = await desk.store.find_tasks(TaskId(task_id))
    assert task.snapshot is not None
    check = check_of(task_id, task.snapshot.buttons[0].custom_id)
    ref = ButtonRef(verb=Verb.REPORT, task_key=task.key, check=check)
    return (await desk.commands.press(who, str(ref))).how is How.REPORT


# --- the cells ------------------------------------------------------------------------


@pytest.mark.parametrize(("deed", "actor", "may"), [*table()])
async def test_who_may(desk: Commanding, deed: str, actor: str, may: bool) -> None:
    done = await DEEDS[deed](desk, ACTORS[actor])

    assert done is may


def test_every_deed_stands_in_the_table() -> None:
    assert {deed for deed, _, _ in table()} == set(DEEDS)
    assert {actor for _, actor, _ in table()} == set(ACTORS)


# --- and beside the table ------------------------------------------------------------


async def test_a_stranger_reads_whom_to_ask(desk: Commanding) -> None:
    reply = await desk.commands.status(ACTORS["stranger"], OTHER)

    assert "not open to you" in words(reply)


async def test_who_was_denied_stays_out_though_the_setting_lets_them_in(
    desk: Commanding,
) -> None:
    await desk.core.access.say("chat:20", may=False)

    assert not await look(desk, ACTORS["elsewhere"])


async def test_one_denied_name_wins_over_another_that_is_allowed(
    desk: Commanding,
) -> None:
    await desk.core.access.say("chat:30", may=True)
    assert await look(desk, ACTORS["stranger"])

    await desk.core.access.say("chat:user:7", may=False)

    assert not await look(desk, ACTORS["stranger"])


async def test_an_operator_cannot_be_locked_out(desk: Commanding) -> None:
    await desk.core.access.say("chat:user:9", may=False)

    assert await look(desk, ACTORS["operator"])


async def test_whom_operators_let_in_is_known_after_a_restart(
    desk: Commanding, relay: FakeRelay, clock: MovedClock, tmp_path: Path
) -> None:
    await desk.core.access.say("chat:30", may=True)
    await claim(desk, ACTORS["stranger"])

    async with commanding(
        desk.store, clock, tmp_path / "q", [relay], access=ALLOWED
    ) as again:
        await again.core.access.recall()
        assert again.core.access.allows(ACTORS["stranger"])
        assert again.core.access.is_operator(ACTORS["stranger"])


async def test_allow_without_a_name_lists_what_was_said(desk: Commanding) -> None:
    boss = ACTORS["operator"]
    await desk.commands.allow(boss, "telegram:5, discord:guild:7")
    await desk.commands.deny(boss, "telegram:6")

    said = words(await desk.commands.allow(boss, ""))

    assert "telegram:5" in said
    assert "Kept out: telegram:6" in said


@pytest.mark.parametrize("text", ["everybody", "*", "telegram:x", "discord:5"])
async def test_odd_names_change_nothing(desk: Commanding, text: str) -> None:
    reply = await desk.commands.allow(ACTORS["operator"], text)

    assert "as in the setting ALLOW" in words(reply)
    assert await desk.store.allowed() == {}


async def test_a_claim_is_not_guessed_without_end(desk: Commanding) -> None:
    await desk.store.offer_claim(claim_digest("ABC234"))
    for number in range(20):
        await desk.commands.claim(ACTORS["stranger"], f"guess{number}")

    reply = await desk.commands.claim(ACTORS["stranger"], "ABC234")

    assert "20 looks in a minute" in words(reply)
    assert await desk.store.operators() == frozenset()


async def test_not_yours_and_unknown_are_one_answer(
    desk: Commanding, relay: FakeRelay
) -> None:
    missing = "1767225600000099"

    hers = words(await desk.commands.status(BOB, OWN))
    nobodys = words(await desk.commands.status(BOB, missing))

    assert hers.replace(OWN, missing) == nobodys
    assert relay.count("fetch", OWN) - 1 == relay.count("fetch", missing)
