"""From a company's own figures and its suppliers' records to the footprint of its part.

For part p and stage s (reference: Annex II; PACT and Catena-X for the primary data share)::

    C[p,s] = own[p,s] + Σ amount × factor + Σ over components q, stages t with map(t) = s: times[p,q] × C[q,t]

``times`` counts declared amounts of q, scrap included. Nothing is rounded on the way: figures are rationals until the
one rounding at publication. Primary data share and data quality are means weighted by the absolute emission of each
contribution, since credits are negative. A supplier that has not answered is a named gap, never a zero; where the
company's list of secondary factors has one that fits, it stands in, and the gap stays. Contributions to stages outside
the rule set's scope are set aside by name. Under the Ouranos rule set alone a missing rating counts as 0.

Raises ConfigurationError ``battery-part-unknown``, ``-part-twice``, ``-unit-mismatch``, ``-rule-unknown``,
``-cycle-unphysical``; PeerError ``battery-records-conflict``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from renkei.battery.footprint.calculation import (
    Calculation,
    Contribution,
    Estimate,
    Origin,
    weighted_quality,
    weighted_share,
)
from renkei.battery.footprint.cycles import groups_in_order, solve
from renkei.battery.footprint.factors import NO_FACTORS, FactorList
from renkei.battery.footprint.inventory import Inventory
from renkei.battery.footprint.record import FootprintRecord, Quality, SecondaryFactor, Stage, Stages
from renkei.battery.footprint.rules import MissingRating, RuleSet
from renkei.battery.parts.bom import Bom, BomLine
from renkei.battery.parts.gaps import Gap, masked
from renkei.battery.problems import CYCLE_UNPHYSICAL, PART_TWICE, PART_UNKNOWN
from renkei.battery.units import Quantity
from renkei.battery.versions import newest

_ZERO = Fraction(0)
_STAGES = tuple(Stage)


def roll_up(
    part: str,
    inventories: Iterable[Inventory],
    bom: Bom,
    received: Iterable[FootprintRecord],
    rules: RuleSet,
    factors: FactorList = NO_FACTORS,
) -> Calculation:
    """The footprint of one part of ours, through all components that we make ourselves."""
    own = _by_part(inventories)
    if part not in own:
        raise PART_UNKNOWN(part=part)
    reached: dict[str, Inventory] = {}
    waiting = [part]
    while waiting:
        name = waiting.pop()
        if name in own and name not in reached:
            reached[name] = own[name]
            waiting += _own_components(name, bom)
    rules.demand_unit(own[part].part.declared, part)
    return _calculate(reached, bom, received, rules, factors)[part]


def roll_up_all(
    inventories: Iterable[Inventory],
    bom: Bom,
    received: Iterable[FootprintRecord],
    rules: RuleSet,
    factors: FactorList = NO_FACTORS,
) -> dict[str, Calculation]:
    """The footprints of all parts of ours, by part id."""
    return _calculate(_by_part(inventories), bom, received, rules, factors)


@dataclass(frozen=True, slots=True)
class _Supply:
    """What one declared amount of a component brings along; stages without emissions are left out.

    Of each stage: its emission, and how much of that arose in our own plants.
    """

    declared: Quantity
    stages: tuple[tuple[Stage, Fraction, Fraction], ...]
    primary_data_share: Fraction
    quality: Quality[Fraction] | None
    factors: tuple[SecondaryFactor, ...] = ()
    gaps: tuple[Gap, ...] = ()


_Supplies = dict[tuple[str, str | None], _Supply]  # by component and supplier; without supplier: made by ourselves


@dataclass(slots=True)
class _Sheet:
    """A part while its contributions are collected."""

    inventory: Inventory
    contributions: list[Contribution]
    inside: list[BomLine]  # components in the same cycle, whose footprints are not known yet
    factors: dict[SecondaryFactor, None]
    gaps: dict[Gap, None]
    estimates: list[Estimate]

    def estimate(self, line: BomLine, company: str, rules: RuleSet, listed: FactorList) -> None:
        """A gap, filled from the literature as far as the list goes, and still a gap."""
        proxy = listed.stand_in(line, self.inventory.period.end.year)
        self.gaps[Gap(line.component, company, estimated=proxy is not None)] = None
        if proxy is None:
            return
        factor, quality = proxy.listed.factor, _exact(proxy.listed.quality)
        stage = rules.stage_map(line.stage_map)[Stage.RAW_MATERIAL]
        self.contributions.append(
            Contribution(Origin.ESTIMATE, line.component, company, stage, proxy.emission, _ZERO, quality)
        )
        self.factors[factor] = None
        self.estimates.append(Estimate(line.component, company, factor, proxy.basis))

    def sums(self) -> list[list[Fraction]]:
        """Each stage's emission, and how much of it is our own."""
        sums = {stage: [_ZERO, _ZERO] for stage in _STAGES}
        for contribution in self.contributions:
            sums[contribution.stage][0] += contribution.emission
            sums[contribution.stage][1] += contribution.own
        return list(sums.values())


