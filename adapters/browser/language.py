"""The page's own words, and in which language they are said."""

from dataclasses import dataclass, replace
from typing import Final

from adapters.browser.limits import HERE
from bot.i18n import LANGUAGES, Slot, negotiate, translator
from bot.ports import ChatMemory

_OWN: Final = "page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """Something to try, offered by a tap.

    Attributes:
        line: What the tap says.
        name: Its words are the text `page.chip.<name>`; without one, the line.
    """

    line: str
    name: str = ""


class Tongue:
    """Which language the chat speaks.

    Args:
        store: What was chosen.
        default: For a browser that asks for none of ours.
    """

    def __init__(self, store: ChatMemory, default: str) -> None:
        self._store = store
        self._default = default
        self.chosen: str | None = None

    async def refresh(self) -> bool:
        """Read what is chosen; say whether that has changed."""
        before, settings = self.chosen, await self._store.settings(HERE)
        self.chosen = settings.language
        return self.chosen != before

    async def choose(self, language: str) -> None:
        """Let the chat, cards and all, speak a language from now on.

        Raises:
            ValueError: It is none of ours.
        """
        if language not in LANGUAGES:
            raise ValueError(language)
        settings = await self._store.settings(HERE)
        await self._store.save_settings(HERE, replace(settings, language=language))
        self.chosen = language

    def of(self, locale: str | None) -> str:
        """Choose for a browser: what the chat has chosen, else what it asks for."""
        return self.chosen or negotiate(locale, self._default)


def page_words(language: str) -> dict[str, str]:
    """Give the page its texts; slots stay as `{name}`."""
    words = translator(language)
    return {
        key.removeprefix(_OWN): "".join(
            each if isinstance(each, str) else _slot(each) for each in words.pieces(key)
        )
        for key in sorted(words.keys)
        if key.startswith(_OWN)
    }


def chip_words(chip: Chip, language: str) -> str:
    """Say what a chip is for."""
    words, key = translator(language), f"{_OWN}chip.{chip.name}"
    return words(key) if key in words else chip.line


def _slot(slot: Slot) -> str:
    return f"{{{slot.name}}}"
