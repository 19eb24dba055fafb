"""What every messenger promises: the same truths for all platforms and for the fake."""

import logging
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.domain.attachment import Attachment, FileKind
from bot.domain.notification import (
    Deferred,
    Delivered,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.subscription import Receipt
from bot.ports import Letter, Store
from bot.present.card import Block, Card, CardButton, Ink, Mention, Shape, Span, Tone
from tests.fakes.clock import NOON
from tests.fakes.commands import card
from tests.fakes.messengers import LIMIT_SECONDS, STAGES, Stage, Trouble
from tests.fakes.telegram.bench import picture

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
WIRED = ["discord", "telegram", "memory"]  # a platform of others is behind them
KEYED = ["discord", "browser", "memory"]  # a key names one message there
over_a_wire = pytest.mark.parametrize("stage", WIRED, indirect=True)
by_key = pytest.mark.parametrize("stage", KEYED, indirect=True)


@pytest.fixture(params=STAGES)
async def stage(
    request: pytest.FixtureRequest,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stage]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the library warns without it
    async with STAGES[request.param](store, tmp_path) as opened:
        yield opened


@pytest.fixture
def photo(tmp_path: Path) -> Attachment:
    path = tmp_path / "1.png"
    path.write_bytes(picture())
    return Attachment(kind=FileKind.PHOTO, position=0, name="1.png", path=path)


def letter(stage: Stage, text: str = "Done", **rest: object) -> Letter:
    plain = Letter(card=card(text), to=stage.here, key="k1", loud=True)
    return replace(plain, **rest)  # type: ignore[arg-type]  # fields by name


async def sent(stage: Stage, text: str = "Done", **rest: object) -> Receipt:
    outcome = await stage.messenger.send(letter(stage, text, **rest))
    assert isinstance(outcome, Delivered), outcome
    return outcome.receipt


# --- a message, and another card in it ----------------------------------------------


async def test_a_sent_card_can_be_edited(stage: Stage) -> None:
    receipt = await sent(stage)

    outcome = await stage.messenger.edit(receipt, card("Other"), to=stage.here)

    assert outcome == Delivered(receipt=receipt)
    [shown] = stage.shown()
    assert "Other" in shown.words
    assert "Done" not in shown.words


async def test_an_edit_that_changes_nothing_is_delivered(stage: Stage) -> None:
    receipt = await sent(stage)

    outcome = await stage.messenger.edit(receipt, card("Done"), to=stage.here)

    assert outcome == Delivered(receipt=receipt)


async def test_a_message_that_is_gone_cannot_be_edited(stage: Stage) -> None:
    receipt = await sent(stage)
    await stage.remove(receipt)

    outcome = await stage.messenger.edit(receipt, card("Other"), to=stage.here)

    assert outcome == Refused(reason=Reason.MESSAGE_GONE)
    forgive(stage)


async def test_another_key_is_another_message(stage: Stage) -> None:
    first = await sent(stage)
    second = await sent(stage, key="k2", reply_to=first)

    assert first != second
    assert len(stage.shown()) == 2


@by_key
async def test_the_same_key_is_one_message(stage: Stage) -> None:
    first = await sent(stage)
    again = await sent(stage)

    assert first == again
    assert len(stage.shown()) == 1
    assert stage.messenger.repeats_safely(since=NOON, now=NOON)
    assert await stage.messenger.find(letter(stage), since=LONG_AGO) == first


async def test_nobody_claims_to_know_what_was_never_sent(stage: Stage) -> None:
    found = await stage.messenger.find(letter(stage, key="never"), since=LONG_AGO)

    assert isinstance(found, bool)
    assert found is not stage.messenger.repeats_safely(since=NOON, now=NOON)


async def test_files_arrive_whole(stage: Stage, photo: Attachment) -> None:
    await sent(stage, files=(photo,))

    assert [each.files for each in stage.shown()] == [(picture(),)]


async def test_an_edit_brings_a_file_and_the_next_one_keeps_it(
    stage: Stage, photo: Attachment
) -> None:
    receipt = await sent(stage)
    brought = await stage.messenger.edit(
        receipt, card("Done"), to=stage.here, files=(photo,)
    )
    assert isinstance(brought, Delivered)

    await stage.messenger.edit(brought.receipt, card("Other"), to=stage.here)

    [shown] = stage.shown()
    assert shown.files == (picture(),)


# --- who is rung ---------------------------------------------------------------------


async def test_a_loud_letter_rings_and_a_silent_one_does_not(stage: Stage) -> None:
    await sent(stage, loud=True)
    await sent(stage, key="k2", loud=False)

    assert [each.silent for each in stage.shown()] == [False, True]


async def test_only_those_named_are_rung(stage: Stage) -> None:
    words = f"@everyone @here <@{stage.bob.id}> {stage.bob.name} @bob"
    ring = replace(card("Done", words), mentions=(stage.ann,))
    await sent(stage, card=ring)

    assert stage.shown()[0].rang == {stage.ann.id}


@over_a_wire
async def test_where_nobody_is_named_nobody_is_rung_by_name(stage: Stage) -> None:
    await sent(stage, text=f"<@{stage.ann.id}> @everyone")

    assert stage.shown()[0].rang == frozenset()


# --- what a platform says no to ------------------------------------------------------


@over_a_wire
@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble.BLOCKED, Reason.BLOCKED),
        (Trouble.GONE, Reason.GONE),
        (Trouble.FORBIDDEN, Reason.FORBIDDEN),
        (Trouble.TOO_LARGE, Reason.TOO_LARGE),
    ],
)
async def test_a_refusal_is_told_by_its_reason(
    stage: Stage, trouble: Trouble, reason: Reason
) -> None:
    await stage.strike(trouble)

    outcome = await stage.messenger.send(letter(stage))

    assert isinstance(outcome, Refused)
    assert outcome.reason is reason
    assert stage.shown() == []


