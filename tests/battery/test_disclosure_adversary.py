"""A customer against B: from all that it is told over 20 updates it cannot work out what C supplies, if B keeps the rule.

The customer here is written apart from the estimator. It knows which supplier changed at which update, and all of B's
own figures; it lacks the suppliers' figures and amounts. It solves what it has received by plain elimination.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

from battery_samples import inventory, line, own, record

from renkei.battery import Bom, FootprintRecord, Quality, RuleSet, Stage, roll_up
from renkei.battery.disclosure.leakage import Advice, Figure, Way, determined, findings
from renkei.battery.disclosure.release_rules import ReleaseCalendar, ReleaseRules, Told, demand_release
from renkei.battery.disclosure.releases import Release, shares_of
from renkei.battery.footprint.coarse_ratings import coarsened
from renkei.kernel.problems import PolicyError

SUPPLIERS = ("c", "d", "e", "f", "g")
AMOUNTS = dict(zip(SUPPLIERS, ("2", "0.5", "3", "1.25", "0.8"), strict=True))
BOM = Bom(tuple(line("module", name, AMOUNTS[name]) for name in SUPPLIERS))
INVENTORIES = [inventory("module", own("30"))]
START = datetime(2026, 1, 1, tzinfo=UTC)
C = ("did:web:c.example", "c")
RULE = ReleaseRules(contributors=3, changes=3, calendar=ReleaseCalendar(months=1))


def story(seed: int, updates: int = 20) -> list[dict[str, Fraction]]:
    """What each supplier states after each update: mostly one of them changes, and C's first step is 70 to 60."""
    chance = Random(seed)
    stated = dict(zip(SUPPLIERS, map(Fraction, (70, 40, 12, 55, 23)), strict=True))
    told = [dict(stated), stated := stated | {"c": Fraction(60)}]
    while len(told) <= updates:
        moving = chance.sample(SUPPLIERS, chance.choice((1, 1, 1, 2, 3)))
        stated = stated | {name: stated[name] + Fraction(chance.choice((-3, -2, 2, 5))) / 4 for name in moving}
        told.append(dict(stated))
    return told


def records_of(stated: dict[str, Fraction]) -> list[FootprintRecord]:
    ratings = Quality(Decimal(2), Decimal(1), Decimal(3))
    return [
        record(name, str(Decimal(figure.numerator) / figure.denominator), primary="80", quality=ratings)
        for name, figure in stated.items()
    ]


def made_of(stated: dict[str, Fraction], rules: RuleSet, *, coarse: bool) -> tuple[FootprintRecord, Release]:
    received = records_of(stated)
    calculation = roll_up("module", INVENTORIES, BOM, received, rules)
    published = calculation.publish("urn:uuid:module")
    if coarse:
        published = coarsened(published)
    shares = shares_of("module", INVENTORIES, BOM, received, rules)
    return published, Release.of(published, calculation.stages, shares, coarse=coarse)


@dataclass
class Customer:
    """Everything A received, and when; which states of the suppliers were in it is the worst it may know."""

    received: list[bytes]
    states: list[dict[str, Fraction]]

    def system(self) -> tuple[list[tuple[str, Fraction]], list[list[Fraction]], list[Fraction]]:
        """Unknown: amount times figure of each supplier in each of its states. Known: what was told, less B's own 30."""
        unknowns = sorted({(name, state[name]) for state in self.states for name in SUPPLIERS})
        rows, sides = [], []
        for raw, state in zip(self.received, self.states, strict=True):
            read = FootprintRecord.from_json(json.loads(raw))
            inside = [Fraction(int(state[name] == figure)) for name, figure in unknowns]
            rows.append(inside)
            sides.append(Fraction(read.total) - 30)
            rows.append(inside)  # all that is bought falls into one stage
            sides.append(Fraction(read.stages[Stage.RAW_MATERIAL]))
        return unknowns, rows, sides

    def works_out(self, name: str) -> dict[tuple[Fraction, Fraction], Fraction]:
        """Shares and differences of shares of one supplier that follow from what was told, with their values."""
        unknowns, rows, sides = self.system()
        places = [i for i, (whose, _) in enumerate(unknowns) if whose == name]
        wanted = [{i: Fraction(1)} for i in places]
        wanted += [{i: Fraction(1), j: Fraction(-1)} for i in places for j in places if i < j]
        targets = [[each.get(k, Fraction(0)) for k in range(len(unknowns))] for each in wanted]
        found = {}
        for each, value in zip(wanted, solve_for(targets, rows, sides), strict=True):
            if value is not None:
                states = [unknowns[i][1] for i in each]
                found[states[0], states[-1]] = value
        return found


def solve_for(
    targets: list[list[Fraction]], rows: list[list[Fraction]], sides: list[Fraction]
) -> list[Fraction | None]:
    """The value of each combination of unknowns that the equations fix: dense elimination on the transposed system."""
    # target = Σ weight × row, solved for the weights, all targets at once: they stand as columns behind the rows
    width, height = len(rows[0]), len(rows)
    matrix = [[row[i] for row in rows] + [target[i] for target in targets] for i in range(width)]
    pivots, top = [], 0
    for column in range(height):
        found = next((r for r in range(top, width) if matrix[r][column]), None)
        if found is None:
            continue
        matrix[top], matrix[found] = matrix[found], matrix[top]
        matrix[top] = [value / matrix[top][column] for value in matrix[top]]
        for r in range(width):
            if r != top and matrix[r][column]:
                factor = matrix[r][column]
                matrix[r] = [a - factor * b for a, b in zip(matrix[r], matrix[top], strict=True)]
        pivots.append(column)
        top += 1
    values: list[Fraction | None] = []
    for place in range(height, height + len(targets)):
        weights = dict(zip(pivots, (row[place] for row in matrix), strict=False))
        known = not any(row[place] for row in matrix[top:])
        values.append(sum((weight * sides[j] for j, weight in weights.items()), Fraction(0)) if known else None)
    return values


