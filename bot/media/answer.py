"""What an answer that is no picture means; pure."""

import json
from typing import Final

import aiohttp

from bot.media.picture import PictureProblem

NOT_FOUND: Final = 404
METHOD_NOT_ALLOWED: Final = 405
SERVER_ERRORS: Final = 500
# Slow down, too early, timed out over there.
LATER: Final = frozenset({408, 425, 429})
GONE: Final = frozenset({NOT_FOUND, METHOD_NOT_ALLOWED, 410})


def problem_of(status: int) -> PictureProblem:
    """Say what an HTTP status other than 200 means for a picture."""
    if status in GONE:
        return PictureProblem.GONE
    if status in LATER or status >= SERVER_ERRORS:
        return PictureProblem.NOT_READY
    return PictureProblem.REFUSED


def route_is_missing(status: int, words: bytes) -> bool:
    """Tell a relay without an image route from one whose picture is gone.

    An image proxy that has no picture answers `{"error": "text"}` and nothing else;
    routers answer with a page, or with more than that.
    """
    if status == METHOD_NOT_ALLOWED:
        return True
    return status == NOT_FOUND and not _from_image_proxy(words)


def is_html(response: aiohttp.ClientResponse) -> bool:
    """Whether a web page came: what servers answer to a path they do not know."""
    return response.content_type == "text/html"


def _from_image_proxy(words: bytes) -> bool:
    try:
        said = json.loads(words)
    except ValueError:
        return False
    return (
        isinstance(said, dict)
        and set(said) == {"error"}
        and isinstance(said["error"], str)
    )