@pytest.mark.parametrize("stage", ["browser"], indirect=True)
async def test_a_chat_that_is_not_there_is_gone(stage: Stage) -> None:
    outcome = await stage.messenger.send(letter(stage, to=stage.other))

    assert outcome == Refused(reason=Reason.GONE)


@over_a_wire
async def test_a_rate_limit_defers_that_chat_alone(stage: Stage) -> None:
    await stage.strike(Trouble.LIMIT)

    told = await stage.messenger.send(letter(stage))
    elsewhere = await stage.messenger.send(letter(stage, to=stage.other, key="k2"))

    assert isinstance(told, Deferred)
    assert (told.reason, told.after_seconds) == (Reason.RATE_LIMITED, LIMIT_SECONDS)
    assert (told.whole_platform, told.counts) == (False, False)
    assert isinstance(elsewhere, Delivered)


@over_a_wire
async def test_a_rate_limit_defers_an_edit_too(stage: Stage) -> None:
    receipt = await sent(stage)
    await stage.strike(Trouble.LIMIT)

    told = await stage.messenger.edit(receipt, card("Other"), to=stage.here)

    assert isinstance(told, Deferred)
    assert told.after_seconds == LIMIT_SECONDS


async def test_a_platform_that_is_down_is_tried_again(stage: Stage) -> None:
    await stage.strike(Trouble.DOWN)

    told = await stage.messenger.send(letter(stage))
    receipt = await sent(stage)

    assert isinstance(told, Deferred | Unsure)
    assert receipt
    assert len(stage.shown()) == 1


async def test_an_edit_while_it_is_down_is_tried_again(stage: Stage) -> None:
    receipt = await sent(stage)
    await stage.strike(Trouble.DOWN)

    told = await stage.messenger.edit(receipt, card("Other"), to=stage.here)

    assert isinstance(told, Deferred | Unsure)
    assert "Done" in stage.shown()[0].words


@over_a_wire
async def test_a_lost_answer_is_unsure_and_repeated_only_where_that_is_safe(
    stage: Stage,
) -> None:
    await stage.strike(Trouble.LOST)

    told = await stage.messenger.send(letter(stage))

    assert isinstance(told, Unsure)
    assert len(stage.shown()) == 1
    if_safe = stage.messenger.repeats_safely(since=NOON, now=NOON)
    await sent(stage)
    assert len(stage.shown()) == (1 if if_safe else 2)


@over_a_wire
async def test_a_refused_token_holds_back_and_burns_no_attempt(stage: Stage) -> None:
    await stage.strike(Trouble.TOKEN)

    told = await stage.messenger.send(letter(stage))

    assert isinstance(told, Deferred)
    assert (told.reason, told.counts) == (Reason.TOKEN, False)


