"""The tolerant mirror of a relay's task object: the one place that knows its fields.

No value can make an object unreadable: a field of a wrong type is as if absent. So
any type is decoded, and each field is read by its own rule; that also takes a fifth of
the time of a model that validates, and each new state of a task is read in full.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from bot.domain.scrub import scrub
from bot.domain.task import Button, Snapshot, TaskId
from bot.relay.captions import face_of
from bot.relay.coerce import (
    as_id,
    as_instant,
    as_object,
    as_percent,
    as_pixels,
    as_text,
    as_url,
    as_urls,
    as_word,
    state_of,
)
from bot.relay.probe import UNREADABLE, decoded

BUTTONS_LIMIT: Final = 1000  # a page of rubbish holds more; a card 25
STYLES: Final = range(1, 6)  # Discord's numbers; 2 is the plain one


class WireButton(msgspec.Struct, rename="camel", gc=False):
    """A button as a relay writes it."""

    custom_id: Any = None
    label: Any = None
    emoji: Any = None
    style: Any = None

    def to_button(self) -> Button | None:
        """Say it in our words; None without a customId."""
        custom_id = as_text(self.custom_id)
        if not custom_id:
            return None
        label, emoji = face_of(self.label, self.emoji, custom_id)
        style = _as_style(self.style)
        return Button(custom_id=custom_id, label=label, emoji=emoji, style=style)


def _as_buttons(value: object) -> tuple[Button, ...]:
    """Read those that have a customId."""
    if not value or not isinstance(value, list):
        return ()
    wired = _wire_buttons(value[:BUTTONS_LIMIT])
    return tuple([button for each in wired if (button := each.to_button())])


def _wire_buttons(entries: list[Any]) -> list[WireButton]:
    """Take those that are objects, decoded as buttons already or not."""
    if type(entries[0]) is WireButton:
        return entries
    return [msgspec.convert(e, WireButton) for e in entries if isinstance(e, dict)]


def _as_style(value: object) -> int:
    if type(value) is int:  # True is none
        return value if value in STYLES else 2
    if isinstance(value, str) and value.strip() in {"1", "2", "3", "4", "5"}:
        return int(value)
    return 2


class WireTask(msgspec.Struct, rename="camel", gc=False):
    """A task as a relay writes it, each field of any type; others are passed over."""

    id: Any = None
    status: Any = None
    progress: Any = None
    action: Any = None
    mode: Any = None
    bot_type: Any = None
    prompt: Any = None
    prompt_en: Any = None
    description: Any = None
    state: Any = None
    fail_reason: Any = None
    image_url: Any = None
    image_urls: Any = None
    video_url: Any = None
    video_urls: Any = None
    image_width: Any = None
    image_height: Any = None
    width: Any = None
    height: Any = None
    buttons: Any = msgspec.UNSET
    submit_time: Any = None
    start_time: Any = None
    finish_time: Any = None
    properties: Any = None

    def to_snapshot(self, asked: TaskId, *, secrets: Iterable[str] = ()) -> Snapshot:
        """Say it in our words.

        Args:
            asked: The id as it was asked for.
            secrets: Keys that the fail reason must not repeat.
        """
        return Snapshot(
            task_id=asked,
            relay_id=as_id(self.id),
            state=state_of(self.status),
            status=as_word(self.status),
            progress=as_percent(self.progress),
            action=as_text(self.action),
            mode=as_text(self.mode),
            bot_type=as_text(self.bot_type),
            prompt=as_text(self.prompt),
            prompt_en=as_text(self.prompt_en),
            final_prompt=self._final_prompt(),
            description=as_text(self.description),
            custom_state=as_text(self.state),
            fail_reason=self._reason(secrets),
            image_url=as_url(self.image_url),
            image_urls=as_urls(self.image_urls),
            video_urls=self._videos(),
            image_width=as_pixels(self.image_width) or as_pixels(self.width),
            image_height=as_pixels(self.image_height) or as_pixels(self.height),
            buttons=_as_buttons(self.buttons),
            slim=self.buttons is msgspec.UNSET,
            submitted_at=as_instant(self.submit_time),
            started_at=as_instant(self.start_time),
            finished_at=as_instant(self.finish_time),
        )

    def _reason(self, secrets: Iterable[str]) -> str | None:
        reason = as_text(self.fail_reason)
        return scrub(reason, secrets=secrets) or None if reason else None

    def _final_prompt(self) -> str | None:
        final = as_text(as_object(self.properties).get("finalPrompt"))
        return final.strip() if final else None

    def _videos(self) -> tuple[str, ...]:
        video = as_url(self.video_url)
        first = (video,) if video else ()
        return tuple(dict.fromkeys(first + as_urls(self.video_urls)))


class _Usual(WireTask, rename="camel", gc=False):
    """One whose buttons are what they should be: an end has a dozen of them."""

    buttons: list[WireButton] | msgspec.UnsetType | None = msgspec.UNSET


FIELDS: Final = tuple(each.encode_name for each in msgspec.structs.fields(WireTask))
_USUAL: Final = msgspec.json.Decoder(_Usual)


def read_snapshot(
    raw: Mapping[str, Any] | msgspec.Raw,
    asked: TaskId,
    *,
    secrets: Iterable[str] = (),
) -> Snapshot:
    """Read a task's object, decoded or not; one with broken bytes as well as may be."""
    if isinstance(raw, msgspec.Raw):
        try:
            return _USUAL.decode(raw).to_snapshot(asked, secrets=secrets)
        except UNREADABLE:
            raw = as_object(decoded(bytes(raw)))
    return msgspec.convert(raw, WireTask).to_snapshot(asked, secrets=secrets)
