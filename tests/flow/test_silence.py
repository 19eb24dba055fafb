"""A relay that falls silent, a task that freezes or is forgotten: through the program.

Rules and their arithmetic are tried elsewhere; here settings come in and messages go out.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.delivery import notices
from bot.domain.subscription import Standing
from bot.domain.transition import Transition
from bot.errors import StoreError
from bot.watch.options import WatchOptions
from tests.fakes.relay import FakeRelay
from tests.fakes.rooms import TASK, Rooms, rooms
from tests.fakes.telegram.model import Chat, Message
from tests.fakes.watching import IDS, INTERVAL, OPTIONS, Line, watching

SMALL = {
    "SILENT_AFTER_SECONDS": "2",
    "LOST_AFTER_MISSES": "2",
    "LOST_AFTER_SECONDS": "2",
    "STUCK_AFTER_SECONDS": "3",
    "GIVE_UP_AFTER_SECONDS": "6",
    "BREAKER_PROBE_SECONDS": "0.5",
}


class ShiftedClock(SystemClock):
    """The real time, moved forward when told."""

    def __init__(self) -> None:
        self._by = 0.0

    def move(self, seconds: float) -> None:
        self._by += seconds

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._by)

    def monotonic(self) -> float:
        return super().monotonic() + self._by


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as server:
        yield server


async def until_said(here: Rooms, words: str, chat: Chat | None = None) -> Message:
    """Wait for a message of the bot in a Telegram chat."""
    place = chat or here.chat
    await here.telegram.until(
        lambda: any(words in m.words for m in here.telegram.messages(place))
    )
    return next(m for m in here.telegram.messages(place) if words in m.words)


async def test_a_silent_relay_is_shown_on_cards_and_told_to_the_operator_alone(
    relay: FakeRelay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "LOOK_SECONDS", 0.2)
    clock = ShiftedClock()
    settings = {**SMALL, "STUCK_AFTER_SECONDS": "120", "GIVE_UP_AFTER_SECONDS": "240"}
    async with rooms(tmp_path, relay, settings, clock=clock, operated=True) as here:
        telegram, desk = here.telegram, here.desk
        await here.watch()
        before = len(here.letters()), len(here.posts())
        down = relay.fault(http=502, body="<html>bad gateway</html>", times=None)
        card = await until_said(here, "silent since")
        notice = await until_said(here, "relay", desk)
        await telegram.say(here.ana, here.chat, f"/status {TASK}")
        await telegram.until(lambda: len(here.letters()) == 2)
        look = here.letters()[1]
        clock.move(notices.EDIT_SECONDS + 1)
        await telegram.until(lambda: notice.edited_at)
        during = len(telegram.messages(desk))
        down.lift()
        await telegram.until(lambda: len(telegram.messages(desk)) == 2)
        await telegram.until(lambda: "silent" not in card.words)
        after = len(here.letters()), len(here.posts())
        relay.becomes(TASK, status="SUCCESS")
        await here.rung()

    assert during == 1
    assert "ago" in look.words
    assert (before, after) == ((1, 1), (2, 1))
    assert not any("502" in m.words or "html" in m.words for m in here.letters())
    assert notice.words != telegram.messages(desk)[1].words
    # Five minutes of silence counted for nothing: that is neither stuck nor given up.
    assert [m.words[0] for m in here.rings()] == ["✅"]


async def test_a_forgotten_task_is_lost_after_misses_and_grace(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay, SMALL) as here:
        await here.watch()
        relay.forget(TASK)
        await here.rung(pictured=False)
        missed = relay.count("fetch", TASK)
        (ring,) = here.rings()

    assert ring.words.startswith("❓ Lost")
    assert missed >= 3
    assert len(here.shouts()) == 1


async def test_a_path_that_is_missing_is_no_task_that_is_missing(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay, SMALL) as here:
        await here.watch()
        page = "<html><head><title>404 Not Found</title></head></html>"
        relay.fault(http=404, body=page, times=None)
        await until_said(here, "silent since")
        relay.clear()
        relay.becomes(TASK, status="SUCCESS")
        await here.rung()

    assert len(here.rings()) == len(here.shouts()) == 1
    assert here.rings()[0].words.startswith("✅")


async def test_a_frozen_task_is_told_once_then_given_up_with_a_way_to_go_on(
    relay: FakeRelay, tmp_path: Path
) -> None:
    clock = ShiftedClock()
    async with rooms(tmp_path, relay, SMALL, clock=clock) as here:
        await here.watch()
        await until_said(here, "No news")
        clock.move(WatchOptions().slow_seconds)  # it is looked at rarely now
        for rota in here.app.watcher.rotas.values():
            rota.bell.ring()
        gave_up = await until_said(here, "No longer watched")
        loud = [m.words.split(" · ")[0] for m in here.rings()]
        label = next(each for each in gave_up.labels if "🔔" in each)
        await here.telegram.press(here.ana, gave_up, label)
        asked = relay.count("fetch")
        await relay.until(lambda: relay.count("fetch") > asked + 2)
        relay.becomes(TASK, status="SUCCESS")
        await here.telegram.until(lambda: any(m.media for m in here.letters()))

    assert [each.split(" ", 1)[1] for each in loud] == ["No news", "No longer watched"]


async def test_an_id_nobody_knows_yet_is_waited_for(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay, {**SMALL, "LOST_AFTER_SECONDS": "60"}) as here:
        await here.telegram.say(here.ana, here.chat, f"/watch {TASK}")
        card = await until_said(here, "Not seen yet")
        relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
        await here.telegram.until(lambda: "Running" in card.words)
        relay.becomes(TASK, status="FAILURE", failReason="No luck")
        ring = await until_said(here, "No luck")

    assert not ring.silent


async def test_an_end_of_silence_cut_short_is_written_by_the_next_run(
    line: Line, held_relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = await watching(line, held_relay, IDS[:1])
    await line.turns(INTERVAL)
    down = held_relay.fault(http=500, times=None)
    await line.turns(OPTIONS.silent_seconds + 60, step=5)
    down.lift()

    async def cut(transitions: Sequence[Transition]) -> int:
        raise StoreError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(line.desk.store, "record", cut)
        await line.turns(90, step=5)
    between = await line.desk.known(key)
    line.started()
    await line.turns(30, step=5)

    assert between.standing is Standing.SILENT
    assert await line.desk.store.silent_since(between.account) is None
    assert (await line.desk.known(key)).standing is Standing.FINE


async def test_a_look_that_gets_through_ends_the_silence_of_its_card(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay, {**SMALL, "POLL_SECONDS": "4"}) as here:
        await here.watch()
        down = relay.fault(http=502, body="<html>bad gateway</html>", times=None)
        card = await until_said(here, "silent since")
        down.lift()
        await here.telegram.say(here.ana, here.chat, f"/status {TASK}")
        await here.telegram.until(lambda: len(here.letters()) == 2)
        await here.telegram.until(lambda: "silent" not in card.words)

    assert "silent" not in here.letters()[1].words
