"""The task's card: each state, and what may never stand on it."""

import pytest
from msgspec.structs import replace

from bot.domain.buttonref import Verb, check_of, parse_ref
from bot.domain.subscription import Standing, StoredTask
from bot.domain.task import Snapshot, State, TaskId
from bot.present.card import Ink, Moment, Shape, Span, Tone
from bot.present.reader import Reader
from bot.present.task_card import shrunk_card, task_card
from bot.present.text import units
from tests.unit.card_samples import (
    DONE,
    EN,
    EPOCH,
    ID,
    PROMPT,
    READERS,
    RUNNING,
    SEVERAL,
    ago,
    labels,
    task,
    text,
)

BARE = Snapshot(task_id=ID, state=State.RUNNING)
STATES = [task(replace(RUNNING, state=state)) for state in State]
ODD = [
    task(None),
    task(None, Standing.UNSEEN),
    task(None, Standing.LOST),
    *(task(standing=standing) for standing in Standing),
    task(BARE),
    task(replace(BARE, prompt="", action="", mode="", fail_reason="", progress=0)),
    task(replace(BARE, prompt=" \u200b\n", custom_state="")),
    task(replace(RUNNING, submitted_at=EPOCH, started_at=EPOCH, finished_at=EPOCH)),
    task(replace(DONE, submitted_at=EPOCH, started_at=None, finished_at=EPOCH)),
    task(replace(DONE, started_at=ago(10), finished_at=ago(50))),
    task(replace(DONE, image_width=0, image_height=0, submitted_at=None)),
    task(replace(DONE, prompt=None, prompt_en=None, action=None, mode=None)),
    task(replace(RUNNING, prompt="👨\u200d👩\u200d👧" * 40)),
    task(replace(RUNNING, prompt="一只纸船" * 100)),
]
NEVER = ["None", "null", "1970", "0x0", "0 × 0", "{", "}", "-1", "\n\n"]  # noqa: RUF001 - the sign of sizes


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)
@pytest.mark.parametrize("shown", [*STATES, *ODD])
@pytest.mark.parametrize("word", NEVER)
def test_what_is_not_known_is_not_shown(
    shown: StoredTask, word: str, reader: Reader
) -> None:
    card = task_card(shown, reader, watched=True)

    assert word not in text(card)


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.language)
@pytest.mark.parametrize("shown", [*STATES, *ODD])
def test_no_block_is_empty_and_the_first_fits_a_push(
    shown: StoredTask, reader: Reader
) -> None:
    card = task_card(shown, reader, watched=False)

    assert all(block.text.strip() for block in card.blocks)
    assert units(card.title) <= 60
    assert card.blocks[-1].inlines == (Span(ID, Ink.CODE),)


@pytest.mark.parametrize(
    ("shown", "en", "zh", "tone"),
    [
        (task(replace(RUNNING, state=State.PENDING)), "Queued", "排队中", Tone.WAITING),
        (task(), "Running", "生成中", Tone.RUNNING),
        (
            task(replace(RUNNING, state=State.NEEDS_INPUT)),
            "Waits for your input on the relay",
            "等待你在中转站补充输入",
            Tone.ATTENTION,
        ),
        (task(DONE), "Done", "已完成", Tone.DONE),
        (task(replace(RUNNING, state=State.FAILED)), "Failed", "失败", Tone.FAILED),
        (
            task(replace(RUNNING, state=State.CANCELLED)),
            "Cancelled",
            "已取消",
            Tone.QUIET,
        ),
        (task(None), "Not seen yet", "暂未查到", Tone.WAITING),
        (task(None, Standing.LOST), "Unknown id", "查无此 id", Tone.FAILED),
        (task(standing=Standing.LOST), "Lost", "任务丢失", Tone.FAILED),
        (task(standing=Standing.STUCK), "No news", "久无进展", Tone.ATTENTION),
        (
            task(standing=Standing.GIVEN_UP),
            "No longer watched",
            "已停止关注",
            Tone.FAILED,
        ),
        (task(DONE, Standing.STUCK), "Done", "已完成", Tone.DONE),
        (task(standing=Standing.UNSEEN), "Running", "生成中", Tone.RUNNING),
    ],
)
def test_each_state_has_its_word_and_colour(
    shown: StoredTask, en: str, zh: str, tone: Tone
) -> None:
    cards = [task_card(shown, reader, watched=True) for reader in READERS]

    assert en in cards[0].title
    assert zh in cards[1].title
    assert [card.tone for card in cards] == [tone, tone]


def test_a_running_card_says_everything_in_order() -> None:
    card = task_card(task(), SEVERAL, watched=False)

    assert [block.text for block in card.blocks[1:]] == [
        "▰▰▰▰▱▱▱▱▱▱ 45%",
        PROMPT,
        "Imagine · fast",
        "Started 3 min ago",
        "Relay: dmx",
        ID,
    ]
    assert card.title == "🔵 Running · a paper boat on a quiet lake at dawn, watercol…"


def test_a_finished_card_says_how_long_it_took() -> None:
    card = task_card(task(DONE), READERS[1], watched=False)

    assert "用时 1 分钟 20 秒" in text(card)
    assert "▰" not in text(card)


def test_an_age_is_a_moment_that_platforms_can_draw() -> None:
    card = task_card(task(), EN, watched=False)

    moments = [i for b in card.blocks for i in b.inlines if isinstance(i, Moment)]

    assert moments == [Moment(ago(190), "3 min ago")]


