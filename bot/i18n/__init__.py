"""Catalogues and languages: what people read, in English and Chinese."""

from bot.i18n.catalogue import LANGUAGES, Slot, Words, negotiate, translator

__all__ = ["LANGUAGES", "Slot", "Words", "negotiate", "translator"]
