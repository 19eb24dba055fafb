"""After an outage: a thousand ends wait, and nobody waits a minute to hear of theirs.

Time is moved, never waited for: what the dispatcher sends is weighed against what the
platform bears.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from adapters.discord import limits as discord
from adapters.telegram import limits as telegram
from adapters.telegram.render import render as on_telegram
from bot.delivery.options import DeliveryOptions
from bot.delivery.outage import REST_SECONDS
from bot.domain.attachment import Attachment, FileKind, MediaLimits
from bot.domain.notification import Outcome, Reason, Unsure
from bot.domain.subscription import (
    Place,
    Platform,
    Receipt,
    StoredTask,
    Subscription,
)
from bot.domain.task import Snapshot, State, TaskId, TaskKey
from bot.domain.transition import Tell, Transition
from bot.ports import Letter, Pace
from storage import tables
from storage.store import SqlStore
from tests.fakes.desk import ANN
from tests.fakes.messenger import FakeMessenger
from tests.fakes.telling import Shelf, Telling

TASKS: Final = 1000
MINUTE: Final = 60.0
OUTAGE_SECONDS: Final = 3600.0
STEP_SECONDS: Final = 0.5
UNHURRIED: Final = DeliveryOptions(picture_wait_seconds=0.05, lane_wait_seconds=0.0)
GROUP: Final = telegram.pace_of(Place.GROUP)
PRIVATE: Final = telegram.pace_of(Place.PRIVATE)
CHANNEL: Final = Pace(
    edit_seconds=discord.EDIT_SECONDS,
    old_edit_seconds=discord.OLD_EDIT_SECONDS,
    calls_a_minute=discord.CALLS_A_MINUTE,
    ring_seconds=discord.RING_SECONDS,
    digest_lines=discord.BUTTONS,
)


class Pictures(Shelf):
    """A picture for every task, named after it."""

    async def files(
        self,
        task: StoredTask,
        *,
        platform: Platform,
        limits: MediaLimits,
        original: bool = False,
        anew: bool = False,
    ) -> list[Attachment]:
        return [Attachment(kind=FileKind.PHOTO, position=0, name=f"{task.task_id}.png")]


@dataclass(eq=False)
class Timed(FakeMessenger):
    """A platform that notes when it was called, an album's files each."""

    times: dict[str, list[float]] = field(default_factory=dict)
    down: bool = False  # then nobody can say what becomes of a call
    tried: int = 0

    async def send(self, letter: Letter) -> Outcome:
        self.tried += 1
        if self.down:
            return Unsure(reason=Reason.UNAVAILABLE)
        weight = max(len(letter.files), 1) if self.chat_pace.album_files else 1
        now = self.clock.monotonic()
        self.times.setdefault(letter.to.chat, []).extend([now] * weight)
        return await super().send(letter)

    def most_in_a_minute(self) -> int:
        """Say how many calls came to one chat within a minute."""
        return max(
            sum(first <= at < first + MINUTE for at in times)
            for times in self.times.values()
            for first in times
        )


@pytest.fixture
def platform(telling: Telling) -> Timed:
    """A platform whose pace is the one that the test says."""
    telling.messenger = made = Timed(clock=telling.clock)
    made.calls_a_second = telegram.CALLS_A_SECOND
    telling.shelf = Pictures()
    return made


async def backlog(telling: Telling, *, chats: int, tasks: int = TASKS) -> None:
    """Let so many tasks end while nothing is told."""
    first = await telling.watch_many(chats, chats=chats)  # a place for each chat
    store = telling.desk.store
    assert isinstance(store, SqlStore)
    rows = [_rows(n, first[n % chats], telling) for n in range(chats, tasks)]
    async with store._db.write() as conn:
        for table in _FILLED if rows else ():
            await conn.execute(table.insert(), [row[table.name] for row in rows])
    telling.clock.move(OUTAGE_SECONDS)
    await store.record([_end(n, telling) for n in range(tasks)])


_FILLED: Final = (
    tables.tasks,
    tables.watches,
    tables.subscriptions,
    tables.askers,
)


def _rows(n: int, like: Subscription, telling: Telling) -> dict[str, dict[str, Any]]:
    """Write out a watch as `subscribe` would, in the place of another."""
    key, at = n + 1, telling.clock.now()
    begun = {"state": "pending", "standing": "unseen", "version": 0, "changed_at": at}
    task_id = f"t{n}"
    place = like.id  # the first watches have made the places, one by one
    return {
        "tasks": {**begun, "key": key, "account": 1, "task_id": task_id}
        | {"added_at": at},
        "watches": {**begun, "watch_id": key, "task_key": key, "begun_at": at},
        "subscriptions": {"id": key, "task_key": key, "destination": place}
        | {"platform": ANN.platform, "task_id": task_id, "created_at": at}
        | {"card_version": -1, "shown_at": at, "told": 0, "live": 1},
        "askers": {"subscription": key, "platform": ANN.platform, "person": ANN.id}
        | {"name": ANN.name, "position": 1},
    }


