"""One use of the bot: acknowledged in time, answered, and answered whatever comes.

An interaction is answered by its own token: within three seconds, and after that for
fifteen minutes. Where the token is dead the answer goes on through the channel.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import discord
import structlog

from adapters.discord.callers import Use, on_hidden, reachable
from adapters.discord.files import kept_picture, opened, with_picture
from adapters.discord.limits import TOKEN_SECONDS
from adapters.discord.messenger import DiscordMessenger, allowed
from adapters.discord.outcomes import (
    ALREADY_ACKNOWLEDGED,
    CALL_ERRORS,
    DEAD_TOKEN,
    outcome_of,
)
from adapters.discord.receipts import Address
from adapters.discord.render import Payload, render
from adapters.discord.sheet import Sheet
from bot.domain.attachment import Attachment
from bot.domain.notification import Delivered, Outcome, Reason, Refused, Unsure
from bot.domain.subscription import Destination, Receipt
from bot.ports import Clock, Letter
from bot.present.card import Card

log = structlog.get_logger(__name__)
_ODD: Final = "discord.odd_answer"  # the library stumbled; it is done for all that
_UNTOLD: Final = 0  # in place of a message's id
_CUT: Final = (aiohttp.ClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where an answer stands.

    Attributes:
        messages: Its ids, at least one.
        channel: The channel they are in.
        hidden: Only the asker sees it, or only the token can edit it.
    """

    messages: tuple[int, ...]
    channel: int
    hidden: bool

    @property
    def receipt(self) -> Receipt:
        """By which the messenger can edit it, if it is not hidden."""
        return Address(self.channel, self.messages).receipt


