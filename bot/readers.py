"""Which language somebody reads, and what else a card needs to know of them."""

from collections.abc import Sequence

from bot.domain.subscription import ChatSettings, Destination, Person, Place
from bot.i18n import negotiate
from bot.ports import ChatMemory, Clock
from bot.present.reader import Reader


class Readers:
    """Finds the reader of a card.

    A card that all see is in the chat's language; an answer only one person sees, in
    that person's; a private chat that has not chosen, in the person's.

    Args:
        store: What chats and people chose.
        clock: Time, for ages.
        default_language: For those who have not chosen.
        relays_shown: More than one relay is configured.
    """

    def __init__(
        self,
        *,
        store: ChatMemory,
        clock: Clock,
        default_language: str,
        relays_shown: bool,
    ) -> None:
        self._store = store
        self._clock = clock
        self._default = default_language
        self._relays_shown = relays_shown
        self._seen: dict[str, str] = {}

    async def of_chat(
        self, to: Destination, settings: ChatSettings, people: Sequence[Person] = ()
    ) -> Reader:
        """Find who reads a card in a chat; `people` asked for it."""
        if settings.language:
            return self.of(settings.language)
        if to.place is Place.PRIVATE and people:
            return self.of(await self._of_person(people[0]))
        return self.of(self._default)

    async def of_person(self, person: Person, locale: str | None) -> Reader:
        """Find how one person reads, and remember what their platform says of it."""
        language = negotiate(locale, self._default)
        if locale and self._seen.get(person.key) != language:
            self._seen[person.key] = language
            await self._store.save_person_language(person, language)
        return self.of(language if locale else await self._of_person(person))

    def of_operator(self) -> Reader:
        """Find who reads what the operator is told."""
        return self.of(self._default)

    def of(self, language: str) -> Reader:
        """Make a reader of a language."""
        return Reader(
            language=language, now=self._clock.now(), relays_shown=self._relays_shown
        )

    async def _of_person(self, person: Person) -> str:
        return await self._store.person_language(person) or self._default
