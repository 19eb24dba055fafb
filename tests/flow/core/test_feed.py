"""`/feed` asked of the real core: addresses made, shown once, renewed, removed."""

from dataclasses import replace

import pytest

from bot.commands.feeding import FeedWish, read_wish
from bot.commands.reply import How
from bot.domain.subscription import Person
from tests.fakes.commanding import (
    ALONE,
    ANN,
    BOSS,
    CHAT,
    GROUP,
    Commanding,
    labels,
    ref,
    words,
)
from tests.fakes.feeding import ONE, made, post, token_in


async def test_a_feed_is_made_and_shown_to_nobody_else(desk: Commanding) -> None:
    reply = await desk.commands.feed(BOSS, "")

    assert (reply.private, reply.secret) == (True, True)
    assert len(token_in(reply)) == 43
    assert "PUBLIC_URL" in words(reply)
    assert f"curl -d {ONE[:-3]}123 /w/{token_in(reply)}" in words(reply)
    assert labels(reply) == ["Copy", "Renew", "Remove"]


async def test_a_public_address_is_shown_whole(desk: Commanding) -> None:
    core = replace(desk.core, public_url="https://bot.example")

    reply = await type(desk.commands)(core).feed(BOSS, "")

    assert "\nhttps://bot.example/w/" in words(reply)
    assert "PUBLIC_URL" not in words(reply)


async def test_a_feed_is_for_those_who_manage_the_chat(desk: Commanding) -> None:
    reply = await desk.commands.feed(ANN, "")

    assert words(reply) == "Only those who manage this chat can do that."
    assert await desk.store.feeds(GROUP) == []


async def test_an_address_is_shown_once(desk: Commanding) -> None:
    token = await made(desk)

    reply = await desk.commands.feed(BOSS, "")

    assert token not in words(reply)
    assert "no copy" in words(reply)
    assert "Not used yet." in words(reply)


async def test_a_feed_says_when_it_was_used(desk: Commanding) -> None:
    await post(desk, await made(desk), ONE)
    desk.clock.move(7200)

    reply = await desk.commands.feed(BOSS, "")

    assert "Last used 2 h ago." in words(reply)


async def test_a_renewed_address_ends_the_earlier_one(desk: Commanding) -> None:
    reply = await desk.commands.feed(BOSS, "")
    old = token_in(reply)

    renewed = await desk.commands.press(BOSS, ref(reply, "Renew"))

    assert renewed.secret
    assert "earlier address" in words(renewed)
    assert await desk.commands.feeder.fed(old, b"") is None
    desk.clock.move(1)
    assert await desk.commands.feeder.fed(token_in(renewed), b"") is not None


async def test_renew_as_a_word_does_the_same(desk: Commanding) -> None:
    old = await made(desk)

    new = await made(desk, "renew")

    assert await desk.commands.feeder.fed(old, b"") is None
    assert new != old


async def test_a_removed_feed_takes_nothing(desk: Commanding) -> None:
    reply = await desk.commands.feed(BOSS, "")

    gone = await desk.commands.press(BOSS, ref(reply, "Remove"))
    again = await desk.commands.press(BOSS, ref(reply, "Remove"))

    assert (gone.how, gone.private) == (How.NOTICE, True)
    assert words(gone) == "feed1 is removed; its address does not work any more."
    assert again.private
    assert await desk.commands.feeder.fed(token_in(reply), b"") is None


async def test_remove_as_a_word_does_the_same(desk: Commanding) -> None:
    await made(desk)

    assert "feed1 is removed" in words(await desk.commands.feed(BOSS, "remove"))
    assert "no feed here" in words(await desk.commands.feed(BOSS, "remove"))


async def test_the_buttons_work_in_the_private_chat_too(desk: Commanding) -> None:
    """Where an answer to a group cannot be hidden, it is sent there."""
    reply = await desk.commands.feed(BOSS, "")
    at_home = replace(BOSS, destination=replace(ALONE, chat="3"))

    renewed = await desk.commands.press(at_home, ref(reply, "Renew"))

    assert token_in(renewed)
    assert [f.destination for f in await desk.store.feeds(GROUP)] == [GROUP]


async def test_others_feeds_can_be_removed_but_not_taken_over(desk: Commanding) -> None:
    chief = replace(BOSS, person=Person(platform=CHAT, id="4", name="Chief"))
    first = await desk.commands.feed(BOSS, "")
    await made(desk, caller=chief)

    seen = await desk.commands.feed(chief, "")
    stolen = await desk.commands.press(chief, ref(first, "Renew"))
    strange = await desk.commands.press(ANN, ref(first, "Remove"))
    gone = await desk.commands.press(chief, ref(seen, "Remove: feed1"))

    assert "feed1 is the feed of Boss." in words(seen)
    assert stolen.how is How.NOTICE
    assert "Only those who manage" in words(strange)
    assert "feed1 is removed" in words(gone)


async def test_a_press_of_an_older_feed_does_nothing(desk: Commanding) -> None:
    reply = await desk.commands.feed(BOSS, "")
    forged = ref(reply, "Remove")[:-8] + "00000000"

    answer = await desk.commands.press(BOSS, forged)

    assert answer.how is How.NOTICE
    assert len(await desk.store.feeds(GROUP)) == 1


async def test_a_feed_without_a_web_server_says_so(desk: Commanding) -> None:
    closed = type(desk.commands)(replace(desk.core, feeds_open=False))

    assert "WEB=on" in words(await closed.feed(BOSS, ""))
    assert "WEB=on" in words(await closed.feed(BOSS, ""))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("", FeedWish()),
        ("renew", FeedWish(renew=True)),
        ("Remove", FeedWish(remove=True)),
        (
            "state=team-a action=imagine",
            FeedWish(state_prefix="team-a", action="IMAGINE"),
        ),
        ("state= action=", FeedWish(state_prefix="", action="")),
        ("action=SWAP_FACE", FeedWish(action="SWAP_FACE")),
        ("action=a/b", None),
        ("please", None),
    ],
)
def test_the_words_of_feed(text: str, wish: FeedWish | None) -> None:
    assert read_wish(text) == wish


async def test_an_unknown_word_is_explained(desk: Commanding) -> None:
    assert "/feed state=team-a" in words(await desk.commands.feed(BOSS, "please"))
