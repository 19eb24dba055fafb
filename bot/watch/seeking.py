"""Tasks that the default relay does not know (yet): the others are asked for them, too.

An id that no relay knew when it was watched may be any relay's. The one that comes to
know it has the watch from then on.
"""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from bot.domain.subscription import Standing
from bot.domain.task import AccountId, TaskId
from bot.doorbell import Doorbell
from bot.errors import StoreError
from bot.ports import Clock, Store
from bot.relay.batch import Batch
from bot.relay.client import RelayClient
from bot.watch.rota import Rota
from bot.watch.watch import Watch

log = structlog.get_logger(__name__)


class Seeker:
    """Asks the operator's other relays, as often as the default one is looked at.

    Args:
        rotas: The watcher's, by account.
        relays: The operator's accounts and whom to ask for them, the default's first.
        store: Memory.
        clock: Time.
        bell: Rings when a watch began or ended.
        every_seconds: Between two turns.
    """

    def __init__(
        self,
        *,
        rotas: Mapping[AccountId, Rota],
        relays: Sequence[tuple[AccountId, RelayClient]],
        store: Store,
        clock: Clock,
        bell: Doorbell,
        every_seconds: float,
    ) -> None:
        self._rotas = rotas
        (self._default, _), *self._others = relays
        self._store = store
        self._clock = clock
        self._bell = bell
        self._every_seconds = every_seconds

    async def run(self) -> None:
        """Seek for ever, if there is where; only cancellation ends it."""
        while self._others:
            try:
                await self.turn()
            except* StoreError:
                log.warning("watch.seek_postponed")
            await asyncio.sleep(self._every_seconds)

    async def turn(self) -> int:
        """Ask the others once; say how many tasks are sought."""
        sought = {watch.task_id: watch for watch in self._unseen()}
        async with asyncio.TaskGroup() as group:
            for account, client in self._others if sought else ():
                group.create_task(self._ask(account, client, sought))
        return len(sought)

    def _unseen(self) -> list[Watch]:
        """The watches whose tasks were asked for in vain, or could not be."""
        rota = self._rotas.get(self._default)
        if rota is None:
            return []
        down = rota.down_for(self._clock.monotonic()) > 0
        unseen = (w for w in rota.watches if w.standing is Standing.UNSEEN)
        return [watch for watch in unseen if down or watch.misses]

    async def _ask(
        self, account: AccountId, client: RelayClient, sought: Mapping[TaskId, Watch]
    ) -> None:
        answer = await client.fetch_many([watch.task_id for watch in sought.values()])
        if not isinstance(answer, Batch):
            return
        for task_id in answer.known:
            await self._store.move_task(sought[task_id].key, account)
            self._bell.ring()
            log.info("watch.found_elsewhere", task_id=task_id, relay=client.name)
