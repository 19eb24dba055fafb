"""A task as one JSON object for programs: the command line's contract."""

from datetime import UTC, datetime
from typing import Any

from bot.domain.task import Button, RelayName, Snapshot


def record(relay: RelayName, snapshot: Snapshot) -> dict[str, Any]:
    """Write a snapshot out: always all keys, None where unknown.

    Instants are ISO 8601, UTC; addresses and customIds letter for letter.
    """
    return {
        "relay": relay,
        "task_id": snapshot.task_id,
        "relay_id": snapshot.relay_id,
        "state": snapshot.state.value,
        "status": snapshot.status or None,
        "terminal": snapshot.terminal,
        "progress": snapshot.progress,
        "action": snapshot.action,
        "mode": snapshot.mode,
        "bot_type": snapshot.bot_type,
        "prompt": snapshot.prompt,
        "prompt_en": snapshot.prompt_en,
        "final_prompt": snapshot.final_prompt,
        "description": snapshot.description,
        "custom_state": snapshot.custom_state,
        "fail_reason": snapshot.fail_reason,
        "image_url": snapshot.image_url,
        "image_urls": list(snapshot.image_urls),
        "video_urls": list(snapshot.video_urls),
        "image_width": snapshot.image_width,
        "image_height": snapshot.image_height,
        "buttons": [_button(button) for button in snapshot.buttons],
        "submitted_at": _instant(snapshot.submitted_at),
        "started_at": _instant(snapshot.started_at),
        "finished_at": _instant(snapshot.finished_at),
    }


def _button(button: Button) -> dict[str, Any]:
    return {
        "custom_id": button.custom_id,
        "label": button.label,
        "emoji": button.emoji,
        "style": button.style,
    }


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
