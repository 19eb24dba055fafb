"""The Store against a dictionary: whatever the order, nothing is lost or told twice."""

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bot.domain.subscription import Person
from bot.domain.task import TERMINAL, State, TaskId
from storage.engine import open_store
from tests.fakes.clock import MovedClock
from tests.fakes.desk import ANN, BOB, CHAT, ELSEWHERE, Desk

_IDS = st.sampled_from(["a", "b", "c"])
_CHATS = st.sampled_from([CHAT, ELSEWHERE])
_PEOPLE = st.sampled_from([ANN, BOB])


@cache
def _empty_file() -> bytes:
    """Make an empty database of the newest schema, once."""
    with tempfile.TemporaryDirectory(prefix="mjwatch-machine-") as folder:
        path = Path(folder) / "empty.db"
        asyncio.run(_migrate(path))
        return path.read_bytes()


async def _migrate(path: Path) -> None:
    async with open_store(f"sqlite:///{path}", clock=MovedClock()):
        pass


class StoreMachine(RuleBasedStateMachine):
    """Model: who waits where, how far each task is, what has been told."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="mjwatch-machine-"))
        self.stack = AsyncExitStack()
        self.clock = MovedClock()
        self.waiting: dict[tuple[str, str], set[str]] = {}
        self.far: dict[str, tuple[bool, int]] = {}  # (ended, percent)
        self.owed: set[tuple[str, str]] = set()  # ends to be told
        self.told: list[int] = []

    @initialize()
    def open(self) -> None:
        path = self.folder / "mjwatch.db"
        path.write_bytes(_empty_file())
        opening = open_store(f"sqlite:///{path}", clock=self.clock)
        store = self.runner.run(self.stack.enter_async_context(opening))
        self.desk = Desk(store=store, clock=self.clock)

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)

    @rule(task=_IDS, chat=_CHATS, person=_PEOPLE)
    def watch(self, task: str, chat: object, person: Person) -> None:
        place = CHAT if chat == CHAT else ELSEWHERE
        self.runner.run(self.desk.watch(task, to=place, by=person))
        self.waiting.setdefault((task, place.chat), set()).add(person.id)
        if self.far.setdefault(task, (False, 0))[0]:
            self.owed.add((task, place.chat))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), person=_PEOPLE)
    def unwatch(self, data: st.DataObject, person: Person) -> None:
        task, chat = data.draw(st.sampled_from(sorted(self.waiting)))
        place = CHAT if chat == CHAT.chat else ELSEWHERE
        ended = self.runner.run(self._unwatch(task, place.chat, person))
        left = self.waiting[task, chat] - {person.id}
        assert ended == (not left)
        self.waiting[task, chat] = left
        if ended:
            del self.waiting[task, chat]
            self.owed.discard((task, chat))

    async def _unwatch(self, task: str, chat: str, person: Person) -> bool:
        place = CHAT if chat == CHAT.chat else ELSEWHERE
        (stored,) = await self.desk.store.find_tasks(TaskId(task))
        (mine,) = await self.desk.store.subscriptions(stored.key, place)
        return await self.desk.store.unsubscribe(
            mine.id, person=person, at=self.desk.now
        )

    @precondition(lambda self: self.far)
    @rule(data=st.data(), percent=st.integers(0, 100))
    def move(self, data: st.DataObject, percent: int) -> None:
        task = data.draw(st.sampled_from(sorted(self.far)))
        self.runner.run(self._move(task, percent))
        ended, known = self.far[task]
        self.far[task] = (ended, known if ended else max(known, percent))

    async def _move(self, task: str, percent: int) -> None:
        (stored,) = await self.desk.store.find_tasks(TaskId(task))
        await self.desk.running(stored.key, percent)

    @precondition(lambda self: self.far)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(sorted(self.far)))
        new = {place for place in self.waiting if place[0] == task} - self.owed
        assert self.runner.run(self._end(task)) == len(new)
        self.far[task] = (True, self.far[task][1])
        self.owed |= new

    async def _end(self, task: str) -> int:
        (stored,) = await self.desk.store.find_tasks(TaskId(task))
        return await self.desk.ended(stored.key)

    @rule()
    def tell(self) -> None:
        notes = self.runner.run(self.desk.lease())
        told = {(n.task.task_id, n.destination.chat) for n in notes}
        assert told == self.owed
        for note in notes:
            self.runner.run(self.desk.told(note))
            self.told.append(note.id)
        for place in told:
            del self.waiting[place]
        self.owed.clear()

    @rule()
    def stop_while_telling(self) -> None:
        notes = self.runner.run(self.desk.lease())
        ids = [note.id for note in notes]
        self.runner.run(self.desk.store.release(ids, clear_sending=True))

    @rule()
    def prune(self) -> None:
        before = self.desk.now
        self.runner.run(self.desk.store.prune(before=before))

    @invariant()
    def nothing_is_told_twice(self) -> None:
        assert len(self.told) == len(set(self.told))

    @precondition(lambda self: hasattr(self, "desk"))
    @invariant()
    def memory_agrees_with_the_model(self) -> None:
        for chat in (CHAT, ELSEWHERE):
            page, count = self.runner.run(self.desk.store.running(chat, limit=9))
            found = {
                (w.task.task_id, chat.chat): {p.id for p in w.subscription.askers}
                for w in page
            }
            wanted = {k: v for k, v in self.waiting.items() if k[1] == chat.chat}
            assert (found, count) == (wanted, len(wanted))

    @precondition(lambda self: hasattr(self, "desk"))
    @invariant()
    def only_wanted_tasks_are_watched(self) -> None:
        opened = self.runner.run(self.desk.store.watch_changes()).opened
        wanted = {task for task, _ in self.waiting if not self.far[task][0]}
        assert {watch.task_id for watch in opened} == wanted
        assert not {watch.state for watch in opened} & TERMINAL
        assert all(w.state in {State.PENDING, State.RUNNING} for w in opened)


StoreMachine.TestCase.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None
)
TestStore = StoreMachine.TestCase
