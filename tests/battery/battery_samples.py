"""Small parts, lines and records from which the battery tests are put together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from renkei.battery import (
    BomLine,
    FootprintRecord,
    Inventory,
    OwnEmission,
    Part,
    Period,
    Quality,
    Quantity,
    Rounding,
    SecondaryFactor,
    SecondaryUse,
    Stage,
    Stages,
    Unit,
)

US = "did:web:us.example"
YEAR = Period(date(2025, 1, 1), date(2025, 12, 31))
SHOWN = Rounding(34)


def d(text: str | int) -> Decimal:
    return Decimal(text)


def supplier_of(part: str) -> str:
    return f"did:web:{part}.example"


def part(name: str, amount: str = "1", unit: Unit = Unit.PIECE, company: str = US) -> Part:
    return Part(name, company, Quantity(d(amount), unit))


def own(figure: str, stage: Stage = Stage.PRODUCTION, name: str = "plant", quality=None) -> OwnEmission:
    return OwnEmission(name, stage, d(figure), quality)


def use(figure: str, amount: str = "1", unit: Unit = Unit.PIECE, stage: Stage = Stage.RAW_MATERIAL) -> SecondaryUse:
    factor = SecondaryFactor("ore", d(figure), unit, "a handbook", "3.1", "CC-BY-4.0")
    return SecondaryUse("ore", stage, Quantity(d(amount), unit), factor)


def inventory(
    name: str, *emissions: OwnEmission | SecondaryUse, amount: str = "1", unit: Unit = Unit.PIECE
) -> Inventory:
    return Inventory(
        part(name, amount, unit),
        YEAR,
        own=tuple(e for e in emissions if isinstance(e, OwnEmission)),
        secondary=tuple(e for e in emissions if isinstance(e, SecondaryUse)),
    )


def line(
    parent: str,
    component: str,
    amount: str = "1",
    *,
    unit: Unit = Unit.PIECE,
    bought: bool = True,
    supplier: str | None = None,
    stages: str = "component",
    process_yield: str = "1",
) -> BomLine:
    return BomLine(
        parent=parent,
        component=component,
        supplier=(supplier or supplier_of(component)) if bought else None,
        amount=Quantity(d(amount), unit),
        stage_map=stages,
        process_yield=d(process_yield),
    )


def record(
    name: str,
    total: str,
    *,
    primary: str | None = "100",
    amount: str = "1",
    unit: Unit = Unit.PIECE,
    stage: Stage = Stage.PRODUCTION,
    company: str | None = None,
    quality: Quality[Decimal] | None = None,
    **changes: object,
) -> FootprintRecord:
    figures = {s: d(total) if s is stage else d(0) for s in Stage}
    members: dict[str, object] = {
        "id": f"urn:uuid:{name}",
        "version": 1,
        "part": name,
        "company": company or supplier_of(name),
        "declared": Quantity(d(amount), unit),
        "stages": Stages.of(figures),
        "total": d(total),
        "period": YEAR,
        "rule_set": "urn:test:rules",
        "rounding": SHOWN,
        "primary_data_share": None if primary is None else d(primary),
        "quality": quality,
    }
    return FootprintRecord(**(members | changes))  # type: ignore[arg-type]


def places(exact: Fraction | Decimal, digits: int) -> str:
    """A figure rounded half to even by plain string arithmetic of integers, not by the code under test."""
    scaled = round(Fraction(exact) * 10**digits)
    sign, text = ("-" if scaled < 0 else ""), str(abs(scaled)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}"
