"""The battery domain: footprints, their roll-up over a bill of materials, due diligence. Pure values and rules.

A company's way to its own record::

    bom = Bom.from_csv(text)
    calculation = roll_up(part, [Inventory.from_json(own)], bom, map(FootprintRecord.from_json, received), rules)
    record = calculation.publish(record_id)          # what the customer gets: record.to_json()
"""

from renkei.battery.diligence.record import DiligenceCodes, DueDiligenceRecord, Evidence, MineralEntry, Status
from renkei.battery.diligence.rollup import DiligenceCalculation, DiligenceContribution, roll_up_diligence
from renkei.battery.diligence.statement import DiligenceStatement
from renkei.battery.footprint.calculation import Calculation, Contribution, Origin
from renkei.battery.footprint.factors import FactorList
from renkei.battery.footprint.functional_unit import (
    DeliveredFootprint,
    ServiceLife,
    delivered_energy,
    footprint_per_capacity,
    footprint_per_delivered,
)
from renkei.battery.footprint.inputs import CalculationInputs
from renkei.battery.footprint.inventory import Inventory, OwnEmission, SecondaryUse
from renkei.battery.footprint.record import FootprintRecord, Provenance, Quality, SecondaryFactor, Stage, Stages
from renkei.battery.footprint.rollup import roll_up, roll_up_all
from renkei.battery.footprint.rules import RuleSet
from renkei.battery.parts.bom import Bom, BomLine
from renkei.battery.parts.gaps import MASKED, Gap
from renkei.battery.parts.part import Part, Period
from renkei.battery.units import Counting, Dimension, Mode, Quantity, Rounding, Unit
from renkei.battery.versions import ChangeCause

__all__ = [
    "MASKED",
    "Bom",
    "BomLine",
    "Calculation",
    "CalculationInputs",
    "ChangeCause",
    "Contribution",
    "Counting",
    "DeliveredFootprint",
    "DiligenceCalculation",
    "DiligenceCodes",
    "DiligenceContribution",
    "DiligenceStatement",
    "Dimension",
    "DueDiligenceRecord",
    "Evidence",
    "FactorList",
    "FootprintRecord",
    "Gap",
    "Inventory",
    "MineralEntry",
    "Mode",
    "Origin",
    "OwnEmission",
    "Part",
    "Period",
    "Provenance",
    "Quality",
    "Quantity",
    "Rounding",
    "RuleSet",
    "SecondaryFactor",
    "SecondaryUse",
    "ServiceLife",
    "Stage",
    "Stages",
    "Status",
    "Unit",
    "delivered_energy",
    "footprint_per_capacity",
    "footprint_per_delivered",
    "roll_up",
    "roll_up_all",
    "roll_up_diligence",
]
