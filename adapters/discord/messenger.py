"""The Discord messenger: cards into channels by the bot's own token."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import discord
import structlog

from adapters.discord import limits
from adapters.discord.echo import Echoes
from adapters.discord.files import opened, with_picture
from adapters.discord.line import Line
from adapters.discord.outcomes import (
    CALL_ERRORS,
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    UNKNOWN_MESSAGE,
    outcome_of,
)
from adapters.discord.receipts import Address, drawn, reference, search
from adapters.discord.render import Payload, render
from adapters.discord.rights import (
    cached_missing,
    only_files_lack,
    reads_history,
)
from adapters.discord.sheet import Sheet
from bot.domain.attachment import Attachment, MediaLimits
from bot.domain.notification import (
    Deferred,
    Delivered,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.subscription import Destination, Person, Place, Platform, Receipt
from bot.ports import Clock, Letter, Pace
from bot.present.answers import missing_rights
from bot.present.card import Card
from bot.present.reader import Reader

log = structlog.get_logger(__name__)
PLATFORM: Final = Platform("discord")
_CALL_SECONDS: Final = 30.0
_UPLOAD_SECONDS: Final = 120.0
_NO_CLIENT_SECONDS: Final = 2.0
_SKEW: Final = timedelta(seconds=60)  # between Discord's clock and ours
_GONE: Final = 0  # in place of the id of a message that was deleted since


class CallError(Exception):
    """A call came to nothing; carries what the caller is told."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


