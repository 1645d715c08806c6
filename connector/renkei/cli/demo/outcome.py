"""What a demo found, what it should have found, and the one JSON object that says so.

Figures are kg CO2e per kWh of capacity unless they say otherwise, exact until they are shown. Negotiations and
transfers are counted once each, at their consumer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction
from typing import Final

from renkei.battery import MASKED, Counting, Gap, Origin, Rounding, RuleSet, Stage, Unit
from renkei.battery.problems import NOT_PER_CAPACITY, RECORD
from renkei.battery.reading import Members
from renkei.battery.units import Dimension, render_figure
from renkei.cli.demo.acts.act import Step
from renkei.cli.demo.chain import Chain

CAPACITY_UNIT: Final = f"kgCO2e/{Unit.KILOWATT_HOUR_CAPACITY.code}"
_SHARE: Final = Rounding(1, Counting.DECIMAL_PLACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the daemons' own lists say."""

    companies: int
    requests: int
    answered: int
    negotiations: int
    finalized: int
    transfers: int
    completed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRequest:
    """One request of the asker's; what lies deeper is only a count."""

    partner: str
    part: str
    state: str
    final: bool
    below_open: int
    below_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A line of the tree: who, what, how much; ``figure`` None where the asker may not see it."""

    company: str
    part: str
    figure: Fraction | None
    stages: Mapping[Stage, Fraction]
    request: OwnRequest | None = None
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MineralStatus:
    """One line of due diligence. ``covered``: the share of the mineral's mass whose status is known, in percent."""

    mineral: str
    status: str
    covered: Decimal | None


@unique
class Figure(Enum):
    """What is compared."""

    TOTAL = "total"
    PER_DELIVERED = "perDelivered"
    STAGE = "stage"
    REQUESTS = "requests"
    NEGOTIATIONS = "negotiations"
    TRANSFERS = "transfers"
    GAPS = "gaps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One comparison that failed; ``of`` tells which stage."""

    figure: Figure
    found: str
    expected: str
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything the demo ends with."""

    counts: Counts
    total: Decimal
    per_delivered: Decimal
    cycles: Fraction
    stages: Mapping[Stage, Decimal]
    primary_data_share: Decimal | None
    tree: Branch
    gaps: tuple[Gap, ...]
    requests: Sequence[OwnRequest]
    minerals: Sequence[MineralStatus]
    rule_set: str
    differences: tuple[Difference, ...]
    elapsed: float
    steps: tuple[Step, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything agrees, in the chain and in each act."""
        return not self.differences and all(step.ok for step in self.steps)


@dataclass(frozen=True, slots=True)
class AskerFootprint:
    """The asker's own calculation, read from its daemon's answer and brought to one kWh of capacity."""

    stages: Mapping[Stage, Fraction]
    total: Fraction
    rounding: Rounding
    rule_set: str
    primary_data_share: Decimal | None
    gaps: tuple[Gap, ...]
    inputs: Mapping[tuple[Origin, str, str], Mapping[Stage, Fraction]]  # by origin, part (or name) and company

    @classmethod
    def from_json(cls, value: object, companies: Mapping[str, str]) -> AskerFootprint:
        """Read a ``FootprintCalculation``; ``companies`` by participant id.

        Raises ConfigurationError ``battery-capacity-missing`` for a part that is declared in another unit.
        """
        members = Members.typed(value, RECORD, "FootprintCalculation")
        declared = members.quantity("declaredUnitAmount", "declaredUnit")
        if declared.unit.dimension is not Dimension.CAPACITY:
            raise NOT_PER_CAPACITY(part=members.text("part"), unit=declared.unit.code)
        capacity = declared.count(Unit.KILOWATT_HOUR_CAPACITY, "capacity")
        stages = members.inner("stages")
        rounding = members.inner("rounding")
        inputs: dict[tuple[Origin, str, str], dict[Stage, Fraction]] = {}
        for given in members.each("contributions"):
            company = given.text("company")
            key = (given.choice("origin", Origin), given.text("name"), companies.get(company, company))
            held = inputs.setdefault(key, {})
            stage = given.choice("stage", Stage)
            held[stage] = held.get(stage, Fraction(0)) + Fraction(given.figure("kgCO2e")) / capacity
        return cls(
            stages={stage: Fraction(stages.figure(stage.value)) / capacity for stage in Stage},
            total=Fraction(members.figure("total")) / capacity,
            rounding=Rounding(rounding.whole("digits", 0), rounding.choice("counting", Counting)),
            rule_set=members.text("ruleSet"),
            primary_data_share=members.optional_figure("primaryDataShare"),
            gaps=tuple(
                Gap(gap.part, companies.get(gap.company, gap.company), gap.count)
                for gap in map(Gap.read, members.each("gaps"))
            ),
            inputs=inputs,
        )


