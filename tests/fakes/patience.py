"""How long tests wait for what must come: a slow machine is not a wrong answer."""

from typing import Final

PATIENCE_SECONDS: Final = 45.0  # only what never comes takes so long
