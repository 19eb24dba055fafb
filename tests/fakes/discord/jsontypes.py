"""The two shapes of JSON that the fake passes around."""

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
JsonList: TypeAlias = list[Any]
