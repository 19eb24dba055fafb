"""Commands where something has changed since: a relay, a page, a place, a limit."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.commands.access import AccessOptions
from bot.commands.reply import Caller, How, Reply
from bot.domain.attachment import MediaLimits
from bot.domain.buttonref import ButtonRef, Verb, check_of
from bot.domain.subscription import Destination, Platform
from bot.domain.task import TaskId, TaskKey
from bot.errors import PictureError
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import ANN, BOSS, CHAT, Commanding, commanding, words
from tests.fakes.relay import FakeRelay

ONE: Final = "1767225600000001"
ROOM: Final = 10 * 1024 * 1024
LIMITS: Final = MediaLimits(
    photo_bytes=ROOM, document_bytes=ROOM, video_bytes=ROOM, total_bytes=ROOM
)
Ask = Callable[[Commanding], Awaitable[Reply]]


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as opened:
        opened.task(ONE, status="SUCCESS")
        yield opened


async def press(desk: Commanding, verb: Verb, who: Caller = ANN, **rest: int) -> Reply:
    """Press a button of the one task, as a message of long ago may hold it."""
    [task] = await desk.store.find_tasks(TaskId(ONE))
    made = ButtonRef(verb=verb, task_key=task.key, check=check_of(ONE), **rest)
    return await desk.commands.press(who, str(made))


# --- limits -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda desk: desk.commands.watch(ANN, ONE),
        lambda desk: desk.commands.seed(ANN, ONE),
        lambda desk: press(desk, Verb.REFRESH),
        lambda desk: press(desk, Verb.SEED),
    ],
    ids=["watch", "seed", "refresh", "seed button"],
)
async def test_everything_that_asks_a_relay_counts_as_a_look(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay, ask: Ask
) -> None:
    access = AccessOptions(looks_a_minute=1)
    async with commanding(store, clock, tmp_path / "p", [relay], access=access) as desk:
        await desk.commands.status(ANN, ONE)
        asked = len(relay.requests)

        reply = await ask(desk)

    assert "a minute" in words(reply)
    assert len(relay.requests) == asked


async def test_who_was_counted_long_ago_is_not_kept_in_mind(
    monkeypatch: pytest.MonkeyPatch, desk: Commanding, clock: MovedClock
) -> None:
    monkeypatch.setattr("bot.commands.access.NAMES_REMEMBERED", 10)
    counted = desk.core.access._looks
    for number in range(30):
        counted.add(f"chat:{number}", 1, most=1)
    clock.move(61)

    assert counted.add("chat:1", 1, most=1)
    assert len(counted._done) == 1


# --- a relay that the settings name no more --------------------------------------------


async def test_what_a_former_relay_told_is_still_shown(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    relay.tasks[ONE].seed = "4242"
    async with FakeRelay(kind="newapi") as other:
        async with commanding(store, clock, tmp_path / "p", [other, relay]) as desk:
            await desk.commands.status(ANN, f"r2:{ONE}")
        [task] = await store.find_tasks(TaskId(ONE))
        async with commanding(store, clock, tmp_path / "p", [other]) as later:
            card = await press(later, Verb.REFRESH)
            seed = await press(later, Verb.SEED)
            ids = await press(later, Verb.CUSTOM_IDS)
            with pytest.raises(PictureError):
                await later.commands.files(task.key, platform=CHAT, limits=LIMITS)

    assert ONE in words(card)
    assert "4242" not in words(seed)
    assert ids.private
    assert "MJ::JOB" not in words(ids)


# --- pages and buttons that are no more -------------------------------------------------


async def test_a_page_that_has_emptied_since_is_the_first_one(desk: Commanding) -> None:
    page = ButtonRef(verb=Verb.LIST_PAGE, task_key=TaskKey(0), position=5)
    past = ButtonRef(verb=Verb.RECENT_PAGE, task_key=TaskKey(0), position=5)
    await desk.commands.watch(ANN, "task_0000000001")

    running = await desk.commands.press(ANN, str(page))
    recent = await desk.commands.press(ANN, str(past))

    assert "task_0000000001" in words(running)
    assert (running.how, recent.how) == (How.EDIT, How.EDIT)


async def test_a_button_of_another_task_is_none_of_this_one(desk: Commanding) -> None:
    await desk.commands.status(ANN, ONE)
    [task] = await desk.store.find_tasks(TaskId(ONE))
    forged = ButtonRef(verb=Verb.DETAILS, task_key=task.key, check=check_of("other"))

    reply = await desk.commands.press(ANN, str(forged))

    assert reply.private
    assert ONE not in words(reply)


async def test_a_choice_that_no_settings_card_offers_changes_nothing(
    desk: Commanding,
) -> None:
    before = await desk.store.settings(BOSS.destination)
    odd = ButtonRef(verb=Verb.SETTING, task_key=TaskKey(0), position=999)

    reply = await desk.commands.press(BOSS, str(odd))

    assert reply.private
    assert await desk.store.settings(BOSS.destination) == before


async def test_a_card_of_a_task_that_was_forgotten_says_what_it_can(
    desk: Commanding,
) -> None:
    problem = await desk.commands.picture_problem(ANN, TaskKey(99), "gone")

    assert words(problem)
    with pytest.raises(PictureError):
        await desk.commands.files(TaskKey(99), platform=CHAT, limits=LIMITS)


# --- small words --------------------------------------------------------------------------


async def test_status_without_an_id_offers_what_was_looked_at_last(
    desk: Commanding,
) -> None:
    await desk.commands.status(ANN, ONE)
    [task] = await desk.store.find_tasks(TaskId(ONE))

    offered = (await desk.commands.status(ANN, "")).card.buttons

    watch = ButtonRef(verb=Verb.WATCH, task_key=task.key, check=check_of(ONE))
    assert [button.ref for row in offered for button in row] == [str(watch)]


@pytest.mark.parametrize(
    ("groups", "named"),
    [
        ((), "telegram:-100"),
        (("discord:guild:7",), "discord:guild:7"),
    ],
)
async def test_here_is_the_server_or_else_the_chat(
    store: SqlStore,
    clock: MovedClock,
    tmp_path: Path,
    relay: FakeRelay,
    groups: tuple[str, ...],
    named: str,
) -> None:
    access = AccessOptions(operators=("chat:3",))
    here = Destination(platform=Platform("telegram"), chat="-100")
    boss = replace(BOSS, groups=groups, destination=here)
    async with commanding(store, clock, tmp_path / "p", [relay], access=access) as desk:
        await desk.commands.deny(boss, " Here ")

        assert named in desk.core.access.said