def conclude(
    chain: Chain,
    footprint: AskerFootprint,
    *,
    counts: Counts,
    requests: Sequence[OwnRequest],
    minerals: Sequence[MineralStatus],
    rules: RuleSet,
    elapsed: float,
) -> Outcome:
    """Compare what was found with what the chain expects."""
    cycles = chain.life.cycles(rules)
    total = footprint.rounding.apply(footprint.total)
    places = -int(chain.expected.per_delivered.as_tuple().exponent)
    per_delivered = Rounding(places, Counting.DECIMAL_PLACES).apply(footprint.total / cycles)
    stages = {stage: footprint.rounding.apply(figure) for stage, figure in footprint.stages.items()}
    return Outcome(
        counts=counts,
        total=total,
        per_delivered=per_delivered,
        cycles=cycles,
        stages=stages,
        primary_data_share=footprint.primary_data_share,
        tree=_tree(chain, footprint, requests),
        gaps=footprint.gaps,
        requests=requests,
        minerals=minerals,
        rule_set=rules.id,
        differences=tuple(_differences(chain, counts, footprint.gaps, total, per_delivered, stages)),
        elapsed=elapsed,
    )


def _differences(
    chain: Chain,
    counts: Counts,
    gaps: Sequence[Gap],
    total: Decimal,
    per_delivered: Decimal,
    stages: Mapping[Stage, Decimal],
) -> Iterator[Difference]:
    """What must hold.

    1. the total, the stages that the chain names, and the figure per kWh delivered are the expected ones;
    2. nothing is missing in the total;
    3. every request of every company was answered;
    4. every negotiation was finalized and every transfer completed.
    """
    expected = chain.expected
    figures = [(Figure.TOTAL, "", total, expected.total)]  # (1)
    figures += [(Figure.STAGE, stage.value, stages[stage], figure) for stage, figure in expected.stages.items()]
    figures.append((Figure.PER_DELIVERED, "", per_delivered, expected.per_delivered))
    for figure, of, found, wanted in figures:
        if found != wanted:
            yield Difference(figure=figure, of=of, found=shown(found), expected=shown(wanted))
    missing = sum(gap.count for gap in gaps)
    for counted, found_count, wanted_count in (
        (Figure.GAPS, missing, 0),  # (2)
        (Figure.REQUESTS, counts.answered, counts.requests),  # (3)
        (Figure.NEGOTIATIONS, counts.finalized, counts.negotiations),  # (4)
        (Figure.TRANSFERS, counts.completed, counts.transfers),  # (4)
    ):
        if found_count != wanted_count:
            yield Difference(figure=counted, found=str(found_count), expected=str(wanted_count))


