"""Lists: what runs in a chat, what ended, and suggestions while typing."""

from math import ceil
from typing import Final

from bot.commands.core import Core
from bot.commands.reply import Caller, How, Reply, Suggestion
from bot.domain.subscription import StoredTask
from bot.present import lists
from bot.present.faces import face_of, name_of

PAGE: Final = 8  # tasks a page: two rows of four buttons
SUGGESTIONS: Final = 25
LABEL_LIMIT: Final = 100


async def running(
    core: Core, caller: Caller, page: int, *, how: How = How.ANSWER
) -> Reply:
    """The chat's running watches, newest first."""
    watched, total = await core.store.running(
        caller.destination, limit=PAGE, offset=page * PAGE
    )
    if page and not watched:
        return await running(core, caller, 0, how=how)
    reader = await core.chat_reader(caller)
    card = lists.watch_list(
        watched, total=total, page=page, pages=ceil(total / PAGE), reader=reader
    )
    return Reply(card=card, how=how)


async def recent(
    core: Core, caller: Caller, page: int, *, how: How = How.ANSWER
) -> Reply:
    """The chat's last finished tasks."""
    tasks, total = await core.store.recent(
        caller.destination, limit=PAGE, offset=page * PAGE
    )
    if page and not tasks:
        return await recent(core, caller, 0, how=how)
    reader = await core.chat_reader(caller)
    card = lists.recent_list(
        tasks, total=total, page=page, pages=ceil(total / PAGE), reader=reader
    )
    return Reply(card=card, how=how)


async def suggest(core: Core, caller: Caller, prefix: str) -> list[Suggestion]:
    """Suggest ids of this chat while somebody types."""
    tasks = await core.store.suggest(
        caller.destination, caller.person, prefix.strip(), limit=SUGGESTIONS
    )
    several = len(core.relays) > 1
    return [_suggestion(task, several=several) for task in tasks]


def _suggestion(task: StoredTask, *, several: bool) -> Suggestion:
    value = f"{task.relay}:{task.task_id}" if several else str(task.task_id)
    label = f"{face_of(task).symbol} {name_of(task, 50)} · {task.task_id}"
    return Suggestion(value=value[:LABEL_LIMIT], label=label[:LABEL_LIMIT])
