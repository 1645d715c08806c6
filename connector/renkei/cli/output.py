"""How a command speaks: results on standard output, errors and progress on standard error.

With ``--json`` exactly one JSON object stands on standard output, errors included (``{"error": {…}}``), and there is no
progress.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias, cast

from renkei.cli.words import Language, Text
from renkei.kernel.problems import RenkeiError

Lines: TypeAlias = Iterable[str]
MARKS: Final = MappingProxyType({True: "✓", False: "✗", None: "?"})
_MOVING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where a command's words go."""

    as_json: bool = False
    quiet: bool = False
    language: Language = "en"

    def result(self, value: Mapping[str, object], human: Lines) -> None:
        """The command's outcome; ``human`` is only made when it is shown."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False, default=str))
            return
        for line in human:
            print("\n".join(_harmless(part) for part in line.split("\n")))

    def progress(self, text: Text) -> None:
        """A line for who is waiting."""
        if not self.as_json and not self.quiet:
            print(text(self.language), file=sys.stderr, flush=True)

    def error(self, error: RenkeiError) -> None:
        """What went wrong and what to do next."""
        if self.as_json:
            print(json.dumps({"error": error.as_json(self.language)}, ensure_ascii=False))
            return
        label = "エラー" if self.language == "ja" else "Error"
        print(f"{label}: {error.message(self.language)} [{error.code}]", file=sys.stderr)
        print(f"  → {error.hint(self.language)}", file=sys.stderr)

    def say(self, text: Text) -> str:
        """A text in the wanted language."""
        return text(self.language)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Lines:
    """Rows under a head, in columns as wide as they need."""
    cells = [list(head), *([_shown(value) for value in row] for row in rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(
            cell + " " * (columns - width(cell)) for cell, columns in zip(row, widths, strict=True)
        ).rstrip()


def pairs(values: Mapping[str, object]) -> Lines:
    """Names and values, one a line."""
    columns = max(map(width, values), default=0)
    for name, value in values.items():
        yield f"{name}{' ' * (columns - width(name))}  {_shown(value)}".rstrip()


def step_lines(said: Mapping[str, object]) -> Lines:
    """The steps of an offline check, as its ``--json`` has them: what must hold, whether it does, what was found."""
    for step in cast("list[dict[str, object]]", said["steps"]):
        yield f"{MARKS[cast('bool | None', step['ok'])]} {step['number']}. {step['text']}"
        yield f"     {step['detail']}"


def _shown(value: object) -> str:
    """One cell: what a partner wrote must not move the cursor or break the line."""
    match value:
        case None | "":
            return "—"
        case bool():
            return MARKS[value]
        case list() | tuple():
            return ", ".join(map(_shown, value)) or "—"
        case dict():
            return ", ".join(f"{_shown(name)} {_shown(item)}" for name, item in value.items()) or "—"
    return "".join(sign if sign.isprintable() else "·" for sign in str(value))


def _harmless(line: str) -> str:
    """A line in which a partner's words may stand: none moves the cursor, colours, breaks or turns the line."""
    return "".join("·" if unicodedata.category(sign) in _MOVING and sign != "\t" else sign for sign in line)


def width(text: str) -> int:
    """Columns on a terminal: Japanese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
