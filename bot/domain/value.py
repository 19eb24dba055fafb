"""Values that are made by the thousand: frozen for the type checker alone.

A frozen dataclass sets each field by `object.__setattr__`, so that making one takes
three times as long. mypy refuses to assign to these all the same.
"""

from typing import TYPE_CHECKING

__all__ = ["value"]

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from collections.abc import Callable
    from dataclasses import dataclass

    def value(*, frozen: bool, slots: bool, kw_only: bool) -> Callable[[type], type]:
        """Make a class of values; the arguments are those of `dataclass`."""
        return dataclass(slots=slots, kw_only=kw_only, unsafe_hash=frozen)
