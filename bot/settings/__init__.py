"""The only reader of the environment and of `.env`.

Precedence: the environment, then `.env`, then the defaults. It brings pydantic with
it, so a command line imports it where it is used.
"""

from bot.settings.load import Need, load_settings
from bot.settings.pieces import ChatAddress, RelayAuth, RelaySettings
from bot.settings.schema import Settings
from bot.settings.secretkey import obtain_secret_key
from bot.settings.variables import setting_names

__all__ = [
    "ChatAddress",
    "Need",
    "RelayAuth",
    "RelaySettings",
    "Settings",
    "load_settings",
    "obtain_secret_key",
    "setting_names",
]
