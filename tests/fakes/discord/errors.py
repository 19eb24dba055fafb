"""How Discord says no: a status, a numeric code and, for bad bodies, a tree."""

from typing import Final

from tests.fakes.discord.jsontypes import Json

INVALID_BODY: Final = 50035

_KNOWN: Final[dict[int, tuple[int, str]]] = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10014: (400, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    20028: (429, "The write action you are performing has hit the rate limit."),
    30046: (429, "Maximum number of edits to old messages reached."),
    40001: (401, "Unauthorized"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "Maximum number of follow up messages has been reached."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50083: (400, "Thread is archived"),
    50278: (403, "Cannot send messages to this user: no mutual guilds"),
}


class ApiError(Exception):
    """A refusal as the real API words it.

    Args:
        code: Discord's numeric code; those above have their own status.
        message: Words for the code, or None for the usual ones.
        errors: The tree below ``errors`` in the body.
        status: HTTP status, or None for the usual one of the code.
        scripted: The test asked for it, so it is no fault of the bot.
    """

    def __init__(
        self,
        code: int,
        message: str | None = None,
        *,
        errors: Json | None = None,
        status: int | None = None,
        scripted: bool = False,
    ) -> None:
        known_status, known_message = _KNOWN.get(code, (400, "Error"))
        self.code = code
        self.message = message or known_message
        self.errors = errors
        self.scripted = scripted
        self.status = status or known_status
        super().__init__(f"{self.status}/{code}: {self.message} {errors or ''}")

    def body(self) -> Json:
        """Return the JSON body of the answer."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors is not None:
            body["errors"] = self.errors
        return body


def invalid(path: str, code: str, message: str) -> ApiError:
    """Build the 50035 answer for one wrong place.

    Args:
        path: Dotted path into the body, for example ``embeds.0.title``.
        code: Discord's word for the error.
        message: What is wrong.
    """
    tree: Json = {"_errors": [{"code": code, "message": message}]}
    for part in reversed([part for part in path.split(".") if part]):
        tree = {part: tree}
    return ApiError(INVALID_BODY, "Invalid Form Body", errors=tree)
