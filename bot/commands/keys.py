"""`/key`: a person's own relay key is tried, kept sealed, spoken of, forgotten."""

from dataclasses import dataclass, field, replace
from typing import Final

from bot.commands import looking
from bot.commands.core import Core
from bot.commands.reply import Caller, Reply, aside
from bot.domain.look import Denied, Seen, Unknown
from bot.domain.task import RelayName
from bot.present import answers, keys
from bot.present.card import Card
from bot.relay.trial import NOBODYS

_FORGET: Final = frozenset({"forget", "忘记", "删除"})
_BEARER: Final = "bearer"
_LENGTH_LIMIT: Final = 512
_WITH_RELAY: Final = 2  # words: a relay's name and a key


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWish:
    """What was asked of `/key`.

    Attributes:
        relay: Named, and configured; None: the default.
        key: To be kept; None: nothing.
    """

    relay: RelayName | None = None
    key: str | None = field(default=None, repr=False)
    forget: bool = False


async def key(
    core: Core,
    caller: Caller,
    text: str,
    unseen: bool,  # noqa: FBT001 - as the face hands it on
) -> Reply:
    """Answer `/key`.

    Args:
        core: What commands are made of.
        caller: Who asks.
        text: `[relay] <key>`, `forget [relay]`, or nothing.
        unseen: Nobody else could see what was typed.
    """
    reader = await core.own_reader(caller)
    if not (unseen or caller.private):
        exposed = (answers.key_seen(reader),) if text.strip() else ()
        return Reply(card=answers.in_private_only(reader), private=True, more=exposed)
    wish = read_wish(text, core.relays.names)
    if wish is None:
        return aside(keys.key_odd(core.relays.names, reader))
    if wish.forget:
        return aside(await _forget(core, caller, wish))
    if wish.key is None:
        return aside(await _notes(core, caller))
    return await _keep(core, caller, wish.relay, wish.key)


def read_wish(text: str, relays: tuple[RelayName, ...]) -> KeyWish | None:
    """Read `/key`'s words; None: they are neither a key nor anything we know."""
    words = [word for word in text.split() if word.lower() != _BEARER]
    named = [word for word in words if word.lower() in relays]
    forget = bool(words) and words[0].lower() in _FORGET
    if len(words) > _WITH_RELAY or len(named) > 1:
        return None
    relay = RelayName(named[0].lower()) if named else None
    rest = [word for word in words if word not in named][int(forget) :]
    if forget or not rest:
        lone = bool(named) and not forget  # a relay's name and nothing to do with it
        return None if rest or lone else KeyWish(relay=relay, forget=forget)
    if len(rest) > 1 or not _is_key(rest[0]):
        return None
    return KeyWish(relay=relay, key=rest[0])


def _is_key(word: str) -> bool:
    """Whether a header can hold it; no key is judged by its shape."""
    return word.isascii() and word.isprintable() and len(word) <= _LENGTH_LIMIT


async def _keep(core: Core, caller: Caller, relay: RelayName | None, key: str) -> Reply:
    """Keep a key after one look that the relay did not refuse."""
    if refused := await looking.counted(core, caller, 1):
        return refused
    reader = await core.own_reader(caller)
    name = relay or await _usual(core, caller)
    look = await core.relays[name].fetch(NOBODYS, key=key, person=True)
    if isinstance(look, Denied):
        return aside(keys.key_refused(name, reader))
    if not isinstance(look, Seen | Unknown):
        return aside(keys.key_untried(name, reader))
    await core.keyring.keep(name, caller.person, key)
    core.watch_bell.ring()
    return aside(keys.key_kept(name, reader))


async def _usual(core: Core, caller: Caller) -> RelayName:
    chosen = (await core.settings(caller)).default_relay
    return chosen if chosen in core.relays and chosen else core.relays.default.name


async def _forget(core: Core, caller: Caller, wish: KeyWish) -> Card:
    """Erase keys; what they watch goes on with the operator's, as far as that sees."""
    watches = await core.store.watches_with_key(caller.person.key, wish.relay)
    gone = await core.keyring.forget(caller.person, wish.relay)
    reader = await core.own_reader(caller)
    if not gone:
        return keys.key_none(reader)
    return keys.key_forgotten(gone, reader, watches=watches)


async def _notes(core: Core, caller: Caller) -> Card:
    """Say whether a key is stored; never which."""
    reader = await core.own_reader(caller)
    notes = await core.keyring.notes(caller.person)
    lines = [
        keys.key_stored(each.relay, each.used_at, reader, refused=each.refused)
        for each in notes
    ]
    return keys.keys_stored(lines, reader) if lines else keys.key_none(reader)


async def lend(core: Core, caller: Caller, *, on: bool) -> bool:
    """Let looks in this chat use the caller's keys, or end that; False: they may not.

    Only its owner lends a key; they, and whoever manages the chat, may end it.
    """
    settings = await core.settings(caller)
    own = caller.person.key
    if on:
        may = caller.manages and bool(await core.keyring.notes(caller.person))
    else:
        may = caller.manages or settings.key_owner == own
    if may:
        lent = replace(settings, key_owner=own if on else None)
        await core.store.save_settings(caller.destination, lent)
    return may
