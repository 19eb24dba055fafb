"""Words in a language, read once from gettext catalogues, no build step.

A text's name is a dotted key; its slots are `{name}`. What fills a slot is put in
as it is: nobody's text is ever read as a template.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.core import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LANGUAGES: Final = ("en", "zh")
_LOCALES: Final = {"en": "en", "zh": "zh_Hans_CN"}
_SLOT: Final = re.compile(r"\{([A-Za-z_]+)\}")
_UNITS: Final = (
    ("duration.days", 86_400),
    ("duration.hours", 3_600),
    ("duration.minutes", 60),
    ("duration.seconds", 1),
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a text that a value fills."""

    name: str


class Words:
    """The texts of one language.

    Args:
        language: One of LANGUAGES.
        catalogue: Its texts.
    """

    def __init__(self, language: str, catalogue: Catalog) -> None:
        self.language = language
        self.keys = frozenset(str(_key(each.id)) for each in catalogue if each.id)
        self._locale = Locale.parse(_LOCALES[language])
        self._texts = _compiled(catalogue)

    def __call__(self, key: str, /, *, n: int | None = None, **values: object) -> str:
        """Say a text.

        Args:
            key: Its name.
            n: The number that chooses the plural; fills the slot `n`, too.
            values: What fills the other slots, taken as it is.

        Raises:
            KeyError: There is no such text, or a slot stays empty.
        """
        return "".join(
            piece if isinstance(piece, str) else str(values[piece.name])
            for piece in self.pieces(key, n=n)
        )

    def __contains__(self, key: object) -> bool:
        return key in self.keys

    def pieces(self, key: str, /, *, n: int | None = None) -> tuple[str | Slot, ...]:
        """Take a text apart into words and slots; `n` is filled in already."""
        return tuple(self._filled(self._template(key, n), n))

    def number(self, number: int) -> str:
        """Write a whole number."""
        return str(format_decimal(number, locale=self._locale))

    def percent(self, percent: int) -> str:
        """Write whole percent, 0..100."""
        return str(format_percent(percent / 100, locale=self._locale))

    def duration(self, length: timedelta) -> str:
        """Write a length of time in its two largest units; never negative."""
        seconds = max(int(length.total_seconds()), 0)
        if not seconds:
            return self("duration.moment")
        return " ".join(self._largest(seconds))

    def ago(self, length: timedelta) -> str:
        """Say how long ago something was, in its largest unit."""
        seconds = max(int(length.total_seconds()), 0)
        if not seconds:
            return self("ago.now")
        return self("ago.some", duration=next(self._largest(seconds)))

    def _largest(self, seconds: int) -> Iterator[str]:
        start = next(i for i, (_, size) in enumerate(_UNITS) if seconds >= size)
        for key, size in _UNITS[start : start + 2]:
            count, seconds = divmod(seconds, size)
            if count:
                yield self(key, n=count)

    def _template(self, key: str, n: int | None) -> str:
        if key not in self.keys:
            raise KeyError(key)
        if n is None:
            return self._texts.gettext(key)
        return self._texts.ngettext(key, key, n)

    def _filled(self, template: str, n: int | None) -> Iterator[str | Slot]:
        for index, piece in enumerate(_SLOT.split(template)):
            if index % 2 == 0:
                if piece:
                    yield piece
            elif piece == "n" and n is not None:
                yield self.number(n)
            else:
                yield Slot(piece)


@cache
def translator(language: str) -> Words:
    """Open a language's texts; English for one that we do not speak."""
    known = language if language in LANGUAGES else LANGUAGES[0]
    return Words(known, read_catalogue(known))


def read_catalogue(language: str) -> Catalog:
    """Read a catalogue as it stands in the package."""
    text = (files(__package__) / f"{language}.po").read_bytes()
    return read_po(BytesIO(text), locale=_LOCALES[language])


def negotiate(wanted: str | None, default: str) -> str:
    """Choose a language of ours for what a platform or a setting calls one.

    `zh-CN`, `zh_TW` and `zh-Hans` are all `zh`; None or a stranger gives the
    default, and a default that we do not speak gives English.
    """
    for each in (wanted, default):
        family = re.split(r"[-_]", (each or "").strip().lower())[0]
        if family in LANGUAGES:
            return family
    return LANGUAGES[0]


def _key(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _compiled(catalogue: Catalog) -> GNUTranslations:
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    buffer.seek(0)
    return GNUTranslations(buffer)
