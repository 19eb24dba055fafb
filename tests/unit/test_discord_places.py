"""What channels are called, also when they are gone."""

from types import SimpleNamespace

import pytest

from adapters.discord import places
from adapters.discord.messenger import PLATFORM
from adapters.discord.places import Places
from bot.domain.subscription import Destination, Place

SERVER = SimpleNamespace(name="Studio")
ROOM = SimpleNamespace(id=5, name="art", guild=SERVER)
THREAD = SimpleNamespace(id=6, name="foxes", guild=SERVER, parent=ROOM)


def named(kept: Places, chat: str, thread: str | None = None) -> str:
    return kept.name(None, Destination(platform=PLATFORM, chat=chat, thread=thread))


def test_what_is_gone_is_called_as_it_was() -> None:
    kept = Places()
    kept.lost([ROOM, THREAD])

    assert named(kept, "5") == "#art (Studio)"
    assert named(kept, "5", "6") == "#art · #foxes (Studio)"


def test_what_was_never_known_is_its_number_and_what_is_known_of_it() -> None:
    kept = Places()

    assert (named(kept, "5"), named(kept, "5", "7")) == ("#5", "#7")
    kept.lost([ROOM])
    assert named(kept, "5", "7") == "#art (Studio) · #7"


def test_a_private_chat_has_no_name() -> None:
    private = Destination(platform=PLATFORM, chat="5", place=Place.PRIVATE)

    assert Places().name(None, private) == ""


def test_names_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_GONE_MOST", 10)
    kept = Places()

    kept.lost([SimpleNamespace(id=n, name=f"c{n}", guild=None) for n in range(30)])

    assert (named(kept, "0"), named(kept, "29")) == ("#0", "#c29")
