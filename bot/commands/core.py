"""What all commands share, and the two questions they all ask: who reads, what is it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.commands.access import Access
from bot.commands.reply import Caller
from bot.domain.look import Look, Seen, Unknown
from bot.domain.names import TaskName
from bot.domain.subscription import ChatSettings, StoredTask
from bot.domain.task import RelayName
from bot.doorbell import Doorbell
from bot.gallery import Gallery
from bot.intake import Intake
from bot.ports import Clock, Store
from bot.present.build import task_card
from bot.present.card import Card
from bot.present.reader import Reader
from bot.readers import Readers
from bot.relay.batch import Batch
from bot.relay.client import RelayClient
from bot.relay.relays import Relays, combined
from bot.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What commands are made of.

    Attributes:
        relays: Who is asked.
        store: Memory.
        intake: Where looks go.
        gallery: Pictures.
        readers: Languages.
        access: Who may.
        clock: Time.
        watch_bell: Wakes the watcher: a watch began or ended.
        metrics: Counts looks.
        can_listen: Whether chats may turn listening on.
        operator: Whom strangers are told to ask; None if nobody is named.
        feeds_open: Whether the web server takes what programs post.
        public_url: Where the world reaches the web server; None: not known.
    """

    relays: Relays
    store: Store
    intake: Intake
    gallery: Gallery
    readers: Readers
    access: Access
    clock: Clock
    watch_bell: Doorbell
    metrics: Metrics = field(default_factory=Metrics)
    can_listen: bool = False
    operator: str | None = None
    feeds_open: bool = True
    public_url: str | None = None

    async def settings(self, caller: Caller) -> ChatSettings:
        """The settings of the caller's chat."""
        return await self.store.settings(caller.destination)

    async def chat_reader(self, caller: Caller) -> Reader:
        """Who reads a card that all in the chat see."""
        own = await self.own_reader(caller)
        settings = await self.settings(caller)
        if caller.private and not settings.language:
            return own
        return await self.readers.of_chat(caller.destination, settings)

    async def own_reader(self, caller: Caller) -> Reader:
        """Who reads an answer that only the caller sees."""
        return await self.readers.of_person(caller.person, caller.locale)

    async def look(self, caller: Caller, name: TaskName) -> Look | StoredTask:
        """Look at one task for a person; what was seen goes through the one door."""
        prefer = await self._preferred(caller, name)
        look = await self.relays.look(name, prefer=prefer)
        return await self._kept(caller, look)

    async def look_again(self, caller: Caller, task: StoredTask) -> Look | StoredTask:
        """Look at a task that is known already, at its own relay."""
        if task.relay not in self.relays:
            return task
        look = await self.relays[task.relay].fetch(task.task_id, person=True)
        return await self._kept(caller, look)

    async def look_many(
        self, caller: Caller, names: Sequence[TaskName]
    ) -> list[tuple[TaskName, Look | StoredTask]]:
        """Look at several tasks, each relay asked once for all of its ids."""
        settings = await self.settings(caller)
        clients = self._in_order(settings.default_relay)
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(_ask_many(each, names)) for each in clients]
        looks = [each.result() for each in asked]
        return [
            (
                name,
                await self._kept(
                    caller, combined([each[name] for each in looks if name in each])
                ),
            )
            for name in names
        ]

    async def task_card(self, caller: Caller, task: StoredTask) -> Card:
        """The card of a task as the caller's chat sees it."""
        here = await self.store.subscriptions(task.key, caller.destination)
        settings = await self.settings(caller)
        return task_card(
            task,
            await self.chat_reader(caller),
            watched=bool(here),
            previews=settings.previews,
            silent_since=await self.store.silent_since(task.account),
        )

    async def own_tasks(self, caller: Caller, name: TaskName) -> list[StoredTask]:
        """What is known under this name that the caller's chat has seen before."""
        near = await self.store.suggest(
            caller.destination, caller.person, name.task_id, limit=25
        )
        return [
            task
            for task in near
            if task.task_id == name.task_id and name.relay in {None, task.relay}
        ]

    def _in_order(self, first: RelayName | None) -> list[RelayClient]:
        chosen = first if first in self.relays else self.relays.default.name
        names = dict.fromkeys((chosen, *self.relays.names))
        return [self.relays[name] for name in names if name]

    async def _preferred(self, caller: Caller, name: TaskName) -> RelayName | None:
        """The relay that knew this id, else the chat's own."""
        known = await self.store.find_tasks(name.task_id)
        knew = [task.relay for task in known if task.snapshot]
        if knew and knew[0] in self.relays:
            return knew[0]
        return (await self.settings(caller)).default_relay

    async def _kept(self, caller: Caller, look: Look) -> Look | StoredTask:
        if not isinstance(look, Seen):
            return look
        at = self.clock.now()
        account = await self.store.account(look.relay)
        task = await self.intake.looked(account, look.snapshot, at=at)
        self.metrics.looks.inc()
        await self.store.note_look(caller.person, caller.destination, task.key, at=at)
        return task


async def _ask_many(
    client: RelayClient, names: Sequence[TaskName]
) -> dict[TaskName, Look]:
    """Ask one relay, in one request, for those that may be its own."""
    wanted = [name for name in names if name.relay in {None, client.name}]
    if not wanted:
        return {}
    answer = await client.fetch_many([name.task_id for name in wanted], person=True)
    if not isinstance(answer, Batch):
        return dict.fromkeys(wanted, answer)
    return {name: _look_in(answer, name, client.name) for name in wanted}


def _look_in(answer: Batch, name: TaskName, relay: RelayName) -> Look:
    if name.task_id in answer.missing:
        return Unknown(relay=relay)
    if name.task_id in answer.unasked and answer.trouble is not None:
        return answer.trouble
    return Seen(relay=relay, snapshot=answer.snapshot(name.task_id))
