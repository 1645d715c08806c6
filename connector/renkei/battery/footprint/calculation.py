"""What a calculation found, contribution by contribution, and the record that may leave the house.

A ``Calculation`` is for our own eyes. What a customer gets is ``publish()``: total, stages, quality and the sources of
secondary factors, never an input and, unless asked, no supplier's name. Knowing only totals a customer can still learn
something (two versions' difference; one known component of two), so how often to publish is a decision, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction

from renkei.battery.footprint.factors import Basis
from renkei.battery.footprint.record import (
    FootprintRecord,
    Provenance,
    Quality,
    SecondaryFactor,
    Stage,
    Stages,
    quality_to_json,
)
from renkei.battery.footprint.rules import MissingRating
from renkei.battery.parts.gaps import Gap, masked
from renkei.battery.parts.part import Part, Period
from renkei.battery.units import Rounding, render_figure
from renkei.battery.versions import ChangeCause


@unique
class Origin(Enum):
    """Where a contribution comes from. ESTIMATE: a secondary factor stands in for a supplier that has not answered."""

    OWN = "own"
    SECONDARY = "secondary"
    COMPONENT = "component"
    ESTIMATE = "estimate"


_AT_HOME = frozenset({Origin.OWN, Origin.SECONDARY})


@dataclass(frozen=True, slots=True)
class Contribution:
    """One addend of a part's footprint: kg CO2e per declared amount in one of the part's stages.

    ``own``: how much of it arose in our own plants; of a component that we make ourselves that may be a part of it.
    """

    origin: Origin
    name: str
    company: str
    stage: Stage
    emission: Fraction
    primary_data_share: Fraction
    quality: Quality[Fraction] | None
    own: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Which factor stands in for which component, and how well it fits."""

    component: str
    company: str
    factor: SecondaryFactor
    basis: Basis

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {
            "component": self.component,
            "company": self.company,
            "basis": self.basis.value,
            "factor": self.factor.to_json(),
        }


