"""Where a footprint arises, and whom to ask so that more of it is known: ranked sources, through all parts of our own.

A source is an emission of a plant of ours, a factor from the literature, a supplier's record, or a stand-in for one
that has not come. How much of a source is in the part is found by walking the bill of materials backwards (loops
included), stage by stage, so that the sources sum exactly to the total.

The ladder says which sources to replace by measured figures first. The primary data share is a mean of the sources'
shares; a source's weight in it is found the same way. One that became primary would raise it by its weight times what
it lacks of 100 percent, exactly. A gap that nothing stands in for has no weight that anybody knows: it comes last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from renkei.battery.footprint.calculation import Calculation, Contribution, Origin
from renkei.battery.footprint.figures import Addend, Figures
from renkei.battery.footprint.graph import Graph, Use
from renkei.battery.footprint.inputs import CalculationInputs
from renkei.battery.footprint.record import Stage
from renkei.battery.footprint.rollup import roll_up_all
from renkei.battery.parts.gaps import Gap
from renkei.battery.units import render_figure

_SAME = {stage: stage for stage in Stage}
_NOTHING = Figures.of([])
_ONE = Figures.of([Addend(Stage.RAW_MATERIAL, Fraction(1), Fraction(0), None)])
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Source:
    """Where emissions of a part arise: ``part`` is the one of ours in whose making they do.

    ``emission`` in kg CO2e per declared amount of the part that was asked for; ``weight``: its part of the primary data
    share, 0 to 1.
    """

    origin: Origin
    name: str
    company: str
    part: str
    emission: Fraction
    primary_data_share: Fraction
    weight: Fraction

    @property
    def gain(self) -> Fraction:
        """By how many percent points the primary data share rises when this becomes primary."""
        return self.weight * (100 - self.primary_data_share)


@dataclass(frozen=True, slots=True)
class Rung:
    """A source to replace, and the primary data share when it and all before it are."""

    source: Source
    reached: Fraction


@dataclass(frozen=True, slots=True)
class Hotspots:
    """All sources of a part's footprint, largest first."""

    calculation: Calculation
    sources: tuple[Source, ...]

    def percent(self, source: Source) -> Fraction | None:
        """Of the total; None when that is zero."""
        total = self.calculation.total
        return source.emission * 100 / total if total else None

    def ladder(self) -> tuple[Rung, ...]:
        """From the primary data share as it is, by the largest gains, up to 100."""
        reached = self.calculation.primary_data_share or _ZERO
        rungs = []
        for source in sorted(self.sources, key=lambda each: -each.gain):
            if source.gain:
                reached += source.gain
                rungs.append(Rung(source, reached))
        return tuple(rungs)

    @property
    def unknown(self) -> tuple[Gap, ...]:
        """Suppliers that have not answered and that nothing stands in for."""
        return tuple(gap for gap in self.calculation.gaps if not gap.estimated)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, for the company's own eyes; figures rounded for display."""
        rounded = self.calculation.rounding.apply
        found: dict[str, object] = {
            "@type": "FootprintHotspots",
            "part": self.calculation.part.id,
            "total": render_figure(rounded(self.calculation.total)),
            "sources": [self._source_to_json(source) for source in self.sources],
            "ladder": [
                self._source_to_json(rung.source) | {"reaches": render_figure(rounded(rung.reached))}
                for rung in self.ladder()
            ],
            "unknown": [gap.to_json() for gap in self.unknown],
        }
        share = self.calculation.primary_data_share
        return found if share is None else found | {"primaryDataShare": render_figure(rounded(share))}

    def _source_to_json(self, source: Source) -> dict[str, object]:
        rounded, percent = self.calculation.rounding.apply, self.percent(source)
        members: dict[str, object] = {
            "origin": source.origin.value,
            "name": source.name,
            "company": source.company,
            "inPart": source.part,
            "kgCO2e": render_figure(rounded(source.emission)),
            "primaryDataShare": render_figure(rounded(source.primary_data_share)),
            "gain": render_figure(rounded(source.gain)),
        }
        return members if percent is None else members | {"percent": render_figure(rounded(percent))}


