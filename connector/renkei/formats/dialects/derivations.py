"""What a dialect asks for and a record does not hold, though it follows from what it holds; and the way back.

A derived leaf has a name with ``@``. ``derive`` makes those that can be made, and says what each stands for;
``resolve`` takes a dialect's derived leaves apart again. Every choice is told when it is put into a document.

Source: PACT Data Exchange 3.0 (three years of validity after the reference period; ids as URNs; mass of one unit).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, TypeAlias, cast
from urllib.parse import quote, unquote

from renkei.battery.units import UNITS, Dimension, Rounding, render_figure
from renkei.formats.dialects.leaves import DISTRIBUTION, Leaves, figure, written
from renkei.formats.dialects.loss import Change, Log, Why

_WEB: Final = "did:web:"
_SUPPLIER_ID: Final = ":supplier-id:"
_TRIPLE: Final = ("quality.TeR", "quality.GeR", "quality.TiR")
_FOSSIL: Final = "details.fossilGhgEmissions"
_NOT_FOSSIL: Final = (
    "details.biogenicNonCO2Emissions",
    "details.landUseChangeGhgEmissions",
    "details.landManagementBiogenicCO2Emissions",
    "details.landManagementBiogenicCO2Removals",
)
_INCLUDING: Final = "details.pcfIncludingBiogenicUptake"
_MASS: Final = "details.massPerUnit"
_DISTRIBUTED: Final = "details.distributionIncluded"
_UPTAKE: Final = "details.biogenicCO2Uptake"
_PLAIN: Final[dict[str, str]] = {
    "@sources": "details.secondarySources",
    "@massPerUnit": _MASS,
    "@productIds": "details.productIds",
    "@companyIds": "details.companyIds",
    "@companyUrns": "details.companyIds",
    "@distributionIncluded": _DISTRIBUTED,
    "@fossil": _FOSSIL,
    "@including": _INCLUDING,
    "@validityEnd": "validity.end",
}
_STANDING_FOR: Final[Mapping[str, str]] = _PLAIN | {"@preceding": "supersedes", "@dqr": _TRIPLE[0]}
Note: TypeAlias = tuple[Change, Why, str]


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived value, the leaves that it carries over, and what is to be told of it (change, reason, leaf)."""

    value: object
    of: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def named(leaf: str) -> str:
    """The leaf by which people know a derived one."""
    return _STANDING_FOR.get(leaf, leaf)


def derive(leaves: Leaves, gate: Fraction | None) -> dict[str, Derived]:
    """All that follows from the leaves; ``gate``: the sum of the first two stages, where the layout has it."""
    derived = dict(_lists(leaves))
    derived |= _ids(leaves)
    derived |= _figures(leaves)
    if gate is not None:
        derived |= _biogenic(leaves, gate)
    if "validity.end" in leaves:
        derived["@validityEnd"] = Derived(leaves["validity.end"], ("validity.end",))
    else:
        end = _three_years_after(str(leaves["period.end"]))
        derived["@validityEnd"] = _chosen(end, "validity.end", Change.DEFAULTED, Why.DEMANDED)
    return derived


def _chosen(value: object, leaf: str, change: Change = Change.DERIVED, why: Why = Why.CALCULATED) -> Derived:
    return Derived(value, (), ((change, why, leaf),))


def _lists(leaves: Leaves) -> Iterator[tuple[str, Derived]]:
    earlier = cast("list[str]", leaves.get("details.precedingIds", []))
    preceding = [str(leaves["supersedes"]), *earlier] if "supersedes" in leaves else earlier
    if preceding:
        unlike = "supersedes" not in leaves or preceding[0] in earlier
        carried = ("supersedes", "details.precedingIds")
        yield "@preceding", Derived(list(dict.fromkeys(preceding)), carried, _moved(*carried) if unlike else ())
    named = cast("list[str]", leaves.get("details.secondarySources", []))
    factors = cast("list[dict[str, object]]", leaves.get("secondary", []))
    sources = list(dict.fromkeys([*named, *(f"{each['source']} {each['version']}" for each in factors)]))
    if sources:
        notes: tuple[Note, ...] = ()
        if factors:
            notes = ((Change.DROPPED, Why.NO_PLACE, "secondary"), *_moved("details.secondarySources"))
        yield "@sources", Derived(sources, ("secondary", "details.secondarySources"), notes)


def _moved(*names: str) -> tuple[Note, ...]:
    return tuple((Change.DERIVED, Why.ELSEWHERE, name) for name in names)


def _ids(leaves: Leaves) -> dict[str, Derived]:
    company, part = str(leaves["company"]), str(leaves["part"])
    found: dict[str, Derived] = {}
    if "details.productIds" in leaves:
        found["@productIds"] = Derived(leaves["details.productIds"], ("details.productIds",))
    else:
        found["@productIds"] = _chosen([_product_urn(part, company)], "details.productIds")
    if "details.companyIds" in leaves:
        stated = Derived(leaves["details.companyIds"], ("details.companyIds",))
        return found | {"@companyIds": stated, "@companyUrns": stated}
    found["@companyIds"] = _chosen([company], "details.companyIds")
    if company.lower().startswith("urn:"):
        found["@companyUrns"] = found["@companyIds"]
    return found


