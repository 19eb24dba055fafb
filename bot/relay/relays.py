"""All configured relays: one is asked by name, or all at the same time."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from bot.domain.look import Denied, Look, Seen, Unavailable
from bot.domain.names import TaskName
from bot.domain.task import RelayName
from bot.relay.client import RelayClient, open_relay
from bot.relay.options import Clock, RelayOptions

PREFERRED_SECONDS: Final = 1.0  # longer than others that know it, it is not waited for


class Relays:
    """The relays in the order of configuration."""

    def __init__(
        self, clients: Sequence[RelayClient], *, default: RelayName | None = None
    ) -> None:
        self._clients = {client.name: client for client in clients}
        self._default = default or clients[0].name

    @property
    def default(self) -> RelayClient:
        """The relay whose answer counts first."""
        return self._clients[self._default]

    @property
    def names(self) -> tuple[RelayName, ...]:
        """All names, in order of configuration."""
        return tuple(self._clients)

    def __getitem__(self, name: RelayName) -> RelayClient:
        return self._clients[name]

    def __contains__(self, name: object) -> bool:
        return name in self._clients

    def __iter__(self) -> Iterator[RelayClient]:
        return iter(self._clients.values())

    def __len__(self) -> int:
        return len(self._clients)

    async def look(
        self,
        name: TaskName,
        *,
        prefer: RelayName | None = None,
        keys: Mapping[RelayName, str] | None = None,
        person: bool = True,
        only: Collection[RelayName] | None = None,
    ) -> Look:
        """Look at a task by the relay it names, else by all at the same time.

        Args:
            name: The task; with a relay, that one alone is asked.
            prefer: The relay whose answer counts if it knows the id; None: the
                default's.
            keys: A person's own keys, by relay.
            person: Somebody waits for the answer.
            only: Ask these alone, at least one that the name allows; None: all.

        Returns:
            The preferred relay's answer if it knows the task and is not much slower
            than others that do, else that of any that does; else Unavailable before
            Denied before Unknown.

        Raises:
            KeyError: The relay named is not configured.
        """
        asked = [self[name.relay]] if name.relay else self.in_order(prefer)
        asked = [each for each in asked if only is None or each.name in only]
        looks: dict[RelayName, Look] = {}
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_look_into(looks, client, name, keys, person=person))
                for client in asked
            ]
            await _until_known(tasks, looks)
            for task in tasks:
                task.cancel()
        return combined([looks[c.name] for c in asked if c.name in looks])

    def in_order(self, prefer: RelayName | None = None) -> list[RelayClient]:
        """All of them: the preferred first, then the default, then the others."""
        first = prefer if prefer in self._clients else self._default
        names = dict.fromkeys((first, self._default, *self._clients))
        return [self._clients[each] for each in names if each]


def combined(looks: Sequence[Look]) -> Look:
    """Join the answers of several relays, the most trusted first.

    Any that knows the task wins; else any that could not be asked, since it may know
    it; else any that refused; else nobody knows it.
    """
    for kind in (Seen, Unavailable, Denied):
        for look in looks:
            if isinstance(look, kind):
                return look
    return looks[0]


@asynccontextmanager
async def open_relays(
    options: Sequence[RelayOptions], *, clock: Clock, default: RelayName | None = None
) -> AsyncIterator[Relays]:
    """Open a session for each relay; close them all in the end."""
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(open_relay(each, clock=clock))
            for each in options
        ]
        yield Relays(clients, default=default)


async def _until_known(
    tasks: Sequence[asyncio.Task[None]], looks: Mapping[RelayName, Look]
) -> None:
    """Wait for all, or until one knows it: for the first a little longer."""
    waiting = set(tasks)
    while waiting:
        known = any(isinstance(look, Seen) for look in looks.values())
        if known and tasks[0].done():
            return
        patience = PREFERRED_SECONDS if known else None
        done, waiting = await asyncio.wait(
            waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            return


async def _look_into(
    looks: dict[RelayName, Look],
    client: RelayClient,
    name: TaskName,
    keys: Mapping[RelayName, str] | None,
    *,
    person: bool,
) -> None:
    key = (keys or {}).get(client.name)
    looks[client.name] = await client.fetch(name.task_id, key=key, person=person)
