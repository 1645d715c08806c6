"""Recycled content and recycling at the end of life: the circular footprint formula, or cut-off.

Per amount of a material, with E the factors of virgin and recycled material, of recycling at the end of life, of the
virgin material that it displaces, of energy recovery (net of what it displaces) and of disposal::

    1  (1 - R1) E_virgin
    2  R1 (A E_recycled + (1 - A) E_virgin Qs_in/Qp)
    3  (1 - A) R2 (E_recycling - E_displaced Qs_out/Qp)
    4  (1 - B) R3 E_energy                                  (B = 0)
    5  (1 - R2 - R3) E_disposal

Terms 1 and 2 belong to the first stage, 3 to 5 to the fourth, where credits can make a figure negative. Cut-off is
A = 1: no credit for what others will recycle. Recycled content counts only with evidence of where it comes from;
without it R1 is 0. An entry of an inventory (a factor may be absent only where the share that it goes with is 0)::

    {"name": "nickel", "amount": "0.4", "unit": "kilogram", "kind": "metals", "R1": "0.12", "R2": "0.9", "R3": "0",
     "qualityIn": "1", "qualityOut": "1", "evidence": "urn:…",
     "factors": {"virgin": {…}, "recycled": {…}, "recycling": {…}, "displaced": {…}, "energy": {…}, "disposal": {…}},
     "quality": {…}}

``kind`` says by which A of the rule set it is divided; ``A`` in its place gives a figure of one's own.

Source: Commission Recommendation (EU) 2021/2279, Annex I, 4.4.8.1; Battery Pass, Carbon Footprint Rules (2023), 6.1.2
and Figure 18. Raises ConfigurationError ``battery-input-…``, ``battery-unit-mismatch``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple, Self

from renkei.battery.footprint.emission import Emission
from renkei.battery.footprint.methods import Methods, Recycling
from renkei.battery.footprint.record import Quality, SecondaryFactor, Stage, quality_to_json, read_quality
from renkei.battery.reading import POSITIVE, SHARE, Members
from renkei.battery.units import Quantity, render_figure

_SHARES: Final = ("R1", "R2", "R3")


class Terms(NamedTuple):
    """The five terms of the formula, in kg CO2e."""

    virgin: Fraction
    recycled: Fraction
    recycling: Fraction
    energy: Fraction
    disposal: Fraction

    @property
    def first_stage(self) -> Fraction:
        """What making the material emits."""
        return self.virgin + self.recycled

    @property
    def last_stage(self) -> Fraction:
        """What becomes of it, with credits."""
        return self.recycling + self.energy + self.disposal


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularMaterial:
    """A material in one declared amount of a part, from its making to its end."""

    name: str
    amount: Quantity
    kind: str | None  # of material, by which the rule set's A is found: what the user of recycled material answers for
    allocation: Decimal | None  # an A of one's own in its place
    recycled_content: Decimal  # R1
    recycled_at_end: Decimal  # R2
    energy_recovered: Decimal  # R3
    factors: Mapping[str, SecondaryFactor]
    quality_in: Decimal = Decimal(1)
    quality_out: Decimal = Decimal(1)
    evidence: str | None = None
    quality: Quality[Decimal] | None = None

    @property
    def counted_content(self) -> Fraction:
        """R1 as far as there is evidence."""
        return Fraction(self.recycled_content) if self.evidence is not None else Fraction(0)

    def _a(self, methods: Methods) -> Fraction:
        if methods.recycling is Recycling.CUT_OFF:
            return Fraction(1)
        return methods.allocation_factor(self.kind or "") if self.allocation is None else Fraction(self.allocation)

    def terms(self, methods: Methods) -> Terms:
        """The terms under this choice of method. Raises ConfigurationError ``battery-rule-unknown`` for the kind."""
        a = self._a(methods)
        r1, r2, r3 = self.counted_content, Fraction(self.recycled_at_end), Fraction(self.energy_recovered)
        virgin, displaced = self._emission("virgin"), self._emission("displaced")
        return Terms(
            virgin=(1 - r1) * virgin,
            recycled=r1 * (a * self._emission("recycled") + (1 - a) * virgin * Fraction(self.quality_in)),
            recycling=(1 - a) * r2 * (self._emission("recycling") - displaced * Fraction(self.quality_out)),
            energy=r3 * self._emission("energy"),
            disposal=(1 - r2 - r3) * self._emission("disposal"),
        )

    def emissions(self, methods: Methods) -> Iterator[Emission]:
        """What falls into the first stage and what into the last."""
        terms = self.terms(methods)
        yield Emission(self.name, Stage.RAW_MATERIAL, terms.first_stage, measured=False, quality=self.quality)
        yield Emission(self.name, Stage.END_OF_LIFE, terms.last_stage, measured=False, quality=self.quality)

    def _emission(self, name: str) -> Fraction:
        factor = self.factors.get(name)
        if factor is None:
            return Fraction(0)
        return self.amount.count(factor.unit, self.name) * Fraction(factor.value)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        shares = (self.recycled_content, self.recycled_at_end, self.energy_recovered)
        members: dict[str, object] = {
            "name": self.name,
            "amount": render_figure(self.amount.value),
            "unit": self.amount.unit.code,
            **({"kind": self.kind} if self.allocation is None else {"A": render_figure(self.allocation)}),
            **dict(zip(_SHARES, map(render_figure, shares), strict=True)),
            "qualityIn": render_figure(self.quality_in),
            "qualityOut": render_figure(self.quality_out),
            "factors": {name: factor.to_json() for name, factor in self.factors.items()},
        }
        if self.evidence is not None:
            members["evidence"] = self.evidence
        return members if self.quality is None else members | {"quality": quality_to_json(self.quality)}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object: shares lie in 0 to 1, and no more reaches the end than there was."""
        factors, quality = members.inner("factors"), members.optional_inner("quality")
        a, kind = members.optional_figure("A", SHARE), members.optional_text("kind")
        if (a is None) == (kind is None):
            raise members.malformed("kind", kind, "a kind of material of the rule set, or A in its place")
        r1, r2, r3 = (members.figure(name, SHARE) for name in _SHARES)
        content, recycled, burnt = map(Fraction, (r1, r2, r3))
        if recycled + burnt > 1:
            raise members.inconsistent("R3", r3, f"R2, {r2}: together they are at most 1")
        found = cls(
            name=members.text("name"),
            amount=members.quantity("amount", "unit"),
            kind=kind,
            allocation=a,
            recycled_content=r1,
            recycled_at_end=r2,
            energy_recovered=r3,
            factors=_read_factors(
                factors,
                {
                    "virgin": 1 - content,
                    "recycled": content,
                    "recycling": recycled,
                    "displaced": recycled,
                    "energy": burnt,
                    "disposal": 1 - recycled - burnt,
                },
            ),
            quality_in=members.figure("qualityIn", POSITIVE),
            quality_out=members.figure("qualityOut", POSITIVE),
            evidence=members.optional_text("evidence"),
            quality=None if quality is None else read_quality(quality),
        )
        members.close()
        return found


def _read_factors(members: Members, shares: Mapping[str, Fraction]) -> Mapping[str, SecondaryFactor]:
    found = {
        name: SecondaryFactor.read(members.inner(name))
        for name, share in shares.items()
        if share or name == "virgin" or members.has(name)
    }
    members.close()
    return found
