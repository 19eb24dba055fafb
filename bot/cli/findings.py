"""What a check found: one line each for people, one object for programs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import typer

from bot.telemetry.logs import redact

_GOOD, _BAD, _NOTE = "✓", "✗", "–"  # noqa: RUF001 - a dash, for what is no fault
_COLOURS: Final = {_GOOD: "green", _BAD: "red", _NOTE: "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What was looked at.
        ok: Whether it is as it should be.
        message: What was found, in words without any secret.
        hint: What to do, with the right setting's name.
        note: It is worth a word though nothing is wrong.
    """

    name: str
    ok: bool
    message: str
    hint: str | None = None
    note: bool = False

    @property
    def mark(self) -> str:
        """The sign at the beginning of the line."""
        if not self.ok:
            return _BAD
        return _NOTE if self.note else _GOOD

    @property
    def words(self) -> str:
        """The line behind its sign."""
        advice = f" → {self.hint}" if self.hint else ""
        return _one_line(f"{self.name}: {self.message}{advice}")

    @property
    def record(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "name": self.name,
            "ok": self.ok,
            "message": _one_line(self.message),
            "hint": _one_line(self.hint) if self.hint else None,
        }


def show(findings: Iterable[Finding], *, as_json: bool) -> bool:
    """Print them; say whether all is well."""
    found = list(findings)
    well = all(each.ok for each in found)
    if as_json:
        told = {"ok": well, "checks": [each.record for each in found]}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return well
    for each in found:
        mark = typer.style(each.mark, fg=_COLOURS[each.mark], bold=True)
        typer.echo(f"{mark} {each.words}")  # colours are left out off a terminal
    return well


def _one_line(text: str) -> str:
    """Fold it, and leave out what the logs would leave out, should it ever slip in."""
    return redact(" ".join(text.split()))