def _by_part(inventories: Iterable[Inventory]) -> dict[str, Inventory]:
    own: dict[str, Inventory] = {}
    for inventory in inventories:
        if own.setdefault(inventory.part.id, inventory) is not inventory:
            raise PART_TWICE(part=inventory.part.id)
    return own


def _own_components(part: str, bom: Bom) -> list[str]:
    return [line.component for line in bom.under(part) if line.supplier is None]


def _calculate(
    own: Mapping[str, Inventory],
    bom: Bom,
    received: Iterable[FootprintRecord],
    rules: RuleSet,
    listed: FactorList,
) -> dict[str, Calculation]:
    supplies: _Supplies = {key: _supply_of_record(record) for key, record in newest(received).items()}
    done: dict[str, Calculation] = {}
    for group in groups_in_order({part: _own_components(part, bom) for part in own}):
        sheets = [_collect(own[part], group, bom, supplies, rules, listed) for part in group]
        if any(sheet.inside for sheet in sheets):
            _close_cycle(group, sheets, rules)
        for part, sheet in zip(group, sheets, strict=True):
            done[part] = _finish(sheet, rules)
            supplies[part, None] = _supply_of_sheet(sheet, done[part], rules)
    return done


def _collect(
    inventory: Inventory, group: Sequence[str], bom: Bom, supplies: _Supplies, rules: RuleSet, listed: FactorList
) -> _Sheet:
    part = inventory.part
    sheet = _Sheet(inventory, list(_own_contributions(inventory, rules)), [], {}, {}, [])
    sheet.factors.update(dict.fromkeys(inventory.factors()))
    for line in bom.under(part.id):
        if line.supplier is None and line.component in group:
            sheet.inside.append(line)
            continue
        company = line.supplier or part.company
        supply = supplies.get((line.component, line.supplier))
        if supply is None:
            sheet.estimate(line, company, rules, listed)
            continue
        sheet.contributions += _component(line, company, supply, rules)
        sheet.factors.update(dict.fromkeys(supply.factors))
        sheet.gaps.update(dict.fromkeys(supply.gaps))
    return sheet


def _own_contributions(inventory: Inventory, rules: RuleSet) -> Iterator[Contribution]:
    company = inventory.part.company
    for found in inventory.emissions(rules.methods):
        origin, share = (Origin.OWN, Fraction(100)) if found.measured else (Origin.SECONDARY, _ZERO)
        quality = _exact(found.quality)
        yield Contribution(origin, found.name, company, found.stage, found.exact, share, quality, found.exact)


def _component(line: BomLine, company: str, supply: _Supply, rules: RuleSet) -> Iterator[Contribution]:
    times, stage_map = line.times(supply.declared), rules.stage_map(line.stage_map)
    for stage, figure, own in supply.stages:
        yield Contribution(
            Origin.COMPONENT,
            line.component,
            company,
            stage_map[stage],
            times * figure,
            supply.primary_data_share,
            supply.quality,
            times * own,
        )


def _supply_of_record(record: FootprintRecord) -> _Supply:
    """A supplier's own suppliers stay its business: no factors, and its gaps only as a count."""
    return _Supply(
        record.declared,
        _present((stage, Fraction(figure), _ZERO) for stage, figure in record.stages.items()),
        Fraction(record.primary_data_share or 0),  # what nobody calls primary is not
        _exact(record.quality),
        gaps=tuple(Gap(record.part, record.company, gap.count, gap.estimated) for gap in masked(record.gaps)),
    )


def _supply_of_sheet(sheet: _Sheet, found: Calculation, rules: RuleSet) -> _Supply:
    """All stages: what lies outside the rule set's scope of one part may lie within that of the next."""
    share, quality = found.primary_data_share, found.quality
    if found.excluded:
        share, quality = _rated(sheet.contributions, rules)
    return _Supply(
        found.part.declared,
        _present((stage, both[0], both[1]) for stage, both in zip(_STAGES, sheet.sums(), strict=True)),
        share or _ZERO,
        quality,
        found.factors,
        found.gaps,
    )


def _with_own(stages: Stages[Fraction], own: Stages[Fraction]) -> Iterator[tuple[Stage, Fraction, Fraction]]:
    for (stage, figure), (_, ours) in zip(stages.items(), own.items(), strict=True):
        yield stage, figure, ours


def _present(stages: Iterable[tuple[Stage, Fraction, Fraction]]) -> tuple[tuple[Stage, Fraction, Fraction], ...]:
    return tuple(each for each in stages if each[1] or each[2])


