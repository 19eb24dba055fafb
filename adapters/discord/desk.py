"""Where every use of the bot comes together: thought about, answered, followed up."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import discord
import structlog

from adapters.discord.callers import (
    Use,
    caller_of,
    destination_of,
    in_private,
    note_member,
    on_hidden,
    person_of,
    reachable,
    untold,
)
from adapters.discord.echo import Echo
from adapters.discord.exchange import Exchange, Shown
from adapters.discord.limits import (
    ACKNOWLEDGE_SECONDS,
    REQUEST_BYTES,
    TOKEN_SECONDS,
)
from adapters.discord.messenger import PLATFORM, CallError, DiscordMessenger
from adapters.discord.render import Payload, render, report
from adapters.discord.rights import missing_names, rights_of
from adapters.discord.unanswered import Unanswered
from bot.commands.commands import Commands
from bot.commands.reply import Caller, How, Reply
from bot.domain.attachment import Attachment, MediaLimits, difference
from bot.domain.notification import (
    Deferred,
    Delivered,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.subscription import Receipt
from bot.errors import PictureError
from bot.i18n import negotiate
from bot.ports import Clock, Letter
from bot.present.answers import missing_rights, our_fault, private_refused
from bot.present.card import Card
from bot.present.reader import Reader

log = structlog.get_logger(__name__)
Think: TypeAlias = Callable[[Caller], Awaitable[Reply]]
_KEPT_MOST: Final = 1000  # uses that may come again, servers
_LOOK_SECONDS: Final = 1.0  # of the three in which an answer must begin
_NOTE_SECONDS: Final = 0.25  # of the same
_KEY: Final = "c{id}"  # names the live card that a use makes elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a person wants.

    Attributes:
        think: Gives the answer.
        undo: Takes it back, if it is to watch something and no card can be placed.
        private: For the asker's eyes alone.
        personal: Where the bot is no member, what it lists is the asker's own.
        several: More than one task is meant; none of them has its card in the answer.
    """

    think: Think
    undo: Think | None = None
    private: bool = False
    personal: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """An answer ready to be shown, and the live card that was placed for it."""

    caller: Caller
    reply: Reply
    receipt: Receipt | None = None


