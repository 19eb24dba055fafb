"""A digest's pictures: an album at hand, later, or in several, and what is left out."""

from collections.abc import Sequence

import pytest

from bot.domain.attachment import Attachment
from bot.domain.buttonref import Verb
from bot.domain.notification import Reason, Refused
from bot.media.picture import PictureProblem
from tests.fakes.desk import CHAT
from tests.fakes.messenger import Lost
from tests.fakes.telling import Telling
from tests.flow.digests.conftest import MB, NOT_NOW, Files, ends, verbs


def names(files: Sequence[Attachment]) -> list[str]:
    return [file.name for file in files]


async def test_pictures_at_hand_are_an_album(telling: Telling) -> None:
    watched = await ends(telling)

    await telling.turns(3)

    [ring] = telling.messenger.sent
    assert names(ring.files) == [f"t{n}.png" for n in range(6)]
    assert [file.position for file in ring.files] == list(range(6))
    held = await telling.desk.store.uploads(watched[3].task_key, CHAT.platform)
    assert held == {("photo", 0): "file-3"}


async def test_late_pictures_follow_silently(telling: Telling) -> None:
    telling.shelf.ready.clear()
    await ends(telling)
    await telling.dispatcher.turn()
    [ring] = telling.messenger.sent
    assert (ring.files, ring.loud) == ((), True)
    assert "The pictures follow" in ring.words

    telling.shelf.ready.set()
    await telling.turns(30)

    [_, album] = telling.messenger.sent
    assert not album.loud
    assert album.reply_to == ring.receipt
    assert len(album.files) == 6
    assert await telling.desk.lease() == []


async def test_pictures_that_never_come_are_waited_for_and_then_left(
    telling: Telling,
) -> None:
    telling.shelf.ready.clear()
    await ends(telling)

    await telling.turns(120, step=5)

    assert len(telling.messenger.sent) == 1
    assert await telling.desk.lease() == []


async def test_what_has_no_picture_is_left_out_of_the_album(telling: Telling) -> None:
    assert isinstance(telling.shelf, Files)
    telling.shelf.missing = frozenset({"t1", "t4"})
    await ends(telling)

    await telling.turns(30)

    [ring, album] = telling.messenger.sent
    assert ring.files == ()
    assert names(album.files) == ["t0.png", "t2.png", "t3.png", "t5.png"]


async def test_where_there_is_no_picture_at_all_nothing_follows(
    telling: Telling,
) -> None:
    telling.shelf.problem = PictureProblem.GONE
    await ends(telling)

    await telling.turns(30)

    assert len(telling.messenger.sent) == 1
    assert await telling.desk.lease() == []


async def test_pictures_too_large_for_one_message_come_in_several(
    telling: Telling,
) -> None:
    assert isinstance(telling.shelf, Files)
    telling.shelf.size_bytes = 40 * MB  # the place takes 100 MB in a message
    await ends(telling)

    await telling.turns(60)

    [_, *albums] = telling.messenger.sent
    assert [names(album.files) for album in albums] == [
        ["t0.png", "t1.png"],
        ["t2.png", "t3.png"],
        ["t4.png", "t5.png"],
    ]


async def test_a_ring_whose_album_is_refused_goes_without(telling: Telling) -> None:
    telling.messenger.says("send", Refused(reason=Reason.TOO_LARGE))
    await ends(telling)

    await telling.turns(3)

    [ring] = telling.messenger.rings()
    assert ring.files == ()
    assert verbs(ring) == [Verb.PICTURE] * 6


async def test_a_refused_album_is_left_to_its_buttons(telling: Telling) -> None:
    telling.shelf.ready.clear()
    await ends(telling)
    await telling.dispatcher.turn()
    telling.shelf.ready.set()
    telling.messenger.says("send", Refused(reason=Reason.INVALID))

    await telling.turns(30)

    assert len(telling.messenger.sent) == 1
    assert await telling.desk.lease() == []


async def test_a_deferred_album_comes_later(telling: Telling) -> None:
    telling.shelf.ready.clear()
    await ends(telling)
    await telling.dispatcher.turn()
    telling.shelf.ready.set()
    telling.messenger.says("send", NOT_NOW)

    await telling.turns(20)
    assert len(telling.messenger.sent) == 1
    await telling.turns(60)

    assert len(telling.messenger.sent) == 2


@pytest.mark.parametrize(("repeats", "albums"), [(True, 1), (False, 1)])
async def test_an_album_whose_answer_is_lost_is_seen_once(
    telling: Telling, *, repeats: bool, albums: int
) -> None:
    telling.shelf.ready.clear()
    await ends(telling)
    await telling.dispatcher.turn()
    telling.shelf.ready.set()
    telling.messenger.repeats = repeats
    telling.messenger.says("send", Lost())

    await telling.turns(120)

    assert len(telling.messenger.sent) == 1 + albums
    assert await telling.desk.lease() == []


async def test_a_defect_in_an_album_harms_no_digest(telling: Telling) -> None:
    telling.shelf.ready.clear()
    await ends(telling)
    await telling.dispatcher.turn()
    telling.shelf.problem = ValueError("a bug")

    await telling.turns(30)

    assert len(telling.messenger.rings()) == 1
    assert await telling.desk.lease() == []
