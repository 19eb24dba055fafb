"""The short token that a chat button carries instead of a customId.

Telegram gives 64 bytes and customIds run to 83, so a button names a task's store
key and a position; a check of a few characters says whether it is still the same
task and the same customId. Its form is a promise: released refs work for ever.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.task import TaskKey

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_FORM: Final = re.compile(
    r"m1([a-z])\.([0-9a-z]{1,13})\.([0-9a-z]{1,4})\.([0-9a-f]{8})"
)
CHECK_LENGTH: Final = 8
REF_PATTERN: Final = r"m1[a-z]\.[0-9a-z]{1,13}\.[0-9a-z]{1,4}\.[0-9a-f]{8}"


class Verb(StrEnum):
    """What a press asks for; one letter each, never given a new meaning."""

    REPORT = "b"  # report a relay button's customId
    WATCH = "w"
    REFRESH = "r"
    STOP = "s"  # stop watching, for the one who asked or a manager
    SEED = "e"
    DETAILS = "d"
    CUSTOM_IDS = "c"  # all customIds of the task
    ORIGINAL = "o"  # the original file
    PICTURE = "p"  # try the picture again, or bring a digest's picture
    GO_ON = "g"  # watch on after giving up
    OPEN = "k"  # (re)open the task's card
    LIST_PAGE = "l"  # position = page, key = 0
    RECENT_PAGE = "n"
    OWN_KEY = "y"  # how to use one's own key
    SETTING = "t"  # position = index of a setting's choice
    FEED = "f"  # key = the feed's number; position 0 renews it, 1 removes it


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonRef:
    """A press: verb, task, position, and a check of what it was made for."""

    verb: Verb
    task_key: TaskKey
    position: int = 0  # 0..46655
    check: str = "0" * CHECK_LENGTH

    def __str__(self) -> str:
        return f"m1{self.verb}.{_base36(self.task_key)}.{_base36(self.position)}.{self.check}"


def check_of(task_id: str, custom_id: str = "") -> str:
    """Digest what a button was made for: the task's id and the customId."""
    digest = hashlib.sha256(f"{task_id}\0{custom_id}".encode())
    return digest.hexdigest()[:CHECK_LENGTH]


def parse_ref(text: str) -> ButtonRef | None:
    """Read a ref; None for whatever is not one of ours."""
    match = _FORM.fullmatch(text)
    if not match or match[1] not in set(Verb):
        return None
    return ButtonRef(
        verb=Verb(match[1]),
        task_key=TaskKey(int(match[2], 36)),
        position=int(match[3], 36),
        check=match[4],
    )


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
