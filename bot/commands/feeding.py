"""`/feed`: those who manage a chat make, renew, filter and remove its addresses."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.commands.core import Core
from bot.commands.reply import Caller, How, Reply, aside, notice
from bot.domain.buttonref import ButtonRef, check_of
from bot.domain.feed import Feed, FeedId, digest_of
from bot.domain.subscription import Destination, Person
from bot.present import answers, feeds, reports

TOKEN_BYTES = 32
_STATE, _ACTION = "state", "action"


@dataclass(frozen=True, slots=True)
class FeedWish:
    """What was asked of `/feed`; a filter that is None is left as it is."""

    renew: bool = False
    remove: bool = False
    state_prefix: str | None = None
    action: str | None = None


async def feed(core: Core, caller: Caller, text: str) -> Reply:
    """Answer `/feed`: the person's own feed of this chat, made if there is none."""
    reader = await core.own_reader(caller)
    if not caller.manages:
        return aside(answers.only_managers(reader))
    wish = read_wish(text)
    if wish is None:
        return aside(feeds.feed_usage(reader))
    here = await core.store.feeds(caller.destination)
    own = next((each for each in here if _is_own(each, caller)), None)
    if wish.remove:
        return await _remove(core, caller, own)
    if own is None or wish.renew:
        groups = caller.groups
        fresh = await _made(core, caller.destination, caller.person, groups)
        return await _introduce(core, caller, wish, fresh, renewed=own is not None)
    return await _show(core, caller, await _filtered(core, own, wish), here)


async def press(core: Core, caller: Caller, ref: ButtonRef) -> Reply:
    """Answer a press of *Renew* or *Remove*, in the chat or where the card was sent."""
    found = await core.store.feed(FeedId(ref.task_key))
    reader = await core.own_reader(caller)
    if found is None or ref.check != check_of(found.name):
        return notice(reports.unknown_button_card(reader))
    own = found.person.key == caller.person.key
    manages = caller.manages and _same_chat(found.destination, caller.destination)
    if not own and not manages:
        return notice(answers.only_managers(reader))
    if ref.position == feeds.FeedPress.REMOVE:
        gone = await _remove(core, caller, found)
        return replace(gone, how=How.NOTICE)
    if not own or ref.position != feeds.FeedPress.RENEW:
        return notice(reports.unknown_button_card(reader))
    here = _same_chat(found.destination, caller.destination)
    groups = caller.groups if here else found.groups or ()
    fresh = await _made(core, found.destination, found.person, groups)
    return await _introduce(core, caller, FeedWish(), fresh, renewed=True)


def read_wish(text: str) -> FeedWish | None:
    """Read `/feed`'s words: renew, remove, state=..., action=...; None for others."""
    wish = FeedWish()
    for word in text.split():
        name, sign, value = word.partition("=")
        match name.lower(), sign:
            case "renew", "":
                wish = replace(wish, renew=True)
            case "remove", "":
                wish = replace(wish, remove=True)
            case "state", "=":
                wish = replace(wish, state_prefix=value[:255])
            case "action", "=" if value.replace("_", "").isalnum() or not value:
                wish = replace(wish, action=value.upper()[:64])
            case _:
                return None
    return wish


async def _made(
    core: Core, destination: Destination, person: Person, groups: Sequence[str]
) -> tuple[Feed, str]:
    """Make or renew a feed; its token is here, and nowhere else, for this once."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = await core.store.make_feed(
        destination,
        person,
        digest=digest_of(token),
        groups=groups,
        at=core.clock.now(),
    )
    return made, token


async def _introduce(
    core: Core,
    caller: Caller,
    wish: FeedWish,
    fresh: tuple[Feed, str],
    *,
    renewed: bool,
) -> Reply:
    made, token = fresh
    card = feeds.feed_made(
        await _filtered(core, made, wish),
        f"{core.public_url or ''}/w/{token}",
        await core.own_reader(caller),
        renewed=renewed,
        closed=not core.feeds_open,
    )
    return Reply(card=card, private=True, secret=True)


async def _filtered(core: Core, own: Feed, wish: FeedWish) -> Feed:
    """Set the filters that were named."""
    state = own.state_prefix if wish.state_prefix is None else wish.state_prefix
    action = own.action if wish.action is None else wish.action
    if (state, action) != (own.state_prefix, own.action):
        await core.store.filter_feed(own.id, state_prefix=state, action=action)
    return replace(own, state_prefix=state, action=action)


async def _show(core: Core, caller: Caller, own: Feed, here: list[Feed]) -> Reply:
    others = [each for each in here if each.id != own.id]
    card = feeds.feed_card(
        own, others, await core.own_reader(caller), closed=not core.feeds_open
    )
    return aside(card)


async def _remove(core: Core, caller: Caller, found: Feed | None) -> Reply:
    reader = await core.own_reader(caller)
    if found is None or not await core.store.remove_feed(found.id, found.destination):
        return aside(feeds.feed_missing(reader))
    return aside(feeds.feed_removed(found, reader))


def _is_own(each: Feed, caller: Caller) -> bool:
    same_person = each.person.key == caller.person.key
    return same_person and each.destination.thread == caller.destination.thread


def _same_chat(one: Destination, other: Destination) -> bool:
    return (one.platform, one.chat) == (other.platform, other.chat)
