"""The relay's HTTP and nothing else: what is asked, and what the answers mean."""

from bot.relay.batch import Batch
from bot.relay.client import RelayClient, open_relay
from bot.relay.options import AuthStyle, RelayOptions
from bot.relay.probe import Probe
from bot.relay.relays import Relays, combined, open_relays

__all__ = [
    "AuthStyle",
    "Batch",
    "Probe",
    "RelayClient",
    "RelayOptions",
    "Relays",
    "combined",
    "open_relay",
    "open_relays",
]
