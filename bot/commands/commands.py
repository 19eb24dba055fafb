"""The face of the commands: what a door may ask, each let in and guarded the same way."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from bot.commands import (
    feeding,
    hearing,
    keys,
    listing,
    looking,
    operating,
    presses,
    watching,
)
from bot.commands.core import Core
from bot.commands.fed import Feeder
from bot.commands.reply import Caller, Reply, Suggestion, aside
from bot.domain.attachment import Attachment, MediaLimits
from bot.domain.names import find_in_text
from bot.domain.subscription import Destination, Platform, Receipt, SubscriptionId
from bot.domain.task import TaskKey
from bot.errors import MjwatchError, PictureError
from bot.media.picture import PictureProblem
from bot.present import answers
from bot.present.card import Card
from bot.present.keys import key_stays
from bot.present.reader import Reader
from bot.present.ring import ways_out

log = structlog.get_logger(__name__)


class Commands:
    """Every command and press, for all doors.

    Args:
        core: What commands are made of.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.feeder = Feeder(core)

    async def status(self, caller: Caller, text: str) -> Reply:
        """Answer `/status <ids...>`."""
        return await self._let_in(caller, looking.status, text)

    async def watch(self, caller: Caller, text: str) -> Reply:
        """Answer `/watch <ids...>`; without an id, offer what was looked at last."""
        return await self._let_in(caller, watching.watch, text)

    async def unwatch(self, caller: Caller, text: str) -> Reply:
        """Answer `/unwatch <id>`; without an id, let choose."""
        return await self._let_in(caller, watching.unwatch, text)

    async def list(self, caller: Caller, page: int = 0) -> Reply:
        """Answer `/list`."""
        return await self._let_in(caller, listing.running, page)

    async def recent(self, caller: Caller, page: int = 0) -> Reply:
        """Answer `/recent`."""
        return await self._let_in(caller, listing.recent, page)

    async def seed(self, caller: Caller, text: str) -> Reply:
        """Answer `/seed <id>`."""
        return await self._let_in(caller, looking.seed, text)

    async def key(
        self, caller: Caller, text: str, *, unseen: bool = False, stays: bool = False
    ) -> Reply:
        """Answer `/key [relay] <key>`, `/key forget [relay]` and `/key`.

        Args:
            caller: Who asks.
            text: What stands behind the command; a key in it is let go of at once.
            unseen: Nobody else could see what was typed (in private nobody can).
            stays: It was in a message that could not be deleted.
        """
        reply = await self._let_in(caller, keys.key, text, unseen)
        if not stays:
            return reply
        warning = key_stays(await self._core.own_reader(caller))
        return replace(reply, more=(*reply.more, warning))

    async def allow(self, caller: Caller, text: str) -> Reply:
        """Answer `/allow [names | here]`, for those who run the bot."""
        return await self._let_in(caller, operating.allow, text)

    async def deny(self, caller: Caller, text: str) -> Reply:
        """Answer `/deny <names | here>`, for those who run the bot."""
        return await self._let_in(caller, operating.deny, text)

    async def claim(self, caller: Caller, text: str) -> Reply:
        """Answer `/claim <code>`, to a stranger, too."""
        return await self._guarded(caller, operating.claim, text)

    async def settings(self, caller: Caller) -> Reply:
        """Answer `/settings`."""
        return await self._let_in(caller, presses.show_settings)

    async def help(self, caller: Caller) -> Reply:
        """Answer `/help` and `/start`."""
        return await self._let_in(caller, looking.help_of)

    async def feed(self, caller: Caller, text: str) -> Reply:
        """Answer `/feed [renew | remove | state=PREFIX | action=ACTION]`."""
        return await self._let_in(caller, feeding.feed, text)

    async def press(self, caller: Caller, ref: str) -> Reply:
        """Answer a press of one of our buttons; never raises for an odd ref."""
        return await self._let_in(caller, presses.press, ref)

    async def free_text(self, caller: Caller, text: str) -> Reply | None:
        """Answer free text that holds ids or relay links, as a status; else None."""
        names = find_in_text(text, relays=self._core.relays.names)
        if not names:
            return None
        seen = names[: looking.IDS_AT_ONCE]
        return await self._let_in(caller, looking.status_in_text, seen, text)

    async def mentioned(self, caller: Caller, text: str) -> Reply | None:
        """Answer a message that mentions us, as a watch of the ids in it.

        None: it holds no id, or a program wrote and nothing new is to be said.
        """
        names = hearing.names_said(self._core, text)
        if not names:
            return None
        reply = await self._let_in(caller, hearing.mentioned, names, text)
        # Nobody sits there to read it, and two programs might answer for ever.
        return None if caller.program and reply.private else reply

    async def heard(self, caller: Caller, text: str) -> bool:
        """Listen to what a chat says; True: something in it is watched now.

        False wherever the chat has not turned listening on.
        """
        names = hearing.names_said(self._core, text)
        may = self._core.can_listen and self._core.access.allows(caller)
        if not (names and may):
            return False
        try:
            return await hearing.heard(self._core, caller, names)
        except MjwatchError:
            log.exception("command.failed", command="heard")
            return False

    async def passed(self, destination: Destination, messages: int) -> None:
        """Hear that others wrote below what stands in a chat."""
        await self._core.store.sink_board(destination, messages)

    async def suggest(self, caller: Caller, prefix: str) -> Sequence[Suggestion]:
        """Suggest ids while typing, 25 at most."""
        if not self._core.access.allows(caller):
            return []
        return await listing.suggest(self._core, caller, prefix)

    async def attach(
        self,
        subscription: SubscriptionId,
        receipt: Receipt,
        version: int | None = None,
    ) -> None:
        """Note which message has become a live card."""
        at = self._core.clock.now()
        await self._core.store.attach_card(
            subscription, receipt, at=at, version=version
        )

    async def files(
        self,
        key: TaskKey,
        *,
        platform: Platform,
        limits: MediaLimits,
        original: bool = False,
        anew: bool = False,
    ) -> Sequence[Attachment]:
        """Fetch a task's pictures as this place takes them; as `Gallery.files`.

        Raises:
            PictureError: with a reason; `picture_problem` says it.
        """
        task = await self._core.store.task(key)
        if task is None:
            raise PictureError(PictureProblem.NOT_READY)
        return await self._core.gallery.files(
            task, platform=platform, limits=limits, original=original, anew=anew
        )

    async def keep_uploads(
        self,
        key: TaskKey,
        platform: Platform,
        files: Sequence[Attachment],
        uploads: dict[int, str],
    ) -> None:
        """Remember the platform's own names of uploaded files, for reuse."""
        for file in files:
            name = uploads.get(file.position)
            if name and not file.passing:
                await self._core.store.save_upload(
                    key,
                    platform,
                    kind=file.upload_kind,
                    position=file.position,
                    file_id=name,
                )

    async def picture_problem(self, caller: Caller, key: TaskKey, reason: str) -> Reply:
        """Say on the task's card why there is no picture, with a retry."""
        task = await self._core.store.task(key)
        reader = await self._core.chat_reader(caller)
        problem = answers.picture_failed(reason, reader)
        if task is None:
            return Reply(card=problem)
        card = await self._core.task_card(caller, task)
        out = tuple(ways_out(task, reader, reason))
        rows = (*card.buttons, out) if out else card.buttons
        blocks = (card.blocks[0], *problem.blocks, *card.blocks[1:])
        return Reply(card=replace(card, blocks=blocks, buttons=rows))

    async def _let_in(
        self,
        caller: Caller,
        work: Callable[..., Awaitable[Reply]],
        *about: object,
    ) -> Reply:
        """Do the work for those who may; nothing that fails is left unanswered."""
        if not self._core.access.allows(caller):
            reader = await self._core.own_reader(caller)
            return aside(self._turned_away(caller, reader))
        if self._core.access.is_operator(caller):
            caller = replace(caller, manages=True)
            await self._core.access.meet(caller)
        return await self._guarded(caller, work, *about)

    def _turned_away(self, caller: Caller, reader: Reader) -> Card:
        platform = caller.person.platform
        asked = self._core.access.whom_to_ask(platform)
        here = asked is not None and asked.platform == platform
        return answers.stranger(reader, operator=asked, here=here)

    async def _guarded(
        self,
        caller: Caller,
        work: Callable[..., Awaitable[Reply]],
        *about: object,
    ) -> Reply:
        try:
            return await work(self._core, caller, *about)
        except MjwatchError:
            log.exception("command.failed", command=work.__name__)
            reader = await self._core.own_reader(caller)
            return aside(answers.our_fault(reader))
