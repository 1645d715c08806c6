"""Metals that matter for the footprint, out of free text (Catena-X battery supplier PCF 1.0, ``contentC02Metals``).

A text holds entries parted by ``;``, each with the material, its content in per cent, and two factors in kg CO2e/kg:
of virgin (``EV_Mat``) and of recycled material (``Erecycled_Mat``). The model fixes no grammar; the published sample
even has a misspelled unit, which is read as what it must be, with a note. Never raises: what cannot be read is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from renkei.battery.units import parse_figure, render_figure

_LONGEST: Final = 4000
_MOST: Final = 200
_FACTOR_UNIT: Final = "kg CO₂e/kg"
_PAIR: Final = re.compile(r"\s*([^:]{1,60}?)\s*:\s*(.{1,200}?)\s*", re.DOTALL)
_FIGURE: Final = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*(.{0,40})", re.DOTALL)
_UNIT: Final = re.compile(r"kg\s*CO(?:2|₂)\s*-?e(?:q)?\s*/\s*kg", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metal:
    """One metal: share of the product's mass in per cent; kg CO2e per kg, virgin and recycled."""

    material: str
    content: Decimal | None
    virgin: Decimal | None
    recycled: Decimal | None


@dataclass(frozen=True, slots=True)
class Metals:
    """What was read, and what is odd about the text."""

    metals: tuple[Metal, ...]
    notes: tuple[str, ...]


def parse_metals(texts: Iterable[str]) -> Metals:
    """The metals of all texts, in order."""
    metals: list[Metal] = []
    notes: list[str] = []
    for text in texts:
        if len(text) > _LONGEST:
            notes.append(f"a text of {len(text)} characters is too long to be read")
            continue
        for entry in text.split(";"):
            if entry.strip() and len(metals) < _MOST:
                _entry(entry, metals, notes)
    return Metals(tuple(metals), tuple(notes))


def _entry(entry: str, metals: list[Metal], notes: list[str]) -> None:
    found: dict[str, str] = {}
    for part in entry.split(","):
        pair = _PAIR.fullmatch(part)
        if pair is None:
            notes.append(f"{part.strip()!r} is no name and value")
        else:
            found[re.sub(r"[\s_]", "", pair[1]).lower()] = pair[2]
    material = found.pop("material", "")
    if not material:
        notes.append(f"{entry.strip()[:80]!r} names no material")
        return
    content = _figure(found.pop("specificcontent", ""), "%", material, notes)
    if content is not None and content > 100:
        notes.append(f"{material}: a content of {content} % is impossible")
        content = None
    virgin = _figure(found.pop("evmat", ""), _FACTOR_UNIT, material, notes)
    recycled = _figure(found.pop("erecycledmat", ""), _FACTOR_UNIT, material, notes)
    notes.extend(f"{material}: {name} is not known here" for name in found)
    metals.append(Metal(material, content, virgin, recycled))


def _figure(text: str, unit: str, material: str, notes: list[str]) -> Decimal | None:
    match = _FIGURE.fullmatch(text.strip())
    figure = parse_figure(match[1]) if match else None
    if match is None or figure is None:
        notes.append(
            f"{material}: {text!r} is no figure in {unit}" if text else f"{material}: a figure in {unit} is missing"
        )
        return None
    written = match[2].strip()
    if not (written == unit or (unit == _FACTOR_UNIT and _UNIT.fullmatch(written))):
        notes.append(f"{material}: the unit {written!r} was read as {unit}")
    return figure


def render_metals(metals: Iterable[Metal]) -> list[str]:
    """The text that the model's description shows, one for all metals; nothing for none."""
    entries = []
    for metal in metals:
        parts = [f"Material: {metal.material}"]
        if metal.content is not None:
            parts.append(f"Specific Content: {render_figure(metal.content)}%")
        if metal.virgin is not None:
            parts.append(f"EV_Mat: {render_figure(metal.virgin)} {_FACTOR_UNIT}")
        if metal.recycled is not None:
            parts.append(f"Erecycled_Mat: {render_figure(metal.recycled)} {_FACTOR_UNIT}")
        entries.append(", ".join(parts))
    return ["; ".join(entries)] if entries else []
