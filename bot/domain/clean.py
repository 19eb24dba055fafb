"""Make other people's text fit to show: one line, no tricks, still itself."""

import unicodedata
from typing import Final

_MARKS_LIMIT: Final = 4  # combining marks on one character; no script needs more
_JOINERS: Final = frozenset("\u200c\u200d")  # Persian and emoji need them inside
# Drawn as nothing although they are letters, a mark and a symbol.
_BLANKS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")


def clean_line(text: str) -> str:
    """Fold text into one line without controls, overrides, invisible or piled signs.

    Idempotent, and never longer than the text.
    """
    line = _fold(_visible(text))
    return _fold(_without_loose_joiners(_without_piles(line)))


def clean_text(text: str) -> str:
    """Clean each line and keep the line breaks; empty lines are dropped."""
    lines = (clean_line(line) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _visible(text: str) -> str:
    return "".join(" " if _is_blank(char) else char for char in text if _stays(char))


def _is_blank(char: str) -> bool:
    return char.isspace() or char in _BLANKS


def _stays(char: str) -> bool:
    if _is_blank(char) or char in _JOINERS:
        return True
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs"}


def _fold(text: str) -> str:
    return " ".join(text.split())


def _without_piles(line: str) -> str:
    """Drop marks beyond a few, and marks with nothing to stand on."""
    kept: list[str] = []
    marks = _MARKS_LIMIT  # a line does not begin with a mark
    for char in line:
        if unicodedata.category(char).startswith("M"):
            marks += 1
        elif char not in _JOINERS:
            marks = _MARKS_LIMIT if char == " " else 0
        if marks <= _MARKS_LIMIT or char in _JOINERS or char == " ":
            kept.append(char)
    return "".join(kept)


def _without_loose_joiners(line: str) -> str:
    """Drop joiners that stand at an edge or beside another."""
    kept: list[str] = []
    for index, char in enumerate(line):
        after = line[index + 1 : index + 2]
        if char not in _JOINERS or _joins(kept, after):
            kept.append(char)
    return "".join(kept)


def _joins(before: list[str], after: str) -> bool:
    if not before or before[-1] in _JOINERS or before[-1] == " ":
        return False
    return bool(after) and after != " " and after not in _JOINERS
