"""Discord's numbers, each with the page it comes from.

Pages are below docs.discord.com/developers unless another source is named.
"""

from typing import Final

CONTENT_LIMIT: Final = 2000  # characters; resources/message
EMBED_TITLE_LIMIT: Final = 256  # resources/message#embed-limits
EMBED_TEXT_LIMIT: Final = 4096  # its description; all embeds together 6000
LABEL_LIMIT: Final = 80  # components/reference#button
CUSTOM_ID_LIMIT: Final = 100  # components/reference
ROW_WIDTH: Final = 5  # buttons in a row
ROWS: Final = 5  # rows in a message
BUTTONS: Final = ROW_WIDTH * ROWS
MENTIONS: Final = 60  # fit into a content beside its first line; 100 are allowed
NONCE_LIMIT: Final = 25  # resources/message#create-message
NONCE_SECONDS: Final = 120.0  # "the past few minutes"; two are surely few

MIB: Final = 1024 * 1024
FILE_BYTES: Final = (
    10 * MIB
)  # where the server has no boosts; reference#uploading-files
REQUEST_BYTES: Final = 25 * MIB - 64 * 1024  # reference; less what wraps the files
FILES: Final = 10  # resources/message
PHOTO_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

CHOICES: Final = 25  # interactions/application-commands#autocomplete
CHOICE_LIMIT: Final = 100

# About 5 writes in 5 s and channel, observed (javacord wiki); rings go first. One edit
# in 4 s is promised, as Discord sees them: they do not all travel equally fast.
EDIT_SECONDS: Final = 4.2
# Messages over an hour old: 3 edits in 6 s and channel, code 30046
# (discord-userdoccers, message page).
OLD_EDIT_SECONDS: Final = 15.0
CALLS_A_MINUTE: Final = 50
RING_SECONDS: Final = 1.0
CALLS_A_SECOND: Final = (
    49.0  # 50 for a bot in all; topics/rate-limits#global-rate-limit
)

SEEN: Final = "👀"  # the reaction to an id that was heard

ACKNOWLEDGE_SECONDS: Final = 1.5  # half of the 3 s of interactions/receiving
SUGGEST_SECONDS: Final = 1.5  # the same 3 s, and nothing can be deferred
TOKEN_SECONDS: Final = 14.5 * 60  # an interaction's token lives 15 min
# 10,000 answers of 401, 403 or 429 in 10 minutes ban the address
# (topics/rate-limits#invalid-request-limit); we stop at a hundredth.
INVALID_WINDOW_SECONDS: Final = 600.0
INVALID_MOST: Final = 80
