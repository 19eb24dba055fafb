"""What nearly every word of the command line begins with: settings, logs, memory."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bot.clock import SystemClock
from bot.settings import Need, Settings, load_settings
from bot.telemetry.logs import set_up_logs

if TYPE_CHECKING:  # the database's library is slow to import
    from storage.store import SqlStore


def begin(require: Need) -> Settings:
    """Read the settings, and have the logs go where these say.

    Raises:
        SettingsError: One line for each variable that is wrong.
    """
    settings = load_settings(require=require)
    set_up_logs(settings.log_level, settings.log_format, settings.secrets)
    return settings


def open_memory(
    settings: Settings, *, migrate: bool = True, exclusive: bool = False
) -> AbstractAsyncContextManager["SqlStore"]:
    """Open the database; see `open_store`."""
    from storage.engine import open_store

    return open_store(
        settings.database_url, clock=SystemClock(), migrate=migrate, exclusive=exclusive
    )
