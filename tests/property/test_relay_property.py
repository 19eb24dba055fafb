"""Whatever a relay sends is understood, or said to be not understood; never a crash."""

import json
from typing import Any, Final

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.look import Trouble
from bot.domain.scrub import REASON_LIMIT, scrub
from bot.domain.task import Snapshot, TaskId
from bot.relay.batch import Batch
from bot.relay.dialect import (
    TASK_KEYS,
    Rows,
    looks_like_task,
    read_list,
    read_seed,
    read_task,
)
from bot.relay.public import public_object
from bot.relay.reply import Miss, Problem, Reply
from bot.relay.wire import read_snapshot

KEY: Final = "sk-Zq81Kx72Pw"
HOOK: Final = "https://canary.example/hook/zq81kx72pw"
FIELDS: Final = (
    *sorted(TASK_KEYS),
    *("id", "imageUrls", "videoUrl", "videoUrls", "properties", "imageWidth", "state"),
    *("customId", "label", "emoji", "style", "url", "finalPrompt", "error", "code"),
    *(
        "result",
        "data",
        "success",
        "message",
        "description",
        "retryAfter",
        "notifyHook",
    ),
)
SCALARS: Final = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["SUCCESS", "31%", "", "task_no_found ", "https://x/y.png", 30])
)
JSON: Final = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner, max_size=8)
    ),
    max_leaves=25,
)
OBJECTS: Final = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=14)
BODIES: Final = st.binary(max_size=200) | JSON.map(
    lambda each: json.dumps(each).encode()
)
STATUSES: Final = st.sampled_from([200, 204, 301, 400, 401, 403, 404, 429, 500, 503])
HEADERS: Final = st.dictionaries(st.just("retry-after"), st.text(max_size=12))


def is_wholesome(snapshot: Snapshot) -> bool:
    sizes = (snapshot.image_width, snapshot.image_height)
    times = (snapshot.submitted_at, snapshot.started_at, snapshot.finished_at)
    return all(
        (
            snapshot.progress is None or 0 <= snapshot.progress <= 100,
            all(b.custom_id and b.label.strip() for b in snapshot.buttons),
            all(1 <= b.style <= 5 for b in snapshot.buttons),
            all(size is None or size > 0 for size in sizes),
            all(at is None or at.year >= 2015 for at in times),
            all((*snapshot.image_urls, *snapshot.video_urls)),
            snapshot.fail_reason is None or 0 < len(snapshot.fail_reason) <= 1000,
        )
    )


@given(OBJECTS)
def test_any_object_gives_a_wholesome_snapshot(raw: dict[str, Any]) -> None:
    snapshot = read_snapshot(raw, TaskId("1"), secrets=(KEY,))

    assert snapshot.task_id == "1"
    assert is_wholesome(snapshot)


@given(st.builds(Reply, status=STATUSES, headers=HEADERS, body=BODIES))
def test_any_answer_about_a_task_is_an_object_a_miss_or_a_problem(reply: Reply) -> None:
    found = read_task(reply)

    assert isinstance(found, Miss | Problem) or looks_like_task(found)


@given(st.builds(Reply, status=STATUSES, headers=HEADERS, body=BODIES))
def test_any_answer_about_a_seed_is_digits_a_miss_or_a_problem(reply: Reply) -> None:
    found = read_seed(reply)

    assert isinstance(found, Miss | Problem) or found.isdigit()


@given(st.builds(Reply, status=STATUSES, headers=HEADERS, body=BODIES))
def test_any_list_answer_accounts_for_every_id(reply: Reply) -> None:
    found = read_list(reply)
    ids = [TaskId("1"), TaskId("2"), TaskId("0")]
    batch = Batch()

    rows = found if isinstance(found, Rows) else Rows(probes=[])
    batch.add_page(rows, ids, {})

    known = {probe.task_id for probe in batch.probes}
    assert known | set(batch.missing) == set(ids)
    assert all(is_wholesome(batch.snapshot(task_id)) for task_id in known)


@given(st.sampled_from([500, 502, 503, 504, 520]), BODIES)
def test_a_server_error_is_never_a_verdict(status: int, body: bytes) -> None:
    found = read_task(Reply(status=status, body=body))

    assert isinstance(found, Problem)
    assert not found.denied


@given(st.text(max_size=200))
def test_a_page_is_never_a_verdict(text: str) -> None:
    found = read_task(Reply(status=200, body=f"<html>{text}".encode()))

    assert isinstance(found, Problem)
    assert found.trouble is Trouble.WRONG_PATH


@given(st.text(), st.text())
def test_our_key_never_stays_in_a_reason(before: str, after: str) -> None:
    said = scrub(f"{before} {KEY} {after}", secrets=(KEY,))

    assert KEY not in said
    assert len(said) <= REASON_LIMIT


@given(OBJECTS)
@example({"action": "notifyHook"})
def test_the_callers_hook_is_never_shown(raw: dict[str, Any]) -> None:
    shown = public_object({**raw, "properties": {"notifyHook": HOOK}})

    assert HOOK not in json.dumps(shown)
    assert '"notifyHook":' not in json.dumps(shown)
