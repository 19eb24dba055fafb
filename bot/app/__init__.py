"""The composition root: settings in, a running program out."""

from bot.app.app import App, open_app, open_beside
from bot.app.doors import Showcase

__all__ = ["App", "Showcase", "open_app", "open_beside"]
