"""Who reads a card, and how sentences, times and names are put for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.subscription import Person
from bot.domain.task import RelayName
from bot.i18n import Words, translator
from bot.present.card import (
    Block,
    Card,
    CardButton,
    Ink,
    Inline,
    Moment,
    Shape,
    Span,
    Tone,
)
from bot.present.text import outside

_FIRST_YEAR: Final = 2015  # nothing of ours is older; a zero time stamp is 1970
_SKEW: Final = timedelta(minutes=5)  # between the relay's clock and ours
_NAME_LIMIT: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads.

    Attributes:
        language: `en` or `zh`.
        now: Aware, UTC; ages are reckoned from it.
        relays_shown: More than one relay is configured, so cards name theirs.
    """

    language: str
    now: datetime
    relays_shown: bool = False

    @property
    def words(self) -> Words:
        """The texts of the reader's language."""
        return translator(self.language)

    def say(self, key: str, /, *, n: int | None = None, **slots: Inline | str) -> Block:
        """Say a text as a block; what fills a slot may have ink of its own."""
        pieces = self.words.pieces(key, n=n)
        inlines = (
            Span(piece, ours=True)
            if isinstance(piece, str)
            else _inline(slots[piece.name])
            for piece in pieces
        )
        return Block(tuple(inlines))

    def card(
        self,
        *blocks: Block,
        tone: Tone = Tone.QUIET,
        buttons: Sequence[tuple[CardButton, ...]] = (),
        mentions: Sequence[Person] = (),
    ) -> Card:
        """Make a card in the reader's language; empty groups of buttons are left out."""
        return Card(
            tone=tone,
            blocks=blocks,
            buttons=tuple(group for group in buttons if group),
            mentions=tuple(mentions),
            language=self.words.language,
        )

    def relay(self, name: RelayName | None) -> str:
        """Name a relay as a sentence begins: by name only where there are several."""
        if name and self.relays_shown:
            return self.words("relay.named", relay=outside(name, _NAME_LIMIT))
        return self.words("relay.the")

    def ago(self, at: datetime) -> Moment:
        """Say how long ago an instant is."""
        return Moment(at, self.words.ago(self.now - at))

    def instant(self, at: datetime) -> Moment:
        """Say when something was, by the clock."""
        utc = at.astimezone(UTC)
        today = utc.date() == self.now.astimezone(UTC).date()
        form = "%H:%M UTC" if today else "%Y-%m-%d %H:%M UTC"
        return Moment(at, utc.strftime(form), relative=False)

    def believable(self, at: datetime | None) -> datetime | None:
        """Drop an instant that no task of ours can have: 1970, or the future."""
        if at is None or at.year < _FIRST_YEAR or at > self.now + _SKEW:
            return None
        return at


def code(text: str) -> Block:
    """Stand an id or a customId alone, letter for letter."""
    return Block((Span(text, Ink.CODE),))


def pre(text: str) -> Block:
    """Set code in a block, to be copied whole."""
    return Block((Span(text),), Shape.PRE)


def quote(text: str) -> Block:
    """Quote other people's text, cleaned and clipped before."""
    return Block((Span(text),), Shape.QUOTE)


def _inline(value: Inline | str) -> Inline:
    return Span(value) if isinstance(value, str) else value
