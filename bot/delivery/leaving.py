"""A chat that is no more: what was watched for it ends, those who asked hear of it."""

from dataclasses import replace
from typing import Final

import structlog

from bot.delivery.desk import Desk
from bot.domain.notification import Delivered, Outcome, Reason, Unsure
from bot.domain.subscription import Destination, Person
from bot.present.build import chat_gone
from bot.present.card import Card

log = structlog.get_logger(__name__)
GONE: Final = frozenset({Reason.BLOCKED, Reason.GONE, Reason.FORBIDDEN})


async def leave(desk: Desk, here: Destination, *, reason: Reason, key: str) -> None:
    """End all that a chat waits for; tell each person who had asked, once.

    Where only a thread is gone or closed to us, the rest of the chat goes on. One
    who has blocked us is not written to.
    """
    blocked = reason is Reason.BLOCKED
    name = desk.messenger.chat_name(here)
    people = await desk.store.end_chat(
        replace(here, thread=None) if blocked else here,
        reason=reason.value,
        at=desk.clock.now(),
    )
    if blocked:
        return
    for person, tasks in people.items():
        reader = await desk.readers.of_person(person, None)
        card = chat_gone(reader, tasks, chat=name)
        told = await _tell(desk, person, card, key)
        if not isinstance(told, Delivered):
            log.warning("delivery.asker_untold", outcome=type(told).__name__)


async def _tell(desk: Desk, person: Person, card: Card, key: str) -> Outcome:
    """Tell somebody alone; once more if that is unsure and cannot come twice."""
    told = await desk.messenger.tell_person(person, card, key=key)
    now = desk.clock.now()
    safe = desk.messenger.repeats_safely(since=now, now=now)
    if isinstance(told, Unsure) and safe:
        return await desk.messenger.tell_person(person, card, key=key)
    return told
