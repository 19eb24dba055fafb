"""Beyond the contract: every answer of Discord, one outcome."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.discord.messenger import DiscordMessenger
from bot.domain.attachment import Attachment, FileKind
from bot.domain.notification import (
    Deferred,
    Delivered,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.subscription import Destination, Receipt
from bot.ports import Letter
from bot.present.card import Card, CardButton
from tests.fakes.commands import card
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_door import Stage, person

SEND = "POST /channels/*/messages"
EDIT = "PATCH /channels/*/messages/*"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeDiscord() as fake:
        yield Stage(fake)
        assert fake.refusals == []


@pytest.fixture
async def messenger(stage: Stage) -> AsyncIterator[DiscordMessenger]:
    async with stage.serving() as door:
        yield door.messenger


def letter(to: Destination, key: str = "k1", **rest: object) -> Letter:
    given: dict[str, object] = {"card": card("✅ Done · a fox", "more"), "loud": True}
    return Letter(to=to, key=key, **(given | rest))  # type: ignore[arg-type]  # fields by name


def receipt_of(outcome: Outcome) -> Receipt:
    assert isinstance(outcome, Delivered), outcome
    return outcome.receipt


def photo(folder: Path, name: str = "t1.png", size: int = 3) -> Attachment:
    path = folder / name
    path.write_bytes(b"x" * size)
    return Attachment(kind=FileKind.PHOTO, position=0, name=name, path=path)


async def test_a_ring(
    stage: Stage, messenger: DiscordMessenger, tmp_path: Path
) -> None:
    live = receipt_of(await messenger.send(letter(stage.here(), "live", loud=False)))
    other = stage.fake.add_user("Eve")
    ring = replace(
        card("✅ Done · a fox @everyone", f"<@{other.id}>"),
        mentions=(person(stage.fake.user),),
    )
    outcome = await messenger.send(
        letter(stage.here(), card=ring, reply_to=live, files=(photo(tmp_path),))
    )
    first, second = stage.fake.messages()
    assert receipt_of(outcome) == f"{stage.fake.channel.id}:{second.id}"
    assert first.silent
    assert not second.silent
    assert second.reference
    assert second.reference["message_id"] == str(first.id)
    assert second.content.startswith("✅ Done · a fox")
    assert second.rang.rings == {stage.fake.user.id}
    assert second.embeds[0]["image"]["url"] == second.files[0].url
    assert second.nonce == "k1"
    assert stage.fake.made("POST", "/messages")[1].json["enforce_nonce"]  # type: ignore[index]  # a body


async def test_told_and_deleted_since_is_told(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    await messenger.send(letter(stage.here()))
    await stage.fake.delete_message(stage.fake.messages()[0])
    receipt = receipt_of(await messenger.send(letter(stage.here())))
    outcome = await messenger.edit(receipt, card("x"), to=stage.here())
    assert outcome == Refused(reason=Reason.MESSAGE_GONE)
    stage.forgive(10008)


async def test_a_lost_answer_is_unsure_and_repeats_safely(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    stage.fake.fault(SEND, reset=True, after=True)
    outcome = await messenger.send(letter(stage.here()))
    assert isinstance(outcome, Unsure)
    receipt_of(await messenger.send(letter(stage.here())))
    assert len(stage.fake.messages()) == 1
    now = stage.clock.now()
    assert messenger.repeats_safely(since=now, now=now + timedelta(seconds=60))
    assert not messenger.repeats_safely(since=now, now=now + timedelta(minutes=6))


async def test_an_edit_replaces_everything_but_the_files(
    stage: Stage, messenger: DiscordMessenger, tmp_path: Path
) -> None:
    receipt = receipt_of(await messenger.send(letter(stage.here())))
    card_ = Card(
        blocks=card("50 %").blocks,
        buttons=((CardButton(label="Stop", ref="m1s.1.0.00000000"),),),
    )
    outcome = await messenger.edit(
        receipt, card_, to=stage.here(), files=(photo(tmp_path),)
    )
    assert outcome == Delivered(receipt=receipt)
    message = stage.fake.messages()[0]
    assert message.embeds[0]["title"] == "50 %"
    assert message.custom_id("Stop") == "m1s.1.0.00000000"
    await messenger.edit(receipt, card("60 %"), to=stage.here())
    assert len(message.files) == 1
    assert message.buttons() == []


async def test_more_buttons_than_a_message_holds(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    many = Card(
        blocks=card("many").blocks,
        buttons=(
            tuple(
                CardButton(label=str(n), ref=f"m1b.{n:x}.0.00000000") for n in range(40)
            ),
        ),
    )
    receipt = receipt_of(await messenger.send(letter(stage.here(), card=many)))
    assert [len(m.buttons()) for m in stage.fake.messages()] == [25, 15]
    again = receipt_of(await messenger.send(letter(stage.here(), card=many)))
    assert again == receipt
    fewer = await messenger.edit(receipt, card("few"), to=stage.here())
    assert len(stage.fake.messages()) == 1
    more = await messenger.edit(receipt_of(fewer), many, to=stage.here())
    assert len(stage.fake.messages()) == 2
    assert "," in receipt_of(more)


async def test_threads(stage: Stage, messenger: DiscordMessenger) -> None:
    thread = stage.fake.add_channel(stage.fake.guild, "t", parent=stage.fake.channel)
    receipt = receipt_of(await messenger.send(letter(stage.here(thread))))
    assert receipt.startswith(f"{thread.id}:")
    assert len(stage.fake.messages(thread)) == 1


async def test_a_direct_message(stage: Stage, messenger: DiscordMessenger) -> None:
    outcome = await messenger.tell_person(person(stage.fake.user), card("x"), key="k")
    assert isinstance(outcome, Delivered)
    stage.fake.user.accepts_dms = False
    refused = await messenger.tell_person(person(stage.fake.user), card("x"), key="j")
    assert refused == Refused(reason=Reason.BLOCKED)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (50001, Reason.FORBIDDEN),
        (50013, Reason.FORBIDDEN),
        (50278, Reason.BLOCKED),
        (10003, Reason.GONE),
        (40005, Reason.TOO_LARGE),
        (50035, Reason.INVALID),
        (50083, Reason.FORBIDDEN),
    ],
)
async def test_refusals_of_a_message(
    stage: Stage, messenger: DiscordMessenger, code: int, reason: Reason
) -> None:
    stage.fake.deny(stage.fake.channel, code, "send")
    outcome = await messenger.send(letter(stage.here()))
    assert isinstance(outcome, Refused)
    assert outcome.reason is reason
    assert stage.fake.token not in str(outcome)


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [(413, 0, Reason.TOO_LARGE), (403, 20001, Reason.FORBIDDEN)],
)
async def test_a_refusal_of_which_only_the_status_is_known(
    stage: Stage, messenger: DiscordMessenger, status: int, code: int, reason: Reason
) -> None:
    stage.fake.fault(SEND, status=status, code=code)
    outcome = await messenger.send(letter(stage.here()))
    assert outcome == Refused(reason=reason)


async def test_a_file_that_was_pruned_meanwhile_is_fetched_again_first(
    stage: Stage, messenger: DiscordMessenger, tmp_path: Path
) -> None:
    gone = Attachment(kind=FileKind.PHOTO, position=1, name="b.png")
    outcome = await messenger.send(letter(stage.here(), files=(photo(tmp_path), gone)))
    assert isinstance(outcome, Deferred)
    assert stage.fake.messages() == []


async def test_a_channel_that_is_gone(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    await stage.fake.delete_channel(stage.fake.channel)
    outcome = await messenger.send(letter(stage.here()))
    assert outcome == Refused(reason=Reason.GONE)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (10008, Refused(reason=Reason.MESSAGE_GONE)),
        (30046, Deferred),
        (20028, Deferred),
        (50083, Deferred),
    ],
)
async def test_refusals_of_an_edit(
    stage: Stage, messenger: DiscordMessenger, code: int, expected: object
) -> None:
    receipt = receipt_of(await messenger.send(letter(stage.here())))
    stage.fake.deny(stage.fake.channel, code, "edit")
    outcome = await messenger.edit(receipt, card("x"), to=stage.here())
    assert outcome == expected or isinstance(outcome, Deferred)


@pytest.mark.parametrize(
    ("how", "expected", "whole"),
    [
        ({"status": 503}, Unsure, False),
        ({"reset": True}, Unsure, False),
        ({"html": True}, Deferred, True),
        ({"status": 429, "via": False, "retry_after": 90.0}, Deferred, True),
        ({"status": 429, "retry_after": 40.0}, Deferred, False),
        ({"status": 401, "code": 0}, Deferred, True),
        ({"html": True, "status": 403}, Deferred, True),
    ],
)
async def test_trouble_while_sending(
    stage: Stage,
    messenger: DiscordMessenger,
    how: dict[str, object],
    expected: type,
    whole: bool,
) -> None:
    stage.fake.fault(SEND, **how)  # type: ignore[arg-type]  # as parametrized
    outcome = await messenger.send(letter(stage.here()))
    assert isinstance(outcome, expected)
    assert getattr(outcome, "whole_platform", False) is whole
    receipt_of(await messenger.send(letter(stage.here())))


@pytest.mark.parametrize("how", [{"status": 503}, {"reset": True}])
async def test_trouble_while_editing_is_only_later(
    stage: Stage, messenger: DiscordMessenger, how: dict[str, object]
) -> None:
    receipt = receipt_of(await messenger.send(letter(stage.here())))
    stage.fake.fault(EDIT, **how)  # type: ignore[arg-type]  # as parametrized
    outcome = await messenger.edit(receipt, card("x"), to=stage.here())
    assert isinstance(outcome, Deferred)


async def test_a_short_limit_is_waited_out(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    fault = stage.fake.fault(SEND, status=429, retry_after=0.01)
    receipt_of(await messenger.send(letter(stage.here())))
    assert fault.hits == 1


@pytest.mark.parametrize("threaded", [True, False])
async def test_only_the_right_to_attach_is_missing(
    stage: Stage, messenger: DiscordMessenger, tmp_path: Path, threaded: bool
) -> None:
    fake, channel = stage.fake, stage.fake.channel
    if threaded:  # where the right to write is another
        channel = fake.add_channel(fake.guild, "t", parent=fake.channel)
        await fake.invite(fake.guild)
    fake.channel.everyone_lacks = 1 << 15 | (1 << 11 if threaded else 0)
    await fake.update_channel(fake.channel)
    fake.fault(SEND, status=403, code=50013)
    files = (photo(tmp_path),)
    receipt_of(await messenger.send(letter(stage.here(channel), files=files)))
    [message] = fake.messages(channel)
    assert "Attach Files" in message.embeds[0]["description"]
    assert message.embeds[0]["url"].endswith("#k1")


@pytest.mark.parametrize(
    ("lacks", "code"), [(1 << 11, 50013), (1 << 15, 50001), (0, 50013)]
)
async def test_where_nothing_can_be_said_it_is_not_tried_without_files(
    stage: Stage,
    messenger: DiscordMessenger,
    tmp_path: Path,
    lacks: int,
    code: int,
) -> None:
    stage.fake.channel.everyone_lacks = lacks
    await stage.fake.update_channel(stage.fake.channel)
    fault = stage.fake.fault(SEND, status=403, code=code)

    outcome = await messenger.send(letter(stage.here(), files=(photo(tmp_path),)))

    assert isinstance(outcome, Refused)
    assert fault.hits == 1
    assert not stage.fake.messages()


async def test_the_missing_rights_are_named(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    stage.fake.channel.everyone_lacks = 1 << 11
    await stage.fake.update_channel(stage.fake.channel)
    stage.fake.deny(stage.fake.channel, 50013, "send")
    outcome = await messenger.send(letter(stage.here()))
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.FORBIDDEN
    assert "Send Messages" in outcome.detail


async def test_the_budget_of_refused_requests(
    stage: Stage, messenger: DiscordMessenger
) -> None:
    stage.fake.deny(stage.fake.channel, 50001, "send")
    outcomes = [await messenger.send(letter(stage.here(), f"k{n}")) for n in range(120)]
    assert stage.fake.invalid_requests < 100
    last = outcomes[-1]
    assert isinstance(last, Deferred)
    assert last.whole_platform
    assert not last.counts
    stage.clock.move(700)
    assert isinstance(await messenger.send(letter(stage.here())), Refused)


async def test_an_album_stands_beside_the_card(
    stage: Stage, messenger: DiscordMessenger, tmp_path: Path
) -> None:
    files = (photo(tmp_path, "a.png"), photo(tmp_path, "b.png"))
    receipt_of(await messenger.send(letter(stage.here(), files=files)))
    message = stage.fake.messages()[0]
    assert len(message.files) == 2
    assert "image" not in message.embeds[0]


async def test_a_servers_boosts_allow_more(stage: Stage) -> None:
    stage.fake.guild.premium_tier = 2
    async with stage.serving() as door:
        await stage.until(
            lambda: door.messenger.media_limits(stage.here()).photo_bytes > 20_000_000
        )
        private = door.messenger.media_limits(stage.here(stage.fake.dm()))
        assert private.photo_bytes == 10 * 1024 * 1024


async def test_before_the_login_everything_waits(stage: Stage) -> None:
    gate = asyncio.Event()
    stage.fake.fault("GET /users/@me", hold=gate)
    async with stage.door() as door:
        outcome = await door.messenger.send(letter(stage.here()))
        assert isinstance(outcome, Deferred)
        assert outcome.whole_platform
        gate.set()


async def test_the_pace(stage: Stage, messenger: DiscordMessenger) -> None:
    pace = messenger.pace(stage.here())
    assert pace.edit_seconds >= 4
    assert pace.old_edit_seconds >= 6
