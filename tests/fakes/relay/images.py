"""How a task's picture fares, by the image proxy and on the CDN."""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Final

from tests.fakes.relay.answers import (
    HTML_TYPE,
    SPA_PAGE,
    Answer,
    plain_error,
    text_answer,
)
from tests.fakes.relay.kinds import Picture
from tests.fakes.relay.pictures import cut, draw
from tests.fakes.relay.tasks import FakeTask

PNG: Final = "image/png"
UNREADY: Final = plain_error("http_get_image_failed", 500)
EXPIRED: Final = text_answer("This content is no longer available.", 404)
UNSIGNED: Final = plain_error("signature_invalid", 403)


def signature(task_id: str) -> str:
    """Give the ?sig= that opens a signed picture."""
    return hashlib.sha256(task_id.encode()).hexdigest()[:32]


def picture_answer(
    task: FakeTask,
    mode: Picture,
    *,
    key_good: bool,
    query: Mapping[str, str],
    silence: asyncio.Event,
) -> Answer:
    """Answer a request for a task's picture."""
    drawn = draw(task.task_id, task.size)
    if mode == "locked":
        return _png(drawn) if key_good else task.kind.refused
    if mode == "signed":
        good = query.get("sig") == signature(task.task_id)
        return _png(drawn) if good else UNSIGNED
    if mode == "hang":
        return Answer(headers={"Content-Type": PNG}, body=drawn, waits=silence)
    return _fixed(task, drawn)[mode]


def _fixed(task: FakeTask, drawn: bytes) -> dict[Picture, Answer]:
    """Give the answers that depend on nothing in the request."""
    webp = draw(task.task_id, task.size, "WEBP")
    half = cut(drawn)
    return {
        "plain": _png(drawn),
        "redirect": _elsewhere(task),
        "missing": task.kind.image_unknown,
        "not-ready": UNREADY,
        "cut": _png(half),
        "broken-off": Answer(
            headers={"Content-Type": PNG},
            body=half,
            missing_bytes=len(drawn) - len(half),
        ),
        "mislabelled": _png(webp, "image/jpeg"),
        "html": text_answer(SPA_PAGE, content_type=HTML_TYPE),
        "expired": EXPIRED,
        "no-route": task.kind.unknown_path,
    }


def _png(body: bytes, content_type: str = PNG) -> Answer:
    return Answer(headers={"Content-Type": content_type}, body=body, chunked=True)


def _elsewhere(task: FakeTask) -> Answer:
    address = f"{task.hosts.cdn}/attachments/{task.task_id}/grid.png"
    return Answer(status=302, headers={"Location": address})
