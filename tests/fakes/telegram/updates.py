"""The one queue of updates: polled, or pushed to a webhook."""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable

import aiohttp

from tests.fakes.telegram.model import Json, World
from tests.fakes.telegram.refusal import broken, conflict
from tests.fakes.telegram.rules import webhook
from tests.fakes.telegram.wire import Call

LONGEST_POLL = 50
# Not sent unless asked for by name.
SHY = {"chat_member", "message_reaction", "message_reaction_count"}
OTHER_POLLER = (
    "terminated by other getUpdates request;"
    " make sure that only one bot instance is running"
)
HOOKED = (
    "can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)


class Updates:
    """Holds updates until they are confirmed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ids = itertools.count(100_001)
        self._poll = 0
        self.pending: list[Json] = []
        self.sent: list[Json] = []
        self.allowed: list[str] = []
        self.hook: Json = {}
        self.hook_targets: list[str] = []
        self.hook_answers: list[int] = []
        self.hook_retry_seconds = 0.05
        self.hook_error: str | None = None
        self.closing = False

    def push(self, kind: str, content: Json, *, update_id: int | None = None) -> Json:
        """Queue an update if the bot wants its kind; return it either way."""
        number = next(self._ids) if update_id is None else update_id
        update: Json = {"update_id": number, kind: content}
        wanted = kind in self.allowed if self.allowed else kind not in SHY
        if wanted:
            self.sent.append(update)
            self.pending.append(update)
        return update

    def replay(self, update: Json) -> None:
        """Queue an update again, as after an answer that got lost."""
        self.pending.append(update)

    async def poll(self, call: Call) -> list[Json]:
        """Answer getUpdates; a second poller ends the first.

        Raises:
            Refused: A webhook is set, or another poll began meanwhile.
        """
        if self.hook.get("url"):
            raise conflict(HOOKED)
        self._confirm(call.params)
        self._poll += 1
        await self._world.announce()
        await self._wait(self._poll, call.params.get("timeout") or 0)
        return self._due(call.params)

    async def _wait(self, mine: int, seconds: float) -> None:
        def over() -> bool:
            return bool(self.pending) or self.closing or mine != self._poll

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, LONGEST_POLL)):
                async with self._world.changed:
                    await self._world.changed.wait_for(over)
        if mine != self._poll:
            raise conflict(OTHER_POLLER)

    def _confirm(self, params: Json) -> None:
        self._allow(params)
        offset = params.get("offset") or 0
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset:
            self.pending = [u for u in self.pending if u["update_id"] >= offset]

    def _due(self, params: Json) -> list[Json]:
        limit = params.get("limit") or 100
        if not 1 <= limit <= 100:
            raise broken("limit must be 1-100")
        return self.pending[:limit]

    def _allow(self, params: Json) -> None:
        """Remember allowed_updates: the setting sticks until given again."""
        if params.get("allowed_updates") is not None:
            self.allowed = list(params["allowed_updates"])

    def set_webhook(self, call: Call) -> bool:
        """Push from now on; an empty address goes back to polling."""
        url = webhook(call.params)
        self._allow(call.params)
        self._drop(call.params)
        self.hook = dict(call.params) | {"url": url} if url else {}
        return True

    def delete_webhook(self, call: Call) -> bool:
        """Go back to polling."""
        self._drop(call.params)
        self.hook = {}
        return True

    def _drop(self, params: Json) -> None:
        if params.get("drop_pending_updates"):
            self.pending.clear()

    def webhook_info(self) -> Json:
        """Return the Bot API's WebhookInfo."""
        found: Json = {
            "url": self.hook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending),
        }
        if self.hook.get("url"):
            found["max_connections"] = self.hook.get("max_connections", 40)
        if self.hook_error:
            found |= {"last_error_date": self._world.now()}
            found |= {"last_error_message": self.hook_error}
        return found | ({"allowed_updates": self.allowed} if self.allowed else {})

    async def deliver(self, run: Callable[[Json], Awaitable[None]]) -> None:
        """Push to the webhook until the fake closes.

        Args:
            run: Runs a method call that came back in a webhook's answer.
        """
        async with aiohttp.ClientSession() as session:
            for turn in itertools.count():
                await self._until_due()
                if self.closing:
                    return
                await self._deliver_one(session, turn, run)

    async def _until_due(self) -> None:
        async with self._world.changed:
            await self._world.changed.wait_for(
                lambda: self.closing or bool(self.hook.get("url") and self.pending)
            )

    async def _deliver_one(
        self,
        session: aiohttp.ClientSession,
        turn: int,
        run: Callable[[Json], Awaitable[None]],
    ) -> None:
        update, targets = self.pending[0], self.hook_targets or [self.hook["url"]]
        try:
            answer = await self._post(session, targets[turn % len(targets)], update)
        except (aiohttp.ClientError, TimeoutError) as error:
            self.hook_error = type(error).__name__
            await self._pause()
            return
        self.pending = [each for each in self.pending if each is not update]
        await self._world.announce()
        if answer.get("method"):
            await run(answer)

    async def _post(
        self, session: aiohttp.ClientSession, url: str, update: Json
    ) -> Json:
        secret = self.hook.get("secret_token")
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        patience = aiohttp.ClientTimeout(total=10)
        async with session.post(
            url, json=update, headers=headers, timeout=patience, allow_redirects=False
        ) as answer:
            self.hook_answers.append(answer.status)
            if not 200 <= answer.status < 300:
                raise aiohttp.ClientPayloadError(f"Wrong response: {answer.status}")
            json_sent = answer.content_type == "application/json"
            return (await answer.json() or {}) if json_sent else {}

    async def _pause(self) -> None:
        """Wait before the next try, or until the fake closes."""
        await self._world.announce()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.hook_retry_seconds), self._world.changed:
                await self._world.changed.wait_for(lambda: self.closing)
