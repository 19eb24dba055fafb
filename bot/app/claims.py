"""The first operator: a one-time code, told where only whoever started it can read."""

import secrets
from typing import Final

import structlog

from bot.commands.access import Access
from bot.domain.access import claim_digest
from bot.ports import Store

log = structlog.get_logger(__name__)

_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing looks like another
_LENGTH: Final = 12  # sixty bits: nobody guesses that at twenty tries a minute


async def offer_claim(access: Access, store: Store) -> None:
    """Offer a code while nobody is operator; each start makes the earlier one void."""
    if access.operators:
        return
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    await store.offer_claim(claim_digest(code))
    log.warning(
        "access.no_operator",
        to_become_one=f"send /claim {code} to the bot, once",
        setting="OPERATORS",
    )
