"""Presses of our buttons: each verb, and presses that come too late."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot.commands import feeding, keys, listing, looking, watching
from bot.commands.core import Core
from bot.commands.reply import Caller, How, Reply, aside, notice
from bot.domain.buttonref import ButtonRef, Verb, check_of, parse_ref
from bot.domain.names import TaskName
from bot.domain.subscription import StoredTask
from bot.present import answers, choices, details, reports
from bot.present.keys import key_none
from bot.present.task_card import shrunk_card

OnTask = Callable[[Core, Caller, StoredTask], Awaitable[Reply]]


async def press(core: Core, caller: Caller, text: str) -> Reply:
    """Answer a press; an odd or outdated ref gets a kind answer."""
    ref = parse_ref(text)
    if ref is None:
        return await _unknown(core, caller)
    if ref.verb in _OF_CHAT:
        return await _OF_CHAT[ref.verb](core, caller, ref)
    task = await core.store.task(ref.task_key)
    if task is None or not await core.may_see(caller, task):
        return await _unknown(core, caller)
    return await _of_task(core, caller, task, ref)


async def _of_task(
    core: Core, caller: Caller, task: StoredTask, ref: ButtonRef
) -> Reply:
    if ref.verb is Verb.REPORT:
        return await _report(core, caller, task, ref)
    if ref.check != check_of(task.task_id):
        return await _unknown(core, caller)
    return await _OF_TASK[ref.verb](core, caller, task)


async def _report(
    core: Core, caller: Caller, task: StoredTask, ref: ButtonRef
) -> Reply:
    """Report the exact customId, if the button is still the one it was made for."""
    reader = await core.own_reader(caller)
    buttons = task.snapshot.buttons if task.snapshot else ()
    pressed = buttons[ref.position] if ref.position < len(buttons) else None
    if pressed is None or ref.check != check_of(task.task_id, pressed.custom_id):
        return notice(reports.stale_button_card(reader))
    return Reply(
        card=reports.report_card(task, ref.position, reader),
        how=How.REPORT,
        private=True,
        report=pressed.custom_id,
        more=(reports.explain_card(task, ref.position, reader),),
    )


async def _watch(core: Core, caller: Caller, task: StoredTask) -> Reply:
    return await watching.watch_one(core, caller, TaskName(task.task_id, task.relay))


async def _refresh(core: Core, caller: Caller, task: StoredTask) -> Reply:
    if refused := await looking.counted(core, caller, 1):
        return refused
    found = await core.look_again(caller, task)
    name = TaskName(task.task_id, task.relay)
    return replace(await looking.shown(core, caller, name, found), how=How.EDIT)


async def _seed(core: Core, caller: Caller, task: StoredTask) -> Reply:
    if refused := await looking.counted(core, caller, 1):
        return refused
    return await looking.seed_of(core, caller, task)


async def _stop(core: Core, caller: Caller, task: StoredTask) -> Reply:
    here = await core.store.subscriptions(task.key, caller.destination)
    if not here:
        name = TaskName(task.task_id)
        return notice(answers.not_watching(name, await core.own_reader(caller)))
    return replace(await watching.stop(core, caller, here), how=How.NOTICE)


async def _details(core: Core, caller: Caller, task: StoredTask) -> Reply:
    return aside(details.details_card(task, await core.own_reader(caller)))


async def _custom_ids(core: Core, caller: Caller, task: StoredTask) -> Reply:
    if task.relay not in core.relays:
        return await _unknown(core, caller)
    client = core.relays[task.relay]
    call = reports.SubmitCall(url=client.submit_url, header=client.key_header)
    cards = reports.custom_ids_cards(task, await core.own_reader(caller), call=call)
    return Reply(card=cards[0], more=cards[1:], private=True)


async def _picture(core: Core, caller: Caller, task: StoredTask) -> Reply:
    return Reply(card=await core.task_card(caller, task), picture=task.key)


async def _original(core: Core, caller: Caller, task: StoredTask) -> Reply:
    card = shrunk_card(task, await core.chat_reader(caller))
    return Reply(card=card, picture=task.key, original=True)


async def _own_key(core: Core, caller: Caller, _task: StoredTask | ButtonRef) -> Reply:
    return aside(answers.own_key_hint(await core.own_reader(caller)))


async def _setting(core: Core, caller: Caller, ref: ButtonRef) -> Reply:
    if (on := choices.LENDING.get(ref.position)) is not None:
        return await _lend(core, caller, on=on)
    if not caller.manages:
        return notice(answers.only_managers(await core.own_reader(caller)))
    chosen = choices.choose(await core.settings(caller), ref, relays=core.relays.names)
    if chosen is None:
        return await _unknown(core, caller)
    await core.store.save_settings(caller.destination, chosen)
    return replace(await show_settings(core, caller), how=How.EDIT)


async def _lend(core: Core, caller: Caller, *, on: bool) -> Reply:
    if not await keys.lend(core, caller, on=on):
        reader = await core.own_reader(caller)
        card = key_none(reader) if caller.manages else answers.only_managers(reader)
        return notice(card)
    return replace(await show_settings(core, caller), how=How.EDIT)


async def show_settings(core: Core, caller: Caller) -> Reply:
    """Show the chat's settings to somebody who manages it."""
    if not caller.manages:
        return aside(answers.only_managers(await core.own_reader(caller)))
    first = core.relays.default.name
    relays = tuple(dict.fromkeys((first, *core.relays.names)))
    card = choices.settings_card(
        await core.settings(caller),
        await core.chat_reader(caller),
        relays=relays,
        can_listen=core.can_listen and caller.hears,
        lender=await _lender(core, caller),
    )
    return Reply(card=card)


async def _lender(core: Core, caller: Caller) -> str | None:
    """Name the caller, if they have a key that a shared chat could use."""
    has_key = not caller.private and bool(await core.keyring.notes(caller.person))
    return caller.person.key if has_key else None


async def _list_page(core: Core, caller: Caller, ref: ButtonRef) -> Reply:
    return await listing.running(core, caller, ref.position, how=How.EDIT)


async def _recent_page(core: Core, caller: Caller, ref: ButtonRef) -> Reply:
    return await listing.recent(core, caller, ref.position, how=How.EDIT)


async def _unknown(core: Core, caller: Caller) -> Reply:
    return notice(reports.unknown_button_card(await core.own_reader(caller)))


_OF_CHAT: Mapping[Verb, Callable[[Core, Caller, ButtonRef], Awaitable[Reply]]] = {
    Verb.LIST_PAGE: _list_page,
    Verb.RECENT_PAGE: _recent_page,
    Verb.SETTING: _setting,
    Verb.OWN_KEY: _own_key,
    Verb.FEED: feeding.press,
}
_OF_TASK: Mapping[Verb, OnTask] = {
    Verb.WATCH: _watch,
    Verb.REFRESH: _refresh,
    Verb.STOP: _stop,
    Verb.SEED: _seed,
    Verb.DETAILS: _details,
    Verb.CUSTOM_IDS: _custom_ids,
    Verb.ORIGINAL: _original,
    Verb.PICTURE: _picture,
    Verb.GO_ON: watching.go_on,
    Verb.OPEN: looking.task_reply,
}
