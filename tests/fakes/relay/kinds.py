"""The eight kinds of server: how each lets in, what it says to an unknown id."""

from dataclasses import dataclass
from typing import Final, Literal

from tests.fakes.relay.answers import (
    NOT_FOUND_HTML,
    NOT_FOUND_OPENAI,
    NOT_FOUND_SPRING,
    SPA,
    TASK_NO_FOUND,
    Answer,
    envelope,
    openai_error,
    plain_error,
    text_answer,
)

Auth = Literal[
    "none",  # nobody is asked for a key
    "optional",  # no key is fine, a wrong one is not
    "bearer",
    "mj-api-secret",
    "either",  # Authorization wins, else mj-api-secret
    "verbatim",  # Authorization taken as it is ("Bearer x" is a wrong key)
    "both-refused",  # either style alone, both together are refused
    "refused",  # every key is refused
]
Picture = Literal[
    "plain",
    "redirect",
    "missing",
    "not-ready",
    "locked",  # 401 without the key
    "signed",  # 403 without ?sig=
    "cut",  # an image without its end, by a clean 200
    "broken-off",  # Content-Length promises more than comes
    "mislabelled",  # WebP bytes called image/jpeg
    "html",
    "expired",
    "hang",
    "no-route",
]
Listing = Literal["full", "slim", "404", "html", "spa"]

BAD_KEY: Final = openai_error("无效的令牌", "new_api_error", 401)
NO_IMAGE: Final = plain_error("midjourney_task_not_found", 400)
EMPTY_RESULT: Final = envelope(0, "", "", sniffed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One server's habits."""

    name: str
    auth: Auth
    unknown: Answer = TASK_NO_FOUND
    refused: Answer = BAD_KEY
    unknown_path: Answer = SPA
    image: Picture = "plain"
    image_unknown: Answer = NO_IMAGE
    has_seed: bool = True
    seed_unknown: Answer = TASK_NO_FOUND
    seed_not_yet: Answer = EMPTY_RESULT
    seed_sniffed: bool = True  # JSON under text/plain
    listing: Listing = "full"
    owned: bool = True  # a task is shown only to the key that submitted it
    any_mode: bool = False  # /<word>/mj works like /mj
    failed_progress: str = "100%"
    renames: bool = False  # the answer's id is not the id asked for
    id_prefix: str = "17672256"


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            name="crazyrouter",
            auth="bearer",
            unknown=openai_error("task not found", "invalid_request_error", 404),
            unknown_path=NOT_FOUND_OPENAI,
            listing="slim",
            id_prefix="task_12",
        ),
        Kind(name="quickrouter", auth="optional", renames=True),
        Kind(name="geeknow", auth="bearer", image="redirect"),
        Kind(name="dmxapi", auth="bearer", image="no-route"),
        Kind(name="newapi", auth="either", any_mode=True),
        Kind(
            name="onehub",
            auth="mj-api-secret",
            refused=openai_error("无效的令牌", "one_hub_error", 401),
        ),
        Kind(
            name="novicezk",
            auth="mj-api-secret",
            unknown=Answer(status=200),
            refused=Answer(status=401),
            unknown_path=NOT_FOUND_SPRING,
            image="no-route",
            has_seed=False,
            owned=False,
            failed_progress="",
        ),
        Kind(
            name="trueai",
            auth="verbatim",
            unknown=Answer(status=204),
            refused=text_answer("Authorization header missing.", 401),
            unknown_path=NOT_FOUND_HTML,
            image="no-route",
            seed_unknown=envelope(3, "关联任务不存在或已失效", status=404),
            seed_not_yet=envelope(4, "关联任务状态错误", status=400),
            seed_sniffed=False,
            owned=False,
            failed_progress="",
        ),
    )
}
