"""One use of the bot by a person, from the press to the last answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from tests.fakes.discord.clock import Changes, FakeClock
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.jsontypes import Json, JsonList
from tests.fakes.discord.model import (
    DEFAULT_FILE_LIMIT,
    Channel,
    StoredMessage,
    UploadedFile,
    User,
)
from tests.fakes.patience import PATIENCE_SECONDS

COMMAND: Final = 2
COMPONENT: Final = 3
AUTOCOMPLETE: Final = 4
MODAL_SUBMIT: Final = 5
ACKNOWLEDGE_WITHIN: Final = 3.0
TOKEN_LIFE: Final = 15 * 60.0
FOLLOWUPS_WITHOUT_BOT: Final = 5

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Response:
    """The bot's acknowledgement."""

    type: int
    payload: Json
    files: dict[str, UploadedFile]
    at: float


@dataclass(eq=False)
class Interaction:
    """What the bot was asked and what it answered.

    ``messages`` are the answers in the order they appeared, the original first.
    """

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    wire: Json
    created: float
    clock: FakeClock = field(repr=False)
    changes: Changes = field(repr=False)
    source: StoredMessage | None = None
    user_installed_only: bool = False
    file_limit: int = DEFAULT_FILE_LIMIT
    token_dead: bool = False
    response: Response | None = None
    original: StoredMessage | None = None
    followups: list[StoredMessage] = field(default_factory=list)
    refused: list[ApiError] = field(default_factory=list)

    @property
    def messages(self) -> list[StoredMessage]:
        """Return the answers that exist as messages and were not deleted."""
        first = [] if self.original is None else [self.original]
        return [m for m in [*first, *self.followups] if not m.deleted]

    @property
    def choices(self) -> JsonList:
        """Return the autocomplete answer."""
        choices: JsonList = self._payload().get("choices") or []
        return choices

    @property
    def modal(self) -> Json:
        """Return the modal that the bot opened.

        Raises:
            LookupError: It opened none.
        """
        if self.response is None or self.response.type != 9:
            raise LookupError("no modal was opened")
        return self.response.payload

    def acknowledgeable(self) -> None:
        """Refuse a late or second acknowledgement.

        Raises:
            ApiError: 10062 after three seconds, 40060 the second time.
        """
        if self.response is not None:
            raise ApiError(40060)
        if self.clock.now() - self.created > ACKNOWLEDGE_WITHIN:
            raise ApiError(10062)

    def usable(self) -> None:
        """Refuse the use of a token after its life.

        Raises:
            ApiError: 50027 when the token is dead, 10015 before the first answer.
        """
        if self.token_dead or self.clock.now() - self.created > TOKEN_LIFE:
            raise ApiError(50027)
        if self.response is None:
            raise ApiError(10015)

    async def wait_response(self, timeout: float = PATIENCE_SECONDS) -> Response:  # noqa: ASYNC109 - as until
        """Wait for the acknowledgement, of whatever kind."""
        return await self._until(lambda: self.response, timeout)

    async def wait_message(
        self,
        accept: Callable[[StoredMessage], object] = bool,
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109 - as until
    ) -> StoredMessage:
        """Wait for an answer that is no longer "thinking" and is accepted."""

        def found() -> StoredMessage | None:
            ready = (m for m in self.messages if not m.loading and accept(m))
            return next(ready, None)

        return await self._until(found, timeout)

    async def _until(self, predicate: Callable[[], T | None], limit: float) -> T:
        return await self.changes.until(predicate, limit, self._report)

    def _report(self) -> str:
        said = [(m.content, m.embeds) for m in self.messages]
        return f"acknowledged: {self.response}; messages: {said}; {self.refused}"

    def _payload(self) -> Json:
        return {} if self.response is None else self.response.payload
