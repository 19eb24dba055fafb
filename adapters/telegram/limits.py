"""Telegram's numbers, each with the page it comes from."""

from typing import Final

from bot.domain.attachment import MediaLimits
from bot.domain.subscription import Place, Platform
from bot.ports import Pace

PLATFORM: Final = Platform("telegram")

TEXT_UNITS: Final = 4096  # UTF-16 units; core.telegram.org/bots/api#sendmessage
CAPTION_UNITS: Final = 1024  # UTF-16 units; core.telegram.org/bots/api#sendphoto
ENTITIES: Final = (
    100  # later ones are dropped; core.telegram.org/bots/api#messageentity
)
MENTIONS: Final = 50  # of people on one message; more do not ring

CALLBACK_BYTES: Final = 64  # core.telegram.org/bots/api#inlinekeyboardbutton
COPY_UNITS: Final = 256  # core.telegram.org/bots/api#copytextbutton
KEYBOARD_BUTTONS: Final = 100  # limits.tginfo.me/en; the server's own refusal
ROW_BUTTONS: Final = 4  # eight are allowed; a phone shows four in full
ANSWER_UNITS: Final = 200  # core.telegram.org/bots/api#answercallbackquery
ALBUM_FILES: Final = 10  # core.telegram.org/bots/api#sendmediagroup
START_CHARS: Final = 64  # core.telegram.org/bots/features#deep-linking
DESCRIPTION_UNITS: Final = 256  # core.telegram.org/bots/api#botcommand

UPDATES_IN_BATCH: Final = 100  # core.telegram.org/bots/api#getupdates
UPDATES_AT_ONCE: Final = 256  # ours: updates handled at the same time
WEBHOOK_CONNECTIONS: Final = 100  # core.telegram.org/bots/api#setwebhook
POLL_SECONDS: Final = 50  # the server's cap of a long poll

# About 30 calls a second for all chats together, with some room left;
# core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
CALLS_A_SECOND: Final = 29.4

SEEN: Final = "👀"  # the reaction to an id that was heard

_MB: Final = 1024 * 1024

# core.telegram.org/bots/api#sending-files and #sendphoto
MEDIA: Final = MediaLimits(
    photo_bytes=10 * _MB,
    document_bytes=50 * _MB,
    video_bytes=50 * _MB,
    total_bytes=50 * _MB,
    album_count=ALBUM_FILES,
    photo_sides_sum=10_000,
    photo_ratio=20.0,
    photo_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
    edit_count=1,
)

# One message a second in a chat, 20 a minute in a group, where sends and edits count
# alike (the FAQ above; github.com/tdlib/td/issues/2592). Answers to commands and
# presses count, too; they leave the rest of the twenty to rings. Each file of an album
# counts as well, so a private chat gets no more of them at once than the short burst
# it bears.
GROUP_CALLS: Final = 20  # a minute, answers included
ANSWERS_STOP_AT: Final = 14  # calls in the minute, of whatever kind
_PACES: Final = {
    Place.PRIVATE: Pace(
        edit_seconds=3.0,
        old_edit_seconds=15.0,
        calls_a_minute=40,
        ring_seconds=1.0,
        album_files=4,
        digest_lines=KEYBOARD_BUTTONS,
    ),
    Place.GROUP: Pace(
        edit_seconds=6.0,
        old_edit_seconds=30.0,
        calls_a_minute=GROUP_CALLS,
        ring_seconds=1.0,
        album_files=ALBUM_FILES,
        digest_lines=KEYBOARD_BUTTONS,
    ),
    Place.CHANNEL: Pace(
        edit_seconds=6.0,
        old_edit_seconds=30.0,
        calls_a_minute=GROUP_CALLS,
        ring_seconds=1.0,
        album_files=ALBUM_FILES,
        digest_lines=KEYBOARD_BUTTONS,
    ),
}


def pace_of(place: Place) -> Pace:
    """Say how fast such a chat may be spoken to."""
    return _PACES[place]
