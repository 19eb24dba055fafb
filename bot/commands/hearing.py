"""Ids that come by themselves: in messages that mention us, and in what a chat says."""

from collections.abc import Sequence
from dataclasses import replace

from bot.commands import looking, watching
from bot.commands.core import Core
from bot.commands.reply import Caller, Reply
from bot.domain.names import TaskName, find_in_text
from bot.domain.subscription import StoredTask
from bot.ports import LimitReached
from bot.present import answers


def names_said(core: Core, text: str) -> Sequence[TaskName]:
    """Find what a message names; costs nothing where it names nothing."""
    return find_in_text(text, relays=core.relays.names)


async def mentioned(
    core: Core, caller: Caller, names: Sequence[TaskName], text: str
) -> Reply:
    """Watch what a message to us names; a key that it holds is said to be out."""
    some = names[: looking.IDS_AT_ONCE]
    reply = await watching.watch_all(core, caller, some)
    reply = await looking.with_warning(core, caller, text, reply)
    if len(names) == len(some):
        return reply
    rest = answers.too_many_ids(looking.IDS_AT_ONCE, await core.own_reader(caller))
    return replace(reply, more=(*reply.more, rest))


async def heard(core: Core, caller: Caller, names: Sequence[TaskName]) -> bool:
    """Watch what a chat says by the way, if it wants that and a relay knows it."""
    settings = await core.settings(caller)
    if not settings.listening:
        return False
    begun = False
    for name in names[: looking.IDS_AT_ONCE]:
        begun |= await _hear(core, caller, name)
    if begun:
        core.watch_bell.ring()
    return begun


async def _hear(core: Core, caller: Caller, name: TaskName) -> bool:
    task = await _known(core, caller, name)
    if task is None or watching.over(task):
        return False
    joined = await watching.subscribe(core, caller, task.account, name)
    if isinstance(joined, LimitReached):
        return False
    if joined.fresh:  # the reaction is the answer: no card beside it
        await core.store.card_shown(
            joined.subscription.id, version=0, receipt=None, at=core.clock.now()
        )
    return True


async def _known(core: Core, caller: Caller, name: TaskName) -> StoredTask | None:
    """Find a task; what the chat watches, or what has ended, is not asked for again."""
    for task in await core.store.find_tasks(name.task_id):
        if name.relay in {None, task.relay} and (
            watching.over(task)
            or await core.store.subscriptions(task.key, caller.destination)
        ):
            return task
    if not core.access.may_hear(caller):
        return None
    found = await core.look(caller, name)
    return found if isinstance(found, StoredTask) else None
