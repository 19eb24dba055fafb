"""The browser's numbers; nobody else sets them, so each says why."""

from typing import Final

from bot.domain.attachment import MediaLimits
from bot.domain.subscription import Destination, Person, Place, Platform
from bot.media.picture import Mime
from bot.ports import Pace

PLATFORM: Final = Platform("browser")

# One console, one chat, one person: whoever sits at this machine.
HERE: Final = Destination(platform=PLATFORM, chat="1", place=Place.PRIVATE)
YOU: Final = Person(platform=PLATFORM, id="1", name="you")

MESSAGES_KEPT: Final = 300  # a long day's chat; older ones make room
TEXT_CHARS: Final = 4_000  # of one typed message; ten ids and a pasted link are 1,000
BODY_BYTES: Final = 32 * 1024  # of one post: the text as JSON, four bytes a sign
KEY_CHARS: Final = 40  # of the name that a page gives its own message
SUGGESTIONS: Final = 8  # a phone shows so many above its keyboard
SOCKETS: Final = 50  # open tabs; more are turned away

BEAT_SECONDS: Final = 10.0  # silence after which a page is told that all is well
PING_SECONDS: Final = 20.0  # an unanswered ping closes a socket

CALLS_A_SECOND: Final = 50.0  # a write to our own store each
PACE: Final = Pace(edit_seconds=1.0, old_edit_seconds=1.0, calls_a_minute=0)

_MB: Final = 1024 * 1024

# Nothing is uploaded anywhere: what a browser can draw is taken as it is.
MEDIA: Final = MediaLimits(
    photo_bytes=64 * _MB,
    document_bytes=256 * _MB,
    video_bytes=256 * _MB,
    total_bytes=1024 * _MB,
    photo_types=frozenset(mime.value for mime in Mime if not mime.is_video),
)