def _product_urn(part: str, company: str) -> str:
    if part.lower().startswith("urn:"):
        return part
    domain = company.removeprefix(_WEB).split(":")[0] if company.startswith(_WEB) else "unknown"
    return f"urn:pact:{domain}{_SUPPLIER_ID}{quote(part, safe='')}"


def _figures(leaves: Leaves) -> dict[str, Derived]:
    found: dict[str, Derived] = {}
    if all(name in leaves for name in _TRIPLE):
        found["@dqr"] = Derived(_rating(leaves))
    unit = UNITS[str(leaves["declaredUnit"])]
    if _MASS in leaves:
        found["@massPerUnit"] = Derived(leaves[_MASS], (_MASS,))
    elif unit.dimension is Dimension.MASS:
        found["@massPerUnit"] = _chosen(written(unit.size), _MASS)
    elif unit.dimension is not Dimension.PIECE:
        found["@massPerUnit"] = _chosen("0", _MASS, Change.DEFAULTED, Why.DEMANDED)
    if _DISTRIBUTED in leaves:
        found["@distributionIncluded"] = Derived(leaves[_DISTRIBUTED], (_DISTRIBUTED,))
    else:
        found["@distributionIncluded"] = _chosen(figure(leaves, DISTRIBUTION) != 0, _DISTRIBUTED)
    return found


def _rating(leaves: Leaves) -> str:
    rating = sum((figure(leaves, name) for name in _TRIPLE), Fraction(0)) / 3
    return render_figure(Rounding(34).apply(rating))


def _biogenic(leaves: Leaves, gate: Fraction) -> dict[str, Derived]:
    found: dict[str, Derived] = {}
    if _INCLUDING in leaves:
        found["@including"] = Derived(leaves[_INCLUDING], (_INCLUDING,))
    else:
        found["@including"] = _chosen(written(gate + figure(leaves, _UPTAKE)), _INCLUDING)
    if _FOSSIL in leaves:
        found["@fossil"] = Derived(leaves[_FOSSIL], (_FOSSIL,))
    else:
        others = sum((figure(leaves, name) for name in _NOT_FOSSIL), Fraction(0))
        found["@fossil"] = _chosen(written(gate - others), _FOSSIL, Change.DEFAULTED, Why.ALL_FOSSIL)
    return found


# --- the way back --------------------------------------------------------------------------------


def resolve(leaves: Leaves, log: Log, where: Mapping[str, str]) -> None:
    """Put a document's derived leaves where they belong in the record and its details."""
    preceding = cast("list[str]", leaves.pop("@preceding", []))
    if preceding:
        leaves["supersedes"] = preceding[0]
    if preceding[1:]:
        leaves["details.precedingIds"] = preceding[1:]
    for name, leaf in _PLAIN.items():
        if name in leaves:
            leaves[leaf] = leaves.pop(name)
    if "@dqr" in leaves:
        stated = leaves.pop("@dqr")
        if stated != _rating(leaves):
            log.add(Change.DROPPED, Why.DISAGREES, path=where.get("@dqr", ""), value=stated)


def part_of(product_id: str) -> str:
    """The part that a product id names: our own way of making URNs is undone."""
    if product_id.startswith("urn:pact:") and _SUPPLIER_ID in product_id:
        return unquote(product_id.partition(_SUPPLIER_ID)[2]) or product_id
    return product_id


def complete_validity(leaves: Leaves, log: Log, paths: Mapping[str, str]) -> None:
    """A validity has two ends; what a document leaves out follows from the reference period."""
    if "validity.end" in leaves and "validity.start" not in leaves and "period.end" in leaves:
        leaves["validity.start"] = min(str(leaves["period.end"]), str(leaves["validity.end"]))
        start = leaves["validity.start"]
        log.add(Change.DEFAULTED, Why.CALCULATED, leaf="validity.start", path=paths["validity.start"], value=start)
    if "validity.start" in leaves and "validity.end" not in leaves and "period.end" in leaves:
        leaves["validity.end"] = max(_three_years_after(str(leaves["period.end"])), str(leaves["validity.start"]))
        end = leaves["validity.end"]
        log.add(Change.DEFAULTED, Why.CALCULATED, leaf="validity.end", path=paths["validity.end"], value=end)


def _three_years_after(day: str) -> str:
    found = date.fromisoformat(day)
    try:
        return found.replace(year=found.year + 3).isoformat()
    except ValueError:  # 29 February, or the end of the calendar
        return found.replace(year=min(found.year + 3, 9999), month=2, day=28).isoformat()
