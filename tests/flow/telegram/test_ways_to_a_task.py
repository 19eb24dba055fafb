"""The ways to a task's card in the whole program: typed, pasted, linked, shared."""

import pytest

from adapters.telegram.links import payload
from bot.domain.names import TaskName
from bot.domain.task import RelayName, TaskId
from tests.fakes.telegram import Message, User
from tests.flow.telegram.house import TASK, House

pytestmark = pytest.mark.slow
LONG = "x" * 64


@pytest.fixture
def ana(house: House) -> User:
    return house.telegram.user("Ana")


async def shown(house: House, who: User) -> Message:
    """Wait for the first answer in private."""
    chat = house.telegram.private(who)
    await house.telegram.until(lambda: house.telegram.messages(chat))
    return house.telegram.messages(chat)[0]


@pytest.mark.parametrize(
    "words",
    [
        f"/status {TASK}",
        f"/status@mjwatch_bot {TASK}",
        TASK,
        f"done? {TASK}!",
        f"https://relay.example/mj/task/{TASK}/fetch",
        f"/start {TASK}",
    ],
)
async def test_a_running_tasks_card_is_shown(
    house: House, ana: User, words: str
) -> None:
    house.relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
    await house.telegram.say(ana, None, words)

    card = await shown(house, ana)

    assert TASK in card.words
    assert "40%" in card.words
    assert card.silent
    assert await watched(house, ana) == 0


async def watched(house: House, who: User) -> int:
    """Count the cards that would offer to stop."""
    chat = house.telegram.private(who)
    return sum("Stop" in str(m.labels) for m in house.telegram.messages(chat))


@pytest.mark.parametrize("how", ["link", "long link", "reply"])
async def test_a_task_is_watched(house: House, ana: User, how: str) -> None:
    task = LONG if how == "long link" else TASK
    house.relay.task(task, status="IN_PROGRESS", progress="40%", hold=True)
    name = TaskName(TaskId(task), RelayName("relay") if how == "long link" else None)
    if how == "reply":
        group = house.telegram.group("Team", {ana: "member"})
        said = await house.telegram.say(ana, group, f"submitted: {task}")
        await house.telegram.say(ana, group, "/watch", reply_to=said)
        await house.telegram.until(lambda: house.telegram.messages(group))
    else:
        words = await payload(house.app.store, name, watch=True)
        assert len(words) <= 64
        await house.telegram.start(ana, words)
        await shown(house, ana)

    house.relay.becomes(task, status="SUCCESS")
    await house.telegram.until(lambda: house.telegram.rings)

    [ring] = house.telegram.rings
    assert task in ring.words
    assert house.telegram.mentions(ring) == [ana]


async def test_a_finished_task_is_shared_with_its_picture_in_any_chat(
    house: House, ana: User
) -> None:
    house.relay.task(TASK, status="SUCCESS")
    await house.telegram.start(ana)
    await shown(house, ana)

    asked = await house.telegram.inline(ana, TASK)
    answer = await asked.wait_answer()
    shared = await house.telegram.choose(asked, answer["results"][0]["id"])
    press = await house.telegram.press(house.telegram.user("Bob"), shared, "U1")

    assert shared.media
    assert TASK in shared.words
    assert (await press.wait_answer())["text"].startswith("MJ::")
    assert house.telegram.rings == []


async def test_a_running_task_is_shared_without_one_and_refreshed_in_place(
    house: House, ana: User
) -> None:
    house.relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)

    asked = await house.telegram.inline(ana, TASK)
    answer = await asked.wait_answer()
    shared = await house.telegram.choose(asked, answer["results"][0]["id"])
    house.relay.becomes(TASK, status="IN_PROGRESS", progress="60%")
    label = next(each for each in shared.labels if "Refresh" in each)
    await house.telegram.press(ana, shared, label)
    await house.telegram.until(lambda: "60%" in shared.words)

    assert shared.media is None


@pytest.mark.parametrize("words", ["/" * 4000, "a/b.c", "\u7eb8\u8239", "/status ../x"])
async def test_rubbish_gets_one_friendly_line_and_asks_no_relay(
    house: House, ana: User, words: str
) -> None:
    await house.telegram.say(ana, None, words)

    card = await shown(house, ana)

    assert len(house.telegram.messages(house.telegram.private(ana))) == 1
    assert len(card.words) < 300
    assert house.relay.count() == 0