class DiscordMessenger:
    """The port `Messenger` for Discord.

    Args:
        line: The client of the moment.
        clock: Time.
    """

    platform = PLATFORM
    calls_a_second = limits.CALLS_A_SECOND

    def __init__(self, *, line: Line, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        self.echoes = Echoes(clock)

    def pace(self, destination: Destination) -> Pace:  # noqa: ARG002 - all are alike
        """How fast a channel may be spoken to."""
        return Pace(
            edit_seconds=limits.EDIT_SECONDS,
            old_edit_seconds=limits.OLD_EDIT_SECONDS,
            calls_a_minute=limits.CALLS_A_MINUTE,
            ring_seconds=limits.RING_SECONDS,
            digest_lines=limits.BUTTONS,
        )

    def media_limits(self, destination: Destination) -> MediaLimits:
        """What files this place takes: a server's boosts allow more."""
        most = min(self._file_bytes(destination), limits.REQUEST_BYTES)
        return MediaLimits(
            photo_bytes=most,
            document_bytes=most,
            video_bytes=most,
            total_bytes=limits.REQUEST_BYTES,
            album_count=limits.FILES,
            photo_types=limits.PHOTO_TYPES,
        )

    def chat_name(self, destination: Destination) -> str:
        """What people call this channel."""
        return self._line.places.name(self._line.client, destination)

    def repeats_safely(self, *, since: datetime, now: datetime) -> bool:
        """Whether Discord still knows the nonce of a try."""
        return timedelta() <= now - since < timedelta(seconds=limits.NONCE_SECONDS)

    async def send(self, letter: Letter) -> Outcome:
        """Send a new message; the same key within the window is one message."""
        try:
            return await self._send(letter)
        except CallError as error:
            return error.outcome

    async def edit(
        self,
        receipt: Receipt,
        card: Card,
        *,
        to: Destination,  # noqa: ARG002 - the receipt says it all
        files: tuple[Attachment, ...] = (),
    ) -> Outcome:
        """Show another card in the same message, by the bot's own token."""
        payloads = render(card)
        try:
            address = await self._show(Address.parse(receipt), payloads, files)
        except CallError as error:
            return error.outcome
        await self.echoes.follow(receipt, payloads[0])
        return Delivered(receipt=address.receipt)

    async def find(self, letter: Letter, *, since: datetime) -> Receipt | bool:
        """Look for an earlier delivery among the channel's last messages."""
        to, channel = letter.to, channel_of(letter.to)
        try:
            async with self._calling(channel, sending=False) as client:
                sure = to.place is Place.PRIVATE or reads_history(client, channel)
                return await search(client, channel, letter, since - _SKEW, sure=sure)
        except CallError:
            return True

    async def tell_person(self, person: Person, card: Card, *, key: str) -> Outcome:
        """Write a direct message."""
        try:
            channel = await self.direct_channel(person)
        except CallError as error:
            return error.outcome
        to = Destination(platform=PLATFORM, chat=str(channel), place=Place.PRIVATE)
        return await self.send(Letter(card=card, to=to, key=key, loud=True))

    async def sees(self, channel: int) -> bool | None:
        """Whether the bot can look into a channel; None: Discord does not say now."""
        try:
            async with self._calling(channel, sending=False) as client:
                await client.http.get_channel(channel)
        except CallError as error:
            return False if isinstance(error.outcome, Refused) else None
        return True

    async def nod(self, channel: int, message: int) -> bool:
        """React to somebody's message; False where that is not possible."""
        try:
            async with self._calling(channel, sending=False) as client:
                place = client.get_partial_messageable(channel)
                await place.get_partial_message(message).add_reaction(limits.SEEN)
        except CallError:
            return False
        return True

    async def direct_channel(self, person: Person) -> int:
        """Open the direct messages with a person; says their channel's id.

        Raises:
            CallError: Not possible, or not now.
        """
        async with self._calling(0, sending=False):
            return await self._line.direct_channel(int(person.id))

    # -- sending -------------------------------------------------------------------

    async def _send(self, letter: Letter) -> Outcome:
        channel = channel_of(letter.to)
        first, *rest = drawn(letter)
        sent = await self._post_with_files(channel, first, letter)
        for number, payload in enumerate(rest, start=1):
            quiet = replace(letter, key=_part(letter.key, number), loud=False, files=())
            sent = (*sent, *await self._post_part(channel, payload, quiet))
        await self.echoes.follow(letter.reply_to, first, last=True)
        return Delivered(receipt=Address(channel, sent).receipt)

    async def _post_with_files(
        self, channel: int, payload: Payload, letter: Letter
    ) -> tuple[int, ...]:
        """Post; where only the right to attach is missing, post without the files."""
        try:
            return await self._post(channel, payload, letter)
        except CallError as error:
            refused = getattr(error.__cause__, "code", 0) == MISSING_PERMISSIONS
            alone = refused and only_files_lack(self._line.client, channel)
            if not (letter.files and alone):
                raise
        reader = Reader(language=letter.card.language, now=self._clock.now())
        remark = missing_rights(self._missing(channel, reader.language), reader).blocks
        card = replace(letter.card, blocks=(*letter.card.blocks, *remark))
        bare = replace(letter, card=card, files=())
        return await self._post(channel, drawn(bare)[0], bare)

    async def _post_part(
        self, channel: int, payload: Payload, letter: Letter
    ) -> tuple[int, ...]:
        """Post what goes below a message that is out, and must not come again."""
        try:
            return await self._post(channel, payload, letter)
        except CallError as error:
            reason = getattr(error.outcome, "reason", Reason.UNAVAILABLE)
            raise CallError(Unsure(reason=reason)) from error

    async def _post(
        self, channel: int, payload: Payload, letter: Letter
    ) -> tuple[int, ...]:
        slow = bool(letter.files)
        async with (
            self._calling(channel, sending=True, slow=slow) as client,
            _files(letter.files) as files,
        ):
            place = client.get_partial_messageable(channel)
            try:
                message = await place.send(
                    payload.content or None,
                    embeds=with_picture(payload, letter.files),
                    files=files,
                    view=Sheet(payload.rows),
                    nonce=letter.key,
                    reference=reference(letter.reply_to),  # type: ignore[arg-type]  # None is its default
                    mention_author=False,
                    allowed_mentions=allowed(payload.mentions),
                    silent=not letter.loud,
                )
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
                return (_GONE,)  # it was told by this key, and deleted since
        return (message.id,)

    async def _show(
        self,
        address: Address,
        payloads: Sequence[Payload],
        attachments: tuple[Attachment, ...],
    ) -> Address:
        """Edit message by message; make or delete what there is too few or many of."""
        if address.messages[0] == _GONE:
            raise CallError(Refused(reason=Reason.MESSAGE_GONE))
        shown: list[int] = []
        for number, payload in enumerate(payloads):
            files = attachments if number == 0 else ()
            if number < len(address.messages):
                message = address.messages[number]
                await self._change(address.channel, message, payload, files)
                shown.append(message)
            else:
                letter = self._follower(address, number)
                shown += await self._post(address.channel, payload, letter)
        await self._drop(address.channel, address.messages[len(payloads) :])
        return Address(address.channel, tuple(shown))

    async def _change(
        self,
        channel: int,
        message: int,
        payload: Payload,
        attachments: tuple[Attachment, ...],
    ) -> None:
        slow = bool(attachments)
        async with (
            self._calling(channel, sending=False, slow=slow) as client,
            _files(attachments) as files,
        ):
            place = client.get_partial_messageable(channel)
            await place.get_partial_message(message).edit(
                content=payload.content or None,
                embeds=with_picture(payload, attachments),
                attachments=files or discord.utils.MISSING,
                view=Sheet(payload.rows),
                allowed_mentions=allowed(payload.mentions),
            )

    async def _drop(self, channel: int, messages: Iterable[int]) -> None:
        for message in messages:
            with contextlib.suppress(CallError):
                async with self._calling(channel, sending=False) as client:
                    place = client.get_partial_messageable(channel)
                    await place.get_partial_message(message).delete()

    def _follower(self, address: Address, number: int) -> Letter:
        to = Destination(platform=PLATFORM, chat=str(address.channel))
        return Letter(card=Card(), to=to, key=f"{address.messages[0]}+{number}")

    # -- calling ----------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _calling(
        self, channel: int, *, sending: bool, slow: bool = False
    ) -> AsyncIterator[discord.Client]:
        """Make calls with a deadline; whatever goes wrong becomes an outcome.

        Raises:
            CallError: With the outcome.
        """
        client = self._gate()
        try:
            async with asyncio.timeout(_UPLOAD_SECONDS if slow else _CALL_SECONDS):
                yield client
        except CallError:
            raise
        except CALL_ERRORS as error:
            outcome = outcome_of(error, sending=sending)
            raise CallError(self._detailed(error, outcome, channel)) from error
        except Exception as error:  # what the call was for may be done all the same
            log.exception("discord.odd_answer", error=type(error).__name__)
            raise CallError(Unsure(reason=Reason.UNAVAILABLE)) from error

    def _gate(self) -> discord.Client:
        if self._line.client is None:
            raise CallError(_closed(_NO_CLIENT_SECONDS, Reason.UNAVAILABLE))
        wait = self._line.budget.wait_seconds()
        if wait:
            raise CallError(_closed(wait, Reason.RATE_LIMITED))
        return self._line.client

    def _detailed(
        self, error: BaseException, outcome: Outcome, channel: int
    ) -> Outcome:
        """Add the names of the rights that are missing, as far as they are known."""
        codes = (MISSING_ACCESS, MISSING_PERMISSIONS)
        if not isinstance(outcome, Refused) or getattr(error, "code", 0) not in codes:
            return outcome
        return replace(outcome, detail=self._missing(channel))

    def _missing(self, channel: int, language: str = "en") -> str:
        return cached_missing(self._line.client, channel, language)

    def _file_bytes(self, destination: Destination) -> int:
        client = self._line.client
        channel = client.get_channel(int(destination.chat)) if client else None
        guild = getattr(channel, "guild", None)
        return guild.filesize_limit if guild else limits.FILE_BYTES


def channel_of(destination: Destination) -> int:
    """The channel that messages to a destination go to: its thread, if it has one."""
    return int(destination.thread or destination.chat)


def allowed(people: Iterable[int]) -> discord.AllowedMentions:
    """Let a message ring these people and nobody else, nor whom it replies to."""
    return discord.AllowedMentions(
        everyone=False,
        roles=False,
        users=[discord.Object(person) for person in people],
        replied_user=False,
    )


@contextlib.asynccontextmanager
async def _files(
    attachments: Sequence[Attachment],
) -> AsyncIterator[list[discord.File]]:
    """Open files for one call.

    Raises:
        CallError: One is not there any more; it must be fetched again.
    """
    try:
        files = opened(attachments)
    except OSError as error:
        later = Deferred(after_seconds=1.0, reason=Reason.WAITING)
        raise CallError(later) from error
    try:
        yield files
    finally:
        for file in files:
            file.close()


def _closed(seconds: float, reason: Reason) -> Deferred:
    return Deferred(
        after_seconds=seconds, reason=reason, whole_platform=True, counts=False
    )


def _part(key: str, number: int) -> str:
    return f"{key[: limits.NONCE_LIMIT - 3]}+{number}"
