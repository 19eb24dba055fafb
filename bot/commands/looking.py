"""Looking: `/status`, `/seed`, and what else only shows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.commands.core import Core
from bot.commands.reply import Caller, Reply, aside
from bot.domain.look import Denied, Look, Unavailable, Unknown
from bot.domain.names import TaskName, find_in_text, parse_argument
from bot.domain.scrub import holds_key
from bot.domain.subscription import StoredTask
from bot.present import answers, details, lists

IDS_AT_ONCE: Final = 10


async def names_in(core: Core, caller: Caller, text: str) -> Sequence[TaskName] | Reply:
    """Read the ids of a command, or say in one line what is wrong with them."""
    reader = await core.own_reader(caller)
    names = _read(core, text)
    if names is None:
        reply = aside(answers.bad_id(reader))
        return await with_warning(core, caller, text, reply)
    if len(names) > IDS_AT_ONCE:
        return aside(answers.too_many_ids(IDS_AT_ONCE, reader))
    strange = [n.relay for n in names if n.relay and n.relay not in core.relays]
    if strange:
        known = core.relays.names
        return aside(answers.unknown_relay(strange[0], known, reader))
    return names


def _read(core: Core, text: str) -> Sequence[TaskName] | None:
    """Read an argument; of a pasted call with a key in it, the ids alone."""
    if holds_key(text):
        return find_in_text(text, relays=core.relays.names)[:IDS_AT_ONCE] or None
    return parse_argument(text)


async def counted(core: Core, caller: Caller, count: int) -> Reply | None:
    """Count looks; a kind sentence if that is too many this minute."""
    if core.access.may_look(caller, count):
        return None
    most = core.access.options.looks_a_minute
    reader = await core.own_reader(caller)
    return aside(answers.looks_limit(most, reader))


async def status(core: Core, caller: Caller, text: str) -> Reply:
    """Answer how one task or several stand."""
    names = await names_in(core, caller, text)
    if isinstance(names, Reply):
        return names
    if not names:
        return await offer_looks(core, caller)
    return await status_in_text(core, caller, names, text)


async def status_in_text(
    core: Core, caller: Caller, names: Sequence[TaskName], text: str
) -> Reply:
    """Look at what a text names; a key that it holds is never used, and said to be out."""
    return await with_warning(core, caller, text, await status_of(core, caller, names))


async def with_warning(core: Core, caller: Caller, text: str, reply: Reply) -> Reply:
    """Say of a key that a text holds that it is out."""
    if not holds_key(text):
        return reply
    warning = answers.key_seen(await core.own_reader(caller))
    return replace(reply, more=(*reply.more, warning))


async def help_of(core: Core, caller: Caller) -> Reply:
    """Answer `/help` and `/start`."""
    return Reply(card=answers.help_card(await core.own_reader(caller)))


async def status_of(core: Core, caller: Caller, names: Sequence[TaskName]) -> Reply:
    """Look at tasks and show them: a card for one, a compact list for several."""
    if refused := await counted(core, caller, len(names)):
        return refused
    if len(names) == 1:
        return await shown(core, caller, names[0], await core.look(caller, names[0]))
    entries = await core.look_many(caller, names)
    return Reply(card=lists.status_list(entries, await core.chat_reader(caller)))


async def shown(
    core: Core, caller: Caller, name: TaskName, found: Look | StoredTask
) -> Reply:
    """Show what came of one look."""
    if isinstance(found, StoredTask):
        return await task_reply(core, caller, found)
    return await not_seen(core, caller, name, found)


async def task_reply(core: Core, caller: Caller, task: StoredTask) -> Reply:
    """Show a task's card, with its picture if it has ended well, or may be seen before."""
    card = await core.task_card(caller, task)
    seen = task.snapshot
    pictured = seen is not None and seen.pictured
    if seen is not None and seen.previewed:
        pictured = (await core.settings(caller)).previews
    return Reply(card=card, picture=task.key if pictured else None)


async def not_seen(core: Core, caller: Caller, name: TaskName, look: Look) -> Reply:
    """Say why nothing is seen; where the relay is at fault, show what was known."""
    reader = await core.chat_reader(caller)
    if isinstance(look, Denied | Unavailable):
        known = await core.own_tasks(caller, name)
        last = known[0] if known else None
        return Reply(card=answers.trouble_card(look, reader, last=last))
    relay = look.relay if isinstance(look, Unknown) and name.relay else name.relay
    only = relay or (core.relays.default.name if len(core.relays) == 1 else None)
    return Reply(card=answers.unknown_id(name, reader, relay=only))


async def offer_looks(core: Core, caller: Caller) -> Reply:
    """A command without an id: offer the last three looked at, else say what is missing."""
    reader = await core.own_reader(caller)
    last = await core.store.last_looks(caller.person, caller.destination, limit=3)
    if not last:
        return aside(answers.no_id(reader))
    return aside(lists.choose_watch(last, reader))


async def seed(core: Core, caller: Caller, text: str) -> Reply:
    """Answer `/seed <id>`."""
    names = await names_in(core, caller, text)
    if isinstance(names, Reply):
        return names
    if len(names) != 1:
        return aside(answers.no_id(await core.own_reader(caller)))
    if refused := await counted(core, caller, 1):
        return refused
    reply = await _seed_named(core, caller, names[0])
    return await with_warning(core, caller, text, reply)


async def _seed_named(core: Core, caller: Caller, name: TaskName) -> Reply:
    found = await core.look(caller, name)
    if not isinstance(found, StoredTask):
        return await not_seen(core, caller, name, found)
    return await seed_of(core, caller, found)


async def seed_of(core: Core, caller: Caller, task: StoredTask) -> Reply:
    """Ask the relay for a task's image seed."""
    reader = await core.chat_reader(caller)
    if task.relay not in core.relays:
        return Reply(card=details.seed_missing_card(reader))
    key = await core.keyring.key_of(task.account)
    seed = await core.relays[task.relay].seed(task.task_id, key=key)
    if isinstance(seed, str):
        return Reply(card=details.seed_card(task, seed, reader))
    return Reply(card=details.seed_missing_card(reader))