def _tree(chain: Chain, footprint: AskerFootprint, requests: Sequence[OwnRequest]) -> Branch:
    """The asker, under it what it asked for, and under that only that something is there."""
    asker = chain.asker
    branches = []
    for (origin, name, company), stages in footprint.inputs.items():
        if origin is not Origin.COMPONENT:
            branches.append(Branch(company=asker.folder, part=name, figure=_sum(stages), stages=stages))
            continue
        asked = next((one for one in requests if (one.partner, one.part) == (company, name)), None)
        deeper = (Branch(company=MASKED, part=MASKED, figure=None, stages={}, request=asked),)
        branches.append(
            Branch(
                company=company,
                part=name,
                figure=_sum(stages),
                stages=stages,
                request=asked,
                branches=deeper if asked is not None and asked.below_total else (),
            )
        )
    answered = {(branch.company, branch.part) for branch in branches}
    branches += [
        Branch(company=one.partner, part=one.part, figure=None, stages={}, request=one)
        for one in requests
        if (one.partner, one.part) not in answered
    ]
    return Branch(
        company=asker.folder,
        part=asker.part,
        figure=footprint.total,
        stages=footprint.stages,
        branches=tuple(branches),
    )


def _sum(stages: Mapping[Stage, Fraction]) -> Fraction:
    return sum(stages.values(), Fraction(0))


def share(part: Fraction, total: Fraction) -> Decimal | None:
    """Percent to one place; None of nothing."""
    return _SHARE.apply(part * 100 / total) if total else None


def shown(figure: Decimal) -> str:
    """A figure as it is written, trailing zeros kept."""
    return format(figure, "f")


def outcome_to_json(chain: Chain, outcome: Outcome, rounding: Rounding) -> dict[str, object]:
    """The object of ``--json``."""
    counts, expected = outcome.counts, chain.expected
    return {
        "ok": outcome.ok,
        "companies": counts.companies,
        "requests": counts.requests,
        "answered": counts.answered,
        "negotiations": counts.negotiations,
        "finalized": counts.finalized,
        "transfers": counts.transfers,
        "completed": counts.completed,
        "total": shown(outcome.total),
        "expected": shown(expected.total),
        "unit": CAPACITY_UNIT,
        "stages": {stage.value: shown(figure) for stage, figure in outcome.stages.items()},
        "per_delivered": shown(outcome.per_delivered),
        "expected_per_delivered": shown(expected.per_delivered),
        "functional_unit": {
            "category": chain.life.category,
            "years": render_figure(chain.life.years),
            "fullEquivalentCycles": render_figure(rounding.apply(outcome.cycles)),
        },
        "rule_set": outcome.rule_set,
        "open_requests": [
            {"partner": one.partner, "part": one.part, "state": one.state} for one in outcome.requests if not one.final
        ],
        "due_diligence": {line.mineral: line.status for line in outcome.minerals},
        "tree": _branch_to_json(outcome.tree, outcome.tree.figure or Fraction(0), rounding),
        "differences": [
            {"figure": found.figure.value, "of": found.of, "found": found.found, "expected": found.expected}
            for found in outcome.differences
        ]
        + [
            {"figure": step.name, "of": member, "found": found, "expected": wanted}
            for step in outcome.steps
            for member, found, wanted in step.differences()
        ],
        "steps": {step.name: step.to_json() for step in outcome.steps},
        "elapsed_s": round(outcome.elapsed, 3),
    }


def _branch_to_json(branch: Branch, total: Fraction, rounding: Rounding) -> dict[str, object]:
    members: dict[str, object] = {"company": branch.company, "part": branch.part}
    if branch.figure is None:
        members["kgCO2e"] = members["percent"] = MASKED
    else:
        percent = share(branch.figure, total)
        members["kgCO2e"] = shown(rounding.apply(branch.figure))
        members["percent"] = None if percent is None else shown(percent)
        members["stages"] = {stage.value: shown(rounding.apply(figure)) for stage, figure in branch.stages.items()}
    if branch.request is not None:
        one = branch.request
        if branch.company != MASKED:
            members["request"] = one.state
        else:
            members["below"] = {"open": one.below_open, "total": one.below_total}
    if branch.branches:
        members["branches"] = [_branch_to_json(inner, total, rounding) for inner in branch.branches]
    return members
