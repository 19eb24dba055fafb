"""A chat that uses somebody's key, for as long as its owner lends it."""

from dataclasses import replace

from bot.domain.buttonref import ButtonRef, Verb
from bot.domain.task import TaskKey
from bot.present.choices import Choice
from tests.fakes.commanding import ANN, BOB, BOSS, Commanding, labels, ref, words
from tests.fakes.relay import FakeRelay
from tests.flow.core.own_keys.conftest import ANN_ALONE, ANNS, ONE, keep


async def test_a_chat_may_use_the_key_of_one_who_lends_it(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", owner=ANNS)
    boss = replace(ANN, manages=True)
    await keep(desk, ANN_ALONE, ANNS)

    settings = await desk.commands.settings(boss)
    lent = await desk.commands.press(boss, ref(settings, "Use my key here"))

    assert "yours" in words(lent)
    assert "40%" in words(await desk.commands.status(BOB, ONE))
    assert "a member's" in words(await desk.commands.settings(BOSS))


async def test_who_manages_the_chat_may_end_that(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, owner=ANNS)
    await keep(desk, ANN_ALONE, ANNS)
    settings = await desk.commands.settings(replace(ANN, manages=True))
    await desk.commands.press(
        replace(ANN, manages=True), ref(settings, "Use my key here")
    )

    after = await desk.commands.settings(BOSS)
    await desk.commands.press(BOSS, ref(after, "Stop using that key"))

    assert "does not know" in words(await desk.commands.status(BOB, ONE))


async def test_nobody_lends_what_they_do_not_have(desk: Commanding) -> None:
    await keep(desk, ANN_ALONE, ANNS)

    settings = await desk.commands.settings(BOSS)
    forged = ButtonRef(
        verb=Verb.SETTING, task_key=TaskKey(0), position=int(Choice.KEY_ON)
    )
    answer = await desk.commands.press(BOSS, str(forged))

    assert "Use my key here" not in labels(settings)
    assert "no key of yours" in words(answer)


async def test_its_owner_takes_a_lent_key_back_by_forgetting_it(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, owner=ANNS)
    boss = replace(ANN, manages=True)
    await keep(desk, ANN_ALONE, ANNS)
    settings = await desk.commands.settings(boss)
    await desk.commands.press(boss, ref(settings, "Use my key here"))

    await desk.commands.key(ANN_ALONE, "forget")
    await keep(desk, ANN_ALONE, ANNS)

    assert "does not know" in words(await desk.commands.status(BOB, ONE))