def test_other_peoples_words_stand_as_quote_and_reason() -> None:
    hostile = "\u202eevil **bold** @everyone\nline"
    failed = replace(RUNNING, state=State.FAILED, prompt=hostile, fail_reason=hostile)

    card = task_card(task(failed), EN, watched=False)

    quotes = [block.text for block in card.blocks if block.shape is Shape.QUOTE]
    assert quotes == ["evil **bold** @everyone line"]
    assert "Reason: evil **bold** @everyone line" in text(card)


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        (
            {"action": "DESCRIBE", "prompt": "1️⃣ a boat\n2️⃣ a lake"},
            "1️⃣ a boat\n2️⃣ a lake",
        ),
        ({"action": "SHORTEN", "final_prompt": "1️⃣ boat"}, "1️⃣ boat"),
        ({"action": "SHORTEN", "prompt_en": "boat"}, "boat"),
    ],
)
def test_a_text_task_ends_with_its_text(fields: dict[str, str], result: str) -> None:
    done = replace(DONE, **fields)

    card = task_card(task(done), EN, watched=False)

    quotes = [block.text for block in card.blocks if block.shape is Shape.QUOTE]
    assert quotes[-1] == result
    assert "Seed" not in text(card)


def test_an_unknown_action_is_shown_as_the_relay_calls_it() -> None:
    odd = replace(RUNNING, action="TELEPORT", mode="WARP")

    assert "TELEPORT · WARP" in text(task_card(task(odd), EN, watched=False))


def test_a_silent_relay_is_said_with_the_hour() -> None:
    unseen = replace(task(), looked_at=ago(430))
    card = task_card(unseen, EN, watched=True, silent_since=ago(420))

    assert card.blocks[1].text.startswith("Relay silent since 11:53 UTC.")


def test_a_silence_over_midnight_says_the_day() -> None:
    unseen = replace(task(), looked_at=None)
    card = task_card(unseen, SEVERAL, watched=True, silent_since=ago(86_400))

    assert "Relay dmx silent since 2026-11-21 12:00 UTC." in card.blocks[1].text


def test_a_silent_relay_takes_nothing_from_an_end() -> None:
    card = task_card(task(DONE), EN, watched=True, silent_since=ago(420))

    assert "silent" not in text(card)


@pytest.mark.parametrize(("previews", "said"), [(True, True), (False, False)])
def test_a_preview_is_called_one(*, previews: bool, said: bool) -> None:
    drawn = replace(RUNNING, image_url="https://relay.example/p.png")

    card = task_card(task(drawn), EN, watched=True, previews=previews)

    assert ("preview" in text(card)) is said


def test_a_stuck_task_says_its_age_and_one_that_is_lost_says_who_lost_it() -> None:
    stuck = task_card(task(standing=Standing.STUCK), EN, watched=True)
    lost = task_card(task(standing=Standing.LOST), SEVERAL, watched=True)

    assert "Last change 40 min ago. Still watching" in text(stuck)
    assert "dmx does not know this task any more." in text(lost)
    assert "▰" not in text(lost)


@pytest.mark.parametrize(
    ("shown", "is_watched", "groups"),
    [
        (task(), False, [["Watch", "Refresh"]]),
        (task(), True, [["Stop", "Refresh"]]),
        (task(None), True, [["Stop", "Refresh"]]),
        (
            task(DONE),
            False,
            [["U1", "🔄"], ["Seed", "Details", "All customIds"]],
        ),
        (task(replace(RUNNING, state=State.FAILED)), False, [["Details"]]),
        (task(standing=Standing.LOST), True, [["Refresh", "Use my own key"]]),
        (
            task(standing=Standing.GIVEN_UP),
            False,
            [["Go on watching", "Refresh"]],
        ),
    ],
)
def test_buttons_are_what_can_be_done(
    shown: StoredTask, *, is_watched: bool, groups: list[list[str]]
) -> None:
    assert labels(task_card(shown, EN, watched=is_watched)) == groups


def test_a_relay_button_refers_to_task_place_and_customid() -> None:
    card = task_card(task(DONE), EN, watched=False)

    ref = parse_ref(card.buttons[0][1].ref or "")

    assert ref is not None
    assert (ref.verb, ref.task_key, ref.position) == (Verb.REPORT, 7, 1)
    assert ref.check == check_of(ID, DONE.buttons[1].custom_id)


def test_an_odd_button_is_still_a_button() -> None:
    odd = replace(DONE.buttons[0], label="\u200b", style=5)

    card = task_card(task(replace(DONE, buttons=(odd,))), EN, watched=False)

    assert (card.buttons[0][0].label, card.buttons[0][0].style) == ("?", 2)


def test_a_shrunk_card_is_its_first_line() -> None:
    whole = task_card(task(DONE), EN, watched=True)

    card = shrunk_card(task(DONE), EN)

    assert (card.blocks, card.buttons) == (whole.blocks[:1], ())
    assert card.tone is Tone.DONE


def test_a_task_without_prompt_is_called_by_its_id() -> None:
    assert task_card(task(BARE), EN, watched=True).title == f"🔵 Running · {ID}"


def test_a_long_id_is_clipped_above_and_whole_below() -> None:
    long = TaskId("x" * 64)

    card = task_card(replace(task(BARE), task_id=long), EN, watched=True)

    assert units(card.title) == 60
    assert card.blocks[-1].text == long


def test_a_start_ahead_of_our_clock_is_now() -> None:
    ahead = replace(RUNNING, started_at=ago(-60))

    assert "Started just now" in text(task_card(task(ahead), EN, watched=True))