class Desk:
    """Answers people.

    Args:
        commands: What can be asked of the core.
        messenger: For cards that stand elsewhere than the answer.
        unanswered: Who waits.
        clock: Time.
        default_language: For people whose client speaks none of ours.
    """

    def __init__(
        self,
        *,
        commands: Commands,
        messenger: DiscordMessenger,
        unanswered: Unanswered,
        clock: Clock,
        default_language: str,
    ) -> None:
        self.commands = commands
        self._messenger = messenger
        self._unanswered = unanswered
        self._clock = clock
        self._default_language = default_language
        self._seen: dict[int, None] = {}
        self._members: dict[int, bool] = {}  # of servers that no event has told of

    async def answer(self, use: Use, ask: Ask) -> None:
        """Answer, whatever comes; acknowledged in time, however slow the relay is."""
        if self._repeated(use):
            return
        await self.find_place(use)
        alone = on_hidden(use) or (ask.personal and not reachable(use))
        ask = replace(ask, private=ask.private or alone)
        try:
            await self._answer(use, ask)
        except Exception:  # nobody above could do more than log it
            log.exception("discord.answer_failed")

    def _repeated(self, use: Use) -> bool:
        """Whether Discord has delivered this before: what was done is not done again."""
        if use.id in self._seen:
            return True
        self._seen[use.id] = None
        _bound(self._seen)
        return False

    async def find_place(self, use: Use) -> None:
        """Where no event has told of the server, look once whether we are a member."""
        guild, channel = use.guild_id or 0, use.channel_id
        if not untold(use) or channel is None:
            return
        if guild not in self._members:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    seen = await self._messenger.sees(channel)
                    self._members |= {} if seen is None else {guild: seen}
                    _bound(self._members)
        if self._members.get(guild):
            note_member(use)

    async def _answer(self, use: Use, ask: Ask) -> None:
        exchange = Exchange(use, self._messenger, clock=self._clock)
        async with asyncio.TaskGroup() as group:
            thinking = group.create_task(self._think(use, ask))
            await asyncio.wait({thinking}, timeout=ACKNOWLEDGE_SECONDS)
            if not thinking.done():
                await self._note(use, group)
                await exchange.defer(private=ask.private)
        await self._show(exchange, thinking.result(), private=ask.private)

    async def _note(self, use: Use, group: asyncio.TaskGroup) -> None:
        """Write down who waits, before they are told to; a slow disk keeps nobody."""
        language = self.reader(use).language
        noting = group.create_task(self._unanswered.note(use, language=language))
        await asyncio.wait({noting}, timeout=_NOTE_SECONDS)

    async def kind_word(self, use: Use, make: Callable[[Reader], Card]) -> None:
        """Answer with a card of the door's own."""

        async def think(_: Caller) -> Reply:
            return Reply(card=make(self.reader(use)), how=How.NOTICE, private=True)

        await self.answer(use, Ask(think=think, private=True))

    # -- thinking ---------------------------------------------------------------------

    async def _think(self, use: Use, ask: Ask) -> Thought:
        caller = caller_of(use)
        try:
            return await self._thought(use, ask, caller)
        except Exception:
            log.exception("discord.command_failed")
            card = our_fault(self.reader(use))
            return Thought(caller=caller, reply=Reply(card=card, private=True))

    async def _thought(self, use: Use, ask: Ask, caller: Caller) -> Thought:
        alone = not reachable(use) or (
            ask.undo is not None and (ask.private or on_hidden(use))
        )
        if alone:
            channel = await self.direct_channel(use)
            if channel is None and ask.undo is not None:
                return self._refused(use, caller)
            caller = in_private(caller, channel) if channel else caller
        elif ask.undo is not None and (lacking := self._lacking(use)):
            card = missing_rights(lacking, self.reader(use))
            return Thought(caller=caller, reply=Reply(card=card, private=True))
        reply = await ask.think(caller)
        if alone and ask.undo and _watches(ask, reply):
            return await self._place(use, ask, Thought(caller=caller, reply=reply))
        return Thought(caller=caller, reply=reply)

    async def direct_channel(self, use: Use) -> int | None:
        """Open the direct messages with who asks; None where that is not possible."""
        try:
            return await self._messenger.direct_channel(person_of(use))
        except CallError:
            return None

    async def _place(self, use: Use, ask: Ask, thought: Thought) -> Thought:
        """Send the live card where it can live on; if it is refused, watch nothing."""
        outcome = await self._send_card(use, thought)
        if isinstance(outcome, Refused):
            if ask.undo:
                await ask.undo(thought.caller)
            return self._refused(use, thought.caller)
        if not isinstance(outcome, Delivered):  # the dispatcher will make it
            return replace(thought, reply=replace(thought.reply, subscription=None))
        await self._attach(thought.reply, outcome.receipt)
        return replace(thought, receipt=outcome.receipt)

    async def _send_card(self, use: Use, thought: Thought) -> Outcome:
        letter = Letter(
            card=replace(thought.reply.card, mentions=()),
            to=thought.caller.destination,
            key=_KEY.format(id=use.id),
        )
        outcome = await self._messenger.send(letter)
        if isinstance(outcome, Unsure):  # the same key is one message
            outcome = await self._messenger.send(letter)
        return outcome

    def _refused(self, use: Use, caller: Caller) -> Thought:
        card = private_refused(self.reader(use))
        return Thought(caller=caller, reply=Reply(card=card, private=True))

    def _lacking(self, use: Use) -> str:
        """Name what the bot needs here and lacks; direct messages need nothing."""
        if use.guild_id is None:
            return ""
        rights = rights_of(use)
        if rights is None:  # whatever is lacking is named when it is refused
            return ""
        thread = destination_of(use).thread is not None
        language = self.reader(use).language
        return missing_names(rights, thread=thread, language=language)

    def reader(self, use: Use) -> Reader:
        """Say in whose language an answer of the door's own is put."""
        language = negotiate(use.locale.value, self._default_language)
        return Reader(language=language, now=self._clock.now())

    # -- showing ----------------------------------------------------------------------

    async def _show(
        self, exchange: Exchange, thought: Thought, *, private: bool
    ) -> None:
        reply = thought.reply
        hidden = private or reply.private or reply.how in {How.NOTICE, How.REPORT}
        shown = await exchange.show(
            _payloads(reply),
            card=reply.card,
            to=thought.caller.destination,
            private=hidden,
            edit=reply.how is How.EDIT,
        )
        await self._unanswered.done(exchange.use)
        if shown is None:
            return
        await self._keep(exchange, thought, shown)
        for card in _further(reply):
            for payload in render(card):
                await exchange.follow(payload, private=hidden)
        if reply.picture is not None:
            await self._picture(exchange, thought, shown)

    async def _keep(self, exchange: Exchange, thought: Thought, shown: Shown) -> None:
        """Make the answer the live card, or let it follow the one placed elsewhere."""
        if thought.reply.subscription is None:
            return
        if thought.receipt is not None:
            until = self._clock.monotonic() + TOKEN_SECONDS
            hook, message = exchange.use.followup, shown.messages[0]
            echo = Echo(hook=hook, message_id=message, until=until)
            self._messenger.echoes.add(thought.receipt, echo)
        elif not shown.hidden:
            await self._attach(thought.reply, shown.receipt)
        else:
            outcome = await self._send_card(exchange.use, thought)
            if isinstance(outcome, Delivered):
                await self._attach(thought.reply, outcome.receipt)

    async def _attach(self, reply: Reply, receipt: Receipt) -> None:
        if reply.subscription is not None:
            await self.commands.attach(reply.subscription, receipt, reply.version)

    async def _picture(
        self, exchange: Exchange, thought: Thought, shown: Shown
    ) -> None:
        """Bring the pictures into the card that stands already."""
        to = thought.caller.destination
        try:
            files = await self._files(exchange.use, thought)
        except PictureError as error:
            await self._no_picture(exchange, thought, shown, error.reason)
            return
        card = await self._beside(thought, files)
        outcome = await exchange.change(shown, card, to=to, files=files)
        match outcome:
            case Delivered():
                return
            case Refused(reason=reason) | Deferred(reason=reason):
                await self._no_picture(exchange, thought, shown, reason.value)
            case _:
                log.warning("discord.picture_lost")

    async def _beside(self, thought: Thought, files: Sequence[Attachment]) -> Card:
        """Offer the original on the card where the files are not what they were."""
        reply = thought.reply
        other = None if reply.original else difference(files)
        if other is None or reply.picture is None:
            return reply.card
        caller = thought.caller
        return (await self.commands.picture_problem(caller, reply.picture, other)).card

    async def _files(self, use: Use, thought: Thought) -> Sequence[Attachment]:
        key = thought.reply.picture
        if key is None:
            return ()
        return await self.commands.files(
            key,
            platform=PLATFORM,
            limits=self._limits(use),
            original=thought.reply.original,
        )

    def _limits(self, use: Use) -> MediaLimits:
        """What Discord says for this person and place may be more than the server's."""
        place = self._messenger.media_limits(destination_of(use))
        most = min(max(use.filesize_limit, place.photo_bytes), REQUEST_BYTES)
        return replace(place, photo_bytes=most, document_bytes=most, video_bytes=most)

    async def _no_picture(
        self, exchange: Exchange, thought: Thought, shown: Shown, reason: str
    ) -> None:
        if thought.reply.picture is None or reason == Reason.MESSAGE_GONE:
            return
        again = await self.commands.picture_problem(
            thought.caller, thought.reply.picture, reason
        )
        await exchange.change(
            shown, again.card, to=thought.caller.destination, files=()
        )


