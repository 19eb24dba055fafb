"""Trouble to order: scripted faults, and the limits that real chats have."""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.telegram.model import Json
from tests.fakes.telegram.wire import Call

COUNTED = {
    "sendmessage",
    "sendphoto",
    "senddocument",
    "sendvideo",
    "sendmediagroup",
    "editmessagetext",
    "editmessagecaption",
    "editmessagemedia",
    "editmessagereplymarkup",
}


@dataclass(eq=False)
class Fault:
    """What happens to the next calls of a method.

    Attributes:
        method: Official name, any case; "*" for every method.
        chat: Only calls into this chat, None for all.
        status: Answer with this HTTP status, None for the true answer.
        body: Answer with exactly this body (text or JSON), None for a usual one.
        retry_after: Seconds; makes the answer a 429 unless status says otherwise.
        reset: Cut the connection instead of answering.
        after_effect: Let the call do its work first, then misbehave.
        hang: Wait for this event (or the end of the fake) before answering.
        times: How often, None for ever.
        hits: How often it has happened.
    """

    method: str
    chat: int | None = None
    status: int | None = None
    body: str | Json | None = None
    retry_after: int | None = None
    reset: bool = False
    after_effect: bool = False
    hang: asyncio.Event | None = None
    times: int | None = 1
    hits: int = 0

    def fits(self, call: Call) -> bool:
        """Whether this call is meant, counting nothing."""
        named = self.method == "*" or self.method.lower() == call.method.lower()
        here = self.chat is None or self.chat == call.chat_id
        return named and here and (self.times is None or self.hits < self.times)

    def lift(self) -> None:
        """Stop it."""
        self.times = self.hits

    @property
    def spoils(self) -> bool:
        """Whether it takes the place of the true answer."""
        own = (self.status, self.body, self.retry_after) != (None, None, None)
        return self.reset or own

    def answer(self) -> tuple[int, str | Json]:
        """Return HTTP status and body."""
        status = self.status or (200 if self.retry_after is None else 429)
        if self.body is not None:
            return status, self.body
        found: Json = {"ok": False, "error_code": status, "description": "Scripted"}
        if self.retry_after is not None:
            found["description"] = f"Too Many Requests: retry after {self.retry_after}"
            found["parameters"] = {"retry_after": self.retry_after}
        return status, found


@dataclass
class FloodLimit:
    """Counts sends and edits of each chat together, as the real server does.

    Attributes:
        clock: Seconds, only differences matter.
        group_per_minute: Calls into one group or channel within 60 s.
        private_burst: Calls into one private chat within as many seconds.
        penalty_seconds: What a refusal costs at least; calls meanwhile fail too.
    """

    clock: Callable[[], float]
    group_per_minute: int = 20
    private_burst: int = 5
    penalty_seconds: float = 3
    _spent: dict[object, deque[float]] = field(default_factory=dict)
    _until: dict[object, float] = field(default_factory=dict)

    def wait(self, call: Call) -> int | None:
        """Count a call; return the seconds to wait if it comes too early."""
        if call.method.lower() not in COUNTED or call.chat_id is None:
            return None
        now, chat = self.clock(), call.chat_id
        if now < self._until.get(chat, -math.inf):
            return math.ceil(self._until[chat] - now)
        return self._spend(call, now)

    def _spend(self, call: Call, now: float) -> int | None:
        limit, window = self._budget(call.chat_id)
        spent = self._spent.setdefault(call.chat_id, deque())
        while spent and now - spent[0] >= window:
            spent.popleft()
        cost = len(call.params.get("media") or "x") if _album(call) else 1
        if len(spent) + cost <= limit:
            spent.extend([now] * cost)
            return None
        free = spent[0] + window - now if spent else window
        wait = math.ceil(max(free, self.penalty_seconds))
        self._until[call.chat_id] = now + wait
        return wait

    def _budget(self, chat: object) -> tuple[int, float]:
        if isinstance(chat, int) and chat > 0:
            return self.private_burst, float(self.private_burst)
        return self.group_per_minute, 60.0


def _album(call: Call) -> bool:
    return call.method.lower() == "sendmediagroup"
