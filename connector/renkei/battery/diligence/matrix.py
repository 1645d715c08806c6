"""The matrix of a part: each mineral × each risk of a view × each of the five steps, with what is known there.

In the view ``founding-nine`` that is 4 × 9 × 5 = 180 cells. It is made from our own calculation or from a record that
a supplier gave; in the second case nothing in it tells who stands behind the record, since the record does not. A
mineral that everyone declares absent has no findings. Raises ConfigurationError ``diligence-view-unknown``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.diligence.diligence_problems import VIEW_UNKNOWN
from renkei.battery.diligence.finding import Finding
from renkei.battery.diligence.record import DueDiligenceRecord, MineralEntry
from renkei.battery.diligence.rollup import DiligenceCalculation
from renkei.battery.diligence.standing import exact, finding_at
from renkei.battery.units import Rounding, render_figure

FOUNDING_NINE: Final = "founding-nine"
ANNEX_X: Final = "annex-x"
ABSENT: Final = "absent"
_SHOWN: Final = Rounding(34)
Cell: TypeAlias = Finding[Fraction] | None
"""None: the mineral is not in the part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The cells by mineral, row of the view and step; ``facilities``: how many hashes stand behind each mineral."""

    part: str
    view: str
    code_list: str
    cells: Mapping[tuple[str, str, str], Cell]
    facilities: Mapping[str, int]

    def count(self, status: Status | None) -> int:
        """How many cells have a status; None: those of absent minerals."""
        return sum((None if cell is None else cell.status) is status for cell in self.cells.values())

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        minerals: dict[str, dict[str, dict[str, object]]] = {}
        for (mineral, risk, step), cell in self.cells.items():
            minerals.setdefault(mineral, {}).setdefault(risk, {})[step] = _shown(cell)
        return {
            "@type": "DiligenceMatrix",
            "part": self.part,
            "view": self.view,
            "codeList": self.code_list,
            "cells": len(self.cells),
            "counts": {
                **{status.value: self.count(status) for status in Status},
                ABSENT: self.count(None),
            },
            "minerals": [
                {
                    "mineral": mineral,
                    "facilities": self.facilities.get(mineral, 0),
                    "rows": [{"risk": risk, "steps": steps} for risk, steps in rows.items()],
                }
                for mineral, rows in minerals.items()
            ],
        }


def matrix_of(
    source: DiligenceCalculation | DueDiligenceRecord, codes: DiligenceCodes, view: str = FOUNDING_NINE
) -> Matrix:
    """Every cell of a view."""
    if view not in codes.views:
        raise VIEW_UNKNOWN(view=view, known=", ".join(codes.views))
    entries: dict[str, MineralEntry[Fraction]] = {entry.mineral: exact(entry, Fraction(1)) for entry in source.minerals}
    cells: dict[tuple[str, str, str], Cell] = {}
    for mineral in codes.minerals:
        entry = entries.get(mineral) or _silent(mineral, codes)
        for risk in codes.views[view]:
            for step in codes.steps:
                absent = mineral in source.absent
                cells[mineral, risk, step] = None if absent else finding_at((risk, step), entry, codes)
    return Matrix(
        part=source.part if isinstance(source, DueDiligenceRecord) else source.part.id,
        view=view,
        code_list=source.code_list,
        cells=cells,
        facilities={mineral: len(entry.facilities) for mineral, entry in entries.items()},
    )


def _silent(mineral: str, codes: DiligenceCodes) -> MineralEntry[Fraction]:
    steps = dict.fromkeys(codes.steps, Status.UNKNOWN)
    return MineralEntry(mineral=mineral, steps=steps, risks={}, covered=Fraction(0))


def _shown(cell: Cell) -> dict[str, object]:
    if cell is None:
        return {"status": ABSENT}
    shown = cell.to_json()
    if cell.covered is not None:
        shown["covered"] = render_figure(_SHOWN.apply(cell.covered))
    return shown
