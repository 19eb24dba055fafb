"""A chat's feed as cards: its address, shown once, and what may be done with it."""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Final

from bot.domain.buttonref import ButtonRef, Verb, check_of
from bot.domain.feed import Feed
from bot.domain.task import TaskKey
from bot.present.answers import EXAMPLE_ID, sentence
from bot.present.card import Block, Card, CardButton, Ink, Span
from bot.present.reader import Reader, pre
from bot.present.text import outside

_NAME_LIMIT: Final = 40
_OTHERS_LIMIT: Final = 5  # feeds of others that a card lists


class FeedPress(IntEnum):
    """Position of a Verb.FEED button -> what it does; never given a new meaning."""

    RENEW = 0
    REMOVE = 1


def feed_made(
    feed: Feed,
    address: str,
    reader: Reader,
    *,
    renewed: bool = False,
    closed: bool = False,
) -> Card:
    """Show a feed's address, this once.

    Args:
        feed: The feed.
        address: Whole, or the path alone where the world's way here is not known.
        reader: Who reads.
        renewed: An earlier address is void now.
        closed: The web server is off.
    """
    path_only = address.startswith("/")
    blocks = [
        reader.say("feed.made"),
        pre(address),
        reader.say("feed.once"),
        *([reader.say("feed.renewed")] if renewed else []),
        *_remarks(feed, reader, closed=closed),
        *([reader.say("feed.path", setting=_code("PUBLIC_URL"))] if path_only else []),
        reader.say("feed.example"),
        pre(f"curl -d {EXAMPLE_ID} {address}"),
        reader.say("feed.example_submit"),
        pre(f"curl ... /submit/imagine ... | curl -d @- {address}"),
        reader.say("feed.example_hook", field=_code("notifyHook")),
        pre(f"mjwatch watch {EXAMPLE_ID} --to {feed.name}"),
    ]
    copy = CardButton(label=reader.words("feed.button.copy"), emoji="📋", copy=address)
    groups = ((copy,), _buttons(feed, reader, own=True))
    return reader.card(*blocks, buttons=groups)


def feed_card(
    own: Feed, others: Sequence[Feed], reader: Reader, *, closed: bool = False
) -> Card:
    """Show what is known of a person's feed; never its address, which is not kept."""
    blocks = [
        reader.say("feed.yours", name=_code(own.name)),
        *_remarks(own, reader, closed=closed),
        _last_use(own, reader),
        reader.say("feed.not_kept"),
    ]
    groups = [_buttons(own, reader, own=True)]
    for each in others[:_OTHERS_LIMIT]:
        name, person = _code(each.name), outside(each.person.name, _NAME_LIMIT)
        blocks.append(reader.say("feed.other", name=name, person=person))
        groups.append(_buttons(each, reader, own=False))
    return reader.card(*blocks, buttons=groups)


def feed_removed(feed: Feed, reader: Reader) -> Card:
    """The feed is gone, and its address with it."""
    return sentence(reader, "feed.removed", name=_code(feed.name))


def feed_missing(reader: Reader) -> Card:
    """There is no feed to remove."""
    return sentence(reader, "feed.missing", command=_code("/feed"))


def feed_usage(reader: Reader) -> Card:
    """Which words `/feed` takes."""
    return sentence(
        reader,
        "feed.usage",
        plain=_code("/feed"),
        filter=_code("/feed state=team-a action=IMAGINE"),
        renew=_code("/feed renew"),
        remove=_code("/feed remove"),
    )


def _remarks(feed: Feed, reader: Reader, *, closed: bool) -> Iterator[Block]:
    if closed:
        yield reader.say("feed.closed", setting=_code("WEB=on"))
    if feed.state_prefix:
        prefix = Span(outside(feed.state_prefix, _NAME_LIMIT), Ink.CODE)
        yield reader.say("feed.only_state", prefix=prefix)
    if feed.action:
        yield reader.say("feed.only_action", action=_code(feed.action))


def _last_use(feed: Feed, reader: Reader) -> Block:
    if feed.used_at is None:
        return reader.say("feed.never_used")
    return reader.say("feed.used", ago=reader.ago(feed.used_at))


def _buttons(feed: Feed, reader: Reader, *, own: bool) -> tuple[CardButton, ...]:
    words = reader.words
    remove = words("feed.button.remove")
    if not own:
        return (_button(feed, FeedPress.REMOVE, f"{remove}: {feed.name}"),)
    renew = _button(feed, FeedPress.RENEW, words("feed.button.renew"))
    return (renew, _button(feed, FeedPress.REMOVE, remove))


def _button(feed: Feed, press: FeedPress, label: str) -> CardButton:
    ref = ButtonRef(
        verb=Verb.FEED,
        task_key=TaskKey(feed.id),
        position=press,
        check=check_of(feed.name),
    )
    style = 4 if press is FeedPress.REMOVE else 2
    return CardButton(label=label, style=style, ref=str(ref))


def _code(text: str) -> Span:
    return Span(text, Ink.CODE)
