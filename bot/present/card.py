"""The card: the neutral message that every platform renders in its own way."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.subscription import Person


class Tone(StrEnum):
    """The colour of a card, by meaning."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ATTENTION = "attention"
    QUIET = "quiet"


class Ink(StrEnum):
    """How a run of text looks."""

    PLAIN = "plain"
    BOLD = "bold"
    ITALIC = "italic"
    CODE = "code"  # monospace, tap to copy


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text. Always text: whatever markup it holds must take no effect.

    Attributes:
        text: What it says.
        ink: How it looks.
        ours: Words of our own: a command in them may be what a tap sends.
    """

    text: str
    ink: Ink = Ink.PLAIN
    ours: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Mention:
    """A person who is to be rung."""

    person: Person


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant that a platform may draw relative to now, without edits.

    `words` is the same in the reader's language, for platforms that cannot.
    """

    at: datetime
    words: str
    relative: bool = True


Inline = Span | Mention | Moment


class Shape(StrEnum):
    """How a block of inlines stands on the card."""

    TEXT = "text"  # one line
    QUOTE = "quote"  # other people's text
    FOLDED = "folded"  # a quote that opens on a tap, where there is such a thing
    PRE = "pre"  # code, to be copied whole


@dataclass(frozen=True, slots=True)
class Block:
    """One line or paragraph of a card."""

    inlines: tuple[Inline, ...]
    shape: Shape = Shape.TEXT

    @property
    def text(self) -> str:
        """The block's words without any markup."""
        return "".join(_words(inline) for inline in self.inlines)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardButton:
    """A button. Exactly one of `ref` and `copy` is given.

    Attributes:
        label: What it says; may be empty if there is an emoji.
        emoji: A real emoji, drawn before the label.
        style: 1 primary, 2 secondary, 3 success, 4 danger.
        ref: The text of a ButtonRef, at most 64 bytes.
        copy: Text that a tap puts on the clipboard (doors without such a button
            leave it out: the text stands on the card as code, too).
    """

    label: str
    emoji: str | None = None
    style: int = 2
    ref: str | None = None
    copy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The neutral message.

    Attributes:
        tone: Colour by meaning.
        blocks: The first one alone says state and prompt in at most 60
            characters: it is what a phone's push shows.
        buttons: Groups in order; a door lays each group out in rows of its own
            width and never mixes two groups in a row.
        mentions: Those to ring; doors put them in the text, and allow no others.
        bare: The content is the blocks and nothing else (a customId report).
        language: `en` or `zh`, for what a door adds itself.
    """

    tone: Tone = Tone.QUIET
    blocks: tuple[Block, ...] = ()
    buttons: tuple[tuple[CardButton, ...], ...] = ()
    mentions: tuple[Person, ...] = ()
    bare: bool = False
    language: str = "en"

    @property
    def title(self) -> str:
        """The first block's words."""
        return self.blocks[0].text if self.blocks else ""


def _words(inline: Inline) -> str:
    match inline:
        case Span(text):
            return text
        case Mention(person):
            return person.name
        case Moment(words=words):
            return words
