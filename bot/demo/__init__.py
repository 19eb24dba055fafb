"""A simulated relay: the same HTTP as the four real ones, pictures that it draws itself."""

from bot.demo.kinds import KINDS
from bot.demo.server import Simulator, open_simulator
from bot.demo.showcase import SHOWCASE, ShowcaseTask

__all__ = ["KINDS", "SHOWCASE", "ShowcaseTask", "Simulator", "open_simulator"]
