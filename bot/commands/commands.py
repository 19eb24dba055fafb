"""What a door may ask of the core: every command, every press, in one place."""

from collections.abc import Sequence
from typing import Protocol

from bot.commands.reply import Caller, Reply, Suggestion
from bot.domain.attachment import Attachment, MediaLimits
from bot.domain.subscription import Platform, Receipt, SubscriptionId
from bot.domain.task import TaskKey


class CommandsApi(Protocol):
    """The commands as the doors see them."""

    async def status(self, caller: Caller, text: str) -> Reply:
        """Answer `/status <ids...>`."""

    async def watch(self, caller: Caller, text: str) -> Reply:
        """Answer `/watch <ids...>`; without an id, offer what was looked at last."""

    async def unwatch(self, caller: Caller, text: str) -> Reply:
        """Answer `/unwatch <id>`; without an id, let choose."""

    async def list(self, caller: Caller, page: int = 0) -> Reply:
        """Answer `/list`."""

    async def recent(self, caller: Caller, page: int = 0) -> Reply:
        """Answer `/recent`."""

    async def seed(self, caller: Caller, text: str) -> Reply:
        """Answer `/seed <id>`."""

    async def settings(self, caller: Caller) -> Reply:
        """Answer `/settings`."""

    async def help(self, caller: Caller) -> Reply:
        """Answer `/help` and `/start`."""

    async def press(self, caller: Caller, ref: str) -> Reply:
        """Answer a press of one of our buttons; never raises for an odd ref."""

    async def free_text(self, caller: Caller, text: str) -> Reply | None:
        """Answer free text that holds ids or relay links, as a status; else None."""

    async def suggest(self, caller: Caller, prefix: str) -> Sequence[Suggestion]:
        """Suggest ids while typing, 25 at most."""

    async def attach(self, subscription: SubscriptionId, receipt: Receipt) -> None:
        """Note which message has become a live card."""

    async def files(
        self,
        key: TaskKey,
        *,
        platform: Platform,
        limits: MediaLimits,
        original: bool = False,
    ) -> Sequence[Attachment]:
        """Fetch a task's pictures as this place takes them.

        Raises:
            PictureError: with a reason; `problem_card` says it.
        """

    async def keep_uploads(
        self,
        key: TaskKey,
        platform: Platform,
        files: Sequence[Attachment],
        uploads: dict[int, str],
    ) -> None:
        """Remember the platform's own names of uploaded files, for reuse."""

    async def picture_problem(self, caller: Caller, key: TaskKey, reason: str) -> Reply:
        """The task's card with a line that says why there is no picture, and a retry."""
