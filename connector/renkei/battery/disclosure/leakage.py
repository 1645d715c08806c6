"""What a recipient can work out from all that we have told it, before we tell it more.

Every published figure is a known sum of unknown addends: a supplier's share of a stage, or, where the recipient is
taken to know the supplier's figures or the amounts already, an unknown amount or figure. A share that is the same in
two releases is the same unknown: the worst case, since the recipient may know when nothing happened. A share is
*determined* if its value is a rational combination of the published figures (exact elimination, ``row_space``) and the
rounding of these figures leaves less than a tenth of it open.

The ways, from the plainest on; a finding names the first that is enough:

- ``single-supplier``: one record's total, less what is known to be ours;
- ``update-difference``: totals of several releases;
- ``stage-split``: with the stages of each, and what of them is told to be ours;
- ``ratings``: with primary data share and quality, if the recipient knows those of each supplier;
- ``dominant``: nine tenths of what all suppliers add are one supplier's, so that the sum is nearly its share.

What cannot be found so: guesses from outside (prices, plants, physics), several recipients who put together what they
have, and shares that are only narrowed down. Source: the leaks (a) to (f) of the project's reference on the battery
domain; statistical disclosure control calls them differencing and dominance (Hundepool et al. 2012, chapter 4).
Raises LocalError ``disclosure-too-much-to-judge``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction
from itertools import pairwise
from typing import Final, TypeAlias

from renkei.battery.disclosure.disclosure_problems import TOO_MUCH
from renkei.battery.disclosure.releases import Release, Share
from renkei.battery.disclosure.row_space import Equation, RowSpace
from renkei.battery.footprint.record import Stage
from renkei.battery.units import Rounding, render_figure

TELLING: Final = Fraction(1, 10)
"""An error below this part of a figure tells it."""
MOST_RELEASES: Final = 24
MOST_SHARES: Final = 6_000
"""In all releases together: what can be judged in a second or two."""
_FEW: Final = 3
_LEAST: Final = 2
_DOMINANT: Final = Fraction(9, 10)
_TOTAL: Final = len(Stage)
_STAGES: Final = range(len(Stage))
_SHOWN: Final = Rounding(6)
Supply: TypeAlias = tuple[str, str]
_Unknown: TypeAlias = tuple[object, ...]
_Terms: TypeAlias = dict[_Unknown, Fraction]


@unique
class Way(Enum):
    """How something is worked out."""

    SINGLE = "single-supplier"
    DELTA = "update-difference"
    SPLIT = "stage-split"
    RATINGS = "ratings"
    DOMINANT = "dominant"


@unique
class Figure(Enum):
    """What of a supplier is worked out."""

    SHARE = "share"
    CHANGE = "change"
    AMOUNT = "amount"
    VALUE = "value"


@unique
class Advice(Enum):
    """What to do instead of sending."""

    MERGE = "merge"
    QUANTISE = "quantise"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What the recipient is taken to know besides: our own figures, some suppliers' records, some amounts."""

    own: bool = True
    values: frozenset[Supply] = frozenset()
    amounts: frozenset[Supply] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One figure of one supplier that the recipient could work out, as it stands at ``release`` (0: the first).

    ``step``: to so coarse a step the published figures would have to be rounded so that a tenth of it stays open.
    """

    way: Way
    figure: Figure
    company: str
    component: str
    release: int
    value: Fraction
    error: Fraction
    advice: tuple[Advice, ...]
    step: Fraction

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, for our own eyes."""
        return {
            "way": self.way.value,
            "figure": self.figure.value,
            "company": self.company,
            "component": self.component,
            "release": self.release,
            "value": _shown(self.value),
            "error": _shown(self.error),
            "advice": [advice.value for advice in self.advice],
            "step": _shown(self.step),
        }


WORST: Final = Knowledge()


def findings(releases: Sequence[Release], knowledge: Knowledge = WORST) -> list[Finding]:
    """What these releases, in their order, tell together; the last is the one that is about to be sent.

    Of more than ``MOST_RELEASES``, or of more shares than ``MOST_SHARES``, the latest are looked at.
    """
    model = _Model(_latest(releases), knowledge)
    spaces = {way: RowSpace(list(model.equations(way))) for way in _WAYS}
    found: dict[tuple[object, ...], Finding] = {}
    for target in model.targets():
        for way, space in spaces.items():
            error = space.error_of(target.terms)
            if error is not None and error < TELLING * abs(target.value):
                found.setdefault((target.figure, target.supply, target.key), _finding(model, target, way, error))
                break
    told = {(finding.company, finding.component) for finding in found.values() if finding.figure is Figure.SHARE}
    return [*found.values(), *_dominant(model, told)]