class Exchange:
    """One interaction and its answer.

    Args:
        use: The interaction.
        messenger: For what the token cannot do.
        clock: Time.
    """

    def __init__(self, use: Use, messenger: DiscordMessenger, *, clock: Clock) -> None:
        self.use = use
        self._clock = clock
        # Not by the time in the interaction's id: the clocks of two machines differ.
        self._until = clock.monotonic() + TOKEN_SECONDS
        self._messenger = messenger
        self._press = use.type is discord.InteractionType.component
        self._alive = True
        self._taken = False  # answered by another delivery of the same event
        self._deferred: bool | None = None  # how: True is for the asker's eyes alone

    @property
    def alive(self) -> bool:
        """Whether the token can still be used."""
        return self._alive and self._clock.monotonic() < self._until

    async def defer(self, *, private: bool) -> None:
        """Acknowledge now and answer later."""
        response = self.use.response
        done = await self._acknowledge(
            lambda: response.defer(ephemeral=private, thinking=not self._press)
        )
        if done is not None:
            self._deferred = private

    async def show(
        self,
        payloads: Sequence[Payload],
        *,
        card: Card,
        to: Destination,
        private: bool,
        edit: bool,
    ) -> Shown | None:
        """Show the answer.

        Args:
            payloads: As drawn.
            card: The same undrawn, for the way through the channel.
            to: Where that way leads.
            private: For the asker's eyes alone.
            edit: In place of the message whose button was pressed.

        Returns:
            Where it stands; None if there is nowhere left to show it.
        """
        first, *rest = payloads
        edit = edit and self._press
        message = None
        if self.alive and not self._taken:
            message = await self._by_token(first, private=private, edit=edit)
        if self._taken:
            return None
        if message is None:
            return await self._by_channel(card, to=to, private=private, edit=edit)
        more = [await self.follow(payload, private=private) for payload in rest]
        hidden = self._is_hidden(private=private, edit=edit)
        ids = (message, *(each for each in more if each))
        return Shown(messages=ids, channel=self._channel, hidden=hidden)

    async def follow(self, payload: Payload, *, private: bool) -> int | None:
        """Say more; gives the message's id, None if it could not be said."""
        try:
            message = await self.use.followup.send(
                payload.content or discord.utils.MISSING,
                embeds=[payload.embed] if payload.embed else discord.utils.MISSING,
                view=Sheet(payload.rows),
                ephemeral=private,
                allowed_mentions=allowed(payload.mentions),
                wait=True,
            )
        except CALL_ERRORS as error:
            log.warning("discord.follow_up_failed", error=type(error).__name__)
            return None
        except Exception:
            log.exception(_ODD)
            return None
        return message.id

    async def change(
        self, shown: Shown, card: Card, *, to: Destination, files: Sequence[Attachment]
    ) -> Outcome:
        """Show another card in an answer, or the same with its pictures."""
        if self.alive:
            outcome = await self._change_by_token(shown, render(card)[0], files)
            too_large = isinstance(outcome, Refused) and (
                outcome.reason is Reason.TOO_LARGE
            )
            if isinstance(outcome, Delivered) or shown.hidden or too_large:
                return outcome
        if shown.hidden:
            return Refused(reason=Reason.MESSAGE_GONE)
        return await self._messenger.edit(
            shown.receipt, card, to=to, files=tuple(files)
        )

    # -- by the token ---------------------------------------------------------------

    @property
    def _channel(self) -> int:
        return self.use.channel_id or 0

    def _is_hidden(self, *, private: bool, edit: bool) -> bool:
        unseen = on_hidden(self.use) if edit else private
        return unseen or not reachable(self.use)

    async def _by_token(
        self, payload: Payload, *, private: bool, edit: bool
    ) -> int | None:
        if self._deferred is None and not self.use.response.is_done():
            message = await self._at_once(payload, private=private, edit=edit)
            if message or self._taken or not self._alive:
                return message
        return await self._after_all(payload, private=private, edit=edit)

    async def _at_once(
        self, payload: Payload, *, private: bool, edit: bool
    ) -> int | None:
        """Acknowledge with the answer itself."""
        response = self.use.response
        if edit:
            done = await self._acknowledge(
                lambda: response.edit_message(**self._edited(payload))
            )
            return None if done is None else (self.use.message or self.use).id
        done = await self._acknowledge(
            lambda: response.send_message(
                payload.content or None,
                embeds=[payload.embed] if payload.embed else [],
                view=Sheet(payload.rows),
                ephemeral=private,
                allowed_mentions=allowed(payload.mentions),
            )
        )
        return await self._original() if done == _UNTOLD else done

    async def _original(self) -> int:
        """Ask which message the answer became, where that was not told."""
        try:
            return (await self.use.original_response()).id
        except CALL_ERRORS as error:
            log.info("discord.answer_unknown", error=type(error).__name__)
        except Exception:
            log.exception(_ODD)
        return self.use.id

    async def _acknowledge(
        self, call: Callable[[], Awaitable[Any]], *, again: bool = True
    ) -> int | None:
        """Acknowledge once; after a cut connection once more, to see what became of it.

        Returns:
            The id of the message, 0 if it is not told; None if it came to nothing.
        """
        try:
            answered = await call()
        except discord.HTTPException as error:
            self._refused(error, repeated=not again)
        except _CUT:
            if again:
                return await self._acknowledge(call, again=False)
            self._alive = False
        except Exception:
            log.exception(_ODD)
            return _UNTOLD
        else:
            return int(answered.message_id or _UNTOLD)
        return None

    def _refused(self, error: discord.HTTPException, *, repeated: bool) -> None:
        if error.code == ALREADY_ACKNOWLEDGED and repeated:
            self._deferred = False  # our first try has arrived: go on from there
        elif error.code == ALREADY_ACKNOWLEDGED:
            self._taken = True
        else:
            self._alive = False
            log.info("discord.acknowledged_late", code=error.code, status=error.status)

    async def _after_all(
        self, payload: Payload, *, private: bool, edit: bool
    ) -> int | None:
        """Answer what was acknowledged before."""
        try:
            if self._press and not edit:
                return await self.follow(payload, private=private)
            if private and not self._press and self._deferred is False:
                await self.use.delete_original_response()
                return await self.follow(payload, private=True)
            message = await self.use.edit_original_response(**self._edited(payload))
        except CALL_ERRORS as error:
            self._alive = False
            log.info("discord.token_dead", error=type(error).__name__)
            return None
        except Exception:
            log.exception(_ODD)
            return await self._original()
        return message.id

    def _edited(self, payload: Payload) -> dict[str, Any]:
        return {
            "content": payload.content or None,
            "embeds": kept_picture(payload, self.use.message),
            "view": Sheet(payload.rows),
            "allowed_mentions": allowed(payload.mentions),
        }

    async def _change_by_token(
        self, shown: Shown, payload: Payload, attachments: Sequence[Attachment]
    ) -> Outcome:
        try:
            files = opened(attachments)
            await self.use.followup.edit_message(
                shown.messages[0],
                content=payload.content or None,
                embeds=with_picture(payload, attachments),
                attachments=files or discord.utils.MISSING,
                view=Sheet(payload.rows),
                allowed_mentions=allowed(payload.mentions),
            )
        except CALL_ERRORS as error:
            if getattr(error, "code", 0) in DEAD_TOKEN:
                self._alive = False
                return Refused(reason=Reason.MESSAGE_GONE)
            return outcome_of(error, sending=False)
        except Exception:
            log.exception(_ODD)
            return Unsure(reason=Reason.UNAVAILABLE)
        return Delivered(receipt=shown.receipt)

    # -- by the channel -------------------------------------------------------------

    async def _by_channel(
        self, card: Card, *, to: Destination, private: bool, edit: bool
    ) -> Shown | None:
        """Answer by the bot's own token; the interaction's id is the nonce."""
        if self._is_hidden(private=private, edit=edit):
            log.warning("discord.answer_lost", private=private)
            return None
        outcome = await self._edit_or_send(card, to=to, edit=edit)
        if not isinstance(outcome, Delivered):
            log.warning("discord.answer_lost", outcome=type(outcome).__name__)
            return None
        address = Address.parse(outcome.receipt)
        return Shown(messages=address.messages, channel=address.channel, hidden=False)

    async def _edit_or_send(
        self, card: Card, *, to: Destination, edit: bool
    ) -> Outcome:
        if edit and self.use.message is not None:
            receipt = Address(self._channel, (self.use.message.id,)).receipt
            return await self._messenger.edit(receipt, card, to=to)
        letter = Letter(card=card, to=to, key=f"i{self.use.id}")
        return await self._messenger.send(letter)
