"""Watching: `/watch`, `/unwatch`, and going on after giving up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.commands import looking
from bot.commands.core import Core
from bot.commands.reply import Caller, Reply, aside
from bot.domain.look import Denied, Look, Unavailable, Unknown
from bot.domain.names import TaskName
from bot.domain.subscription import StoredTask, Subscription
from bot.domain.task import AccountId
from bot.ports import DOOR_TAKES, Joined, LimitReached
from bot.present import answers, lists
from bot.present.card import Card
from bot.present.reader import Reader


async def watch(core: Core, caller: Caller, text: str) -> Reply:
    """Subscribe the caller's chat to tasks."""
    names = await looking.names_in(core, caller, text)
    if isinstance(names, Reply):
        return names
    if not names:
        return await looking.offer_looks(core, caller)
    reply = await watch_all(core, caller, names)
    return await looking.with_warning(core, caller, text, reply)


async def watch_all(core: Core, caller: Caller, names: Sequence[TaskName]) -> Reply:
    """Subscribe the caller's chat to one task, with a live card, or to several."""
    if refused := await looking.counted(core, caller, len(names)):
        return refused
    if len(names) == 1:
        return await watch_one(core, caller, names[0])
    return await _watch_several(core, caller, names)


async def watch_one(core: Core, caller: Caller, name: TaskName) -> Reply:
    """Look, then subscribe; a finished task is shown once, and nothing subscribed."""
    found = await core.look(caller, name)
    if isinstance(found, StoredTask) and over(found):
        return await looking.task_reply(core, caller, found)
    account = await account_for(core, caller, name, found)
    return await join(core, caller, account, name)


async def join(core: Core, caller: Caller, account: AccountId, name: TaskName) -> Reply:
    """Subscribe the chat, and answer with the live card."""
    joined = await subscribe(core, caller, account, name)
    reader = await core.own_reader(caller)
    if isinstance(joined, LimitReached):
        return aside(_limit_card(joined, reader))
    core.watch_bell.ring()
    task = await _task_of(core, joined.subscription)
    settings = await core.settings(caller)
    shown = not joined.fresh and joined.subscription.card is not None
    if (
        shown
        or not settings.live_card
        or await core.store.has_board(caller.destination)
    ):
        begun = joined.fresh or caller.program or not settings.mention
        reader = reader if shown else await core.chat_reader(caller)
        card = answers.joined(task, reader, begun=begun, already=not joined.added)
        return Reply(card=card, private=shown)
    card = await core.task_card(caller, task, live=True)
    return Reply(card=card, subscription=joined.subscription.id, version=task.version)


async def unwatch(core: Core, caller: Caller, text: str) -> Reply:
    """Take the caller off watches; without an id, let them choose."""
    names = await looking.names_in(core, caller, text)
    if isinstance(names, Reply):
        return names
    reader = await core.own_reader(caller)
    if not names:
        watched, _ = await core.store.running(caller.destination, limit=10)
        return aside(lists.choose_unwatch(watched, reader))
    cards = [await _unwatch_one(core, caller, name) for name in names]
    lines = tuple(block for card in cards for block in card.blocks)
    return aside(replace(cards[0], blocks=lines))


async def _unwatch_one(core: Core, caller: Caller, name: TaskName) -> Card:
    if here := await _watched_here(core, caller, name):
        return (await stop(core, caller, here)).card
    return answers.not_watching(name, await core.own_reader(caller))


async def stop(core: Core, caller: Caller, here: Sequence[Subscription]) -> Reply:
    """End a chat's watch for the caller, or at once if they manage the chat."""
    own = [s for s in here if caller.person.key in {p.key for p in s.askers}]
    reader = await core.own_reader(caller)
    if not own and not caller.manages:
        return aside(answers.only_askers(reader))
    person = None if caller.manages else caller.person
    ended = False
    for subscription in here if caller.manages else own:
        ended |= await core.store.unsubscribe(
            subscription.id, person=person, at=core.clock.now()
        )
    core.watch_bell.ring()
    task = await _task_of(core, here[0])
    return aside(answers.unwatched(task, reader, ended=ended))


async def go_on(core: Core, caller: Caller, task: StoredTask) -> Reply:
    """Watch a task again that was given up or lost."""
    name = TaskName(task.task_id, task.relay)
    return await join(core, caller, task.account, name)


async def subscribe(
    core: Core,
    caller: Caller,
    account: AccountId,
    name: TaskName,
    *,
    carded: bool = True,
) -> Joined | LimitReached:
    """Put a task on the chat's list; what a program asks for counts for the chat alone.

    `carded`: the answer becomes its live card; else delivery makes one at once.
    """
    return await core.store.subscribe(
        account,
        name.task_id,
        destination=caller.destination,
        person=None if caller.program else caller.person,
        limits=core.access.options.watches,
        at=core.clock.now() - (timedelta() if carded else DOOR_TAKES),
    )


async def _watch_several(
    core: Core, caller: Caller, names: Sequence[TaskName]
) -> Reply:
    entries = await core.look_many(caller, names)
    reader = await core.chat_reader(caller)
    shown: list[tuple[TaskName, StoredTask]] = []
    for name, found in entries:
        if isinstance(found, StoredTask) and over(found):
            shown.append((name, found))
            continue
        account = await account_for(core, caller, name, found)
        joined = await subscribe(core, caller, account, name, carded=False)
        if isinstance(joined, LimitReached):
            core.watch_bell.ring()
            return aside(_limit_card(joined, await core.own_reader(caller)))
        shown.append((name, await _task_of(core, joined.subscription)))
    core.watch_bell.ring()
    return Reply(card=lists.status_list(shown, reader))


async def account_for(
    core: Core, caller: Caller, name: TaskName, found: Look | StoredTask
) -> AccountId:
    """The account to watch with: who knows the task, else who was meant."""
    if isinstance(found, StoredTask):
        return found.account
    settings = await core.settings(caller)
    alone = isinstance(found, Unknown | Denied | Unavailable) and name.relay
    chosen = name.relay if alone else settings.default_relay
    relay = chosen if chosen in core.relays else core.relays.default.name
    return await core.account_for(caller, relay or core.relays.default.name)


async def _task_of(core: Core, subscription: Subscription) -> StoredTask:
    task = await core.store.task(subscription.task_key)
    if task is None:
        raise KeyError(subscription.task_key)
    return task


async def _watched_here(
    core: Core, caller: Caller, name: TaskName
) -> list[Subscription]:
    found: list[Subscription] = []
    for task in await core.store.find_tasks(name.task_id):
        if name.relay in {None, task.relay}:
            found += await core.store.subscriptions(task.key, caller.destination)
    return found


def over(task: StoredTask) -> bool:
    """Whether a task is known to have ended."""
    return task.snapshot is not None and task.snapshot.terminal


def _limit_card(reached: LimitReached, reader: Reader) -> Card:
    if reached.person:
        return answers.person_watches_limit(reached.limit, reader)
    return answers.chat_watches_limit(reached.limit, reader)