def _latest(releases: Sequence[Release]) -> Sequence[Release]:
    """The last releases that can be judged within bounds; always the newest two."""
    kept, count = 0, 0
    for release in reversed(releases[-MOST_RELEASES:]):
        count += len(release.shares)
        if count > MOST_SHARES and kept >= _LEAST:
            break
        kept += 1
    if sum(len(release.shares) for release in releases[-kept:]) > 2 * MOST_SHARES:
        raise TOO_MUCH(limit=MOST_SHARES)
    return releases[-kept:] if kept else releases


def determined(releases: Sequence[Release], knowledge: Knowledge = WORST) -> Finding | None:
    """The first figure of a supplier that these releases determine, dominance aside."""
    return next((finding for finding in findings(releases, knowledge) if finding.way is not Way.DOMINANT), None)


_WAYS: Final = (Way.SINGLE, Way.DELTA, Way.SPLIT, Way.RATINGS)


@dataclass(frozen=True, slots=True)
class _Target:
    figure: Figure
    supply: Supply
    release: int
    terms: Mapping[_Unknown, Fraction]
    value: Fraction

    @property
    def key(self) -> frozenset[_Unknown]:
        return frozenset(self.terms)


class _Model:
    """The releases as equations. An unknown is named by what it is, whose, in which stage, and by its value."""

    def __init__(self, releases: Sequence[Release], knowledge: Knowledge) -> None:
        self.releases = releases
        self.knowledge = knowledge
        self._shares: list[Mapping[Supply, Share]] = [release.by_supply() for release in releases]
        self._terms = [[self._addends(i, s) for s in _STAGES] for i in range(len(releases))]
        self._by_supply = [_sorted_by_supply(stages) for stages in self._terms]

    def _addends(self, release: int, stage: int) -> dict[_Unknown, tuple[Fraction, Share | None]]:
        addends: dict[_Unknown, tuple[Fraction, Share | None]] = {}
        own = self.releases[release].own[stage]
        if not self.knowledge.own and own:
            addends["own", stage, own] = (Fraction(1), None)
        for supply, share in self._shares[release].items():
            figure = share.stages[stage]
            if not figure:
                continue
            knows_value, knows_amount = supply in self.knowledge.values, supply in self.knowledge.amounts
            if knows_value and knows_amount:
                continue
            if knows_value:
                addends["amount", supply, share.amount] = (figure / share.amount, share)
            elif knows_amount:
                addends["value", supply, stage, figure / share.amount] = (share.amount, share)
            else:
                addends["share", supply, stage, figure] = (Fraction(1), share)
        return addends

    def equations(self, way: Way) -> Iterator[Equation[_Unknown]]:
        """What the recipient has, as far as this way goes."""
        first = len(self.releases) - 1 if way is Way.SINGLE else 0
        for i in range(first, len(self.releases)):
            release = self.releases[i]
            yield Equation(self._sum(i, _STAGES), release.errors[_TOTAL])
            if way in {Way.SPLIT, Way.RATINGS}:
                for s in _STAGES:
                    yield Equation(self._sum(i, (s,)), release.errors[s])
                    if release.split and not self.knowledge.own:
                        own = {unknown: factor for unknown, (factor, share) in self._terms[i][s].items() if not share}
                        yield Equation(own, release.errors[s])
            if way is Way.RATINGS:
                yield from self._rated(i)

    def _sum(self, release: int, stages: Sequence[int]) -> _Terms:
        terms: _Terms = {}
        for s in stages:
            for unknown, (factor, _) in self._terms[release][s].items():
                terms[unknown] = terms.get(unknown, Fraction(0)) + factor
        return terms

    def _rated(self, i: int) -> Iterator[Equation[_Unknown]]:
        """A rating is a mean weighted by absolute emissions: their sum, each times its distance from it, is nothing.

        Taken for known: our own ratings, and of each supplier those it has stated.
        """
        release = self.releases[i]
        weight = sum((abs(share.total) for share in release.shares), sum(map(abs, release.own), Fraction(0)))
        for number, (mean, error) in enumerate(release.ratings):
            terms: _Terms = {}
            for s in _STAGES:
                for unknown, (factor, share) in self._terms[i][s].items():
                    if share is None or number >= len(share.ratings):
                        terms["rated", number, unknown] = factor  # a rating that nobody stated is an unknown, too
                        continue
                    sign = -1 if share.stages[s] < 0 else 1
                    distance = sign * (share.ratings[number] - mean) * factor
                    terms[unknown] = terms.get(unknown, Fraction(0)) + distance
            yield Equation(terms, error * weight)

    def targets(self) -> Iterator[_Target]:
        """What must not come out: each supplier's share, its change, and what else is unknown of it."""
        for i, shares in enumerate(self._shares):
            for supply, share in shares.items():
                yield from self._of_supply(i, supply, share)
        for i, (before, after) in enumerate(pairwise(self._shares), 1):
            for supply in sorted(before.keys() & after.keys()):
                change = after[supply].total - before[supply].total
                if change:
                    terms = self._share_terms(i, supply)
                    for unknown, factor in self._share_terms(i - 1, supply).items():
                        terms[unknown] = terms.get(unknown, Fraction(0)) - factor
                    kept = {unknown: factor for unknown, factor in terms.items() if factor}
                    yield _Target(Figure.CHANGE, supply, i, kept, change)

    def _of_supply(self, i: int, supply: Supply, share: Share) -> Iterator[_Target]:
        terms = self._share_terms(i, supply)
        if not terms:
            return
        if supply in self.knowledge.values:
            yield _Target(Figure.AMOUNT, supply, i, dict.fromkeys(terms, Fraction(1)), share.amount)
        elif supply in self.knowledge.amounts:
            values = dict.fromkeys(terms, Fraction(1))
            yield _Target(Figure.VALUE, supply, i, values, share.total / share.amount)
        else:
            yield _Target(Figure.SHARE, supply, i, terms, share.total)

    def _share_terms(self, i: int, supply: Supply) -> _Terms:
        return dict(self._by_supply[i].get(supply, {}))


