"""The four relays that can be played, and the habits that set them apart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from bot.demo import answers
from bot.demo.answers import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One relay's habits.

    Attributes:
        first_id: What its ready-made ids begin with; three digits follow.
        pictures: `proxy`: imageUrl is the relay's own image route; `cdn`: a signed
            address on its mirror.
        image_route: What `GET image/{id}` does.
        picture_format: Of the files, in Pillow's words.
        renames: A fetch answers with another id than the one asked for.
        slim_list: The list has no buttons, no prompt, no times.
        unknown: Its answer to an id it does not know.
        unknown_path: Its answer to a route it does not have.
    """

    name: str
    first_id: str
    pictures: Literal["proxy", "cdn"] = "proxy"
    image_route: Literal["bytes", "redirect", "none"] = "bytes"
    picture_format: Literal["PNG", "JPEG", "WEBP"] = "PNG"
    renames: bool = False
    slim_list: bool = False
    unknown: Callable[[], Answer] = answers.task_no_found
    unknown_path: Callable[[], Answer] = answers.front_end

    @property
    def short_ids(self) -> bool:
        """Whether it names tasks `task_` and ten digits."""
        return self.first_id.startswith("task_")


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            name="crazyrouter",
            first_id="task_1000000",
            slim_list=True,
            unknown=answers.task_not_found,
            unknown_path=answers.invalid_url,
        ),
        Kind(
            name="quickrouter",
            first_id="1767225600000",
            pictures="cdn",
            renames=True,
        ),
        Kind(
            name="geeknow",
            first_id="1767225600000",
            image_route="redirect",
            picture_format="WEBP",
        ),
        Kind(
            name="dmxapi",
            first_id="1767225600000",
            pictures="cdn",
            image_route="none",
            picture_format="JPEG",
        ),
    )
}
