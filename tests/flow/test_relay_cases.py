"""Every wire case of fetch, list and seed, served letter for letter."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from bot.clock import SystemClock
from bot.domain.look import Denied, Seen, Trouble, Unavailable, Unknown
from bot.domain.task import Button, RelayName, Snapshot, State, TaskId
from bot.relay import Batch, RelayOptions, open_relay
from tests.fakes.relay import CASES, Case, FakeRelay

NAME: Final = RelayName("relay")
ROUTES: Final = {"fetch": "/fetch", "list": "/list-by-condition", "seed": "/image-seed"}
UNKNOWN: Final = Unknown(relay=NAME)
PENDING, RUNNING = State.PENDING, State.RUNNING
SUCCEEDED, FAILED = State.SUCCEEDED, State.FAILED


def denied(trouble: Trouble) -> Denied:
    return Denied(relay=NAME, trouble=trouble)


def unavailable(trouble: Trouble, after_seconds: float | None = None) -> Unavailable:
    return Unavailable(relay=NAME, trouble=trouble, after_seconds=after_seconds)


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


BORN: Final = 1767225600000
GRID: Final = ("U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4")
CDN: Final = "https://cdn.discordapp.com/attachments/"

# What must be understood of each task object; names are Snapshot's or a view below.
TASKS: Final[dict[str, dict[str, Any]]] = {
    "relay_minimal_in_progress": {
        "state": RUNNING,
        "progress": 50,
        "image_url": None,
        "submitted_at": None,
        "started_at": None,
        "finished_at": None,
        "buttons": (),
        "slim": False,
    },
    "nv_progress_word_paused": {
        "state": RUNNING,
        "progress": None,
        "slim": True,
        "custom_state": None,
        "started_at": at(BORN + 900),
        "finished_at": None,
        "final_prompt": "a paper boat",
    },
    "na_success_access_token_image": {
        "state": SUCCEEDED,
        "progress": 100,
        "labels": GRID,
        "finished_at": None,
        "image_url": "https://relay.example/mj/image/1767225600000126"
        "?access=mj-image.1767227400.42.0badc0de",
        "bot_type": None,
        "custom_state": None,
    },
    "shorten_result": {
        "state": SUCCEEDED,
        "image_url": None,
        "prompt": "a very long prompt",
        "final_prompt": "1️⃣ boat",
        "labels": ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣"),
    },
    "relay_imageurls_strings": {
        "state": SUCCEEDED,
        "image_urls": ("https://img.example/a.png", "https://img.example/b.png"),
        "video_urls": (),
        "finished_at": None,
        "buttons": (),
        "slim": False,
    },
    "numeric_id": {"state": PENDING, "relay_id": "1767225600000310", "progress": 0},
    "nv_hook_echoed_in_properties": {"state": PENDING, "final_prompt": None},
    "na_describe_text_only": {
        "state": SUCCEEDED,
        "image_url": None,
        "prompt": "1️⃣ a boat 2️⃣ a lake",
        "labels": ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "🔄", "Imagine all"),
        "emojis": ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "🔄", "🎉"),
    },
    "plus_cancel_status": {
        "state": State.CANCELLED,
        "status": "CANCEL",
        "terminal": True,
        "progress": 0,
        "fail_reason": None,
    },
    "na_frozen_in_progress_100": {
        "state": RUNNING,
        "terminal": False,
        "progress": 100,
        "image_url": "https://relay.example/mj/image/1767225600000133?rand=1",
    },
    "na_modal_waiting": {
        "state": State.NEEDS_INPUT,
        "terminal": False,
        "action": "CUSTOM_ZOOM",
        "description": "Waiting for window confirm",
    },
    "unknown_status_word": {
        "state": PENDING,
        "status": "QUEUED_REMOTE",
        "terminal": False,
    },
    "na_failure_100": {
        "state": FAILED,
        "progress": 100,
        "fail_reason": "Banned prompt detected",
        "terminal": True,
    },
    "nv_progress_word_fast": {"state": RUNNING, "progress": None},
    "ta_video_mp4_in_imageUrl": {
        "state": SUCCEEDED,
        "video_urls": (
            (
                "https://cdn.midjourney.com/video/"
                "b7e04d19-6a3c-4f52-8c90-1e2d3f4a5b6c/0_0.mp4"
            ),
        ),
        "image_urls": (),
        "labels": ("U1",),
    },
    "ta_full_success": {
        "state": SUCCEEDED,
        "action": "UPSCALE",
        "mode": "FAST",
        "bot_type": "MID_JOURNEY",
        "prompt": "a paper boat",
        "final_prompt": "a paper boat --v 7",
        "description": "/up 1",
        "custom_state": "chat:1",
        "image_width": 1024,
        "image_height": 1024,
        "submitted_at": at(BORN),
        "started_at": at(BORN + 1000),
        "finished_at": at(BORN + 15000),
        "labels": (
            "Upscale (Subtle)",
            "Upscale (Creative)",
            "Vary (Subtle)",
            "Vary (Strong)",
            "Vary (Region)",
            "Zoom Out 2x",
            "Zoom Out 1.5x",
            "Custom Zoom",
            "⬅️",
            "➡️",
            "⬆️",
            "⬇️",
            "Animate (High motion)",
            "Animate (Low motion)",
            "🔄",
        ),
        "emojis": (
            *(None, None, "🪄", "🪄", "🖌️", "🔍", "🔍", "🔍"),
            *("⬅️", "➡️", "⬆️", "⬇️", "🎞️", "🎞️", "🔄"),
        ),
    },
    "na_video_newer": {
        "state": SUCCEEDED,
        "image_url": None,
        "video_urls": (
            "https://relay.example/v/135.mp4",
            "https://relay.example/v/135_0.mp4",
            "https://relay.example/v/135_1.mp4",
        ),
    },
    "na_success_no_buttons": {
        "state": SUCCEEDED,
        "buttons": (),
        "slim": False,
        "finished_at": at(BORN + 41000),
    },
    "nv_leading_zero_id": {"state": SUCCEEDED, "relay_id": "0123456789012345"},
    "nv_failure_progress_empty": {
        "state": FAILED,
        "progress": None,
        "fail_reason": "任务超时",
    },
    "na_failure_timeout_1h": {
        "state": FAILED,
        "fail_reason": "上游任务超时(超过1小时)".replace("(", "\uff08").replace(
            ")", "\uff09"
        ),
    },
    "na_failure_keeps_preview": {
        "state": FAILED,
        "fail_reason": "Job was stopped",
        "image_url": "https://relay.example/mj/image/1767225600000131"
        "?rand=1767225699000000001",
    },
    "na_fresh_row_status_empty": {
        "state": PENDING,
        "status": "",
        "progress": 0,
        "started_at": None,
    },
    "na_success_localhost_image": {
        "state": SUCCEEDED,
        "image_url": "http://localhost:3000/mj/image/1767225600000124",
        "labels": GRID,
    },
    "nv_preview_webp": {"state": RUNNING, "progress": 31, "terminal": False},
    "na_success_signed_image": {
        "state": SUCCEEDED,
        "image_url": "https://relay.example/mj/image/1767225600000125"
        "?sig=9f2b61c07ad4e813",
    },
    "dialect_failed": {
        "state": FAILED,
        "status": "FAILED",
        "fail_reason": "x",
        "terminal": True,
    },
    "poll_behind_hook": {"state": RUNNING, "progress": 46},
    "nv_not_start_progress_null": {
        "state": PENDING,
        "status": "NOT_START",
        "progress": None,
        "submitted_at": at(BORN),
        "started_at": None,
    },
    "nv_success_no_buttons_field": {"state": SUCCEEDED, "buttons": (), "slim": True},
}

LOOKS: Final = {
    "na_fetch_unknown": UNKNOWN,
    "relay_fetch_404": UNKNOWN,
    "json_null_body": UNKNOWN,
    "nv_fetch_unknown_empty_200": UNKNOWN,
    "oh_401_bearer_only": denied(Trouble.BAD_KEY),
    "nv_401_empty": denied(Trouble.BAD_KEY),
    "ta_401_text": denied(Trouble.BAD_KEY),
    "na_401_quota_exhausted": denied(Trouble.QUOTA),
    "na_403_model_limited_key": denied(Trouble.FORBIDDEN),
    "na_403_channel_suffix": denied(Trouble.FORBIDDEN),
    "na_403_banned_user": denied(Trouble.BANNED),
    "cloudflare_403_html": unavailable(Trouble.EDGE),
    "oh_429_json": unavailable(Trouble.BUSY),
    "generic_429_retry_after": unavailable(Trouble.BUSY, 7),
    "ta_503_maintenance": unavailable(Trouble.BROKEN, 30),
    "oh_400_bad_mode": unavailable(Trouble.WRONG_PATH),
    "frontend_301": unavailable(Trouble.WRONG_PATH),
    "relay_404_openai": unavailable(Trouble.WRONG_PATH),
}

SEEDS: Final = {
    "seed_ok_json": "1234567890",
    "seed_ok_text_plain": "3141592653",
    "seed_ta_unknown": UNKNOWN,
    "seed_na_unknown": UNKNOWN,
    "seed_channel_disabled": unavailable(Trouble.NO_SEED),
    "seed_ta_timeout": unavailable(Trouble.NO_SEED),
    "seed_unsupported_upstream": unavailable(Trouble.NO_SEED),
    "spring_404": unavailable(Trouble.NO_SEED),
}

ONE, DONE, TWICE = "1767225600000123", "1767225600000124", "1767225600000140"
# Ids asked for; what is understood of each (state, percent) or None for a miss.
LISTS: Final[dict[str, dict[str, tuple[State, int | None] | None]]] = {
    "list_none": {"a1": None, "a2": None, "a3": None},
    "list_all_known": {ONE: (RUNNING, 31), DONE: (SUCCEEDED, 100), "a3": None},
    "list_wrapped_object": {ONE: (PENDING, 0), "a2": None, "a3": None},
    "list_extra_foreign_id": {ONE: (PENDING, 0), "a2": None, "a3": None},
    "list_slim_objects": {"task_9c1": (SUCCEEDED, 100), "a2": None, "a3": None},
    "list_duplicate_rows": {TWICE: (RUNNING, 72), "a2": None, "a3": None},
}
LIST_TROUBLES: Final = {
    "list_truncated_json": unavailable(Trouble.BROKEN),
    "nginx_502_html": unavailable(Trouble.BROKEN),
}


def cases(route: str) -> set[str]:
    ours = (c for c in CASES.values() if not c.endpoint.startswith("POST <"))
    return {case.name for case in ours if case.endpoint.endswith(ROUTES[route])}


def options(relay: FakeRelay, case: Case) -> RelayOptions:
    path = case.endpoint.partition(" ")[2]
    return RelayOptions(
        name=NAME,
        hosts=(relay.url,),
        key=relay.key,
        prefix=path.partition("/task/")[0],
        rate_per_second=1000,
        retry_pauses_seconds=(0, 0),
    )


def view(snapshot: Snapshot, name: str) -> object:
    if name == "labels":
        return tuple(map(label, snapshot.buttons))
    if name == "emojis":
        return tuple(map(emoji, snapshot.buttons))
    return getattr(snapshot, name)


def label(button: Button) -> str:
    return button.label


def emoji(button: Button) -> str | None:
    return button.emoji


def test_no_case_is_left_out() -> None:
    assert cases("fetch") == {*TASKS, *LOOKS}
    assert cases("seed") == {*SEEDS}
    assert cases("list") == {*LISTS, *LIST_TROUBLES}


@pytest.mark.parametrize("name", TASKS)
async def test_a_task_object_is_understood(name: str) -> None:
    async with FakeRelay() as relay:
        task_id = TaskId(relay.serves(name))

        async with open_relay(options(relay, CASES[name]), clock=SystemClock()) as c:
            look = await c.fetch(task_id, person=True)

    assert isinstance(look, Seen)
    seen = {each: view(look.snapshot, each) for each in TASKS[name]}
    assert seen == TASKS[name]
    assert look.snapshot.task_id == task_id


@pytest.mark.parametrize("name", LOOKS)
async def test_no_task_is_understood(name: str) -> None:
    async with FakeRelay() as relay:
        task_id = TaskId(relay.serves(name))

        async with open_relay(options(relay, CASES[name]), clock=SystemClock()) as c:
            look = await c.fetch(task_id, person=True)

    assert look == LOOKS[name]


@pytest.mark.parametrize("name", SEEDS)
async def test_a_seed_answer_is_understood(name: str) -> None:
    async with FakeRelay() as relay:
        task_id = TaskId(relay.serves(name))

        async with open_relay(options(relay, CASES[name]), clock=SystemClock()) as c:
            seed = await c.seed(task_id)

    assert seed == SEEDS[name]


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_is_understood(name: str) -> None:
    async with FakeRelay() as relay:
        relay.serves(name)
        ids = [TaskId(each) for each in LISTS[name]]

        async with open_relay(options(relay, CASES[name]), clock=SystemClock()) as c:
            batch = await c.fetch_many(ids)

    assert isinstance(batch, Batch)
    assert seen_in(batch) == {k: v for k, v in LISTS[name].items() if v}
    assert set(batch.missing) == {k for k, v in LISTS[name].items() if not v}


@pytest.mark.parametrize("name", LIST_TROUBLES)
async def test_a_broken_list_is_no_miss(name: str) -> None:
    async with FakeRelay() as relay:
        relay.serves(name)
        relay.fault(http=502, body="", route="fetch", times=None)
        ids = [TaskId("a1"), TaskId("a2"), TaskId("a3")]

        async with open_relay(options(relay, CASES[name]), clock=SystemClock()) as c:
            batch = await c.fetch_many(ids)

    assert batch == LIST_TROUBLES[name]


def seen_in(batch: Batch) -> dict[str, tuple[State, int | None]]:
    """Probe and full object must agree."""
    probed = {p.task_id: (p.state, p.percent) for p in batch.probes}
    read = [batch.snapshot(task_id) for task_id in probed]
    assert probed == {s.task_id: (s.state, s.progress) for s in read}
    return {str(task_id): seen for task_id, seen in probed.items()}
