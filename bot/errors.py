"""The error tree.

MjwatchError
├── SettingsError            a setting is wrong; one line each, naming the variable
├── RelayError               a relay did not answer as it should
│   └── RelayTroubleError    carries the Trouble, and why in words
├── PictureError             a picture could not be had; carries a closed reason
│   └── ForbiddenAddressError   its address is not a public one
├── StoreError               memory could not be opened or is of another version
│   └── StoreBusyError       another copy of the program holds it
└── CredentialError          a stored key cannot be decrypted with SECRET_KEY
"""


class MjwatchError(Exception):
    """Whatever the program raises on purpose; its text is safe to show."""


class SettingsError(MjwatchError):
    """Settings are wrong.

    Attributes:
        lines: One sentence for each wrong variable.
    """

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class RelayError(MjwatchError):
    """A relay did not answer as it should."""


class RelayTroubleError(RelayError):
    """A request to a relay failed in a known way.

    Attributes:
        trouble: A value of `bot.domain.look.Trouble`.
        why: More of it in our words, for the operator; may be empty.
    """

    def __init__(self, trouble: str, *, why: str = "") -> None:
        super().__init__(trouble)
        self.trouble = trouble
        self.why = why


class PictureError(MjwatchError):
    """A picture could not be had.

    Attributes:
        reason: A value of `bot.media.picture.PictureProblem`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ForbiddenAddressError(PictureError):
    """A picture's address leads to a place that is not public."""


class StoreError(MjwatchError):
    """Memory could not be opened, or belongs to a newer program."""


class StoreBusyError(StoreError):
    """Another running copy holds the store."""


class CredentialError(MjwatchError):
    """A stored key cannot be read with the SECRET_KEY at hand."""
