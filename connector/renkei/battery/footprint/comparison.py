"""The same evidence under two rule sets: what differs, and by which rule.

Both calculations come from the same inputs but for the rule set. Stage by stage the difference of the published figures
is the sum of its reasons, exactly: a contribution that one rule set does not count (scope), that falls into another
stage (stage map), that is credited by another formula (formula), and the two roundings. Ratings differ where a missing
one counts as 0 or leaves the mean unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, unique
from fractions import Fraction

from renkei.battery.footprint.calculation import Calculation, Contribution
from renkei.battery.footprint.record import Quality, Stage, quality_to_json
from renkei.battery.footprint.rules import RuleSet
from renkei.battery.units import Rounding, render_figure

_SHOWN = Rounding(34)
_Key = tuple[str, str, str]
_ZERO = Fraction(0)


@unique
class Why(Enum):
    """Which rule makes the difference."""

    SCOPE = "scope"
    STAGE_MAP = "stage-map"
    FORMULA = "formula"
    ROUNDING = "rounding"


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a difference: kg CO2e of a contribution, or of the rounding (then without a name)."""

    why: Why
    name: str
    company: str
    change: Fraction

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {"why": self.why.value, "kgCO2e": render_figure(_SHOWN.apply(self.change))}
        return members | {"name": self.name, "company": self.company} if self.name else members


@dataclass(frozen=True, slots=True)
class StageComparison:
    """One stage's published figures; ``reasons`` add up to their difference."""

    stage: Stage
    before: Fraction
    after: Fraction
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleComparison:
    """What another rule set makes of the same evidence."""

    before: Calculation
    after: Calculation
    rules_before: RuleSet
    rules_after: RuleSet

    def stages(self) -> tuple[StageComparison, ...]:
        """All four stages."""
        return tuple(self._stage(stage) for stage in Stage)

    def _stage(self, stage: Stage) -> StageComparison:
        exact = [calculation.stages[stage] for calculation in (self.before, self.after)]
        shown = [
            Fraction(calculation.rounding.apply(figure))
            for calculation, figure in zip((self.before, self.after), exact, strict=True)
        ]
        reasons = list(self._moved(stage))
        rounding = (shown[1] - shown[0]) - (exact[1] - exact[0])
        if rounding:
            reasons.append(Reason(Why.ROUNDING, "", "", rounding))
        return StageComparison(stage, shown[0], shown[1], tuple(reasons))

    def _moved(self, stage: Stage) -> Iterator[Reason]:
        old, new = _by_name(self.before), _by_name(self.after)
        counted = stage in self.rules_before.stages, stage in self.rules_after.stages
        for key in dict.fromkeys((*old, *new)):
            in_old, in_new = (found.get(key, {}) for found in (old, new))
            change = (in_new.get(stage, _ZERO) if counted[1] else _ZERO) - (
                in_old.get(stage, _ZERO) if counted[0] else _ZERO
            )
            if not change:
                continue
            if counted[0] != counted[1]:
                why = Why.SCOPE
            elif sum(in_old.values()) == sum(in_new.values()):
                why = Why.STAGE_MAP
            else:
                why = Why.FORMULA
            yield Reason(why, key[1], key[2], change)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, for the company's own eyes."""
        return {
            "@type": "RuleSetComparison",
            "part": self.before.part.id,
            "from": _side(self.before, self.rules_before),
            "to": _side(self.after, self.rules_after),
            "stages": [
                {
                    "stage": each.stage.value,
                    "from": render_figure(_SHOWN.apply(each.before)),
                    "to": render_figure(_SHOWN.apply(each.after)),
                    "reasons": [reason.to_json() for reason in each.reasons],
                }
                for each in self.stages()
            ],
        }


def _side(calculation: Calculation, rules: RuleSet) -> dict[str, object]:
    rounded = calculation.rounding.apply
    side: dict[str, object] = {
        "ruleSet": rules.id,
        "status": rules.status.value,
        "total": render_figure(rounded(calculation.total)),
        "missingRating": rules.missing_rating.value,
    }
    if calculation.primary_data_share is not None:
        side["primaryDataShare"] = render_figure(rounded(calculation.primary_data_share))
    if calculation.quality is not None:
        side["quality"] = quality_to_json(Quality(*map(rounded, calculation.quality.figures())))
    return side


def _by_name(calculation: Calculation) -> dict[_Key, dict[Stage, Fraction]]:
    """Every contribution, counted or set aside, by stage."""
    found: dict[_Key, dict[Stage, Fraction]] = {}
    for each in (*calculation.contributions, *calculation.excluded):
        stages = found.setdefault(_key(each), {})
        stages[each.stage] = stages.get(each.stage, _ZERO) + each.emission
    return found


def _key(contribution: Contribution) -> _Key:
    return contribution.origin.value, contribution.name, contribution.company
