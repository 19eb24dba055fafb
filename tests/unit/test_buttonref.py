"""A button's reference: short, checked, and readable in every later release."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.buttonref import ButtonRef, Verb, check_of, parse_ref
from bot.domain.task import TaskKey

# What has been given out: each stands under a message that somebody may press.
RELEASED = {
    "m1b.0.0.00000000": ButtonRef(verb=Verb.REPORT, task_key=TaskKey(0)),
    "m1w.z.1.e6c0daf0": ButtonRef(
        verb=Verb.WATCH, task_key=TaskKey(35), position=1, check="e6c0daf0"
    ),
    "m1f.10.zzz.e745c2a2": ButtonRef(
        verb=Verb.FEED, task_key=TaskKey(36), position=46_655, check="e745c2a2"
    ),
}


@pytest.mark.parametrize("text", RELEASED)
def test_a_released_reference_is_read_and_written_as_ever(text: str) -> None:
    assert parse_ref(text) == RELEASED[text]
    assert str(RELEASED[text]) == text


def test_verbs_keep_their_letters() -> None:
    assert "".join(Verb) == "bwrsedcopgklnytf"


@given(
    st.sampled_from(list(Verb)),
    st.integers(0, 2**63 - 1),
    st.integers(0, 46_655),
    st.from_regex(r"[0-9a-f]{8}", fullmatch=True),
)
def test_a_reference_goes_there_and_back_in_64_bytes(
    verb: Verb, key: int, position: int, check: str
) -> None:
    ref = ButtonRef(verb=verb, task_key=TaskKey(key), position=position, check=check)

    assert parse_ref(str(ref)) == ref
    assert len(str(ref).encode()) <= 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m1x.1.0.00000000",  # no such verb
        "m2b.1.0.00000000",
        "m1b.1.0.0000000",
        "m1b.1.0.000000000",
        "m1b.1.0.0000000G",
        "m1b..0.00000000",
        "m1b.1.00000.00000000",
        "m1b.1.0.00000000 ",
        "MJ::JOB::upsample::1::x",
    ],
)
def test_whatever_is_not_one_of_ours_is_none(text: str) -> None:
    assert parse_ref(text) is None


def test_a_check_is_of_the_task_and_the_custom_id() -> None:
    assert check_of("task_1", "MJ::JOB::upsample::1::x") == "e6c0daf0"
    assert check_of("task_1") == "e745c2a2"
    assert check_of("task_1", "x") != check_of("task_1x")
