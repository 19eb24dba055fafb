"""How the door is opened, and how patient it is."""

import hmac
from dataclasses import dataclass, field
from typing import Final

API_URL: Final = "https://api.telegram.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramOptions:
    """What the operator has set.

    Attributes:
        token: The bot's token; never shown.
        api_url: The address before `/bot<token>`.
        proxy: http or https, for every call; None: straight, whatever the environment.
        public_url: The address the world reaches our web server at; with it updates
            come by webhook, without it they are polled.
        webhook_secret: 1 to 256 of A-Z a-z 0-9 _ -; "" takes one made of the token,
            so that every replica has the same.
        language: For those who have not chosen and whose client does not say.
        picture_seconds: How long an answer waits for its picture before it goes
            out as text and is edited.
        toast_seconds: How long a press may spin before it is answered blank.
        typing_seconds: How long an inline query must stand before it is looked at.
        retry_seconds: The first wait after a failure; it doubles, 30 at most.
        again_seconds: Before an update that memory would not take is fetched again.
        confirm_seconds: How long an update that was brought may take before it is to
            be brought again; Telegram gives up after about a minute.
        check_seconds: Between two looks at whether the webhook still stands.
    """

    token: str = field(repr=False)
    api_url: str = API_URL
    proxy: str | None = field(default=None, repr=False)
    public_url: str | None = None
    webhook_secret: str = field(default="", repr=False)
    language: str = "en"
    picture_seconds: float = 1.0
    toast_seconds: float = 2.0
    typing_seconds: float = 0.4
    retry_seconds: float = 1.0
    again_seconds: float = 5.0
    confirm_seconds: float = 50.0
    check_seconds: float = 300.0

    @property
    def secret(self) -> str:
        """What Telegram proves itself with when it brings updates."""
        made = hmac.digest(self.token.encode(), b"telegram webhook", "sha256").hex()
        return self.webhook_secret or made
