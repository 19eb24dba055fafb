"""What all commands share, and the two questions they all ask: who reads, what is it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.commands.access import Access
from bot.commands.reply import Caller
from bot.domain.look import Denied, Look, Seen, Trouble, Unknown
from bot.domain.names import TaskName
from bot.domain.subscription import ChatSettings, StoredTask
from bot.domain.task import AccountId, RelayName
from bot.doorbell import Doorbell
from bot.errors import CredentialError
from bot.gallery import Gallery
from bot.intake import Intake
from bot.keyring import Held, Keyring
from bot.ports import Clock, Store
from bot.present.card import Card
from bot.present.reader import Reader
from bot.present.task_card import task_card
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
        keyring: People's own relay keys.
        clock: Time.
        watch_bell: Wakes the watcher: a watch began or ended.
        metrics: Counts looks.
        can_listen: Whether chats may turn listening on.
        feeds_open: Whether the web server takes what programs post.
        public_url: Where the world reaches the web server; None: not known.
    """

    relays: Relays
    store: Store
    intake: Intake
    gallery: Gallery
    readers: Readers
    access: Access
    keyring: Keyring
    clock: Clock
    watch_bell: Doorbell
    metrics: Metrics = field(default_factory=Metrics)
    can_listen: bool = False
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
        """Look at one task for a person; what was seen goes through the one door.

        Their own account is asked first, then the one that the chat may use, then
        the operator's.
        """
        prefer = await self._preferred(caller, name)
        looks: list[Look] = []
        for held in await self._held(caller):
            if not (only := self._of_name(held, name)):
                continue
            look = await self.relays.look(
                name, prefer=prefer, keys=held.keys, only=only
            )
            if isinstance(look, Seen):
                await self.keyring.good(held.accounts[look.relay])
                return await self._kept(caller, look, held.accounts[look.relay])
            looks.append(await self._own(look, held))
        look = await self.relays.look(name, prefer=prefer)
        if isinstance(look, Seen):
            return await self._kept(caller, look, await self.store.account(look.relay))
        return _of_all(looks, look)

    async def look_again(self, caller: Caller, task: StoredTask) -> Look | StoredTask:
        """Look at a task that is known already, at its own relay, by its account."""
        if task.relay not in self.relays:
            return task
        own = await self.keyring.owner_of(task.account) != ""
        try:
            key = await self.keyring.key_of(task.account)
        except CredentialError:
            return Denied(relay=task.relay, trouble=Trouble.BAD_KEY, own=True)
        look = await self.relays[task.relay].fetch(task.task_id, key=key, person=True)
        if isinstance(look, Seen):
            return await self._kept(caller, look, task.account)
        return replace(look, own=own) if isinstance(look, Denied) else look

    async def look_many(
        self, caller: Caller, names: Sequence[TaskName]
    ) -> list[tuple[TaskName, Look | StoredTask]]:
        """Look at several tasks, each relay asked once for all of its ids.

        An own account is asked before the operator's, which is asked for the rest.
        """
        found: dict[TaskName, StoredTask] = {}
        looks: dict[TaskName, list[Look]] = {name: [] for name in names}
        for held in (*await self._held(caller), None):
            open_ = [name for name in names if name not in found]
            for name, look in (await self._ask_all(caller, open_, held)).items():
                if isinstance(look, Seen):
                    account = await self._account(look.relay, held)
                    found[name] = await self._kept(caller, look, account)
                else:
                    looks[name].append(await self._own(look, held))
        return [
            (n, found.get(n) or _of_all(looks[n][:-1], looks[n][-1])) for n in names
        ]

    async def account_for(self, caller: Caller, relay: RelayName) -> AccountId:
        """The account by which a relay is asked for what the caller watches."""
        owners = await self.owners(caller)
        own = await self.keyring.account_for(owners, relay)
        return await self.store.account(relay) if own is None else own

    async def owners(self, caller: Caller) -> list[str]:
        """Whose accounts are asked before the operator's, the first one first."""
        lent = (await self.settings(caller)).key_owner
        return [caller.person.key, *([lent] if lent else [])]

    async def may_see(self, caller: Caller, task: StoredTask) -> bool:
        """Whether a task may be shown to the caller by its number alone.

        A person's own tasks are shown to them, and where they were shown before:
        numbers can be guessed, and a press can be forged.
        """
        owner = await self.keyring.owner_of(task.account)
        if not owner or owner in await self.owners(caller):
            return True
        return await self.store.known_here(task.key, caller.destination)

    async def task_card(
        self, caller: Caller, task: StoredTask, *, live: bool = False
    ) -> Card:
        """The card of a task as the caller's chat sees it; a live one has no picture."""
        here = await self.store.subscriptions(task.key, caller.destination)
        settings = await self.settings(caller)
        return task_card(
            task,
            await self.chat_reader(caller),
            watched=bool(here),
            previews=settings.previews and not live,
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

    async def _held(self, caller: Caller) -> list[Held]:
        return await self.keyring.held_by(await self.owners(caller))

    def _of_name(self, held: Held, name: TaskName) -> list[RelayName]:
        """The relays that may be asked for a name with a person's keys."""
        known = [relay for relay in held.keys if relay in self.relays]
        return [relay for relay in known if name.relay in {None, relay}]

    async def _ask_all(
        self, caller: Caller, names: Sequence[TaskName], held: Held | None
    ) -> dict[TaskName, Look]:
        """Ask all relays at the same time, with one person's keys or the operator's."""
        keys = held.keys if held else {}
        chosen = (await self.settings(caller)).default_relay
        clients = [c for c in self._in_order(chosen) if not held or c.name in keys]
        async with asyncio.TaskGroup() as group:
            asked = [
                group.create_task(_ask_many(each, names, keys.get(each.name)))
                for each in clients
            ]
        answers = [each.result() for each in asked]
        told = {name: [a[name] for a in answers if name in a] for name in names}
        return {name: combined(looks) for name, looks in told.items() if looks}

    async def _account(self, relay: RelayName, held: Held | None) -> AccountId:
        return held.accounts[relay] if held else await self.store.account(relay)

    async def _own(self, look: Look, held: Held | None) -> Look:
        """Note what a look with somebody's own key says of the key."""
        if held is None or not isinstance(look, Denied):
            return look
        await self.keyring.refused(held.accounts[look.relay], look.trouble)
        return replace(look, own=True)

    async def _kept(self, caller: Caller, look: Seen, account: AccountId) -> StoredTask:
        at = self.clock.now()
        task = await self.intake.looked(account, look.snapshot, at=at)
        self.metrics.looks.inc()
        await self.store.note_look(caller.person, caller.destination, task.key, at=at)
        return task


def _of_all(own: Sequence[Look], operators: Look) -> Look:
    """Join what own accounts and the operator's say; where one is let in, it counts."""
    let_in = {look.relay for look in own if isinstance(look, Unknown)}
    if isinstance(operators, Denied) and operators.relay in let_in:
        return combined(own)
    return combined([*own, operators])


async def _ask_many(
    client: RelayClient, names: Sequence[TaskName], key: str | None
) -> dict[TaskName, Look]:
    """Ask one relay, in one request, for those that may be its own."""
    wanted = [name for name in names if name.relay in {None, client.name}]
    if not wanted:
        return {}
    ids = [name.task_id for name in wanted]
    answer = await client.fetch_many(ids, key=key, person=True)
    if not isinstance(answer, Batch):
        return dict.fromkeys(wanted, answer)
    return {name: _look_in(answer, name, client.name) for name in wanted}


def _look_in(answer: Batch, name: TaskName, relay: RelayName) -> Look:
    if name.task_id in answer.missing:
        return Unknown(relay=relay)
    if name.task_id in answer.unasked and answer.trouble is not None:
        return answer.trouble
    return Seen(relay=relay, snapshot=answer.snapshot(name.task_id))
