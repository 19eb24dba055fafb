"""The one chat of the console: its last messages, kept in memory and in the store.

A message lies under the fact `browser:message:<id modulo the number kept>`, so the
newest take the place of the oldest and there is no index that could disagree. It is
told to the pages only when the store holds it.
"""

import asyncio
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Final, Self

import structlog

from adapters.browser.limits import MESSAGES_KEPT
from adapters.browser.render import Json, refs_of
from bot.doorbell import Doorbell
from bot.ports import Clock, NoteMemory

log = structlog.get_logger(__name__)

_EPOCH: Final = "browser:epoch"  # names this history; another database, another one


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message.

    Attributes:
        id: Grows by one with every message, from 1.
        rev: Grows with every change in the chat; the page's place in it.
        key: The delivery that it is; the same key is the same message.
        at: When it was first there, ISO 8601.
        body: What the page draws.
    """

    id: int
    rev: int
    key: str
    at: str
    body: Json

    def shown(self) -> Json:
        """Turn it into what the page reads."""
        return {**self.body, "id": self.id, "rev": self.rev, "at": self.at}

    @property
    def files(self) -> frozenset[str]:
        """The names of the files that it shows."""
        files = self.body.get("files")
        found = files if isinstance(files, list) else []
        return frozenset(str(each["served"]) for each in found)


class Chat:
    """The chat's history, and those who read along.

    Args:
        store: Where it is kept.
        clock: Time.
        kept: How many messages.
    """

    def __init__(
        self, store: NoteMemory, clock: Clock, *, kept: int = MESSAGES_KEPT
    ) -> None:
        self._store = store
        self._clock = clock
        self._kept = kept
        self._messages: dict[int, Message] = {}
        self._keys: dict[str, int] = {}
        self._writing = asyncio.Lock()
        self._bells: set[Doorbell] = set()
        self.epoch = ""
        self.rev = 0
        self.closed = False

    async def open(self) -> Self:
        """Read the history; a message that cannot be read is left out."""
        self.epoch = await self._store.fact(_EPOCH) or ""
        if not self.epoch:
            self.epoch = secrets.token_hex(8)
            await self._store.save_fact(_EPOCH, self.epoch)
        for slot in (*range(1, self._kept), 0):  # filled in this order
            text = await self._store.fact(_fact(slot))
            if text is None:
                break
            if (message := _read(text)) is not None:
                self._take_in(message)
        return self

    @property
    def first_id(self) -> int:
        """The oldest message kept; 1 if there is none."""
        return min(self._messages, default=1)

    @property
    def full(self) -> bool:
        """Whether earlier messages may have made room."""
        return self.first_id > 1

    @property
    def oldest_at(self) -> str:
        """When the oldest message kept was first there; "" if there is none."""
        oldest = self._messages.get(self.first_id)
        return oldest.at if oldest else ""

    @property
    def files(self) -> frozenset[str]:
        """The names of all files that messages show."""
        return frozenset(
            name for each in self._messages.values() for name in each.files
        )

    def get(self, number: int) -> Message | None:
        """Fetch a message by its id."""
        return self._messages.get(number)

    def find(self, key: str) -> Message | None:
        """Fetch a message by its key."""
        number = self._keys.get(key)
        return None if number is None else self._messages[number]

    def since(self, rev: int) -> list[Message]:
        """List what has changed after a place in the chat, in order of ids."""
        changed = (each for each in self._messages.values() if each.rev > rev)
        return sorted(changed, key=lambda message: message.id)

    async def post(self, key: str, body: Json) -> Message:
        """Add a message; under a known key, that message takes the new body on.

        Raises:
            StoreError: Nothing was added.
        """
        async with self._writing:
            known = self.find(key)
            if known is not None:
                return await self._save(known, body)
            message = Message(
                id=max(self._messages, default=0) + 1,
                rev=0,
                key=key,
                at=self._clock.now().isoformat(),
                body={},
            )
            return await self._save(message, body)

    async def change(self, number: int, changes: Json) -> Message | None:
        """Change fields of a message's body; None takes one away.

        Returns:
            The message; None if it is not there (any more).

        Raises:
            StoreError: Nothing was changed.
        """
        async with self._writing:
            known = self._messages.get(number)
            return None if known is None else await self._save(known, changes)

    @contextmanager
    def reading(self) -> Iterator[Doorbell]:
        """Read along: the bell rings when something has changed."""
        bell = Doorbell()
        self._bells.add(bell)
        try:
            yield bell
        finally:
            self._bells.discard(bell)

    @property
    def readers(self) -> int:
        """How many read along."""
        return len(self._bells)

    def ring(self) -> None:
        """Wake all who read along."""
        for bell in self._bells:
            bell.ring()

    def close(self) -> None:
        """Send everybody away."""
        self.closed = True
        self.ring()

    async def _save(self, known: Message, changes: Json) -> Message:
        body = {k: v for k, v in {**known.body, **changes}.items() if v is not None}
        body = _without_stale_report(body)
        if body == known.body:
            return known
        message = replace(known, rev=self.rev + 1, body=body)
        text = json.dumps(asdict(message), ensure_ascii=False)
        await self._store.save_fact(_fact(message.id % self._kept), text)
        self._take_in(message)
        self.ring()
        return message

    def _take_in(self, message: Message) -> None:
        self._messages[message.id] = message
        self._keys[message.key] = message.id
        self.rev = max(self.rev, message.rev)
        gone = self._messages.pop(message.id - self._kept, None)
        if gone is not None:
            self._keys.pop(gone.key, None)


def _fact(slot: int) -> str:
    return f"browser:message:{slot}"


def _read(text: str) -> Message | None:
    try:
        return _message(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        log.warning("browser.message_unreadable", error=type(error).__name__)
        return None


def _message(kept: Mapping[str, object]) -> Message:
    body = kept["body"]
    if not isinstance(body, dict):
        raise TypeError
    body.pop("waiting", None)  # nobody is under way with its picture any more
    return Message(
        id=int(str(kept["id"])),
        rev=int(str(kept["rev"])),
        key=str(kept["key"]),
        at=str(kept["at"]),
        body=body,
    )


def _without_stale_report(body: Json) -> Json:
    """Drop the report of a button that the card does not show any more."""
    report, card = body.get("report"), body.get("card")
    if not (isinstance(report, dict) and isinstance(card, dict)):
        return body
    if report.get("ref") in refs_of(card):
        return body
    return {key: value for key, value in body.items() if key != "report"}
