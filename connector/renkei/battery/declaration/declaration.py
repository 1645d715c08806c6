"""A declaration or report to an authority: for one battery model of one plant, each figure with its evidence.

It is made from one footprint record, and frozen: when the record is restated a new declaration supersedes this one,
which stays as it is. While something needed is missing there is only a draft, which says so.

Shape (``supersedes``, in an item ``value``, ``unit``, ``shown`` may be absent)::

    {"@type": "FootprintDeclaration", "id": "urn:uuid:…", "version": 1, "company": "did:web:…", "issued": "…Z",
     "form": {"id": "urn:…", "status": "draft", "hash": "sha-256:…", "title": {…}, "note": {…}},
     "model": "RK-60", "plant": "…", "part": "…", "record": {"id": "urn:uuid:…", "hash": "sha-256:…", "version": 1},
     "draft": false, "missing": [],
     "items": [{"id": "footprint", "point": "7(1)(d)", "label": {"en": "…", "ja": "…"}, "needed": true,
                "value": "0.1", "unit": "kgCO2e/kilowatt-hour-delivered", "shown": "0.1",
                "evidence": [{"kind": "footprint-record", "name": "urn:uuid:…", "hash": "sha-256:…"}]}],
     "verification": {"status": "verified", "statements": […]}}

Raises ConfigurationError ``declaration-…``, ``battery-…``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from renkei.battery.declaration.declaration_problems import INCOMPLETE, OTHER_SUBJECT, VALUE_UNKNOWN
from renkei.battery.declaration.figures import FIGURES, Asked, DeclarationBasis, Value
from renkei.battery.declaration.form import DeclarationForm, FormItem
from renkei.kernel import instants

DECLARATION: Final = "FootprintDeclaration"
SUPPLIERS: Final = "suppliers"
PLANT: Final = "plant"


def declared(
    basis: DeclarationBasis,
    form: DeclarationForm,
    *,
    declaration_id: str,
    issued: datetime,
    version: int = 1,
    supersedes: str = "",
    draft: bool = False,
) -> dict[str, object]:
    """A declaration by a form, ready to be signed.

    What must hold:
    1. record, facts and rules speak of the same part, plant and method;
    2. every value that the form asks for is one that there is;
    3. every needed item has a value, the plant is named, and no supplier's answer is open (``missing``).

    3 is not demanded of a draft, which lists what is missing.
    """
    _demand_one_subject(basis)  # 1
    values = {item.id: _value(basis, form, item) for item in form.items}  # 2
    missing = list(_missing(basis, form, values))
    if missing and not draft:  # 3
        raise INCOMPLETE(model=basis.facts.model, missing=", ".join(missing))
    record, company = basis.record, basis.record.company
    members: dict[str, object] = {
        "@type": DECLARATION,
        "id": declaration_id,
        "version": version,
        "company": company,
        "issued": instants.render(issued),
        "form": {
            "id": form.id,
            "status": form.status,
            "hash": form.hash,
            "title": form.title.to_json(),
            "note": form.note.to_json(),
        },
        "model": basis.facts.model,
        "plant": record.plant or basis.facts.plant,
        "part": record.part,
        "record": {"id": record.id, "hash": basis.record_hash, "version": record.version},
        "draft": draft,
        "missing": missing,
        "items": [_line(item, values[item.id]) for item in form.items],
        "verification": basis.verification.to_json(),
    }
    return members if not supersedes else members | {"supersedes": supersedes}


def _demand_one_subject(basis: DeclarationBasis) -> None:
    record, facts, rules = basis.record, basis.facts, basis.rules
    pairs = [("part", facts.part, record.part), ("rules", rules.id, record.rule_set)]
    if facts.plant and record.plant:
        pairs.append(("plant", facts.plant, record.plant))
    if record.calculation is not None:
        pairs.append(("rules", rules.hash, record.calculation.rule_set))
    for member, found, expected in pairs:
        if found != expected:
            raise OTHER_SUBJECT(member=member, found=found, expected=expected)


def _value(basis: DeclarationBasis, form: DeclarationForm, item: FormItem) -> Value | None:
    figure = FIGURES.get(item.value)
    if figure is None:
        raise VALUE_UNKNOWN(form=form.id, value=item.value, known=", ".join(FIGURES))
    return figure(Asked(basis, item, form.rounding))


def _missing(basis: DeclarationBasis, form: DeclarationForm, values: dict[str, Value | None]) -> Iterator[str]:
    if not (basis.record.plant or basis.facts.plant):
        yield PLANT
    yield from (item.id for item in form.items if item.needed and values[item.id] is None)
    if any(not gap.estimated for gap in basis.record.gaps):
        yield SUPPLIERS


def _line(item: FormItem, value: Value | None) -> dict[str, object]:
    line: dict[str, object] = {
        "id": item.id,
        "point": item.point,
        "label": item.label.to_json(),
        "needed": item.needed,
        "evidence": [] if value is None else [one.to_json() for one in value.evidence],
    }
    if value is not None:
        line["value"] = value.value
        line |= {name: text for name, text in (("unit", value.unit), ("shown", value.shown)) if text}
    return line
