"""A task as each relay's page shows it: field for field, with its ways to say nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.demo.art.palette import number_of
from bot.demo.buttons import Offer
from bot.demo.kinds import Kind
from bot.demo.life import Moment
from bot.demo.task import Art, DemoTask

Wire = dict[str, Any]  # a task object as JSON holds it
PREFIX: Final = "/mj"  # before `task/...`
SUFFIXES: Final = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One task at one instant, as seen from an address.

    Attributes:
        base: The relay's address as the caller wrote it, without a slash.
    """

    kind: Kind
    task: DemoTask
    now: datetime
    base: str

    @property
    def moment(self) -> Moment:
        """How the task stands."""
        return self.task.moment(self.now)

    def at_ms(self, seconds: float | None) -> int:
        """Give an instant of the task's life as the relay does; 0: not yet."""
        if seconds is None:
            return 0
        at = self.task.begun_at(self.now) + timedelta(seconds=seconds)
        return int(at.timestamp() * 1000)

    def cdn(self, name: str) -> str:
        """Give a signed address on the relay's mirror."""
        sign = f"{number_of('sign', self.task.task_id):08x}"
        path = f"/cdn/attachments/{self.task.task_id}/{name}"
        return f"{self.base}{path}?ex={sign}&is={sign}&hm={sign * 4}&"


def full(view: View) -> Wire:
    """Give the task as `fetch` does."""
    return _PAGES[view.kind.name](view)


def slim(view: View) -> Wire:
    """Give the little that some lists hold."""
    names = ("id", "action", "status", "progress", "imageUrl")
    whole = full(view)
    return {name: whole[name] for name in names}


def file_name(kind: Kind, index: int = 0) -> str:
    """Name a picture's file on the mirror; 0 is the whole, 1 to 4 its parts."""
    return f"{index}.{SUFFIXES[kind.picture_format]}"


def _common(view: View) -> Wire:
    task, moment = view.task, view.moment
    return {
        "id": task.task_id,
        "action": task.action,
        "status": moment.status,
        "progress": _progress(view),
        "prompt": task.prompt,
        "promptEn": task.prompt_en,
        "imageUrl": _image_url(view),
        "failReason": task.fail_reason if moment.status == "FAILURE" else "",
    }


def _progress(view: View) -> str:
    """Spell the percent; gateways call a failure's 100 %."""
    failed = view.moment.status == "FAILURE"
    return "100%" if failed else f"{view.moment.percent}%"


def _image_url(view: View) -> str:
    moment, task = view.moment, view.task
    if task.art is Art.TEXT or not (moment.done or moment.preview):
        return ""
    if view.kind.pictures == "cdn":
        return view.cdn(file_name(view.kind))
    address = f"{view.base}{PREFIX}/image/{task.task_id}"
    # Another number at every look, as gateways do while a task runs.
    fresh = f"?rand={view.now.timestamp() * 1e9:.0f}"
    return address if moment.done else address + fresh


def _buttons(view: View) -> list[Wire]:
    offers = view.task.offers if view.moment.done else ()
    return [_button(view.kind, offer) for offer in offers]


def _button(kind: Kind, offer: Offer) -> Wire:
    shown = {"customId": offer.custom_id, "emoji": offer.emoji, "label": offer.label}
    if kind.name == "crazyrouter":
        caption = offer.label or offer.emoji
        return {**shown, "emoji": offer.emoji or caption, "label": caption, "style": 2}
    return {**shown, "type": 2, "style": 2}


def _crazyrouter(view: View) -> Wire:
    return {**_common(view), **_film(view), "buttons": _buttons(view)}


def _gateway(view: View) -> Wire:
    """Give what the gateways' own object holds, every field always."""
    task, moment = view.task, view.moment
    final = task.final_prompt if moment.done else ""
    return {
        **_common(view),
        "customId": "",
        "botType": "",
        "description": "Submit success",
        "state": task.state,
        "submitTime": view.at_ms(0),
        "startTime": view.at_ms(moment.started),
        "finishTime": view.at_ms(moment.finished),
        "buttons": _buttons(view),
        "maskBase64": "",
        "properties": {"finalPrompt": final, "finalZhPrompt": ""},
        **_film(view),
    }


def _geeknow(view: View) -> Wire:
    """Give it with pictures one by one, and nothing where there are no buttons."""
    whole = _gateway(view)
    return {
        **whole,
        "botType": "MID_JOURNEY",
        "description": f"/imagine {view.task.prompt}",
        "imageUrls": _image_urls(view),
        "buttons": whole["buttons"] or None,
        "videoUrl": whole.get("videoUrl", ""),
    }


def _dmxapi(view: View) -> Wire:
    """Give it with everything that the server behind knows."""
    task = view.task
    return {
        **_gateway(view),
        "botType": "MID_JOURNEY",
        "mode": "FAST",
        "proxy": "",
        "imageHeight": 0,
        "imageWidth": 0,
        "description": f"/imagine {task.prompt}",
        "promptEn": f"{view.base}/cdn/reference.png {task.prompt_en}",
        "imageUrls": [{"url": url, "thumbnail": url} for url in _image_urls(view)],
        "properties": _properties(view),
    }


def _properties(view: View) -> Mapping[str, object]:
    task = view.task
    number = f"118{number_of('message', task.task_id):015d}"
    return {
        "notifyHook": "https://caller.example/hook/not-for-your-eyes",
        "finalPrompt": task.final_prompt if view.moment.done else "",
        "finalZhPrompt": task.prompt,
        "messageId": number,
        "messageHash": f"{number_of('hash', task.task_id):08x}",
        "messageContent": f"**{task.prompt}** - <@{number}> (fast)",
        "flags": 0,
        "nonce": number,
        "discordInstanceId": number,
        "discordChannelId": number,
        "botType": "MID_JOURNEY",
    }


def _image_urls(view: View) -> list[str]:
    if view.task.art is not Art.ALBUM or not view.moment.done:
        return []
    return [view.cdn(file_name(view.kind, n)) for n in range(1, 5)]


def _film(view: View) -> Wire:
    """Give a film's address; the pictures of an album, where no page says how."""
    if view.task.art is Art.FILM and view.moment.done:
        return {"videoUrl": view.cdn("0.mp4")}
    urls = _image_urls(view)
    return {"imageUrls": urls} if urls else {}


_PAGES: Final[Mapping[str, Callable[[View], Wire]]] = {
    "crazyrouter": _crazyrouter,
    "quickrouter": _gateway,
    "geeknow": _geeknow,
    "dmxapi": _dmxapi,
}
