"""An act's file: who plays in it, which parts are registered, and what must come out.

::

    acts/acts.json         {"@type": "DemoActs", "companies": [{"folder": "inverter-maker", "name": {"en", "ja"}}, …]}
    acts/<act>.json        {"@type": "DemoAct", "cast": {"asker": "car-maker", …}, "cells": {"部品!B3": "ARM-7", …},
                            "parts": [{"company": "cell-maker", "part": "METI-C", "own": "-20", "cobalt": "0.75",
                                       "buys": [{"component": "METI-B", "supplier": "cathode-maker", "amount": "2"}],
                                       "expects": {"CASE": "0.25"}}, …],
                            "factors": {…a SecondaryFactorList…}, "expected": {…}}

A part is counted in pieces. ``own`` is kg CO2e of its maker's plant for one, below 0 a credit; ``cobalt`` the kg that
the maker sources itself, all of it assessed as good; ``expects`` the kg of cobalt in what is bought, by component.
``material`` and ``region`` of a purchase serve to estimate it. Who is cast is a company of the chain or of
``acts.json``, or a word such as a part's id; what each act wants to know stands at its class.

Raises ConfigurationError ``demo-chain-broken`` with the file and the place in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from renkei.battery import DiligenceCodes, FactorList
from renkei.battery.problems import INPUT
from renkei.battery.reading import POSITIVE, Members
from renkei.battery.units import render_figure
from renkei.cli.demo.chain import named_file, read_json, read_names

FOLDER: Final = "acts"
COBALT: Final = "cobalt"
PERIOD: Final = {"start": "2025-01-01", "end": "2025-12-31"}
_UNIT: Final = {"declaredUnit": "piece", "declaredUnitAmount": "1"}
_HEADER: Final = "parent,component,supplier,amount,unit,stages,material,region\n"
_STEPS: Final = ("1", "2", "3", "4", "5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A line of a bill of materials."""

    component: str
    supplier: str
    amount: Decimal
    material: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedPart:
    """A part and what its maker knows of it."""

    company: str
    part: str
    own: Decimal
    buys: tuple[Purchase, ...] = ()
    cobalt: Decimal | None = None
    expects: Mapping[str, Decimal]

    def documents(self, codes: DiligenceCodes, **changes: object) -> dict[str, object]:
        """The body by which its maker registers it."""
        own = {"name": "plant", "stage": "mainProductProduction", "kgCO2e": render_figure(self.own)}
        facts = {**_UNIT, "period": PERIOD}
        lines = (
            f"{self.part},{line.component},{line.supplier},{render_figure(line.amount)},piece,component,"
            f"{line.material},{line.region}\n"
            for line in self.buys
        )
        return {
            "bom": _HEADER + "".join(lines),
            "inventory": {"@type": "FootprintInventory", **facts, "own": [own], "secondary": []},
            "due_diligence": {"@type": "DiligenceStatement", **facts, **self._minerals(codes)},
            **changes,
        }

    def _minerals(self, codes: DiligenceCodes) -> dict[str, object]:
        sourced = [COBALT] if self.cobalt is not None else []
        entry = {
            "mineral": COBALT,
            "steps": dict.fromkeys(_STEPS, "met"),
            "risks": [],
            "evidence": [],
            "status": "met",
            "covered": "1",
            "amount": "" if self.cobalt is None else render_figure(self.cobalt),
        }
        expected = [
            {"component": component, "minerals": [{"mineral": COBALT, "amount": render_figure(amount)}]}
            for component, amount in self.expects.items()
        ]
        return {
            "minerals": [entry] if sourced else [],
            "absent": [mineral for mineral in codes.minerals if mineral not in sourced],
            "expected": expected,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One act as it is written. ``cells``: what a person fills into a form, by sheet and cell."""

    cast: Mapping[str, str]
    parts: tuple[ScriptedPart, ...]
    cells: Mapping[str, str]
    factors: Mapping[str, object]
    expected: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Scripts:
    """All acts of a chain folder, by name, and the companies that play in them beside the chain's own."""

    companies: Mapping[str, Mapping[str, str]]
    acts: Mapping[str, Script]


def read_scripts(folder: Path, names: Collection[str], roles: Mapping[str, Collection[str]]) -> Scripts | None:
    """The acts beside a chain; None where the folder has none.

    ``names``: the chain's companies; ``roles``: by act, whom and what its script must cast. What must hold:

    1. every file is what its reader takes: no member unknown, every figure a string;
    2. no company is named twice, and who makes or supplies a part is a company, or one that is asked by hand;
    3. an act's cast is complete.
    """
    place = folder / FOLDER
    if not place.is_dir():
        return None
    file = f"{FOLDER}/acts.json"
    with named_file(file):
        members = Members.typed(read_json(folder / file), INPUT, "DemoActs")  # (1)
        companies = read_names(members, names)  # (2)
        members.close()
    known = {*names, *companies}
    return Scripts(companies, {act: _script(folder, act, known, roles[act]) for act in roles})


def _script(folder: Path, act: str, companies: Collection[str], roles: Collection[str]) -> Script:
    file = f"{FOLDER}/{act}.json"
    with named_file(file):
        members = Members.typed(read_json(folder / file), INPUT, "DemoAct")  # (1)
        cast, expected = _texts(members.inner("cast")), members.value("expected")
        if set(cast) != set(roles):  # (3)
            raise members.malformed("cast", ", ".join(cast), ", ".join(roles))
        if not isinstance(expected, dict):
            raise members.malformed("expected", expected, "an object")
        cells, factors = members.optional_inner("cells"), members.value("factors") if members.has("factors") else {}
        if factors:
            FactorList.from_json(factors)
        script = Script(
            cast=cast,
            parts=tuple(_part(each, companies) for each in members.each("parts")),
            cells={} if cells is None else _texts(cells),
            factors=factors if isinstance(factors, dict) else {},
            expected=expected,
        )
        members.close()
    return script


def _part(members: Members, companies: Collection[str]) -> ScriptedPart:
    expects = members.optional_inner("expects")
    part = ScriptedPart(
        company=members.text("company"),
        part=members.text("part"),
        own=members.figure("own"),
        buys=tuple(_purchase(each, companies) for each in members.each("buys")),
        cobalt=members.optional_figure("cobalt", POSITIVE),
        expects={} if expects is None else {name: expects.figure(name, POSITIVE) for name in expects.names()},
    )
    if part.company not in companies:  # (2)
        raise members.malformed("company", part.company, "a company of the chain or of acts.json")
    members.close()
    return part


def _purchase(members: Members, companies: Collection[str]) -> Purchase:
    line = Purchase(
        component=members.text("component"),
        supplier=members.text("supplier"),
        amount=members.figure("amount", POSITIVE),
        material=members.optional_text("material") or "",
        region=members.optional_text("region") or "",
    )
    if line.supplier not in companies and not line.supplier.startswith("urn:"):  # (2)
        raise members.malformed("supplier", line.supplier, "a company, or the id of one that is asked by hand")
    members.close()
    return line


def _texts(members: Members) -> Mapping[str, str]:
    found = {name: members.text(name) for name in members.names()}
    members.close()
    return found
