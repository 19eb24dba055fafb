"""A chat that is no more: what was watched for it ends, those who asked hear of it."""

from dataclasses import replace
from typing import Final

import structlog

from bot.delivery.desk import Desk
from bot.domain.notification import Delivered, Reason
from bot.domain.subscription import Destination
from bot.present.build import chat_gone

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
        told = await desk.messenger.tell_person(person, card, key=key)
        if not isinstance(told, Delivered):
            log.warning("delivery.asker_untold", outcome=type(told).__name__)