@dataclass(frozen=True, slots=True)
class TierShare:
    """How much of a footprint one tier brings, and how much of that is primary data; both in percent.

    Tier 0 is what the company measured or took from the literature itself, tier 1 its components.
    """

    tier: int
    percent: Fraction
    primary_data_share: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """A part's exact footprint with all that went into it. Private: ``publish`` what may leave the house."""

    part: Part
    period: Period
    rule_set: str
    rounding: Rounding
    stages: Stages[Fraction]
    contributions: tuple[Contribution, ...]
    primary_data_share: Fraction | None
    quality: Quality[Fraction] | None
    factors: tuple[SecondaryFactor, ...]
    gaps: tuple[Gap, ...]
    estimates: tuple[Estimate, ...] = ()
    excluded: tuple[Contribution, ...] = ()  # in stages that the rule set does not count

    @property
    def total(self) -> Fraction:
        """Exact kg CO2e per declared amount; what is known of it, if there are gaps."""
        return self.stages.exact_total()

    @property
    def complete(self) -> bool:
        """Whether every supplier has answered."""
        return not self.gaps

    @property
    def own(self) -> Stages[Fraction]:
        """How much of each stage arose in our own plants, with what they took from the literature."""
        sums = dict.fromkeys(Stage, Fraction(0))
        for contribution in self.contributions:
            sums[contribution.stage] += contribution.own
        return Stages.of(sums)

    @property
    def supplied(self) -> Stages[Fraction]:
        """The rest of each stage: what was bought."""
        own = dict(self.own.items())
        return Stages.of({stage: figure - own[stage] for stage, figure in self.stages.items()})

    def tiers(self) -> tuple[TierShare, ...]:
        """The primary data share of each tier that has any emission, weighted like the whole."""
        whole = _weight(self.contributions)
        found = []
        for tier in (0, 1):
            members = [c for c in self.contributions if (c.origin in _AT_HOME) == (tier == 0)]
            share = weighted_share(members)
            if share is not None:
                found.append(TierShare(tier, _weight(members) * 100 / whole, share))
        return tuple(found)

    def quality_of(self, stage: Stage, missing: MissingRating) -> Quality[Fraction] | None:
        """The rating of one stage alone, as the Ouranos records give it."""
        return weighted_quality([c for c in self.contributions if c.stage is stage], missing)

    def percent(self, contribution: Contribution) -> Fraction | None:
        """A contribution's part of the total, in percent; credits are negative. None when the total is zero."""
        return contribution.emission * 100 / self.total if self.total else None

    def publish(
        self,
        record_id: str,
        *,
        version: int = 1,
        supersedes: str | None = None,
        cause: ChangeCause | None = None,
        validity: Period | None = None,
        provenance: Provenance | None = None,
        name_gaps: bool = False,
        split: bool = False,
    ) -> FootprintRecord:
        """The record for a customer: rounded once, without inputs, and without factors that are licensed to us alone.

        Only on request are gaps named (else counted) and stages split into what is ours and what was supplied.
        """
        rounded = self.rounding.apply
        passed_on = tuple(factor for factor in self.factors if not factor.personal)
        return FootprintRecord(
            id=record_id,
            version=version,
            supersedes=supersedes,
            cause=cause,
            validity=validity,
            calculation=provenance,
            part=self.part.id,
            company=self.part.company,
            plant=self.part.plant,
            declared=self.part.declared,
            stages=Stages.of({stage: rounded(figure) for stage, figure in self.stages.items()}),
            total=rounded(self.total),
            primary_data_share=None if self.primary_data_share is None else rounded(self.primary_data_share),
            quality=self._published_quality(),
            period=self.period,
            own=Stages.of({stage: rounded(figure) for stage, figure in self.own.items()}) if split else None,
            secondary=passed_on,
            withheld_factors=len(self.factors) - len(passed_on),
            gaps=self.gaps if name_gaps else masked(self.gaps),
            rule_set=self.rule_set,
            rounding=self.rounding,
        )

    def _published_quality(self) -> Quality[Decimal] | None:
        """None, too, where what is missing was counted as 0: below 1 there is no rating that others could weigh."""
        if self.quality is None or any(figure < 1 for figure in self.quality.figures()):
            return None
        return Quality(*map(self.rounding.apply, self.quality.figures()))

    def to_json(self) -> dict[str, object]:
        """Everything, for the company's own eyes (management API, reports); figures rounded for display."""
        shown = self.publish("private", name_gaps=True, split=True).to_json()
        del shown["id"], shown["version"]
        return shown | {
            "@type": "FootprintCalculation",
            "secondary": [factor.to_json() for factor in self.factors],
            "contributions": [self._contribution_to_json(contribution) for contribution in self.contributions],
            "excluded": [self._contribution_to_json(contribution) for contribution in self.excluded],
            "estimates": [estimate.to_json() for estimate in self.estimates],
            "tiers": [self._tier_to_json(share) for share in self.tiers()],
        }

    def _tier_to_json(self, share: TierShare) -> dict[str, object]:
        rounded = self.rounding.apply
        return {
            "tier": share.tier,
            "percent": render_figure(rounded(share.percent)),
            "primaryDataShare": render_figure(rounded(share.primary_data_share)),
        }

    def _contribution_to_json(self, contribution: Contribution) -> dict[str, object]:
        rounded, percent = self.rounding.apply, self.percent(contribution)
        members: dict[str, object] = {
            "origin": contribution.origin.value,
            "name": contribution.name,
            "company": contribution.company,
            "stage": contribution.stage.value,
            "kgCO2e": render_figure(rounded(contribution.emission)),
            "primaryDataShare": render_figure(rounded(contribution.primary_data_share)),
        }
        if percent is not None:
            members["percent"] = render_figure(rounded(percent))
        if contribution.quality is not None:
            members["quality"] = quality_to_json(Quality(*map(rounded, contribution.quality.figures())))
        return members


def weighted_share(contributions: Sequence[Contribution]) -> Fraction | None:
    """The primary data share, in percent, weighted by absolute emission; None where there is nothing to weigh."""
    weight = _weight(contributions)
    primary = sum((abs(c.emission) * c.primary_data_share for c in contributions), Fraction(0))
    return primary / weight if weight else None


def weighted_quality(contributions: Sequence[Contribution], missing: MissingRating) -> Quality[Fraction] | None:
    """Each rating weighted by absolute emission; None where nothing weighs, or something that does is unrated.

    ZERO instead counts what is missing as 0 with full weight, and nothing at all as 0.
    """
    weight = _weight(contributions)
    if not weight:
        return Quality(Fraction(0), Fraction(0), Fraction(0)) if missing is MissingRating.ZERO else None
    if missing is MissingRating.UNRATED and any(c.quality is None for c in contributions if c.emission):
        return None
    rows = [(abs(c.emission), c.quality.figures()) for c in contributions if c.quality is not None]
    return Quality(*(sum((w * row[i] for w, row in rows), Fraction(0)) / weight for i in range(3)))


def _weight(contributions: Iterable[Contribution]) -> Fraction:
    return sum((abs(c.emission) for c in contributions), Fraction(0))