def _exact(quality: Quality[Decimal] | None) -> Quality[Fraction] | None:
    return None if quality is None else Quality(*map(Fraction, quality.figures()))


def _finish(sheet: _Sheet, rules: RuleSet) -> Calculation:
    contributions = tuple(c for c in sheet.contributions if c.stage in rules.stages)
    primary_data_share, quality = _rated(contributions, rules)
    sums = dict.fromkeys(_STAGES, _ZERO)
    for contribution in contributions:
        sums[contribution.stage] += contribution.emission
    return Calculation(
        part=sheet.inventory.part,
        period=sheet.inventory.period,
        rule_set=rules.id,
        rounding=rules.publication,
        stages=Stages.of(sums),
        contributions=contributions,
        primary_data_share=primary_data_share,
        quality=quality,
        factors=tuple(sheet.factors),
        gaps=tuple(sheet.gaps),
        estimates=tuple(sheet.estimates),
        excluded=tuple(c for c in sheet.contributions if c.stage not in rules.stages),
    )


def _rated(contributions: Sequence[Contribution], rules: RuleSet) -> tuple[Fraction | None, Quality[Fraction] | None]:
    """Primary data share and quality, weighted by absolute emission; None where there is nothing to weigh."""
    return weighted_share(contributions), weighted_quality(contributions, rules.missing_rating)


def _close_cycle(group: Sequence[str], sheets: Sequence[_Sheet], rules: RuleSet) -> None:
    """Solve the stages of all parts of a cycle together, then their quality, and write the contributions in."""
    position = {part: i for i, part in enumerate(group)}
    declared = [sheet.inventory.part.declared for sheet in sheets]
    width = len(_STAGES)
    matrix = [[_ZERO] * (width * len(group)) for _ in range(width * len(group))]
    for i, sheet in enumerate(sheets):
        for line in sheet.inside:
            j = position[line.component]
            for t, stage in enumerate(_STAGES):
                s = _STAGES.index(rules.stage_map(line.stage_map)[stage])
                matrix[width * i + s][width * j + t] += line.times(declared[j])
    solved = solve(matrix, [both for sheet in sheets for both in sheet.sums()])
    if solved is None:
        raise CYCLE_UNPHYSICAL(parts=", ".join(sorted(group)))
    rows = [solved[width * i : width * (i + 1)] for i in range(len(group))]
    stages = [Stages(*(row[0] for row in four)) for four in rows]
    own = [Stages(*(row[1] for row in four)) for four in rows]
    ratings = _cycle_ratings(position, sheets, stages, rules)
    factors = {factor: None for sheet in sheets for factor in sheet.factors}
    gaps = {gap: None for sheet in sheets for gap in sheet.gaps}
    for sheet in sheets:
        for line in sheet.inside:
            j = position[line.component]
            supply = _Supply(declared[j], _present(_with_own(stages[j], own[j])), *ratings[j])
            sheet.contributions += _component(line, sheet.inventory.part.company, supply, rules)
        sheet.factors.update(factors)
        sheet.gaps.update(gaps)  # each part of a cycle lacks what any of them lacks


def _cycle_ratings(
    position: Mapping[str, int], sheets: Sequence[_Sheet], stages: Sequence[Stages[Fraction]], rules: RuleSet
) -> list[tuple[Fraction, Quality[Fraction] | None]]:
    """Primary data share and quality around a cycle: weighted means that depend on each other."""
    rated = rules.missing_rating is MissingRating.ZERO or all(
        c.quality is not None for sheet in sheets for c in sheet.contributions if c.emission
    )
    matrix, constants = [], []
    for sheet in sheets:
        inside = [_ZERO] * len(sheets)
        for line in sheet.inside:
            j = position[line.component]
            times = line.times(sheets[j].inventory.part.declared)
            inside[j] += times * sum((abs(figure) for _, figure in stages[j].items()), _ZERO)
        sums = [_ZERO] * 4
        for c in sheet.contributions:
            figures = c.quality.figures() if c.quality is not None else (_ZERO,) * 3
            for k, figure in enumerate((c.primary_data_share, *figures)):
                sums[k] += abs(c.emission) * figure
        weight = sum(inside, sum((abs(c.emission) for c in sheet.contributions), _ZERO)) or Fraction(1)
        matrix.append([value / weight for value in inside])
        constants.append([value / weight for value in sums])
    solved = solve(matrix, constants)
    if solved is None:  # every weight comes from outside the cycle in the end, so rows cannot close on themselves
        raise CYCLE_UNPHYSICAL(parts=", ".join(sorted(position)))
    return [(row[0], Quality(*row[1:]) if rated else None) for row in solved]