class _Weighed(NamedTuple):
    """The contributions that a primary data share is a mean of."""

    part: str
    contributions: Sequence[Contribution]

    @property
    def whole(self) -> Fraction:
        return sum((abs(each.emission) for each in self.contributions), _ZERO)


def hotspots(inputs: CalculationInputs) -> Hotspots:
    """Find the sources. Raises what the roll-up raises."""
    top = inputs.perform()
    ours = roll_up_all(inputs.inventories, inputs.bom, inputs.received, inputs.rules, inputs.factors)
    sums: dict[tuple[Origin, str, str, str], list[Fraction]] = {}
    times = _times(inputs, ours)
    for part, calculation in ours.items():
        for each in (*calculation.contributions, *calculation.excluded):
            if not _made_by_us(each, calculation, ours):
                key = (each.origin, each.name, each.company, part)
                sums.setdefault(key, [_ZERO] * 3)[0] += times[part, each.stage] * each.emission
    for weighed, weight in _weights(top, ours):
        for each in weighed.contributions:
            if each.emission and not _made_by_us(each, top, ours):
                found = sums[each.origin, each.name, each.company, weighed.part]
                share = weight * abs(each.emission) / weighed.whole
                found[1] += share
                found[2] += share * each.primary_data_share
    sources = (
        Source(*key, emission, primary / weight if weight else _ZERO, weight)
        for key, (emission, weight, primary) in sums.items()
        if emission or weight
    )
    return Hotspots(top, tuple(sorted(sources, key=lambda s: (-abs(s.emission), s.origin.value, s.company, s.name))))


def _made_by_us(contribution: Contribution, calculation: Calculation, ours: Mapping[str, Calculation]) -> bool:
    """Whether it is a component that we make ourselves, so that its sources are counted instead."""
    bought = contribution.company != calculation.part.company
    return contribution.origin is Origin.COMPONENT and not bought and contribution.name in ours


def _times(inputs: CalculationInputs, ours: Mapping[str, Calculation]) -> dict[tuple[str, Stage], Fraction]:
    """What a kilogram that arises in a stage of a part of ours adds to what is counted of the part asked for."""
    own = {_state(part, stage): _NOTHING for part in ours for stage in Stage}
    own |= {_state(inputs.part, stage): _ONE for stage in inputs.rules.stages}
    uses = [
        Use(_state(line.component, stage), _state(part, target), line.times(ours[line.component].part.declared), _SAME)
        for part in ours
        for line in inputs.bom.under(part)
        if line.supplier is None and line.component in ours
        for stage, target in inputs.rules.stage_map(line.stage_map).items()
    ]
    found = Graph.compile(own, uses).roll_up()
    return {(part, stage): found[_state(part, stage)].weight for part in ours for stage in Stage}


def _state(part: str, stage: Stage) -> str:
    return f"{stage.value} {part}"


def _weights(top: Calculation, ours: Mapping[str, Calculation]) -> Iterator[tuple[_Weighed, Fraction]]:
    """How much of the part's primary data share each calculation decides.

    The part asked for is weighed by what its rule set counts of it; within others (itself, if it is in a loop) all
    counts, since what lies outside the scope of one part may lie within that of the next.
    """
    nodes = {"": _Weighed(top.part.id, top.contributions)}
    nodes |= {part: _Weighed(part, (*each.contributions, *each.excluded)) for part, each in ours.items()}
    uses = [
        Use(each.name, name, abs(each.emission) / node.whole, _SAME)
        for name, node in nodes.items()
        for each in node.contributions
        if each.emission and _made_by_us(each, top, ours)
    ]
    found = Graph.compile({name: _ONE if not name else _NOTHING for name in nodes}, uses).roll_up()
    for name, node in nodes.items():
        weight = found[name].weight
        if weight:
            yield node, weight
