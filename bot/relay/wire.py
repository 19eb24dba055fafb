"""The tolerant mirror of a relay's task object: the one place that knows its fields.

No value can make an object unreadable: a field of a wrong type is as if absent.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

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

BUTTONS_LIMIT: Final = 1000  # a page of rubbish holds more; a card 25
STYLES: Final = range(1, 6)  # Discord's numbers; 2 is the plain one


def _as_buttons(value: object) -> list[Button]:
    """Read buttons; by hand, since an ended task has a dozen of them."""
    entries = value if isinstance(value, list) else []
    read = (_as_button(e) for e in entries[:BUTTONS_LIMIT] if isinstance(e, dict))
    return [button for button in read if button]


def _as_button(wire: Mapping[str, Any]) -> Button | None:
    """Read one button; None without a customId."""
    custom_id = as_text(wire.get("customId"))
    if not custom_id:
        return None
    symbol = _as_symbol(wire.get("emoji"))
    label, emoji = face_of(as_text(wire.get("label")), symbol, custom_id)
    style = _as_style(wire.get("style"))
    return Button(custom_id=custom_id, label=label, emoji=emoji, style=style)


def _as_style(value: object) -> int:
    if type(value) is int:  # True is none
        return value if value in STYLES else 2
    if isinstance(value, str) and value.strip() in {"1", "2", "3", "4", "5"}:
        return int(value)
    return 2


def _as_symbol(value: object) -> str | None:
    """Read an emoji; some dialects wrap its name as Discord does."""
    return as_text(value.get("name") if isinstance(value, dict) else value)


Id = Annotated[str | None, BeforeValidator(as_id)]
Text = Annotated[str | None, BeforeValidator(as_text)]
Url = Annotated[str | None, BeforeValidator(as_url)]
Urls = Annotated[tuple[str, ...], BeforeValidator(as_urls)]
Instant = Annotated[datetime | None, BeforeValidator(as_instant)]
Pixels = Annotated[int | None, BeforeValidator(as_pixels)]


class WireTask(BaseModel):
    """A task as a relay writes it."""

    model_config = ConfigDict(extra="ignore")

    id: Id = None
    status: Annotated[str, BeforeValidator(as_word)] = ""
    progress: Annotated[int | None, BeforeValidator(as_percent)] = None
    action: Text = None
    mode: Text = None
    bot_type: Text = Field(None, alias="botType")
    prompt: Text = None
    prompt_en: Text = Field(None, alias="promptEn")
    description: Text = None
    state: Text = None
    fail_reason: Text = Field(None, alias="failReason")
    image_url: Url = Field(None, alias="imageUrl")
    image_urls: Urls = Field((), alias="imageUrls")
    video_url: Url = Field(None, alias="videoUrl")
    video_urls: Urls = Field((), alias="videoUrls")
    image_width: Pixels = Field(None, alias="imageWidth")
    image_height: Pixels = Field(None, alias="imageHeight")
    width: Pixels = None
    height: Pixels = None
    buttons: Annotated[Any, BeforeValidator(_as_buttons)] = ()
    submit_time: Instant = Field(None, alias="submitTime")
    start_time: Instant = Field(None, alias="startTime")
    finish_time: Instant = Field(None, alias="finishTime")
    properties: Annotated[dict[str, Any], BeforeValidator(as_object)] = {}

    def to_snapshot(self, asked: TaskId, *, secrets: Iterable[str] = ()) -> Snapshot:
        """Say it in our words.

        Args:
            asked: The id as it was asked for.
            secrets: Keys that the fail reason must not repeat.
        """
        reason = scrub(self.fail_reason, secrets=secrets) if self.fail_reason else ""
        return Snapshot(
            task_id=asked,
            relay_id=self.id,
            state=state_of(self.status),
            status=self.status,
            progress=self.progress,
            action=self.action,
            mode=self.mode,
            bot_type=self.bot_type,
            prompt=self.prompt,
            prompt_en=self.prompt_en,
            final_prompt=self._final_prompt(),
            description=self.description,
            custom_state=self.state,
            fail_reason=reason or None,
            image_url=self.image_url,
            image_urls=self.image_urls,
            video_urls=self._videos(),
            image_width=self.image_width or self.width,
            image_height=self.image_height or self.height,
            buttons=tuple(self.buttons),
            slim="buttons" not in self.model_fields_set,
            submitted_at=self.submit_time,
            started_at=self.start_time,
            finished_at=self.finish_time,
        )

    def _final_prompt(self) -> str | None:
        final = as_text(self.properties.get("finalPrompt"))
        return final.strip() if final else None

    def _videos(self) -> tuple[str, ...]:
        first = (self.video_url,) if self.video_url else ()
        return tuple(dict.fromkeys(first + self.video_urls))


def read_snapshot(
    raw: Mapping[str, Any], asked: TaskId, *, secrets: Iterable[str] = ()
) -> Snapshot:
    """Read a decoded object."""
    return WireTask.model_validate(raw).to_snapshot(asked, secrets=secrets)