def _sorted_by_supply(stages: Sequence[dict[_Unknown, tuple[Fraction, Share | None]]]) -> dict[Supply, _Terms]:
    """The terms of one release, by whose share they are of."""
    found: dict[Supply, _Terms] = {}
    for addends in stages:
        for unknown, (factor, share) in addends.items():
            if share is not None:
                terms = found.setdefault((share.company, share.component), {})
                terms[unknown] = terms.get(unknown, Fraction(0)) + factor
    return found


def _finding(model: _Model, target: _Target, way: Way, error: Fraction) -> Finding:
    company, component = target.supply
    few = len({share.company for share in model.releases[target.release].shares}) < _FEW
    if target.figure is Figure.CHANGE or way is Way.DELTA:
        advice = (Advice.WAIT, Advice.QUANTISE)
    else:
        advice = (Advice.MERGE, Advice.QUANTISE) if few else (Advice.QUANTISE, Advice.WAIT)
    return Finding(
        way=way,
        figure=target.figure,
        company=company,
        component=component,
        release=target.release,
        value=target.value,
        error=error,
        advice=advice,
        step=2 * TELLING * abs(target.value),  # one figure's rounding by half a step is the least that blurs it
    )


def _dominant(model: _Model, told: set[Supply]) -> Iterator[Finding]:
    """Who is nearly all that is bought, where the recipient can tell what is bought from what is ours."""
    last = len(model.releases) - 1
    if last < 0 or not (model.knowledge.own or model.releases[last].split):
        return
    shares = model.releases[last].shares
    supplied = sum((abs(share.total) for share in shares), Fraction(0))
    known = told | model.knowledge.values | model.knowledge.amounts
    for share in shares:
        supply = (share.company, share.component)
        if share.total and supply not in known and len(shares) > 1 and abs(share.total) >= _DOMINANT * supplied:
            yield Finding(
                way=Way.DOMINANT,
                figure=Figure.SHARE,
                company=share.company,
                component=share.component,
                release=last,
                value=share.total,
                error=supplied - abs(share.total),
                advice=(Advice.MERGE,),
                step=2 * TELLING * abs(share.total),
            )


def _shown(figure: Fraction) -> str:
    return render_figure(_SHOWN.apply(figure) if figure else Decimal(0))