@pytest.mark.parametrize("stage", ["discord", "telegram", "browser"], indirect=True)
async def test_a_file_that_left_the_cache_is_waited_for(
    stage: Stage, photo: Attachment
) -> None:
    gone = replace(photo, path=photo.path and photo.path.with_name("gone.png"))

    outcome = await stage.messenger.send(letter(stage, files=(gone,)))

    assert isinstance(outcome, Deferred)
    assert outcome.reason is Reason.WAITING
    assert stage.shown() == []


# --- what never leaves ---------------------------------------------------------------


@over_a_wire
@pytest.mark.parametrize("trouble", Trouble)
async def test_no_secret_is_in_any_outcome_error_or_log_line(
    stage: Stage,
    trouble: Trouble,
    photo: Attachment,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    receipt = await sent(stage)
    with capture_logs() as logs:
        await stage.strike(trouble)
        outcomes: list[Outcome] = [
            await stage.messenger.send(letter(stage, key="k2", files=(photo,))),
            await stage.messenger.edit(receipt, card("Other"), to=stage.here),
            await stage.messenger.tell_person(stage.ann, card("psst"), key="k3"),
        ]

    assert stage.secret not in f"{outcomes} {logs} {caplog.text}"


# --- whatever a card holds -----------------------------------------------------------

_TEXTS = [
    "@everyone @here <@1> <@&2> <#3>",
    "**bold** __x__ ||y|| `code` ```block``` > quote\n# head\n- list",
    "[link](https://evil.example) https://evil.example discord.gg/x t.me/x",
    "</b><script>alert(1)</script>&amp;{{x}}%s%n",
    "🧑‍🚀🏳️‍🌈" * 400,
    "\u202eright to left\u2066 \u200b\u200d\ufeff" * 50,
    "纸船" * 3000,
    "x" * 9000,
    "a\n" * 2000,
    " ",
    "",
]


def hostile(seed: int) -> Card:
    """Make a card of the worst that a relay or a person might write."""
    chance = random.Random(seed)
    blocks = tuple(
        Block(
            tuple(
                Span(chance.choice(_TEXTS), chance.choice(list(Ink)))
                for _ in range(chance.randint(1, 4))
            ),
            chance.choice(list(Shape)),
        )
        for _ in range(chance.randint(1, 14))
    )
    row = tuple(
        CardButton(
            label=chance.choice(_TEXTS),
            emoji=chance.choice(["", "🔄", "upscale_1", "x" * 90]),
            ref=f"m1b.{seed:x}.{number:x}.00000000",
        )
        for number in range(chance.randint(0, 40))
    )
    return Card(blocks=blocks, buttons=(row,), tone=chance.choice(list(Tone)))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_a_card_holds_the_platform_takes_it(
    stage: Stage, seed: int
) -> None:
    named = replace(hostile(seed), mentions=(stage.ann,))
    who = replace(stage.bob, name="@everyone " + "x" * 300)
    last = Block((Mention(who),))
    receipt = await sent(stage, card=named)
    rang = [each.rang for each in stage.shown()]

    outcome = await stage.messenger.edit(
        receipt, replace(named, blocks=(*named.blocks, last)), to=stage.here
    )

    assert isinstance(outcome, Delivered)
    assert all(each <= {stage.ann.id} for each in rang)


async def test_the_pace_and_the_limits_are_named(stage: Stage) -> None:
    pace = stage.messenger.pace(stage.here)
    room = stage.messenger.media_limits(stage.here)

    assert pace.edit_seconds > 0
    assert pace.old_edit_seconds >= pace.edit_seconds
    assert stage.messenger.calls_a_second > 0
    assert 0 < room.photo_bytes <= room.total_bytes


async def test_a_person_can_be_told_alone(stage: Stage) -> None:
    outcome = await stage.messenger.tell_person(stage.ann, card("psst"), key="k9")

    assert isinstance(outcome, Delivered | Refused)


def forgive(stage: Stage) -> None:
    """Expect the fake to have refused what was to be refused."""
    refusals = getattr(getattr(stage, "fake", None), "refusals", [])
    refusals.clear()
