"""What a submit asks for, and how it is taken or refused."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.demo import answers, buttons
from bot.demo.answers import Answer
from bot.demo.task import DemoTask
from bot.demo.world import World

Body = Mapping[str, Any]
PROMPT_LIMIT: Final = 6000  # characters
STATE_LIMIT: Final = 255  # characters
# What a description of a picture and a shortened prompt say; nothing is looked at.
DESCRIBED: Final = (
    "1️⃣ a quiet place by the water, flat shapes, soft light\n\n"
    "2️⃣ layered hills under a large sun, gentle gradients\n\n"
    "3️⃣ a small paper boat, mirror image, pastel\n\n"
    "4️⃣ minimal landscape, evening, few colours"
)


def submitted(world: World, now: datetime, *, action: str, body: Body) -> Answer | None:
    """Take a submit; None for an action that there is no route for."""
    match action:
        case "imagine" | "shorten" | "describe":
            return _new(world, action, body)
        case "action":
            return _press(world, now, body)
        case "modal":
            return _modal(world, now, body)
        case _:
            return None


def _new(world: World, action: str, body: Body) -> Answer:
    prompt = DESCRIBED if action == "describe" else _prompt(body)
    if not prompt:
        return answers.upstream_error("prompt_is_required")
    words = _shortened(prompt) if action == "shorten" else prompt
    return _taken(world.submit(words, action=action.upper(), state=_state(body)))


def _shortened(prompt: str) -> str:
    words = prompt.split()
    shorter = (" ".join(words[: max(len(words) // n, 1)]) for n in range(1, 6))
    return "\n\n".join(f"{n}️⃣ {each}" for n, each in enumerate(shorter, 1))


def _press(world: World, now: datetime, body: Body) -> Answer:
    parent = _named(world, body)
    custom_id = body.get("customId")
    if parent is None:
        return answers.upstream_error("task_not_found")
    if not parent.moment(now).done:
        return answers.upstream_error("task_status_not_success")
    if not isinstance(custom_id, str) or not custom_id:
        return answers.upstream_error("custom_id_is_required")
    if not _takes(parent, custom_id):
        return answers.upstream_error(f"unknown_action:{custom_id[:100]}")
    return _taken(world.press(parent, custom_id, state=_state(body)))


def _takes(parent: DemoTask, custom_id: str) -> bool:
    offered = any(offer.custom_id == custom_id for offer in parent.offers)
    return offered and buttons.action_of(custom_id) is not None


def _modal(world: World, now: datetime, body: Body) -> Answer:
    waiting = _named(world, body)
    if waiting is None:
        return answers.upstream_error("task_not_found")
    if waiting.moment(now).status != "MODAL":
        return answers.envelope(4, "task is not waiting for input", None)
    return _taken(world.carry_on(waiting, _prompt(body)))


def _named(world: World, body: Body) -> DemoTask | None:
    task_id = body.get("taskId")
    return world.find(task_id) if isinstance(task_id, str) else None


def _prompt(body: Body) -> str:
    prompt = body.get("prompt")
    return prompt.strip()[:PROMPT_LIMIT] if isinstance(prompt, str) else ""


def _state(body: Body) -> str:
    state = body.get("state")
    return state[:STATE_LIMIT] if isinstance(state, str) else ""


def _taken(task_id: str) -> Answer:
    return answers.envelope(1, "Submit success", task_id)
