"""Which header shows the key: as configured, or found out and remembered."""

from collections.abc import Mapping

from bot.relay.options import AuthStyle

_OTHER = {
    AuthStyle.BEARER: AuthStyle.MJ_API_SECRET,
    AuthStyle.MJ_API_SECRET: AuthStyle.BEARER,
}


class Auth:
    """The header styles to try, never two in one request."""

    def __init__(self, style: AuthStyle) -> None:
        self._style = style
        self._worked: AuthStyle | None = None

    @property
    def found(self) -> AuthStyle | None:
        """The style that AUTO found to work; None before that."""
        return self._worked

    def tries(self, key: str | None) -> tuple[Mapping[str, str], ...]:
        """Give the headers to try, one after the other on a 401."""
        return tuple(style.headers(key or "") for style in self._styles(key))

    def headers(self, key: str | None) -> Mapping[str, str]:
        """Give the headers most likely to work."""
        return self.tries(key)[0]

    def worked(self, headers: Mapping[str, str]) -> None:
        """Remember the style of headers that the relay did not refuse."""
        if self._style is not AuthStyle.AUTO or not headers:
            return
        bearer = "Authorization" in headers
        self._worked = AuthStyle.BEARER if bearer else AuthStyle.MJ_API_SECRET

    def restore(self, word: str) -> None:
        """Take up what an earlier run found; rubbish is passed over."""
        self._worked = next((style for style in _OTHER if style == word), None)

    def _styles(self, key: str | None) -> tuple[AuthStyle, ...]:
        if not key or self._style is AuthStyle.NONE:
            return (AuthStyle.NONE,)
        if self._style is not AuthStyle.AUTO:
            return (self._style,)
        first = self._worked or AuthStyle.BEARER
        return (first, _OTHER[first])
