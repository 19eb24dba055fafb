"""Checks bodies against Discord's own OpenAPI file, where one is at hand.

The variable ``MJWATCH_SPECS`` names the folder with ``discord-openapi.json``.
"""

import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jsonschema import (  # type: ignore[import-untyped]  # it has no stubs of its own
    Draft202012Validator,
)
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.fakes.discord.errors import ApiError, invalid
from tests.fakes.discord.jsontypes import Json

SPEC_VARIABLE: Final = "MJWATCH_SPECS"
_URN: Final = "urn:discord"
_METHODS: Final = ("post", "put", "patch")


class Spec:
    """The official file, ready to judge request bodies."""

    def __init__(self, document: Json) -> None:
        _loosen_snowflakes(document)
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(_URN, resource)
        self._operations = list(_operations(document))
        self._validators: dict[str, Draft202012Validator] = {}

    def check(self, method: str, path: str, body: object) -> None:
        """Refuse a body that the file does not allow.

        Args:
            method: HTTP method.
            path: Path below ``/api/v10``.
            body: Parsed JSON (of ``payload_json`` for uploads).

        Raises:
            ApiError: 50035 with the first wrong place.
        """
        pointer = self._find(method.lower(), path)
        if pointer is None:
            return
        error = next(iter(self._validator(pointer).iter_errors(body)), None)
        if error is not None:
            raise _refusal(_deepest(error))

    def _find(self, method: str, path: str) -> str | None:
        for its_method, pattern, pointer in self._operations:
            if its_method == method and pattern.fullmatch(path):
                return pointer
        return None

    def _validator(self, pointer: str) -> Draft202012Validator:
        if pointer not in self._validators:
            self._validators[pointer] = Draft202012Validator(
                {"$ref": f"{_URN}#{pointer}"}, registry=self._registry
            )
        return self._validators[pointer]


@lru_cache(maxsize=1)
def load_spec() -> Spec | None:
    """Load the official file once, or None where it is not at hand."""
    folder = os.getenv(SPEC_VARIABLE)
    if not folder:
        return None
    text = (Path(folder) / "discord-openapi.json").read_text(encoding="utf-8")
    return Spec(json.loads(text))


def _loosen_snowflakes(document: Json) -> None:
    # The library sends ids as integers in uploads, mentions and references.
    kind = document["components"]["schemas"]["SnowflakeType"]
    kind["type"] = ["string", "integer"]


def _operations(document: Json) -> Iterator[tuple[str, re.Pattern[str], str]]:
    # Literal paths such as .../messages/@original come before templated ones.
    for path in sorted(document["paths"], key=lambda path: (path.count("{"), path)):
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        for method in _METHODS:
            content = _content(document["paths"][path].get(method))
            if "application/json" in content:
                yield method, pattern, _pointer(path, method)


def _content(operation: Json | None) -> Json:
    body: Json = (operation or {}).get("requestBody") or {}
    content: Json = body.get("content") or {}
    return content


def _pointer(path: str, method: str) -> str:
    escaped = quote(path.replace("~", "~0").replace("/", "~1"), safe="~")
    kind = "application~1json"
    return f"/paths/{escaped}/{method}/requestBody/content/{kind}/schema"


def _deepest(error: Any) -> Any:  # noqa: ANN401 - jsonschema has no types
    """Follow the branch of a union whose ``type`` constant fits the value."""
    while error.context:
        branches: dict[int, list[Any]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        best = min(branches.values(), key=_misfit)
        error = max(best, key=lambda inner: len(inner.absolute_path))
    return error


def _misfit(errors: list[Any]) -> tuple[bool, bool, int]:
    wrong_type = any(
        error.absolute_path and error.absolute_path[-1] == "type" for error in errors
    )
    just_null = any(
        error.validator == "type" and error.validator_value == "null"
        for error in errors
    )
    return just_null, wrong_type, len(errors)


def _refusal(error: Any) -> ApiError:  # noqa: ANN401 - jsonschema has no types
    path = ".".join(map(str, error.absolute_path))
    return invalid(path, f"SPEC_{error.validator}", str(error.message)[:300])
