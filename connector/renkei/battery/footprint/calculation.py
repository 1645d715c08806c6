"""What a calculation found, contribution by contribution, and the record that may leave the house.

A ``Calculation`` is for our own eyes. What a customer gets is ``publish()``: total, stages, quality and the sources of
secondary factors, never an input and, unless asked, no supplier's name. Knowing only totals a customer can still learn
something (two versions' difference; one known component of two), so how often to publish is a decision, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from fractions import Fraction

from renkei.battery.footprint.record import FootprintRecord, Quality, SecondaryFactor, Stage, Stages, quality_to_json
from renkei.battery.parts.gaps import Gap, masked
from renkei.battery.parts.part import Part, Period
from renkei.battery.units import Rounding, render_figure


@unique
class Origin(Enum):
    """Where a contribution comes from."""

    OWN = "own"
    SECONDARY = "secondary"
    COMPONENT = "component"


@dataclass(frozen=True, slots=True)
class Contribution:
    """One addend of a part's footprint: kg CO2e per declared amount in one of the part's stages."""

    origin: Origin
    name: str
    company: str
    stage: Stage
    emission: Fraction
    primary_data_share: Fraction
    quality: Quality[Fraction] | None


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

    @property
    def total(self) -> Fraction:
        """Exact kg CO2e per declared amount; what is known of it, if there are gaps."""
        return self.stages.exact_total()

    @property
    def complete(self) -> bool:
        """Whether every supplier has answered."""
        return not self.gaps

    def percent(self, contribution: Contribution) -> Fraction | None:
        """A contribution's part of the total, in percent; credits are negative. None when the total is zero."""
        return contribution.emission * 100 / self.total if self.total else None

    def publish(
        self, record_id: str, *, version: int = 1, supersedes: str | None = None, name_gaps: bool = False
    ) -> FootprintRecord:
        """The record for a customer: rounded once, without inputs; gaps are counted, named only on request."""
        rounded = self.rounding.apply
        return FootprintRecord(
            id=record_id,
            version=version,
            supersedes=supersedes,
            part=self.part.id,
            company=self.part.company,
            plant=self.part.plant,
            declared=self.part.declared,
            stages=Stages.of({stage: rounded(figure) for stage, figure in self.stages.items()}),
            total=rounded(self.total),
            primary_data_share=None if self.primary_data_share is None else rounded(self.primary_data_share),
            quality=None if self.quality is None else Quality(*map(rounded, self.quality.figures())),
            period=self.period,
            secondary=self.factors,
            gaps=self.gaps if name_gaps else masked(self.gaps),
            rule_set=self.rule_set,
            rounding=self.rounding,
        )

    def to_json(self) -> dict[str, object]:
        """Everything, for the company's own eyes (management API, reports); figures rounded for display."""
        shown = self.publish("private", name_gaps=True).to_json()
        del shown["id"], shown["version"]
        return shown | {
            "@type": "FootprintCalculation",
            "contributions": [self._contribution_to_json(contribution) for contribution in self.contributions],
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
