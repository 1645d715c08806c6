"""The yearly report on due diligence of one part, as data: each statement with the evidence that it rests on.

It is made from our own statement and calculation; it names our own evidence and none of a supplier. Whatever it says of
a mineral leads back to evidence of ours (kind, reference, hash, days), to the hashes of facilities, or to the share of
the mass for which suppliers have answered; where there is nothing behind it, it says so.

Source: Regulation (EU) 2023/1542 Article 52(3), yearly public report; OECD guidance, step 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Final

from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.diligence.matrix import FOUNDING_NINE, matrix_of
from renkei.battery.diligence.record import Evidence, MineralEntry
from renkei.battery.diligence.rollup import DiligenceCalculation
from renkei.battery.units import Rounding, render_figure
from renkei.kernel.values import replace

_SHOWN: Final = Rounding(34)


def report_of(
    calculation: DiligenceCalculation, codes: DiligenceCodes, *, made: date, view: str = FOUNDING_NINE
) -> dict[str, object]:
    """The report as a JSON object; ``made``: the day on which it stands."""
    matrix = matrix_of(calculation, codes, view)
    return {
        "@type": "DueDiligenceReport",
        "part": calculation.part.id,
        "company": calculation.part.company,
        "period": calculation.period.to_json(),
        "made": made.isoformat(),
        "codeList": calculation.code_list,
        "sources": list(codes.sources),
        "grievance": calculation.grievance,
        "minerals": [_mineral(entry, codes) for entry in calculation.minerals],
        "absent": [{"mineral": code, "label": codes.minerals[code].to_json()} for code in calculation.absent],
        "suppliersSilent": sum(gap.count for gap in calculation.gaps),
        "alerts": [alert.to_json() for alert in calculation.alerts],
        "matrix": matrix.to_json(),
        "labels": {
            "minerals": {code: label.to_json() for code, label in codes.minerals.items()},
            "risks": {code: codes.risk_label(code).to_json() for code in codes.views[view]},
            "steps": {code: label.to_json() for code, label in codes.steps.items()},
        },
    }


def _mineral(entry: MineralEntry[Fraction], codes: DiligenceCodes) -> dict[str, object]:
    covered = entry.covered
    return {
        "mineral": entry.mineral,
        "label": codes.minerals[entry.mineral].to_json(),
        "status": entry.status.value,
        "covered": None if covered is None else render_figure(_SHOWN.apply(covered)),
        "schemes": list(entry.schemes),
        "facilities": list(entry.facilities),
        "steps": [_step(step, status, entry.evidence, entry.expires) for step, status in entry.steps.items()],
        "risks": [
            {"risk": risk, "label": codes.risk_label(risk).to_json(), "status": status.value}
            for risk, status in entry.risks.items()
        ],
    }


def _step(step: str, status: Status, evidence: tuple[Evidence, ...], expires: Mapping[str, date]) -> dict[str, object]:
    behind = [replace(each, reviewer=None).to_json() for each in evidence if each.step == step]
    members: dict[str, object] = {"step": step, "status": status.value, "evidence": behind}
    return members | {"expires": expires[step].isoformat()} if step in expires else members