class DeskClient(discord.AutoShardedClient):
    """A client whose presses and commands find the desk.

    Args:
        desk: Answers people.
        options: The library's.
    """

    def __init__(self, desk: Desk, **options: Any) -> None:  # noqa: ANN401 - the library's own
        super().__init__(**options)
        self.desk = desk


def desk_of(use: Use) -> Desk:
    """Find the desk of the client that was used."""
    client = use.client
    if not isinstance(client, DeskClient):
        raise TypeError(type(client).__name__)
    return client.desk


def _bound(kept: dict[int, Any]) -> None:
    """Let the oldest go."""
    if len(kept) > _KEPT_MOST:
        del kept[next(iter(kept))]


def _watches(ask: Ask, reply: Reply) -> bool:
    """Whether a watch has begun whose card must be told elsewhere."""
    return reply.subscription is not None or (ask.several and not reply.private)


def _payloads(reply: Reply) -> list[Payload]:
    if reply.how is How.REPORT and reply.report is not None:
        explanation = reply.more[0] if reply.card.bare and reply.more else reply.card
        return [report(reply.report, explanation)]
    return render(reply.card)


def _further(reply: Reply) -> Sequence[Card]:
    """What follows the answer; a report's explanation stands beside it already."""
    return () if reply.how is How.REPORT else reply.more
