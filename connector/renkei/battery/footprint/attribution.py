"""Why a footprint changed: the exact part of each cause in the difference between two calculations.

Between two sets of inputs lie single changes: a supplier's record, an amount, an own emission, a factor, the rules, the
unit that figures are given per. They are made one after the other and the part of each is what it moves; then the same
in the opposite order, and the mean of both counts. So the parts sum exactly to the whole difference in every stage, and
where two causes multiply (more of something that became worse) each takes half of what they do together: for two
causes that is the Shapley value (Shapley 1953).

A line that moves to another supplier and the record that comes with it are one change, since neither makes sense
without the other. Names can be masked; what is masked of one kind is summed, so that not even its number shows.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from renkei.battery.footprint.calculation import Calculation
from renkei.battery.footprint.changes import CauseKind, Change, Changes
from renkei.battery.footprint.inputs import CalculationInputs
from renkei.battery.footprint.record import Stage, Stages
from renkei.battery.parts.gaps import MASKED
from renkei.battery.units import Counting, Rounding, render_figure


@dataclass(frozen=True, slots=True)
class Cause:
    """One change: of what kind, of which thing (a part, an entry, a rule set) of which company, and what it moved."""

    kind: CauseKind
    name: str
    company: str
    stages: Stages[Fraction]

    @property
    def change(self) -> Fraction:
        """Exact kg CO2e per declared amount."""
        return self.stages.exact_total()


@dataclass(frozen=True, slots=True)
class Attribution:
    """Two calculations and the causes of their difference, largest first."""

    before: Calculation
    after: Calculation
    causes: tuple[Cause, ...]

    @property
    def change(self) -> Fraction:
        """Exact, and exactly the sum of the causes."""
        return self.after.total - self.before.total

    def masked(self, visible: Container[str]) -> Attribution:
        """The same for somebody who may see these companies' names only."""
        shown = [cause for cause in self.causes if cause.company in visible]
        hidden: dict[CauseKind, list[Cause]] = {}
        for cause in self.causes:
            if cause.company not in visible:
                hidden.setdefault(cause.kind, []).append(cause)
        shown += [Cause(kind, MASKED, MASKED, _sum(causes)) for kind, causes in hidden.items()]
        return replace(self, causes=_ranked(shown))

    def to_json(self) -> dict[str, object]:
        """The plain JSON form: published figures; what rounding adds to the causes is a cause of its own."""
        rounded = self.after.rounding.apply
        totals = [calculation.rounding.apply(calculation.total) for calculation in (self.before, self.after)]
        change = Fraction(totals[1]) - Fraction(totals[0])
        causes: list[dict[str, object]] = []
        rest = change
        for cause in self.causes:
            figure = rounded(cause.change)
            rest -= Fraction(figure)
            stages = {s.value: render_figure(rounded(moved)) for s, moved in cause.stages.items() if moved}
            causes.append(_named(cause.kind, cause.name, cause.company, render_figure(figure)) | {"stages": stages})
        if rest:
            causes.append(_named(CauseKind.ROUNDING, "", "", _plain(rest)))
        return {
            "@type": "FootprintAttribution",
            "part": self.after.part.id,
            "from": render_figure(totals[0]),
            "to": render_figure(totals[1]),
            "change": _plain(change),
            "causes": causes,
        }


def attribute(before: CalculationInputs, after: CalculationInputs) -> Attribution:
    """Calculate both and find the part of every change: two roll-ups a change. Raises what the roll-up raises."""
    changes = Changes.between(before, after)
    old, new = before.perform(), after.perform()
    forwards = _steps(changes, changes.listed, old)
    backwards = _steps(changes, changes.listed[::-1], old)
    causes = (
        Cause(change.kind, change.name, change.company, _mean(forwards[change], backwards[change]))
        for change in changes.listed
    )
    return Attribution(old, new, _ranked(causes))


def _steps(changes: Changes, order: Sequence[Change], begun: Calculation) -> dict[Change, Stages[Fraction]]:
    found, last = {}, begun.stages
    for count, change in enumerate(order, 1):
        reached = changes.made(order[:count]).perform().stages
        found[change] = _combined(reached, last, lambda new, old: new - old)
        last = reached
    return found


def _combined(
    one: Stages[Fraction], other: Stages[Fraction], by: Callable[[Fraction, Fraction], Fraction]
) -> Stages[Fraction]:
    return Stages.of({stage: by(figure, other[stage]) for stage, figure in one.items()})


def _mean(one: Stages[Fraction], other: Stages[Fraction]) -> Stages[Fraction]:
    return _combined(one, other, lambda a, b: (a + b) / 2)


def _sum(causes: Iterable[Cause]) -> Stages[Fraction]:
    sums = dict.fromkeys(Stage, Fraction(0))
    for cause in causes:
        for stage, moved in cause.stages.items():
            sums[stage] += moved
    return Stages.of(sums)


def _ranked(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Those that move anything, the largest first; what moves as much stands by name."""
    moving = [cause for cause in causes if any(moved for _, moved in cause.stages.items())]
    return tuple(sorted(moving, key=lambda cause: (-abs(cause.change), cause.kind.value, cause.company, cause.name)))


def _named(kind: CauseKind, name: str, company: str, figure: str) -> dict[str, object]:
    members: dict[str, object] = {"kind": kind.value, "kgCO2e": figure}
    return members | {"name": name, "company": company} if name else members


def _plain(exact: Fraction) -> str:
    """A figure whose denominator divides a power of ten, in full."""
    places = 0
    while 10**places % exact.denominator:
        places += 1
    return render_figure(Rounding(places, Counting.DECIMAL_PLACES).apply(exact))
