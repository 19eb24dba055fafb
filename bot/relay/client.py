"""The client of one relay: fetch a task, many tasks, a seed; say where pictures are.

What a relay says or fails to say comes back as a value; nothing is raised for it. Its
own words never leave but as a scrubbed line in the log.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import quote

from bot.domain.look import Look, NoLook, Seen, Trouble, Unavailable, Unknown
from bot.domain.task import RelayName, Snapshot, TaskId
from bot.relay.auth import Auth
from bot.relay.batch import Batch
from bot.relay.dialect import Rows, Task, read_list, read_seed, read_task
from bot.relay.habits import Habits
from bot.relay.line import DOWN, Asker, Call, Line
from bot.relay.options import Clock, RelayOptions
from bot.relay.pictures import Gallery, Sources
from bot.relay.public import public_object
from bot.relay.reply import Miss, Problem
from bot.relay.transport import Transport, open_session
from bot.relay.wire import read_snapshot

LIST_FROM: Final = 3  # ids; fewer are fetched singly, by the documented endpoint
GROW_AFTER: Final = 10  # full lists answered, then the batch may grow again
LIST_RESTS_SECONDS: Final = 600.0  # an ill list endpoint, before it is tried again
ALIASES_LIMIT: Final = 10_000
LIST_PATH: Final = "/task/list-by-condition"
LIST_BREAKS: Final = DOWN | {Trouble.EDGE}  # without the route it is no failure
SEED_BREAKS: Final = frozenset({Trouble.UNREACHABLE, Trouble.BROKEN})


class RelayClient:
    """One relay; made by `open_relay`."""

    def __init__(
        self, *, options: RelayOptions, transport: Transport, clock: Clock
    ) -> None:
        self._options = options
        self._transport = transport
        self._clock = clock
        auth = Auth(options.auth)
        self._auth = auth
        self._habits = Habits(clock=clock, auth=auth)
        self._line = Line(options=options, transport=transport, auth=auth, clock=clock)
        self._batch_limit = options.batch_size
        self._full_lists = 0
        self._list_ill_at: float | None = None  # since then; None: well
        self._list_astray = False  # it was not there when it was last asked
        self._aliases: dict[str, TaskId] = {}

    @property
    def name(self) -> RelayName:
        """The operator's name of the relay."""
        return self._options.name

    @property
    def submit_url(self) -> str:
        """Where follow-ups are submitted, for people to copy."""
        path = f"{self._options.path_prefix}/submit/action"
        return f"{self._transport.base}{path}"

    @property
    def key_header(self) -> str | None:
        """The header that shows the key, the key itself as `$RELAY_KEY`; None: none."""
        if not self._options.key:
            return None
        shown = self._auth.headers("$RELAY_KEY")
        return next((f"{name}: {value}" for name, value in shown.items()), None)

    async def fetch(
        self, task_id: TaskId, *, key: str | None = None, person: bool = False
    ) -> Look:
        """Look at one task.

        Args:
            task_id: As it was named to us.
            key: A person's own; None for the operator's.
            person: Somebody waits: quick retries, an end within `look_seconds`.
        """
        asker = self._asker(key, person=person)
        found = await self._line.ask(_fetching(task_id), asker)
        return self._look(task_id, found, asker)

    async def fetch_many(
        self, ids: Sequence[TaskId], *, key: str | None = None, person: bool = False
    ) -> Batch | NoLook:
        """Look at several tasks, by the list endpoint if there are three or more.

        Returns:
            A Batch if anything was answered; else the reason.
        """
        asker = self._asker(key, person=person)
        batch = Batch(secrets=self._secrets(asker))
        waiting = list(dict.fromkeys(ids))
        while self._lists and self._list_size(waiting) and not batch.trouble:
            waiting = await self._list_some(waiting, batch, asker)
        if batch.trouble:
            batch.add_trouble(waiting, batch.trouble)
        elif waiting:
            await self._fetch_each(waiting, batch, asker)
        if batch.trouble is None:
            return batch
        answered = len(batch.unasked) < len(set(ids)) or not ids
        return batch if answered else batch.trouble

    async def seed(
        self, task_id: TaskId, *, key: str | None = None, person: bool = True
    ) -> str | NoLook | Unknown:
        """Ask for a task's image seed; Trouble.NO_SEED if there is none (yet)."""
        path = f"/task/{quote(task_id, safe='')}/image-seed"
        call: Call[str | Miss] = Call(path=path, read=read_seed, breaks=SEED_BREAKS)
        found = await self._line.ask(call, self._asker(key, person=person))
        if isinstance(found, Problem) and found.trouble is Trouble.WRONG_PATH:
            return await self._without_seed(task_id, key=key, person=person)
        return self._unfound(found) if isinstance(found, Miss | Problem) else found

    async def raw(
        self, task_id: TaskId, *, key: str | None = None
    ) -> dict[str, Any] | NoLook | Unknown:
        """Give the relay's own object, without what nobody is to see."""
        asker = self._asker(key, person=True)
        found = await self._line.ask(_fetching(task_id), asker)
        if isinstance(found, Miss | Problem):
            return self._unfound(found)
        return public_object(found, secrets=self._secrets(asker))

    def pictures(
        self, snapshot: Snapshot, *, key: str | None = None
    ) -> tuple[Sources, ...]:
        """Give for each picture of a task the addresses to try, in order."""
        return self._gallery(key).pictures(snapshot)

    def videos(
        self, snapshot: Snapshot, *, key: str | None = None
    ) -> tuple[Sources, ...]:
        """Give for each video of a task the addresses to try, in order."""
        return self._gallery(key).videos(snapshot)

    def image_route_missing(self) -> None:
        """Hear that the relay has no image route; believed for a day."""
        self._habits.image_missing_since = self._clock.now()

    def facts(self) -> dict[str, str]:
        """Give what was found out about the relay, to be kept for the next run."""
        return self._habits.facts()

    def restore(self, facts: Mapping[str, str]) -> None:
        """Take up what an earlier run found out."""
        self._habits.restore(facts)

    async def _without_seed(
        self, task_id: TaskId, *, key: str | None, person: bool
    ) -> NoLook:
        """Tell a relay that gives no seeds from one that is at another address."""
        look = await self.fetch(task_id, key=key, person=person)
        if isinstance(look, Seen | Unknown):
            return Unavailable(relay=self.name, trouble=Trouble.NO_SEED)
        return look

    async def _list_some(
        self, waiting: list[TaskId], batch: Batch, asker: Asker
    ) -> list[TaskId]:
        """List the first of them; give back those that still wait."""
        asked = waiting[: self._list_size(waiting)]
        call = Call(
            path=LIST_PATH, read=read_list, ids=tuple(asked), breaks=LIST_BREAKS
        )
        found = await self._line.ask(call, asker)
        if isinstance(found, Rows):
            self._list_ill_at, self._list_astray = None, False
            batch.add_page(found, asked, self._aliases)
            self._grow(len(asked))
            return waiting[len(asked) :]
        if found.splits:
            self._batch_limit = max(len(asked) // 2, LIST_FROM)
            self._full_lists = 0
            if len(asked) > LIST_FROM:
                return waiting
        await self._without_list(found, waiting, batch, asker)
        return []

    async def _without_list(
        self, problem: Problem, waiting: list[TaskId], batch: Batch, asker: Asker
    ) -> None:
        """Fetch singly what could not be listed, unless the relay itself is away.

        Where the path is wrong and single fetches work, the list endpoint alone is
        missing, and that is remembered.
        """
        astray = problem.trouble is Trouble.WRONG_PATH
        if not (astray or problem.splits):
            await self._without_ill_list(problem, waiting, batch, asker)
            return
        self._list_astray = astray
        await self._fetch_each(waiting, batch, asker)
        if astray and (batch.probes or batch.missing):
            self._habits.list_missing_since = self._clock.now()

    async def _without_ill_list(
        self, problem: Problem, waiting: list[TaskId], batch: Batch, asker: Asker
    ) -> None:
        """Find out by one fetch whether the list endpoint alone is ill; let it rest."""
        first, rest = waiting[:1], waiting[1:]
        if problem.trouble is not Trouble.BROKEN:
            batch.add_trouble(waiting, problem.to_look(self.name))
            return
        await self._fetch_each(first, batch, asker)
        if batch.trouble:
            batch.add_trouble(rest, batch.trouble)
            return
        self._list_ill_at = self._clock.monotonic()
        await self._fetch_each(rest, batch, asker)

    @property
    def _lists(self) -> bool:
        """Whether the list endpoint is worth asking.

        An ill or missing one is no probe: how it answers says nothing of the relay.
        """
        doubtful = self._list_ill_at is not None or self._list_astray
        if doubtful and self._line.breaker.open:
            return False
        return self._habits.lists and self._list_rested

    @property
    def _list_rested(self) -> bool:
        """Whether the list endpoint, if it was ill, may have recovered."""
        since = self._list_ill_at
        return since is None or self._clock.monotonic() - since >= LIST_RESTS_SECONDS

    def _list_size(self, waiting: Sequence[TaskId]) -> int:
        """Say how many to list at once; 0 where single fetches are better."""
        size = min(len(waiting), self._batch_limit)
        return size if size >= LIST_FROM else 0

    def _grow(self, size: int) -> None:
        """After some full lists, allow more at once, up to what is configured."""
        if size < self._batch_limit:
            return
        self._full_lists += 1
        if self._full_lists >= GROW_AFTER:
            doubled = max(self._batch_limit * 2, LIST_FROM)
            self._batch_limit = min(doubled, self._options.batch_size)
            self._full_lists = 0

    async def _fetch_each(
        self, ids: Sequence[TaskId], batch: Batch, asker: Asker
    ) -> None:
        """Fetch singly, a few at once."""
        gate = asyncio.Semaphore(self._options.singles_at_once)
        async with asyncio.TaskGroup() as group:
            for task_id in ids:
                group.create_task(self._fetch_into(task_id, batch, asker, gate))

    async def _fetch_into(
        self, task_id: TaskId, batch: Batch, asker: Asker, gate: asyncio.Semaphore
    ) -> None:
        async with gate:
            found = await self._line.ask(_fetching(task_id), asker)
        look = self._look(task_id, found, asker)
        match look:
            case Seen(snapshot=snapshot):
                batch.add(snapshot)
            case Unknown():
                batch.add_missing(task_id)
            case _:
                batch.add_trouble([task_id], look)

    def _look(
        self, task_id: TaskId, found: Task | Miss | Problem, asker: Asker
    ) -> Look:
        if isinstance(found, Miss | Problem):
            return self._unfound(found)
        snapshot = read_snapshot(found, task_id, secrets=self._secrets(asker))
        self._learn_alias(snapshot)
        return Seen(relay=self.name, snapshot=snapshot)

    def _unfound(self, found: Miss | Problem) -> Unknown | NoLook:
        if isinstance(found, Miss):
            return Unknown(relay=self.name)
        return found.to_look(self.name)

    def _learn_alias(self, snapshot: Snapshot) -> None:
        """Remember a relay's own id of a task, which its lists may use."""
        other = snapshot.relay_id
        if other and other != snapshot.task_id:
            if len(self._aliases) >= ALIASES_LIMIT:
                self._aliases.clear()
            self._aliases[other] = snapshot.task_id

    def _asker(self, key: str | None, *, person: bool = False) -> Asker:
        return Asker(key=key or self._options.key, own=bool(key), person=person)

    def _secrets(self, asker: Asker) -> tuple[str, ...]:
        keys = (asker.key, self._options.key)
        return tuple(dict.fromkeys(each for each in keys if each))

    def _gallery(self, key: str | None) -> Gallery:
        good = self._transport.base
        others = (base for base in self._options.bases if base != good)
        return Gallery(
            bases=(good, *others),
            prefix=self._options.path_prefix,
            trusted_hosts=self._options.image_hosts,
            key_headers=self._auth.headers(key or self._options.key),
            route_missing=not self._habits.serves_images,
        )


@asynccontextmanager
async def open_relay(
    options: RelayOptions, *, clock: Clock
) -> AsyncIterator[RelayClient]:
    """Open the one kept-alive session of a relay, and close it in the end."""
    async with open_session(options) as session:
        transport = Transport(options=options, session=session, clock=clock)
        yield RelayClient(options=options, transport=transport, clock=clock)


def _fetching(task_id: TaskId) -> Call[Task | Miss]:
    return Call(path=f"/task/{quote(task_id, safe='')}/fetch", read=read_task)