def customer_of(told: list[tuple[FootprintRecord, dict[str, Fraction]]]) -> Customer:
    return Customer([json.dumps(each.to_json()).encode() for each, _ in told], [state for _, state in told])


def under_the_rule(seed: int, rules: RuleSet) -> tuple[list[tuple[FootprintRecord, dict[str, Fraction]]], int]:
    """What leaves B, a week between updates, and how often something was held back."""
    told: list[Told] = []
    left, held = [], 0
    for week, stated in enumerate(story(seed)):
        published, release = made_of(stated, rules, coarse=True)
        now = START + timedelta(weeks=week)
        try:
            demand_release(RULE, told, release, now, part="module", partner="did:web:a.example")
        except PolicyError:
            held += 1
            continue
        told.append(Told(now, release))
        left.append((published, stated))
    return left, held


def test_without_the_rule_the_customer_works_c_out_and_the_estimator_had_said_so(rules: RuleSet) -> None:
    """70 to 60 with 2 of C in each module: the total falls by 20."""
    releases = []
    told = []
    for stated in story(1)[:2]:
        published, release = made_of(stated, rules, coarse=False)
        releases.append(release)
        told.append((published, stated))
    assert customer_of(told).works_out("c") == {(Fraction(60), Fraction(70)): Fraction(-20)}

    assert findings(releases[:1]) == []  # five suppliers, one total
    warned = findings(releases)
    assert [(f.way, f.figure, (f.company, f.component), f.value) for f in warned] == [
        (Way.DELTA, Figure.CHANGE, C, Fraction(-20))
    ]
    assert warned[0].advice == (Advice.WAIT, Advice.QUANTISE)


def test_without_the_rule_each_thing_that_is_worked_out_was_warned_of(rules: RuleSet) -> None:
    for seed in range(2):
        releases, told = [], []
        for stated in story(seed):
            published, release = made_of(stated, rules, coarse=False)
            releases.append(release)
            told.append((published, stated))
        worked_out = customer_of(told).works_out("c")
        assert worked_out
        warned = {
            abs(f.value) for f in findings(releases) if (f.company, f.component) == C and f.figure is Figure.CHANGE
        }
        following = {
            abs(2 * (after["c"] - before["c"]))
            for (_, before), (_, after) in pairwise(told)
            if tuple(sorted((after["c"], before["c"]))) in worked_out and after["c"] != before["c"]
        }
        assert following
        assert following <= warned


def test_under_the_rule_nothing_of_c_can_be_worked_out_from_twenty_updates(rules: RuleSet) -> None:
    for seed in range(6):
        left, held = under_the_rule(seed, rules)
        assert len(left) >= 3, "the rule lets updates out"
        assert held >= 10, "and holds most back"
        customer = customer_of(left)
        assert all(customer.works_out(name) == {} for name in SUPPLIERS)


def test_under_the_rule_another_world_with_another_c_looks_the_same(rules: RuleSet) -> None:
    """Not only no equation: for each state of C, figures that A would have received byte for byte, with another C."""
    left, _ = under_the_rule(2, rules)
    unknowns, rows, _ = customer_of(left).system()
    for i, (name, figure) in enumerate(unknowns):
        if name != "c":
            continue
        shift = unseen(rows, i)
        step = Fraction(1, 2**20)
        for published, stated in left:
            other = {
                who: value + step * shift[unknowns.index((who, value))] / Fraction(AMOUNTS[who])
                for who, value in stated.items()
            }
            again, _ = made_of(other, rules, coarse=True)
            assert again == replace(published, id=again.id)
            assert stated["c"] != figure or other["c"] != figure


def unseen(rows: list[list[Fraction]], place: int) -> list[Fraction]:
    """A change of the unknowns that no equation sees, and that changes this one (multiples of a power of two)."""
    width = len(rows[0])
    reduced: list[list[Fraction]] = []
    pivots: list[int] = []
    # columns in an order that leaves ``place`` free if it can be
    order = [k for k in range(width) if k != place] + [place]
    matrix = [[row[k] for k in order] for row in rows]
    for column in range(width):
        found = next((row for row in matrix if row[column]), None)
        if found is None:
            continue
        matrix.remove(found)
        found = [value / found[column] for value in found]
        matrix = [[a - row[column] * b for a, b in zip(row, found, strict=True)] for row in matrix]
        reduced = [[a - row[column] * b for a, b in zip(row, found, strict=True)] for row in reduced]
        reduced.append(found)
        pivots.append(column)
    assert width - 1 not in pivots, "the unknown is fixed"
    change = {width - 1: Fraction(1)} | {p: -row[-1] for p, row in zip(pivots, reduced, strict=True)}
    return [change.get(order.index(k), Fraction(0)) for k in range(width)]


def test_the_last_record_of_each_window_is_what_the_estimator_lets_through(rules: RuleSet) -> None:
    told = []
    for stated in story(3):
        _, release = made_of(stated, rules, coarse=True)
        told.append(release)
    assert determined(told) is not None  # had all been told
