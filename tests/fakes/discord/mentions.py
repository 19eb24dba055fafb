"""Works out who a message rings: its text, cut down by allowed_mentions."""

import re
from collections.abc import Collection
from typing import Final

from tests.fakes.discord.jsontypes import Json
from tests.fakes.discord.model import Channel, Mentions

_CODE: Final = re.compile(r"```.*?```|``.*?``|`[^`\n]*`", re.DOTALL)
_USER: Final = re.compile(r"<@!?(\d+)>")
_ROLE: Final = re.compile(r"<@&(\d+)>")
_EVERYONE: Final = re.compile(r"@(?:everyone|here)\b")


def resolve(
    content: str,
    allowed: Json | None,
    channel: Channel,
    people: Collection[int],
    replied_to: int | None = None,
) -> Mentions:
    """Say whom a new message rings.

    Args:
        content: The message's text; embeds ring nobody, code neither.
        allowed: ``allowed_mentions`` as sent, or None when left out.
        channel: Where it goes: not every place lets the bot ring everyone.
        people: Ids of the users that exist.
        replied_to: Author of the message replied to.
    """
    text = _CODE.sub(" ", content)
    users = {int(u) for u in _USER.findall(text)} & set(people)
    roles = {int(r) for r in _ROLE.findall(text)}
    everyone = bool(_EVERYONE.search(text))
    if allowed is not None:
        users = _permitted(users, "users", allowed)
        roles = _permitted(roles, "roles", allowed)
        everyone = everyone and "everyone" in (allowed.get("parse") or [])
        replied_to = replied_to if allowed.get("replied_user") else None
    return Mentions(
        users=frozenset(users),
        roles=frozenset(roles if not channel.private else ()),
        everyone=everyone and channel.everyone_may_ring and not channel.private,
        replied_user=replied_to,
    )


def _permitted(ids: set[int], kind: str, allowed: Json) -> set[int]:
    if kind in (allowed.get("parse") or []):
        return ids
    return ids & {int(each) for each in allowed.get(kind) or []}
