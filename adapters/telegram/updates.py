"""Updates: each taken once, also when the program is killed in the middle of it."""

import asyncio
import traceback
from typing import Any, Final

import structlog
from telegram import Update
from telegram.ext import Application
from telegram.request import HTTPXRequest

from adapters.telegram.lenient import complete, complete_answer
from adapters.telegram.limits import PLATFORM
from adapters.telegram.memory import DoorMemory
from bot.errors import StoreError
from bot.ports import Clock

log = structlog.get_logger(__name__)

# Ends are remembered in a ring of this many facts: Telegram repeats what is young.
_RING: Final = 1_000
MOST_SECONDS: Final = 240.0  # no answer comes later: what hangs holds up no other
ALLOWED: Final = [
    Update.MESSAGE,
    Update.CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
]
App = Application[Any, Any, Any, Any, Any, Any]


class CallsRequest(HTTPXRequest):
    """Reads answers that say less than Telegram's: what was sent was sent."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:  # noqa: ANN401 - as the library has it
        """Read an answer."""
        return complete_answer(HTTPXRequest.parse_json_payload(payload))


class UpdatesRequest(HTTPXRequest):
    """Makes of an update that the library cannot read one that says nothing.

    It would lose the whole batch for it, for ever.
    """

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:  # noqa: ANN401 - as the library has it
        """Read an answer."""
        answer = complete_answer(HTTPXRequest.parse_json_payload(payload))
        result = answer.get("result")
        if isinstance(result, list):
            answer["result"] = [each for each in map(_readable, result) if each]
        return answer


class Updates:
    """Hands updates to what takes them, and remembers which are done.

    Args:
        app: The library's dispatch.
        memory: Which updates have been seen, which are done.
        clock: The time.
    """

    def __init__(self, *, app: App, memory: DoorMemory, clock: Clock) -> None:
        self._app = app
        self._memory = memory
        self._clock = clock
        self._open: dict[int, asyncio.Event] = {}

    def read(self, content: object) -> Update | None:
        """Read an update; None for what is none."""
        readable = _readable(content)
        return Update.de_json(readable, self._app.bot) if readable else None

    async def take(self, update: Update) -> None:
        """Work at an update; one that is being worked at is waited for."""
        number = update.update_id
        if (running := self._open.get(number)) is not None:
            await running.wait()
            return
        done = self._open[number] = asyncio.Event()
        try:
            await self._once(update)
        finally:
            del self._open[number]
            done.set()

    async def _once(self, update: Update) -> None:
        """Skip what is done; what was begun and never done is done now."""
        number = update.update_id
        new = await self._memory.claim_update(PLATFORM, number, at=self._clock.now())
        if not new and await self._memory.fact(_ring(number)) == str(number):
            return
        try:
            async with asyncio.timeout(MOST_SECONDS):
                await self._app.process_update(update)
        except TimeoutError:
            log.warning("telegram.update_given_up", update=number)
        await self._note(number)

    async def _note(self, number: int) -> None:
        """Remember it as done; failing that, it is done again only after a kill."""
        try:
            await self._memory.save_fact(_ring(number), str(number))
        except StoreError:
            log.warning("telegram.update_not_noted", update=number)


async def failed(update: object, context: Any) -> None:  # noqa: ANN401 - as the library calls it
    """Say that an update could not be worked at; its error's words may hold secrets."""
    number = update.update_id if isinstance(update, Update) else None
    log.error("telegram.update_failed", update=number, **place_of(context.error))


def place_of(error: BaseException | None) -> dict[str, object]:
    """Say what an error is and where it arose, without its words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__) if error else []
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]
    return {"error": type(error).__name__, "where": where[-3:]}


def _ring(number: int) -> str:
    return f"telegram:done:{number % _RING}"


def _readable(content: object) -> dict[str, Any] | None:
    """Keep an update if the library can read it, else its number alone."""
    if not isinstance(content, dict) or not isinstance(content.get("update_id"), int):
        return None
    try:
        filled = complete(content)
        Update.de_json(filled, None)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        log.warning("telegram.update_unreadable", error=type(error).__name__)
        return {"update_id": content["update_id"]}
    return filled
