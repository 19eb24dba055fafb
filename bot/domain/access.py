"""Names of who may use the bot, as the setting ALLOW and `/allow` take them."""

import hashlib
import re
from typing import Final

ALLOWED: Final = re.compile(r"discord:(?:guild|user):\d{1,20}|telegram:-?\d{1,20}")
_SEPARATORS: Final = re.compile(r"[\s,;\uff0c\uff1b\u3001]+")


def read_names(text: str) -> tuple[str, ...] | None:
    """Read names; None if one of them is none."""
    found = dict.fromkeys(each.lower() for each in _SEPARATORS.split(text) if each)
    return tuple(found) if all(map(ALLOWED.fullmatch, found)) else None


def claim_digest(code: str) -> str:
    """Digest a code as somebody typed it; the code itself is kept nowhere."""
    bare = re.sub(r"[\s-]", "", code).upper()
    return hashlib.sha256(b"mjwatch claim 1 " + bare.encode()).hexdigest()
