"""The inputs of a calculation as they would be with another supplier or another factor: questions before decisions.

The answer is ``attribute(inputs, changed)``: what would change, by how much, exactly. Nothing is stored or sent. Raises
ConfigurationError ``battery-what-if-nothing``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from renkei.battery.footprint.footprint_problems import WHAT_IF_NOTHING
from renkei.battery.footprint.inputs import CalculationInputs
from renkei.battery.footprint.inventory import Inventory, SecondaryUse
from renkei.battery.footprint.record import FootprintRecord, SecondaryFactor
from renkei.battery.parts.bom import Bom
from renkei.battery.units import Dimension


def with_record(inputs: CalculationInputs, component: str, record: FootprintRecord) -> CalculationInputs:
    """Every line of a component supplied by the company of this record, with these figures.

    The record may be an offer of a supplier that has never delivered; its part number takes the component's place.
    """
    lines = [
        replace(line, component=record.part, supplier=record.company) if line.component == component else line
        for line in inputs.bom.lines
    ]
    if not any(line.component == component for line in inputs.bom.lines):
        raise WHAT_IF_NOTHING(name=component, known=_known(line.component for line in inputs.bom.lines))
    others = [each for each in inputs.received if (each.part, each.company) != (record.part, record.company)]
    return CalculationInputs.of(
        inputs.part, inputs.inventories, Bom(tuple(lines)), [*others, record], inputs.rules, inputs.factors
    )


def with_factor(inputs: CalculationInputs, name: str, factor: SecondaryFactor) -> CalculationInputs:
    """Every use of this name (say, ``grid electricity``) with another factor."""
    return _with_uses(inputs, name, lambda use: use.name == name, factor)


def with_electricity(inputs: CalculationInputs, factor: SecondaryFactor) -> CalculationInputs:
    """Everything that is counted as energy used with another factor: green electricity, another country's grid."""
    return _with_uses(inputs, "energy", lambda use: use.amount.unit.dimension is Dimension.ENERGY, factor)


def _with_uses(
    inputs: CalculationInputs, name: str, chosen: Callable[[SecondaryUse], bool], factor: SecondaryFactor
) -> CalculationInputs:
    uses = [use for inventory in inputs.inventories for use in inventory.secondary]
    if not any(map(chosen, uses)):
        raise WHAT_IF_NOTHING(name=name, known=_known(use.name for use in uses))

    def changed(inventory: Inventory) -> Inventory:
        return replace(
            inventory,
            secondary=tuple(replace(use, factor=factor) if chosen(use) else use for use in inventory.secondary),
        )

    return replace(inputs, inventories=tuple(map(changed, inputs.inventories)))


def _known(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
