"""Cards about people's own keys and about who is let in; no key is ever on one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.task import RelayName
from bot.present.answers import OWN_KEY, sentence
from bot.present.card import Block, Card, Ink, Span, Tone
from bot.present.reader import Reader
from bot.present.text import outside

_NAME_LIMIT: Final = 60
_NAMES_SHOWN: Final = 40
_FORGET: Final = Span("/key forget", Ink.CODE)
_EXAMPLE: Final = Span("/allow telegram:123456789", Ink.CODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyForm:
    """The words of a form that asks for a key, where the platform has forms."""

    title: str
    key: str
    key_empty: str  # what nothing means
    relay: str
    relay_empty: str


def key_form(reader: Reader) -> KeyForm:
    """Say what a form for a key says."""
    words = reader.words
    return KeyForm(
        title=words("key.title"),
        key=words("key.label"),
        key_empty=words("key.placeholder"),
        relay=words("key.relay_label"),
        relay_empty=words("key.relay_placeholder"),
    )


def key_stays(reader: Reader) -> Card:
    """The message with the key could not be deleted."""
    return sentence(reader, "key.delete_it", tone=Tone.ATTENTION)


def key_kept(relay: RelayName, reader: Reader) -> Card:
    """The key was tried, works, and is stored."""
    return sentence(
        reader, "key.kept", tone=Tone.DONE, relay=_name(relay), command=_FORGET
    )


def key_refused(relay: RelayName, reader: Reader) -> Card:
    """The relay does not take the key that was just sent; it was not stored."""
    return sentence(reader, "key.refused", tone=Tone.ATTENTION, relay=_name(relay))


def key_untried(relay: RelayName, reader: Reader) -> Card:
    """The relay could not be asked, so the key was not stored."""
    return sentence(reader, "key.untried", tone=Tone.ATTENTION, relay=_name(relay))


def key_odd(relays: Sequence[RelayName], reader: Reader) -> Card:
    """What was sent is no key, or names no relay; it is not said again."""
    known = ", ".join(_name(each) for each in relays)
    return sentence(reader, "key.odd", command=OWN_KEY, relays=known)


def key_none(reader: Reader) -> Card:
    """The person has no key here."""
    return sentence(reader, "key.none", command=OWN_KEY)


def key_forgotten(
    relays: Sequence[RelayName], reader: Reader, *, watches: int = 0
) -> Card:
    """The person's keys are erased; says what becomes of what they watched."""
    named = ", ".join(_name(each) for each in relays)
    card = sentence(reader, "key.forgotten", tone=Tone.DONE, relay=named)
    if not watches:
        return card
    rest = reader.say("key.forgotten_watches", n=watches)
    return replace(card, blocks=(*card.blocks, rest))


def key_stored(
    relay: RelayName, used_at: datetime | None, reader: Reader, *, refused: bool
) -> Block:
    """One line about a stored key: its relay and its last use."""
    if refused:
        return reader.say("key.stored_refused", relay=_name(relay))
    if used_at is None:
        return reader.say("key.stored_unused", relay=_name(relay))
    return reader.say("key.stored", relay=_name(relay), ago=reader.ago(used_at))


def keys_stored(lines: Sequence[Block], reader: Reader) -> Card:
    """What is stored for the person."""
    end = reader.say("key.ways", command=OWN_KEY, forget=_FORGET)
    return reader.card(*lines, end)


def key_turned_down(relay: RelayName, reader: Reader) -> Card:
    """Told to its owner: a relay does not take the stored key any more."""
    return sentence(
        reader,
        "key.turned_down",
        tone=Tone.ATTENTION,
        relay=_name(relay),
        command=OWN_KEY,
        forget=_FORGET,
    )


# --- who is let in ------------------------------------------------------------------


def only_operators(reader: Reader) -> Card:
    """Only who runs the bot may do this."""
    return sentence(reader, "allow.only_operators")


def odd_names(reader: Reader) -> Card:
    """What was named is nobody and nothing."""
    return sentence(reader, "allow.odd", example=_EXAMPLE)


def let_in(names: Sequence[str], reader: Reader, *, may: bool) -> Card:
    """An operator's word was kept."""
    key = "allow.let_in" if may else "allow.kept_out"
    return sentence(reader, key, tone=Tone.DONE, names=", ".join(names))


def all_said(
    said: Mapping[str, bool], reader: Reader, *, everybody: bool, setting: int
) -> Card:
    """Who is let in: what the setting says, and what operators said."""
    head = "allow.everybody" if everybody else "allow.listed"
    lines = [reader.say(head, n=None if everybody else setting)]
    for may, key in ((True, "allow.let_in"), (False, "allow.kept_out")):
        names = [name for name, word in said.items() if word is may][:_NAMES_SHOWN]
        if names:
            lines.append(reader.say(key, names=", ".join(names)))
    lines.append(reader.say("allow.ways", example=_EXAMPLE))
    return reader.card(*lines)


def claimed(reader: Reader) -> Card:
    """The person runs the bot from now on."""
    return sentence(reader, "claim.done", tone=Tone.DONE, command=_EXAMPLE)


def not_claimed(reader: Reader) -> Card:
    """The code is wrong, used or old: the same answer for all."""
    return sentence(reader, "claim.wrong")


def _name(relay: RelayName) -> str:
    return outside(relay, _NAME_LIMIT)
