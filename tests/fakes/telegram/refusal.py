"""How the real server says no, sorted by whose fault it is."""

from typing import Literal

Reason = Literal["rule", "state", "flood"]


class Refused(Exception):  # noqa: N818 -- an answer of the server, not an error of ours
    """A call the server does not accept.

    `reason` is "rule" for a call that could never be right, "state" for one that
    the world stands against, "flood" for one that comes too early.
    """

    def __init__(
        self,
        code: int,
        description: str,
        reason: Reason = "rule",
        parameters: dict[str, int] | None = None,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.reason: Reason = reason
        self.parameters = parameters or {}


def broken(description: str) -> Refused:
    """Return the answer to a call that breaks a rule."""
    return Refused(400, f"Bad Request: {description}")


def missing(description: str) -> Refused:
    """Return the answer to a call about something that is not so (any more)."""
    return Refused(400, f"Bad Request: {description}", "state")


def turned_away(description: str) -> Refused:
    """Return the answer to a call into a chat that does not want the bot."""
    return Refused(403, f"Forbidden: {description}", "state")


def moved(chat_id: int) -> Refused:
    """Return the answer to a call into a group that became a supergroup."""
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    return Refused(400, words, "state", {"migrate_to_chat_id": chat_id})


def too_fast(seconds: int) -> Refused:
    """Return the answer to a call that comes too early."""
    words = f"Too Many Requests: retry after {seconds}"
    return Refused(429, words, "flood", {"retry_after": seconds})


def conflict(description: str) -> Refused:
    """Return the answer to a poll that is not alone."""
    return Refused(409, f"Conflict: {description}", "state")
