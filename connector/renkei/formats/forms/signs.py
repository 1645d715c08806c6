"""What a cell means that a person has filled in: figures, days, units and marks as they are written in Japan.

Full-width digits and signs, ``㎏`` and ``㎡``, ``▲`` for minus, thousands in groups of three and dates with an era are
understood. What can be read in two ways (``1,5``, ``4/1/2025``, ``kWh`` of a battery) is never guessed: the error
proposes what to write instead. A number that a spreadsheet keeps as a double is taken in its shortest form.

Raises ConfigurationError ``form-figure-…``, ``form-day-…``, ``form-unit-unclear``,
``form-text-like-formula``. Sources: Unicode Standard Annex 15 (NFKC); Japan's era law (元号法) for 和暦.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Self

from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.battery.units import UNITS, Unit
from renkei.formats.cells import Cell
from renkei.formats.forms.form_problems import DAY, FIGURE, FORMULA, NO_DAY, NO_FIGURE, UNIT

_MINUS: Final = str.maketrans({"−": "-", "‐": "-", "–": "-", "▲": "-", "△": "-", "，": ",", "．": "."})
_PLAIN: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_GROUPED: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?", re.ASCII)
_COMMA: Final = re.compile(r"[+-]?[0-9]+,[0-9]+", re.ASCII)
_BLANKS: Final = re.compile(r"(?<=[0-9]) (?=[0-9]{3}(?![0-9]))|(?<=^[+-]) +", re.ASCII)
_NO_DIGIT: Final = frozenset({"<super>", "<sub>", "<circle>", "<fraction>", "<compat>"})
_LONGEST_FIGURE: Final = 60
_ISO_DAY: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)
_ERA_DAY: Final = re.compile(
    r"(明治|大正|昭和|平成|令和|[MTSHR])\.?\s?(元|[0-9]{1,2})[年./-]([0-9]{1,2})[月./-]([0-9]{1,2})日?"
)
_UNCLEAR_DAY: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{2,4})", re.ASCII)
_FIRST_YEAR: Final[Mapping[str, int]] = {"明治": 1868, "大正": 1912, "昭和": 1926, "平成": 1989, "令和": 2019}
_ERAS: Final[Mapping[str, str]] = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_YES: Final = frozenset({"1", "yes", "y", "true", "○", "◯", "●", "✓", "はい", "有", "あり", "終端"})
_NO: Final = frozenset({"0", "no", "n", "false", "×", "-", "いいえ", "無", "なし", "非終端"})
_LIKE_FORMULA: Final = "=+-@"


def plain(text: str) -> str:
    """Full-width letters and digits as plain ones, without blanks around them."""
    return unicodedata.normalize("NFKC", text).strip()


def text_of(cell: Cell, at: str) -> str:
    """A name or a remark; a number that stands where a name is wanted (a part number) is taken as it is shown."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, date):
        return cell.isoformat()
    text = (cell or "").strip()
    if text[:1] in {"=", "@"} or (text[:1] in _LIKE_FORMULA and text[1:2].isalpha()):
        raise FORMULA(at=at, found=text[:40])
    return text


def figure_of(cell: Cell, at: str) -> Decimal:
    """An exact figure."""
    if isinstance(cell, Decimal):
        return cell
    if isinstance(cell, bool | date) or cell is None:
        raise NO_FIGURE(at=at, found=cell)
    text = _BLANKS.sub("", plain(cell).translate(_MINUS))  # thousands in groups; 1 2 is not 12
    if len(text) <= _LONGEST_FIGURE and not any(map(_is_no_digit, cell)):
        if _PLAIN.fullmatch(text):
            return Decimal(text)
        if _GROUPED.fullmatch(text):
            return Decimal(text.replace(",", ""))
        if _COMMA.fullmatch(text):
            raise FIGURE(at=at, found=cell, proposal=f"{text.replace(',', '.')} / {text.replace(',', '')}")
    raise NO_FIGURE(at=at, found=cell)


def _is_no_digit(sign: str) -> bool:
    """Whether a sign would become a digit of another figure: 10² is not 102, nor is ① 1."""
    return unicodedata.decomposition(sign).partition(" ")[0] in _NO_DIGIT and not sign.isspace()


@dataclass(frozen=True, slots=True)
class ReadDay:
    """A day, and whether it was told by an era (和暦), so that whoever wrote it may check."""

    day: date
    in_era: bool = False


def day_of(cell: Cell, at: str) -> ReadDay:
    """A calendar day."""
    if isinstance(cell, datetime):
        return ReadDay(cell.date())
    if isinstance(cell, date):
        return ReadDay(cell)
    text = plain(cell) if isinstance(cell, str) else str(cell)
    if matched := _ISO_DAY.fullmatch(text):
        return ReadDay(_day(int(matched[1]), int(matched[2]), int(matched[3]), text, at))
    if matched := _ERA_DAY.fullmatch(text):
        era = _ERAS.get(matched[1], matched[1])
        year = 1 if matched[2] == "元" else int(matched[2])
        found = _day(_FIRST_YEAR[era] + year - 1, int(matched[3]), int(matched[4]), text, at)
        if matched[1] in _ERAS:  # R7.4.1 might be a part number or a date of another kind
            raise DAY(at=at, found=text, proposal=found.isoformat())
        return ReadDay(found, in_era=True)
    if matched := _UNCLEAR_DAY.fullmatch(text):
        proposals = _proposals(*map(int, matched.groups()))
        if proposals:
            raise DAY(at=at, found=text, proposal=" / ".join(proposals))
    raise NO_DAY(at=at, found=text)


def _day(year: int, month: int, day: int, text: str, at: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NO_DAY(at=at, found=text) from None


def _proposals(first: int, second: int, third: int) -> list[str]:
    """All days that such a text can mean: month or day first, or year of the Reiwa era first."""
    year = third if third > 99 else 2000 + third
    found = []
    for candidate in ((year, first, second), (year, second, first), (2018 + first, second, third)):
        try:
            day = date(*candidate).isoformat()
        except ValueError:
            continue
        if day not in found:
            found.append(day)
    return found


def flag_of(cell: Cell) -> bool | None:
    """Yes or no; None for what is neither."""
    if cell is None:
        return False
    if isinstance(cell, bool):
        return cell
    text = plain(str(cell)).casefold()
    return True if text in _YES else False if text in _NO else None


@dataclass(frozen=True, slots=True)
class UnitNames:
    """What people call units: clear names, and those that are not clear with what they may mean."""

    names: Mapping[str, Unit]
    unclear: Mapping[str, tuple[Unit, ...]]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read ``vocab/forms/units.json``. Raises ConfigurationError ``battery-input-…``."""
        members = Members.typed(value, INPUT, "UnitNames")
        members.day("asOf")
        members.texts("sources")
        named, unclear = members.inner("names"), members.inner("unclear")
        names = dict(UNITS)
        for code in named.names():
            names.update((_key(name), UNITS[code]) for name in named.texts(code))
        found = cls(names, {name: tuple(UNITS[code] for code in unclear.texts(name)) for name in unclear.names()})
        members.close()
        return found

    def unit_of(self, cell: Cell, at: str) -> Unit:
        """The unit that is meant."""
        key = _key(str(cell or ""))
        unit = self.names.get(key) or self.names.get(key.removeprefix("kgco2e/"))
        if unit is not None:
            return unit
        possible = self.unclear.get(key) or tuple(UNITS.values())
        raise UNIT(at=at, found=cell, proposal=" / ".join(each.code for each in possible))


def _key(name: str) -> str:
    return plain(name).casefold().replace(" ", "")
