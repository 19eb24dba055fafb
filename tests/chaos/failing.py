"""The real program with traps in it: it kills itself at a named point.

`python -m tests.chaos.failing POINT PLATFORM NTH` runs as `mjwatch run` does, with
its Store, Messengers and relay session wrapped; the product knows nothing of this.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Final

import aiohttp
import pytest

from bot.app.doors import Behind, Door, doors
from bot.cli.running import run_program
from bot.domain.notification import Notification
from bot.ports import Letter
from bot.relay import transport
from storage import engine
from storage.store import SqlStore

# The instants of a result's way, each with a point before and one after it.
DEEDS: Final = (
    "relay_answer",
    "transition",
    "lease",
    "sending_mark",
    "send",
    "receipt",
    "card_edit",
    "card_shown",
)
POINTS: Final = tuple(
    f"{when}:{deed}" for deed in DEEDS for when in ("before", "after")
)
# Both platforms share what the relay says.
SHARED: Final = frozenset({"relay_answer", "transition"})
_OF_STORE: Final = {
    "record": "transition",
    "lease": "lease",
    "mark_sending": "sending_mark",
    "mark_digest": "sending_mark",
    "settle": "receipt",
    "settle_digest": "receipt",
    "card_shown": "card_shown",
}
_ANY: Final = "any"


class Trap:
    """Ends the program, without a word to anybody, the nth time it comes by a point."""

    def __init__(self, *, point: str, platform: str, nth: int) -> None:
        self._point = point
        self._platform = platform
        self._left = nth

    def come_by(self, point: str, platform: str = _ANY) -> None:
        """Die here if it is time."""
        here = platform == self._platform or _ANY in {platform, self._platform}
        if point != self._point or not here:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class TrappedStore:
    """Memory with traps around what telling needs of it."""

    def __init__(self, store: SqlStore, trap: Trap) -> None:
        self._store = store
        self._trap = trap

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        found = getattr(self._store, name)
        deed = _OF_STORE.get(name)
        return partial(self._trapped, deed, found) if deed else found

    async def _trapped(
        self,
        deed: str,
        method: Callable[..., Awaitable[object]],
        *given: object,
        **named: object,
    ) -> object:
        platform = _platform(given)
        if _worth_it(given):
            self._trap.come_by(f"before:{deed}", platform)
        done = await method(*given, **named)
        if done or deed != "lease":  # only a lease that took something is one
            self._trap.come_by(f"after:{deed}", platform)
        return done


class TrappedMessenger:
    """A platform with traps around rings and edits."""

    def __init__(self, door: Door, trap: Trap) -> None:
        self._messenger = door.messenger
        self._trap = trap

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it has
        return getattr(self._messenger, name)

    async def send(self, letter: Letter) -> object:
        """Send; a ring passes traps."""
        if not letter.loud:
            return await self._messenger.send(letter)
        return await self._between("send", partial(self._messenger.send, letter))

    async def edit(self, *given: Any, **named: Any) -> object:  # noqa: ANN401 - as it is
        """Edit, between traps."""
        deed = partial(self._messenger.edit, *given, **named)
        return await self._between("card_edit", deed)

    async def _between(
        self, name: str, deed: Callable[[], Awaitable[object]]
    ) -> object:
        self._trap.come_by(f"before:{name}", self._messenger.platform)
        done = await deed()
        self._trap.come_by(f"after:{name}", self._messenger.platform)
        return done


class TrappedDoor:
    """A door whose messenger is trapped."""

    def __init__(self, door: Door, trap: Trap) -> None:
        self._door = door
        self.messenger = TrappedMessenger(door, trap)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the door has
        return getattr(self._door, name)


class TrappedSession:
    """The relay's HTTP session: a trap before a request and one after its answer."""

    def __init__(self, session: aiohttp.ClientSession, trap: Trap) -> None:
        self._session = session
        self._trap = trap

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it has
        return getattr(self._session, name)

    @asynccontextmanager
    async def request(
        self,
        *given: Any,  # noqa: ANN401 - as aiohttp takes it
        **named: Any,  # noqa: ANN401
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask."""
        self._trap.come_by("before:relay_answer")
        async with self._session.request(*given, **named) as response:
            yield response
        self._trap.come_by("after:relay_answer")


def set_traps(trap: Trap, patch: pytest.MonkeyPatch) -> None:
    """Put the trapped parts where the composition root finds them."""
    open_store, open_session = engine.open_store, transport.open_session

    @asynccontextmanager
    async def trapped_store(*given: Any, **named: Any) -> AsyncIterator[TrappedStore]:  # noqa: ANN401
        async with open_store(*given, **named) as store:
            yield TrappedStore(store, trap)

    @asynccontextmanager
    async def trapped_session(
        *given: Any,  # noqa: ANN401
        **named: Any,  # noqa: ANN401
    ) -> AsyncIterator[TrappedSession]:
        async with open_session(*given, **named) as session:
            yield TrappedSession(session, trap)

    def trapped_doors(behind: Behind) -> Iterator[AbstractAsyncContextManager[Any]]:
        return (_trapped(door, trap) for door in doors(behind))

    patch.setattr("storage.engine.open_store", trapped_store)
    patch.setattr("bot.relay.client.open_session", trapped_session)
    patch.setattr("bot.app.app.doors", trapped_doors)


@asynccontextmanager
async def _trapped(
    opening: AbstractAsyncContextManager[Door], trap: Trap
) -> AsyncIterator[TrappedDoor]:
    async with opening as door:
        yield TrappedDoor(door, trap)


def _platform(given: tuple[object, ...]) -> str:
    """Find out for which platform the store is asked."""
    first = given[0] if given else None
    if isinstance(first, list | tuple) and first:
        first = first[0]
    if isinstance(first, Notification):
        return first.destination.platform
    return first if isinstance(first, str) else _ANY


def _worth_it(given: tuple[object, ...]) -> bool:
    """Whether there is anything to write."""
    return not given or bool(given[0])


def main() -> int:
    """Read the command line, set the trap, run."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.failing")
    parser.add_argument("point", choices=POINTS)
    parser.add_argument("platform")
    parser.add_argument("nth", type=int)
    given = parser.parse_args()
    trap = Trap(point=given.point, platform=given.platform, nth=given.nth)
    with pytest.MonkeyPatch.context() as patch:
        set_traps(trap, patch)
        return asyncio.run(run_program())


if __name__ == "__main__":
    sys.exit(main())