def _end(n: int, telling: Telling) -> Transition:
    url = "https://x/1.png"
    ended = Snapshot(task_id=TaskId(f"t{n}"), state=State.SUCCEEDED, image_url=url)
    return Transition(
        task_key=TaskKey(n + 1),
        at=telling.clock.now(),
        state=ended.state,
        snapshot=ended,
        tell=Tell.ENDED,
        ends_watch=True,
    )


def heard(messenger: FakeMessenger) -> Counter[tuple[str, str]]:
    """Count how often each chat was rung for each task."""
    return Counter(
        (ring.to.chat, word)
        for ring in messenger.rings()
        for block in ring.cards[-1].blocks
        for word in block.text.split()
        if word.startswith("t") and word[1:].isdecimal()
    )


def shown(messenger: FakeMessenger) -> Counter[str]:
    """Count in how many messages each task's end stands; repaired ones included."""
    return Counter(
        word
        for message in messenger.sent
        for word in set(message.words.split())
        if word.startswith("t") and word[1:].isdecimal()
    )


async def seconds_until_all_is_told(telling: Telling) -> float:
    """Let time pass, edits of boards and cards included, until no ring is due."""
    begun = telling.clock.monotonic()
    while sum(heard(telling.messenger).values()) < TASKS:
        await telling.dispatcher.turn()
        await telling.live.turn()
        telling.clock.move(STEP_SECONDS)
        assert telling.clock.monotonic() - begun <= MINUTE
    return telling.clock.monotonic() - begun


@pytest.mark.slow
@pytest.mark.parametrize("chats", [2, 5, 20])
@pytest.mark.parametrize("pace", [GROUP, PRIVATE, CHANNEL], ids=["g", "p", "d"])
async def test_after_an_outage_every_end_is_told_within_a_minute(
    telling: Telling, platform: Timed, pace: Pace, chats: int
) -> None:
    platform.chat_pace = pace
    telling.restart(UNHURRIED)
    await backlog(telling, chats=chats)

    seconds = await seconds_until_all_is_told(telling)

    expected = {(f"chat-{n % chats}", f"t{n}"): 1 for n in range(TASKS)}
    assert heard(platform) == expected
    assert seconds <= MINUTE
    assert platform.most_in_a_minute() <= telegram.GROUP_CALLS or pace is not GROUP


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pace", "repeats"), [(GROUP, False), (CHANNEL, True)], ids=["telegram", "discord"]
)
async def test_a_platform_that_answers_nothing_is_tried_rarely_and_hears_all_at_once(
    telling: Telling, platform: Timed, pace: Pace, repeats: bool
) -> None:
    platform.chat_pace, platform.repeats, platform.down = pace, repeats, True
    telling.restart(UNHURRIED)
    await backlog(telling, chats=2, tasks=200)
    await telling.turns(10 * MINUTE, step=5)
    tried = platform.tried

    platform.down = False
    begun = telling.clock.monotonic()
    while len(shown(platform)) < 200 and telling.clock.monotonic() - begun < MINUTE:
        await telling.dispatcher.turn()
        telling.clock.move(1)

    assert tried <= 10 * MINUTE / REST_SECONDS + 10
    assert len(shown(platform)) == 200
    assert max(shown(platform).values()) == 1


async def test_one_message_that_never_arrives_holds_nobody_else_up(
    telling: Telling, platform: Timed
) -> None:
    telling.restart(UNHURRIED)
    await backlog(telling, chats=8, tasks=8)
    platform.says("send", *[Unsure(reason=Reason.TIMEOUT)] * 50, chat="chat-0")

    await telling.turns(MINUTE)
    before = len(platform.rings())
    await telling.ended(await telling.desk.watch("new"))
    await telling.turns(2 * REST_SECONDS)

    assert before == 7
    assert len(platform.rings()) == 8


async def test_a_deep_list_is_told_whole_with_a_button_for_each_line(
    telling: Telling, platform: Timed
) -> None:
    platform.chat_pace = GROUP
    telling.restart(UNHURRIED)
    await backlog(telling, chats=1, tasks=100)

    await telling.dispatcher.turn()

    [ring] = platform.rings()
    drawn = on_telegram(ring.cards[-1])
    assert drawn.keyboard is not None
    assert sum(map(len, drawn.keyboard.inline_keyboard)) == 100
    assert all(f"t{n}\n" in f"{drawn.text}\n" for n in range(100))


async def test_after_an_outage_pictures_follow_at_the_chats_pace(
    telling: Telling, platform: Timed
) -> None:
    platform.chat_pace = GROUP
    telling.restart(UNHURRIED)
    await backlog(telling, chats=2, tasks=60)

    await telling.turns(300)

    sent = platform.sent
    shown = [file.name for each in sent for file in each.files]
    assert sorted(shown) == sorted(f"t{n}.png" for n in range(60))
    assert max(len(each.files) for each in sent) <= telegram.ALBUM_FILES
    assert Receipt("m1") in {each.reply_to for each in sent}
    assert platform.most_in_a_minute() <= telegram.GROUP_CALLS
