"""`/allow`, `/deny`, `/claim`: who is let in, and who says so."""

from typing import Final

from bot.commands import looking
from bot.commands.core import Core
from bot.commands.reply import Caller, Reply, aside
from bot.domain.access import claim_digest, read_names
from bot.present import keys
from bot.present.card import Card

_HERE: Final = "here"
_CODE_LIMIT: Final = 64


async def allow(core: Core, caller: Caller, text: str) -> Reply:
    """Answer `/allow [names | here]`; without a name, say who is let in."""
    return aside(await _say(core, caller, text, may=True))


async def deny(core: Core, caller: Caller, text: str) -> Reply:
    """Answer `/deny <names | here>`."""
    return aside(await _say(core, caller, text, may=False))


async def claim(core: Core, caller: Caller, text: str) -> Reply:
    """Answer `/claim <code>`: whoever knows the code runs the bot; counted as a look."""
    if refused := await looking.counted(core, caller, 1):
        return refused
    reader = await core.own_reader(caller)
    digest = claim_digest(text[:_CODE_LIMIT])
    if not await core.access.claim(digest, caller):
        return aside(keys.not_claimed(reader))
    return aside(keys.claimed(reader))


async def _say(core: Core, caller: Caller, text: str, *, may: bool) -> Card:
    reader = await core.own_reader(caller)
    if not core.access.is_operator(caller):
        return keys.only_operators(reader)
    names = _names(caller, text)
    if names is None or not (names or may):
        return keys.odd_names(reader)
    for name in names:
        await core.access.say(name, may=may)
    if names:
        return keys.let_in(names, reader, may=may)
    listed = core.access.options.allow
    return keys.all_said(
        core.access.said,
        reader,
        everybody=listed is None,
        setting=len(listed or ()),
    )


def _names(caller: Caller, text: str) -> tuple[str, ...] | None:
    if text.strip().lower() != _HERE:
        return read_names(text)
    place = caller.destination
    servers = [name for name in caller.groups if ":guild:" in name]
    return read_names(servers[0] if servers else f"{place.platform}:{place.chat}")
