"""Rows of earlier releases, and of hostile words."""

from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.subscription import ChatSettings
from bot.domain.task import Button, Snapshot, State, TaskId
from storage.rows import settings_from, settings_text, snapshot_from, snapshot_text

_TEXT = st.none() | st.text(st.characters(codec="utf-8"), min_size=1)
_INSTANT = st.none() | st.datetimes(timezones=st.just(UTC))
_BUTTONS = st.lists(
    st.builds(
        Button, custom_id=st.text(st.characters(codec="utf-8")), label=st.just("U1")
    )
)


@given(
    st.builds(
        Snapshot,
        task_id=st.just(TaskId("t1")),
        state=st.sampled_from(State),
        progress=st.none() | st.integers(0, 100),
        prompt=_TEXT,
        fail_reason=_TEXT,
        image_urls=st.lists(st.text(st.characters(codec="utf-8"))).map(tuple),
        buttons=_BUTTONS.map(tuple),
        slim=st.booleans(),
        started_at=_INSTANT,
    )
)
def test_a_snapshot_survives_being_stored(snapshot: Snapshot) -> None:
    assert snapshot_from(snapshot_text(snapshot)) == snapshot


@given(st.text())
def test_any_text_can_be_stored(text: str) -> None:
    snapshot = Snapshot(
        task_id=TaskId("t1"), state=State.FAILED, prompt=text + "\ud800"
    )

    assert snapshot_from(snapshot_text(snapshot)).state is State.FAILED


def test_a_row_of_the_first_release_is_read() -> None:
    kept = '{"v":1,"task_id":"t1","state":"running","progress":4}'

    assert snapshot_from(kept) == Snapshot(
        task_id=TaskId("t1"), state=State.RUNNING, progress=4
    )


def test_what_this_release_does_not_know_is_passed_over() -> None:
    kept = '{"v":1,"task_id":"t1","state":"failed","colour":"red"}'

    assert snapshot_from(kept).state is State.FAILED


def test_settings_are_read_with_defaults() -> None:
    assert settings_from(None) == ChatSettings()
    assert settings_from('{"silent":true,"other":1}') == ChatSettings(silent=True)
    chosen = ChatSettings(language="zh", live_card=False)
    assert settings_from(settings_text(chosen)) == chosen
