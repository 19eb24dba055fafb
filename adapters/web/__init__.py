"""The web server that probes, feeds, the webhook and the chat page hang on."""

from adapters.web.probes import Probes
from adapters.web.server import Route, WebOptions, WebServer, open_web

__all__ = ["Probes", "Route", "WebOptions", "WebServer", "open_web"]
